package eventbridge

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func (f *fixture) scheduled(name, expression, queue string) {
	f.t.Helper()
	must[*PutRuleOutput](f.t)(f.svc.PutRule(f.call(), &PutRuleInput{Name: name, ScheduleExpression: wire.Some(expression)}))
	f.target("", name, Target{Id: "q", Arn: queueARN(queue)})
}

// A month of a cron rule is a few dozen events: virtual time jumps from one to the next.
func TestSchedule_of_a_month_fires_on_time_R1_6(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.scheduled("nightly", "cron(30 2 * * ? *)", "night")
		f.scheduled("often", "rate(5 days)", "often")
		start := f.engine.Now()
		f.pass(30 * 24 * time.Hour)
		got := f.bodies("night")
		if len(got) != 30 || len(f.bodies("often")) != 6 {
			t.Fatalf("%d and %d events", len(got), len(f.bodies("often")))
		}
		var e struct {
			ID, Source, Account, Region string
			Type                        string `json:"detail-type"`
			Time                        time.Time
			Resources                   []string
			Detail                      map[string]any
		}
		if err := json.Unmarshal([]byte(got[1]), &e); err != nil {
			t.Fatal(err)
		}
		want := start.Truncate(24 * time.Hour).Add(26*time.Hour + 30*time.Minute)
		if e.Source != "aws.events" || e.Type != "Scheduled Event" || !e.Time.Equal(want) || len(e.Detail) != 0 || len(e.Resources) != 1 ||
			e.Resources[0] != "arn:aws:events:us-east-1:111111111111:rule/nightly" {
			t.Errorf("%+v, want %v", e, want)
		}
		for _, d := range f.queue.got {
			if d.CorrelationID == "" || d.Fact == 0 {
				t.Errorf("a scheduled event belongs to no flow: %+v", d.Lineage)
			}
		}
	})
}

func TestSchedule_stops_with_its_rule(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.scheduled("r", "rate(1 hour)", "q")
		f.pass(150 * time.Minute)
		must[*DisableRuleOutput](t)(f.svc.DisableRule(f.call(), &DisableRuleInput{Name: "r"}))
		f.pass(24 * time.Hour)
		if n := len(f.bodies("q")); n != 2 {
			t.Errorf("%d events until the rule was disabled", n)
		}
		must[*EnableRuleOutput](t)(f.svc.EnableRule(f.call(), &EnableRuleInput{Name: "r"}))
		f.pass(90 * time.Minute)
		if n := len(f.bodies("q")); n != 3 {
			t.Errorf("%d events after it was enabled", n)
		}
		must[*PutRuleOutput](t)(f.svc.PutRule(f.call(), &PutRuleInput{Name: "r", ScheduleExpression: wire.Some("rate(1 day)")}))
		f.pass(25 * time.Hour)
		if n := len(f.bodies("q")); n != 4 {
			t.Errorf("%d events after its rate was changed", n)
		}
		must[*RemoveTargetsOutput](t)(f.svc.RemoveTargets(f.call(), &RemoveTargetsInput{Rule: "r", Ids: []string{"q"}}))
		f.pass(24 * time.Hour)
		if said := reasons(f.hops(event.KindDrop)); !strings.Contains(said, "rule:default/r -> : filtered NoTargets") {
			t.Errorf("hops\n%s", said)
		}
		must[*DeleteRuleOutput](t)(f.svc.DeleteRule(f.call(), &DeleteRuleInput{Name: "r"}))
		f.pass(48 * time.Hour)
		if n := len(f.hops(event.KindDrop)); n != 1 {
			t.Errorf("%d events after the rule was deleted", n-1)
		}
	})
}

func TestSchedule_rules_do_not_look_at_events_and_are_described(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.scheduled("r", "rate(2 hours)", "q")
		f.put("", `{}`)
		if n := len(f.bodies("q")); n != 0 {
			t.Errorf("%d events", n)
		}
		if out := must[*DescribeRuleOutput](t)(f.svc.DescribeRule(f.call(), &DescribeRuleInput{Name: "r"})); out.ScheduleExpression.V != "rate(2 hours)" || out.EventPattern.OK {
			t.Errorf("%+v", out)
		}
		must[*PutRuleOutput](t)(f.svc.PutRule(f.call(), &PutRuleInput{Name: "r", ScheduleExpression: wire.Some("rate(2 hours)"), EventPattern: wire.Some(`{"source":["s"]}`)}))
		f.put("", `{}`)
		f.pass(3 * time.Hour)
		if n := len(f.bodies("q")); n != 2 {
			t.Errorf("a rule with both takes events and its schedule: %d events", n)
		}
	})
}

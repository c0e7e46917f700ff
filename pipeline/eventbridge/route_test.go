package eventbridge

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestPutEvents_delivers_the_envelope_R1_4(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.bus("crm")
		f.rule("crm", "all", `{"source":["s"]}`)
		f.target("crm", "all", Target{Id: "1", Arn: queueARN("q")})
		f.put("crm", `{ "a": [1, "x y"] , "b":{}}`)
		got := f.bodies("q")
		if len(got) != 1 {
			t.Fatalf("%d messages", len(got))
		}
		id := f.queue.got[0].Event.ID
		want := `{"version":"0","id":"` + id + `","detail-type":"T","source":"s","account":"111111111111","time":"2000-01-01T00:00:00Z",` +
			`"region":"us-east-1","resources":[],"detail":{"a":[1,"x y"],"b":{}}}`
		if got[0] != want {
			t.Errorf("got  %s\nwant %s", got[0], want)
		}
		d := f.queue.got[0]
		arrivals := f.hops(event.KindArrive)
		if d.From != "rule:crm/all" || d.CorrelationID != "flow-1" || d.Fact == 0 || d.Fact != arrivals[0].Fact {
			t.Errorf("lineage %+v from %s; the event arrived at the bus as fact %d", d.Lineage, d.From, arrivals[0].Fact)
		}
	})
}

func TestRoute_explains_each_rule_that_delivers_nothing_R1_6(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "a-disabled", `{"source":["s"]}`)
		must[*DisableRuleOutput](t)(f.svc.DisableRule(f.call(), &DisableRuleInput{Name: "a-disabled"}))
		f.target("", "a-disabled", Target{Id: "1", Arn: queueARN("q")})
		f.rule("", "b-other", `{"detail":{"tenant":["acme"],"n":[{"numeric":[">",3]}]}}`)
		f.target("", "b-other", Target{Id: "1", Arn: queueARN("q")})
		f.rule("", "c-targetless", `{"source":["s"]}`)
		f.put("", `{"tenant":"rival"}`)
		if len(f.queue.got) != 0 {
			t.Errorf("%d messages were delivered", len(f.queue.got))
		}
		want := "bus:default -> rule:default/a-disabled: filtered RuleDisabled\n" +
			"bus:default -> rule:default/b-other: filtered PatternMismatch\n" +
			"bus:default -> rule:default/c-targetless: delivered"
		matches := f.hops(event.KindMatch)
		if got := reasons(matches); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		why := matches[1].Reason
		if len(why.Mismatches) != 2 || why.Mismatches[1] != (event.Mismatch{Path: "detail.tenant", Want: `["acme"]`, Got: `"rival"`}) || why.Mismatches[0].Got != "" {
			t.Errorf("mismatches %+v", why.Mismatches)
		}
		if got := reasons(f.hops(event.KindDrop)); got != "rule:default/c-targetless -> : filtered NoTargets" {
			t.Errorf("drops: %s", got)
		}
		must[*EnableRuleOutput](t)(f.svc.EnableRule(f.call(), &EnableRuleInput{Name: "a-disabled"}))
		f.put("", `{}`)
		if len(f.queue.got) != 1 {
			t.Errorf("%d messages after the rule was enabled", len(f.queue.got))
		}
	})
}

func TestPutEvents_to_a_missing_bus_is_success_and_recorded_R1_6(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.put("nowhere", `{}`)
		if got := reasons(f.hops(event.KindDrop)); got != "client:app -> bus:nowhere: lost NoSuchBus" {
			t.Errorf("drops: %s", got)
		}
		f.bus("empty")
		f.put("empty", `{}`)
		if got := reasons(f.hops(event.KindDrop)[1:]); got != "bus:empty -> : filtered NoRules" {
			t.Errorf("drops: %s", got)
		}
	})
}

func TestPutEvents_answers_each_entry(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		entry := func(source, kind, detail string) PutEventsRequestEntry {
			return PutEventsRequestEntry{Source: opt(source), DetailType: opt(kind), Detail: opt(detail)}
		}
		cases := []struct {
			entry         PutEventsRequestEntry
			code, message string
		}{
			{entry("s", "T", `{}`), "", ""},
			{entry("", "T", `{}`), "InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."},
			{entry("s", "", `{}`), "InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument."},
			{entry("s", "T", ``), "InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument."},
			{entry("s", "T", `"text"`), "MalformedDetail", "Detail is malformed."},
			{entry("s", "T", `[]`), "MalformedDetail", "Detail is malformed."},
			{entry("s", "T", `{},"source":{}`), "MalformedDetail", "Detail is malformed."},
			{entry("s", "T", `{"a":1,"a":2}`), "", ""},
		}
		in := &PutEventsInput{}
		for _, c := range cases {
			in.Entries = append(in.Entries, c.entry)
		}
		out := must[*PutEventsOutput](t)(f.svc.PutEvents(f.call(), in))
		if out.FailedEntryCount.V != 6 {
			t.Errorf("FailedEntryCount %d", out.FailedEntryCount.V)
		}
		for i, c := range cases {
			if got := out.Entries[i]; got.ErrorCode.V != c.code || got.ErrorMessage.V != c.message || got.EventId.OK != (c.code == "") {
				t.Errorf("%s: %+v", c.entry.Detail.V, got)
			}
		}
		_, err := f.svc.PutEvents(f.call(), &PutEventsInput{Entries: []PutEventsRequestEntry{entry("s", "T", `{"a":"`+strings.Repeat("x", maxRequest)+`"}`)}})
		wantError(t, err, "ValidationException", "Total size of the entries in the request is over the limit.")
		synctest.Wait()
	})
}

func TestDelivery_to_another_bus_and_account_and_no_third_R1_4(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "forward", `{"source":["s"]}`)
		f.target("", "forward", Target{Id: "1", Arn: busARN(other, "default")})
		f.svc = f.in(other)
		f.rule("", "keep", `{"account":["`+account+`"]}`)
		f.target("", "keep", Target{Id: "1", Arn: queueARN("q")}, Target{Id: "2", Arn: busARN(third, "default")})
		f.svc = f.in(account)
		f.put("", `{"a":1}`)
		if got := f.bodies("q"); len(got) != 1 || !strings.Contains(got[0], `"account":"`+account+`"`) {
			t.Errorf("at the queue: %v", got)
		}
		drops := f.hops(event.KindDrop)
		if got := reasons(drops); got != "rule:default/keep -> bus:default: lost THIRD_ACCOUNT_HOP_DETECTED" || drops[0].Account != other {
			t.Errorf("drops: %s", got)
		}
	})
}

func TestRule_that_targets_its_own_bus_does_not_loop(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "self", `{"source":["s"]}`)
		f.target("", "self", Target{Id: "1", Arn: busARN(account, "default")})
		f.put("", `{}`)
		if n := len(f.hops(event.KindArrive)); n != 2 {
			t.Errorf("the event arrived %d times at the bus", n)
		}
	})
}

func TestReceive_takes_the_entry_of_a_pipe(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "all", `{"resources":["r1"]}`)
		f.target("", "all", Target{Id: "1", Arn: queueARN("q")})
		send := func(e event.Event) (err error) {
			f.engine.Send(event.Delivery{Account: account, Region: region, From: "pipe:p", To: "bus:default", Event: &e},
				func(_ event.Delivery, e error) { err = e })
			synctest.Wait()
			return err
		}
		if err := send(event.Event{Source: "crm", Type: "T", Body: `{"a":1}`, Attributes: map[string]string{"resources": `["r1"]`}}); err != nil {
			t.Error(err)
		}
		if got := f.bodies("q"); len(got) != 1 || !strings.HasSuffix(got[0], `"resources":["r1"],"detail":{"a":1}}`) {
			t.Errorf("%v", got)
		}
		wantError(t, send(event.Event{Source: "crm", Type: "T", Body: `[]`}), "MalformedDetail", "Detail is malformed.")
		wantError(t, send(event.Event{Type: "T", Body: `{}`}), "InvalidArgument", "Source is a required argument")
		wantError(t, send(event.Event{Source: "crm", Type: "T", Body: `{}`, Attributes: map[string]string{"resources": `{}`}}), "InvalidArgument", "Resources")
	})
}

func TestPutEvents_asks_the_interceptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		twice := engine.Interceptor{Hop: func(_ context.Context, h event.Hop, d event.Delivery) []event.Delivery {
			if h.To == "bus:default" {
				return []event.Delivery{d, d}
			}
			return []event.Delivery{d}
		}}
		f := newFixture(t, 1, twice)
		defer f.engine.Close()
		f.rule("", "all", `{"source":["s"]}`)
		f.target("", "all", Target{Id: "1", Arn: queueARN("q")})
		f.put("", `{}`)
		if n := len(f.bodies("q")); n != 2 {
			t.Errorf("%d messages of an event that came twice", n)
		}
	})
}

func TestPutEvents_hands_the_trace_header_on(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "all", `{"source":["s"]}`)
		f.target("", "all", Target{Id: "1", Arn: queueARN("q")})
		must[*PutEventsOutput](t)(f.svc.PutEvents(f.call(), &PutEventsInput{Entries: []PutEventsRequestEntry{
			{Source: wire.Some("s"), DetailType: wire.Some("T"), Detail: wire.Some("{}"), TraceHeader: wire.Some("Root=1-5759e988-bd862e3fe1be46a994272793")},
		}}))
		synctest.Wait()
		if len(f.queue.got) != 1 || f.queue.got[0].Event.Attributes["AWSTraceHeader"] != "Root=1-5759e988-bd862e3fe1be46a994272793" {
			t.Errorf("deliveries %+v", f.queue.got)
		}
	})
}

func TestTestEventPattern(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		whole := `{"id":"1","detail-type":"T","source":"s","account":"1","time":"2026-01-01T00:00:00Z","region":"r","detail":{"a":1}}`
		ask := func(p, e string) (*TestEventPatternOutput, error) {
			return f.svc.TestEventPattern(f.call(), &TestEventPatternInput{EventPattern: p, Event: e})
		}
		if out := must[*TestEventPatternOutput](t)(ask(`{"detail":{"a":[1]}}`, whole)); out.Result != wire.Some(true) {
			t.Errorf("%+v", out)
		}
		if out := must[*TestEventPatternOutput](t)(ask(`{"detail":{"a":[2]}}`, whole)); out.Result != wire.Some(false) {
			t.Errorf("%+v", out)
		}
		_, err := ask(`{"a":["x"]}`, `plain text`)
		wantError(t, err, "ValidationException", "Parameter Event is not valid.")
		_, err = ask(`{"a":["x"]}`, `{"a":"x"}`)
		wantError(t, err, "ValidationException", "Parameter Event is not valid.")
		_, err = ask(`{"a":"x"}`, whole)
		wantError(t, err, "InvalidEventPatternException", `Event pattern is not valid. Reason: "a" must be an object or an array`)
	})
}

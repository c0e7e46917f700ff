package eventbridge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestBuses_and_rules_have_a_life(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.bus("crm")
		_, err := f.svc.CreateEventBus(f.call(), &CreateEventBusInput{Name: "crm"})
		wantError(t, err, "ResourceAlreadyExistsException", "Event bus crm already exists.")
		_, err = f.svc.DeleteEventBus(f.call(), &DeleteEventBusInput{Name: "default"})
		wantError(t, err, "ValidationException", "Cannot delete event bus default.")
		_, err = f.svc.DescribeEventBus(f.call(), &DescribeEventBusInput{Name: wire.Some("gone")})
		wantError(t, err, "ResourceNotFoundException", "Event bus gone does not exist.")
		if out := must[*DescribeEventBusOutput](t)(f.svc.DescribeEventBus(f.call(), &DescribeEventBusInput{Name: wire.Some(busARN(account, "crm"))})); out.Arn.V != busARN(account, "crm") {
			t.Errorf("%+v", out)
		}
		f.rule("crm", "r", `{"source":["s"]}`)
		f.target("crm", "r", Target{Id: "1", Arn: queueARN("q")})
		f.rule("crm", "r", `{"source":["t"]}`)
		if out := must[*ListTargetsByRuleOutput](t)(f.svc.ListTargetsByRule(f.call(), &ListTargetsByRuleInput{Rule: "r", EventBusName: wire.Some("crm")})); len(out.Targets) != 1 {
			t.Errorf("PutRule of a rule that exists keeps its targets: %+v", out.Targets)
		}
		_, err = f.svc.DescribeRule(f.call(), &DescribeRuleInput{Name: "r"})
		wantError(t, err, "ResourceNotFoundException", "Rule r does not exist on EventBus default.")
		_, err = f.svc.DeleteRule(f.call(), &DeleteRuleInput{Name: "r", EventBusName: wire.Some("crm")})
		wantError(t, err, "ValidationException", "Rule can't be deleted since it has targets.")
		_, err = f.svc.DeleteEventBus(f.call(), &DeleteEventBusInput{Name: "crm"})
		wantError(t, err, "ValidationException", "since it has rules")
		removed := must[*RemoveTargetsOutput](t)(f.svc.RemoveTargets(f.call(), &RemoveTargetsInput{Rule: "r", EventBusName: wire.Some("crm"), Ids: []string{"1", "2"}}))
		if removed.FailedEntryCount.V != 1 || removed.FailedEntries[0].ErrorMessage.V != "Rule 'r' does not have a target with the Id '2'." {
			t.Errorf("%+v", removed)
		}
		must[*DeleteRuleOutput](t)(f.svc.DeleteRule(f.call(), &DeleteRuleInput{Name: "r", EventBusName: wire.Some("crm")}))
		must[*DeleteRuleOutput](t)(f.svc.DeleteRule(f.call(), &DeleteRuleInput{Name: "r", EventBusName: wire.Some("crm")}))
		must[*DeleteEventBusOutput](t)(f.svc.DeleteEventBus(f.call(), &DeleteEventBusInput{Name: "crm"}))
		must[*DeleteEventBusOutput](t)(f.svc.DeleteEventBus(f.call(), &DeleteEventBusInput{Name: "crm"}))
	})
}

func TestPutRule_refuses(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.bus("crm")
		for _, c := range []struct {
			reason        string
			in            PutRuleInput
			code, message string
		}{
			{"neither pattern nor schedule", PutRuleInput{Name: "r"}, "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."},
			{"a pattern that does not compile", PutRuleInput{Name: "r", EventPattern: wire.Some(`{"a":[]}`)}, "InvalidEventPatternException", "Empty arrays are not allowed"},
			{"a bus that does not exist", PutRuleInput{Name: "r", EventPattern: wire.Some(`{"a":[1]}`), EventBusName: wire.Some("gone")}, "ResourceNotFoundException", "Event bus gone does not exist."},
			{"a schedule on a custom bus", PutRuleInput{Name: "r", ScheduleExpression: wire.Some("rate(1 minute)"), EventBusName: wire.Some("crm")}, "ValidationException", "ScheduleExpression is supported only on the default event bus."},
			{"a plural of one", PutRuleInput{Name: "r", ScheduleExpression: wire.Some("rate(1 minutes)")}, "ValidationException", "Parameter ScheduleExpression is not valid."},
			{"five fields", PutRuleInput{Name: "r", ScheduleExpression: wire.Some("cron(0 12 * * ?)")}, "ValidationException", "Parameter ScheduleExpression is not valid."},
			{"a one-time schedule, which is Scheduler's", PutRuleInput{Name: "r", ScheduleExpression: wire.Some("at(2026-01-01T00:00:00)")}, "ValidationException", "Parameter ScheduleExpression is not valid."},
		} {
			_, err := f.svc.PutRule(f.call(), &c.in)
			t.Log(c.reason)
			wantError(t, err, c.code, c.message)
		}
		if out := must[*ListRulesOutput](t)(f.svc.ListRules(f.call(), &ListRulesInput{})); len(out.Rules) != 0 {
			t.Errorf("refused rules are there: %+v", out.Rules)
		}
	})
}

func TestPutTargets_refuses(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "r", `{"source":["s"]}`)
		put := func(targets ...Target) (*PutTargetsOutput, error) {
			return f.svc.PutTargets(f.call(), &PutTargetsInput{Rule: "r", Targets: targets})
		}
		out := must[*PutTargetsOutput](t)(put(
			Target{Id: "dlq", Arn: queueARN("q"), DeadLetterConfig: &DeadLetterConfig{Arn: wire.Some(queueARN("d.fifo"))}},
			Target{Id: "bus", Arn: busARN(account, "b"), InputPath: wire.Some("$.detail")}, Target{Id: "good", Arn: queueARN("q")}))
		var got []string
		for _, e := range out.FailedEntries {
			got = append(got, e.TargetId.V+": "+e.ErrorCode.V+": "+e.ErrorMessage.V)
		}
		want := []string{
			"dlq: ValidationException: Parameter arn:aws:sqs:us-east-1:111111111111:d.fifo is not valid. Reason: a dead-letter queue must be a standard queue.",
			"bus: ValidationException: Input, InputPath and InputTransformer are not supported for target bus, an event bus.",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s", strings.Join(got, "\n"))
		}
		transformer := &InputTransformer{InputTemplate: `"<a> and <b>"`, InputPathsMap: map[string]string{"a": "$.detail.a"}}
		for _, c := range []struct {
			target  Target
			message string
		}{
			{Target{Id: "fifo", Arn: queueARN("q.fifo")}, "Parameter(s) SqsParameters must be specified for target: fifo."},
			{Target{Id: "x", Arn: "not an arn"}, "Parameter not an arn is not valid. Reason: Provided Arn is not in correct format."},
			{Target{Id: "x", Arn: queueARN("q"), DeadLetterConfig: &DeadLetterConfig{Arn: wire.Some("arn:aws:sns:us-east-1:111111111111:t")}},
				"Parameter arn:aws:sns:us-east-1:111111111111:t is not valid. Reason: Provided Arn is not in correct format."},
			{Target{Id: "x", Arn: queueARN("q"), InputPath: wire.Some("$.a"), InputTransformer: transformer}, "Only one of Input, InputPath, or InputTransformer must be provided for target x."},
			{Target{Id: "x", Arn: queueARN("q"), InputTransformer: transformer}, "InputTemplate for target x contains invalid placeholder b."},
			{Target{Id: "x", Arn: queueARN("q"), InputTransformer: &InputTransformer{InputTemplate: `{"a": hello}`}}, "Invalid InputTemplate for target x"},
			{Target{Id: "x", Arn: queueARN("q"), InputPath: wire.Some("detail")}, "Invalid InputPath for target x"},
			{Target{Id: "x", Arn: queueARN("q"), Input: wire.Some("{")}, "JSON syntax error in input for target x"},
		} {
			_, err := put(Target{Id: "before", Arn: queueARN("q")}, c.target)
			wantError(t, err, "ValidationException", c.message)
		}
		var many []Target
		for i := range 5 {
			many = append(many, Target{Id: fmt.Sprint("t", i), Arn: queueARN("q")})
		}
		_, err := put(many...)
		wantError(t, err, "LimitExceededException", "The requested resource exceeds the maximum number allowed.")
		if list := must[*ListTargetsByRuleOutput](t)(f.svc.ListTargetsByRule(f.call(), &ListTargetsByRuleInput{Rule: "r"})); len(list.Targets) != 1 || list.Targets[0].Id != "good" {
			t.Errorf("a request that was refused left something behind: %+v", list.Targets)
		}
	})
}

func TestLists_come_in_pages(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		for i := range 5 {
			f.rule("", fmt.Sprint("r", i), `{"source":["s"]}`)
			f.target("", fmt.Sprint("r", i), Target{Id: "1", Arn: queueARN("q")})
		}
		var names []string
		in := &ListRuleNamesByTargetInput{TargetArn: queueARN("q"), Limit: wire.Some[int32](2)}
		for {
			out := must[*ListRuleNamesByTargetOutput](t)(f.svc.ListRuleNamesByTarget(f.call(), in))
			names = append(names, out.RuleNames...)
			if in.NextToken = out.NextToken; !out.NextToken.OK {
				break
			}
		}
		if strings.Join(names, " ") != "r0 r1 r2 r3 r4" {
			t.Errorf("%v", names)
		}
		_, err := f.svc.ListRules(f.call(), &ListRulesInput{NextToken: wire.Some("?")})
		wantError(t, err, "ValidationException", "nextToken")
		f.bus("crm")
		buses := must[*ListEventBusesOutput](t)(f.svc.ListEventBuses(f.call(), &ListEventBusesInput{NamePrefix: wire.Some("d")}))
		if len(buses.EventBuses) != 1 || buses.EventBuses[0].Name.V != "default" {
			t.Errorf("%+v", buses)
		}
	})
}

func TestTags(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "r", `{"source":["s"]}`)
		arn := "arn:aws:events:us-east-1:111111111111:rule/r"
		must[*TagResourceOutput](t)(f.svc.TagResource(f.call(), &TagResourceInput{ResourceARN: arn, Tags: []Tag{{Key: "b", Value: "1"}, {Key: "a", Value: "2"}}}))
		must[*UntagResourceOutput](t)(f.svc.UntagResource(f.call(), &UntagResourceInput{ResourceARN: arn, TagKeys: []string{"b", "zz"}}))
		out := must[*ListTagsForResourceOutput](t)(f.svc.ListTagsForResource(f.call(), &ListTagsForResourceInput{ResourceARN: arn}))
		if len(out.Tags) != 1 || out.Tags[0].Key != "a" {
			t.Errorf("%+v", out.Tags)
		}
		_, err := f.svc.ListTagsForResource(f.call(), &ListTagsForResourceInput{ResourceARN: "arn:aws:events:us-east-1:111111111111:rule/crm/x"})
		wantError(t, err, "ResourceNotFoundException", "Rule x does not exist on EventBus crm.")
	})
}

func TestDescribe_names_places_edges_dead_letter_queues_and_what_rules_ask_for(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "r", `{"source":["s"],"detail-type":["Sold",{"anything-but":["Lost"]},"Sold"]}`)
		f.target("", "r", withDLQ("1", nil))
		got, err := json.Marshal(f.engine.Topology())
		if err != nil {
			t.Fatal(err)
		}
		want := `{"places":["bus:default","rule:default/r"],"dlqs":["queue:dlq"],"edges":[{"from":"bus:default","to":"rule:default/r","why":"rule"},` +
			`{"from":"rule:default/r","to":"queue:dlq","why":"target dead-letter"},{"from":"rule:default/r","to":"queue:q","why":"target"}],"types":["Lost","Sold"],"sources":["s"]}`
		if string(got) != want {
			t.Errorf("got %s", got)
		}
		f.engine.Reset(account)
		if again := f.engine.Topology(); len(again.Places) != 1 || again.Places[0] != event.At(event.PlaceBus, "default") {
			t.Errorf("after a reset: %+v", again)
		}
	})
}

func TestOperations_check_the_request_before_the_service(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		table := Operations(f.svc)
		_, err := table.Operations["PutRule"].Serve(f.call(), &wire.Request{Body: []byte(`{"Name":"a b"}`)}, nil)
		wantError(t, err, "ValidationException", `1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+`)
		out, err := table.Operations["ListRules"].Serve(f.call(), &wire.Request{Body: []byte(`{}`)}, nil)
		if err != nil || string(out) != `{"Rules":[]}` {
			t.Errorf("%s, %v", out, err)
		}
	})
}

package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// brokenChains are the ways in which a LeadConverted can fail to lead to an ActivityLogged.
func brokenChains() map[string]*observe.Flow {
	lead := &event.Event{Type: "LeadConverted", Body: `{"detail-type":"LeadConverted","source":"crm","detail":{"lead_id":"L-71"}}`}
	logged := &event.Event{Type: "ActivityLogged", Body: `{"detail-type":"ActivityLogged","source":"crm","detail":{}}`}
	call := event.Hop{Kind: event.KindCall, From: "client:app", To: "bus:crm", Operation: "eventbridge:PutEvents", Outcome: event.Delivered}
	bus := event.Hop{Kind: event.KindArrive, From: "client:app", To: "bus:crm", Outcome: event.Delivered, Fact: 2, Cause: 1, Event: lead}
	queue := event.Hop{Kind: event.KindArrive, From: "rule:crm/acme", To: "queue:acme-leads", Outcome: event.Delivered, Fact: 2, Cause: 2, Event: lead}
	receive := event.Hop{Kind: event.KindReceive, From: "queue:acme-leads", To: "client:worker", Outcome: event.Delivered, Fact: 2, Cause: 3, Event: lead, Attempt: 1}
	fails := event.Hop{Kind: event.KindCall, From: "client:worker", To: "bus:crm", Operation: "eventbridge:PutEvents", Outcome: event.Failed, Cause: 4, Reason: event.Because("ValidationException", "Detail is not JSON")}
	back := event.Hop{Kind: event.KindReturn, From: "client:worker", To: "queue:acme-leads", Outcome: event.Delivered, Fact: 2, Cause: 4, Reason: event.Because("VisibilityTimeout", "not deleted within the visibility timeout of 30s")}

	redriven := []event.Hop{call, bus, queue}
	for n := range 5 {
		r, c, b := receive, fails, back
		r.Attempt, c.Cause, b.Cause = n+1, uint64(4+3*n), uint64(4+3*n)
		redriven = append(redriven, r, c, b)
	}
	redriven = append(redriven, event.Hop{Kind: event.KindDeadLetter, From: "queue:acme-leads", To: "queue:leads-dlq", Outcome: event.DeadLettered, Fact: 2, Cause: 18,
		Event: lead, Reason: event.Because("MaxReceiveCountExceeded", "received 5 times, maxReceiveCount is 5")})
	deleted := event.Hop{Kind: event.KindDelete, From: "client:worker", To: "queue:acme-leads", Outcome: event.Delivered, Fact: 2, Cause: 4}
	filtered := event.Hop{Kind: event.KindMatch, From: "bus:crm", To: "rule:crm/acme", Outcome: event.Filtered, Fact: 2, Cause: 2, Event: lead,
		Reason: &event.Reason{Code: "PatternMismatch", Text: "no", Mismatches: []event.Mismatch{{Path: "detail.tenant_id", Want: `"acme"`}}}}
	apart := event.Hop{Kind: event.KindArrive, From: "client:worker", To: "bus:crm", Outcome: event.Delivered, Event: logged}
	apart.Fact = 6
	named := apart
	named.Event = &event.Event{Type: "ActivityLogged", Body: `{"detail-type":"ActivityLogged","source":"crm","detail":{"causation_id":"ev-9"}}`}

	flows := map[string]*observe.Flow{}
	for name, hops := range map[string][]event.Hop{
		"redriven": redriven, "acknowledged": {call, bus, queue, receive, deleted}, "returned": {call, bus, queue, receive, back},
		"filtered": {call, bus, filtered}, "waiting": {call, bus, queue}, "apart": {call, bus, queue, receive, deleted, apart},
		"named": {call, bus, queue, receive, deleted, named}, "nothing": {call},
	} {
		flows[name] = flowOf(hops)
	}
	return flows
}

func flowOf(hops []event.Hop) *observe.Flow {
	for i := range hops {
		hops[i].Seq, hops[i].At, hops[i].CorrelationID = uint64(i+1), start.Add(time.Duration(i)*12*time.Millisecond), "dye-7f3a"
	}
	return observe.NewFlow(observe.Recording{
		CorrelationID: "dye-7f3a", Start: start, Hops: hops, Topology: topology, Grade: event.Proved, CausationAt: []string{"detail.causation_id"},
		Quiescence: event.Quiescence{Quiet: true, At: start.Add(time.Hour)},
	})
}

// Each says the last hop seen, what is first missing and the consumer's error, marks the place in the diagram, and fits a screen; from
// a file it is the same.
func TestBrokenChain_is_located_R2_8(t *testing.T) {
	links := expect.Chain("LeadConverted", "ActivityLogged")
	for name, f := range brokenChains() {
		t.Run(name, func(t *testing.T) {
			v := expect.Judge(f, links)
			got := report.Text(v, context) + "\n"
			golden(t, "chain_"+name+".txt", got)
			if n := strings.Count(got, "\n"); n > 30 {
				t.Errorf("%d lines: a failure must fit one screen", n)
			}
			if name != "nothing" && strings.Count(got, "✗ the chain stops here: no ActivityLogged") != 1 {
				t.Error("no mark in the diagram")
			}
			var file bytes.Buffer
			if err := observe.WriteRecording(&file, f.Recording); err != nil {
				t.Fatal(err)
			}
			r, err := observe.ReadRecording(&file)
			if err != nil {
				t.Fatal(err)
			}
			if again := report.Text(expect.Judge(observe.NewFlow(r), links), context) + "\n"; again != got {
				t.Errorf("read from a file it is\n%s", again)
			}
		})
	}
}

func TestBrokenChain_in_JSON_R2_8(t *testing.T) {
	raw, err := report.JSON(expect.Judge(brokenChains()["redriven"], expect.Chain("LeadConverted", "ActivityLogged")), context)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Findings []struct {
			Chain struct {
				Last, Missing string
				Seen, Failure struct {
					Seq  int
					Kind string
				}
				Failed  int
				Stopped []struct{ Kind string }
			}
		}
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	named, err := report.JSON(expect.Judge(brokenChains()["named"], expect.Chain("LeadConverted", "ActivityLogged")), context)
	if err != nil || !bytes.Contains(named, []byte(`"named":"it names \"ev-9\" at detail.causation_id as its cause, and no earlier event has that id"`)) {
		t.Errorf("error %v, %s", err, named)
	}
	c := got.Findings[0].Chain
	if c.Last != "LeadConverted" || c.Missing != "ActivityLogged" || c.Seen.Kind != "deadletter" || c.Failure.Seq != 5 || c.Failed != 5 || len(c.Stopped) != 6 {
		t.Errorf("%+v in\n%s", c, raw)
	}
}

// A long flow is cut in the middle, never at the place that is spoken of.
func TestBrokenChain_of_a_long_flow_keeps_the_mark_R2_8(t *testing.T) {
	lead := &event.Event{Type: "LeadConverted"}
	hops := []event.Hop{{Kind: event.KindArrive, From: "pipe:crm", To: "bus:crm", Outcome: event.Delivered, Fact: 1, Event: lead}}
	for n := range 40 {
		q := event.At(event.PlaceQueue, fmt.Sprintf("q-%02d", n%4))
		hops = append(hops, event.Hop{Kind: event.KindArrive, From: "rule:crm/acme", To: q, Outcome: event.Delivered, Fact: 1, Cause: 1, Event: lead},
			event.Hop{Kind: event.KindReceive, From: q, To: "client:worker", Outcome: event.Delivered, Fact: 1, Cause: uint64(2 + 3*n), Attempt: 1},
			event.Hop{Kind: event.KindCall, From: "client:worker", Operation: "sqs:SendMessage", Outcome: event.Delivered, Cause: uint64(3 + 3*n)})
	}
	hops[60].Outcome, hops[60].Reason = event.Failed, event.Because("QueueDoesNotExist", "no such queue")
	got := report.Text(expect.Judge(flowOf(hops), expect.Chain("LeadConverted", "ActivityLogged")), context)
	if n := strings.Count(got, "\n") + 1; n > 30 || !strings.Contains(got, "✗ SendMessage: no such queue") || strings.Count(got, "✗ the chain stops here") != 1 || strings.Count(got, "⋮") != 2 {
		t.Errorf("%d lines\n%s", n, got)
	}
}

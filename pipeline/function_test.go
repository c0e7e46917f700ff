package pipeline_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// TestFunction_as_target_acts_in_the_flow_of_its_event_R1_6 puts an event on the bus whose rule has a Go function as target. The
// function sends a message with its context; behind the gate, as in a user's test.
func TestFunction_as_target_acts_in_the_flow_of_its_event_R1_6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := engine.NewGate(7, synctest.Wait)
		var c *client
		p := pipeline.New(pipeline.Options{Gate: gate, Functions: map[string]any{
			"welcome": func(ctx context.Context, in struct{ Detail json.RawMessage }) error {
				body, err := json.Marshal(string(in.Detail))
				if err != nil {
					return err
				}
				r := c.request("AmazonSQS.SendMessage", `{"QueueUrl":"`+queueURL+`","MessageBody":`+string(body)+`}`)
				answer, err := c.transport.RoundTrip(r.WithContext(ctx))
				if err != nil {
					return err
				}
				return answer.Body.Close()
			},
		}})
		defer p.Close()
		go gate.Run(p.Engine())
		c = inProcess(t, p)
		c.call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
		c.call("AWSEvents.PutRule", `{"Name":"all","EventPattern":"{\"source\":[\"crm\"]}"}`)
		c.call("AWSEvents.PutTargets", `{"Rule":"all","Targets":[{"Id":"f","Arn":"arn:aws:lambda`+arnBase+`function:welcome"}]}`)
		r := c.request("AWSEvents.PutEvents", `{"Entries":[{"Source":"crm","DetailType":"ContactCreated","Detail":"{\"id\":\"C-17\"}"}]}`)
		if answer, err := c.transport.RoundTrip(r.WithContext(event.WithCorrelation(t.Context(), "flow-1"))); err != nil || answer.StatusCode != 200 {
			t.Fatal(answer, err)
		}
		if q := p.Settle(t.Context()); !q.Quiet {
			t.Errorf("%+v", q)
		}
		if got := c.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+queueURL+`"}`); !strings.Contains(got, `C-17`) {
			t.Errorf("received %s", got)
		}
		hops, _ := p.Hops(0)
		bySeq := map[uint64]event.Hop{}
		for _, h := range hops {
			bySeq[h.Seq] = h
			if h.Kind != event.KindArrive || h.To != "queue:leads" {
				continue
			}
			call := bySeq[h.Cause]
			if receipt := bySeq[call.Cause]; h.CorrelationID != "flow-1" || call.Inferred || receipt.Kind != event.KindReceive || receipt.From != "function:welcome" {
				t.Errorf("the message descends from %+v, %+v", call, receipt)
			}
			return
		}
		t.Error("no message came to the queue")
	})
}

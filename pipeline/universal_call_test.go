package pipeline_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// TestSchedule_calls_pass_the_call_interceptors_R1_8 has one refuse the first call of a schedule as AWS throttles it: the schedule
// tries again, as it would there.
func TestSchedule_calls_pass_the_call_interceptors_R1_8(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var seen []string
		throttle := func(_ context.Context, c *engine.Call, next func() ([]byte, error)) ([]byte, error) {
			if c.From == "" {
				return next()
			}
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, fmt.Sprint(c.Place(), " ", c.Service, ":", c.Operation, " ", string(c.Body)))
			if len(seen) == 1 {
				return nil, &wire.Error{Code: "ThrottlingException", Message: "Rate exceeded", SenderFault: true}
			}
			return next()
		}
		p, c := run(t, pipeline.Options{Interceptors: []engine.Interceptor{{Call: throttle}}})
		c.queue("jobs", "")
		const input = `{"MessageBody":"hello","QueueUrl":"https://sqs.us-east-1.amazonaws.com/` + account + `/jobs"}`
		c.schedule("send", sdk+"sqs:sendMessage", input, "")
		time.Sleep(2 * time.Hour)
		synctest.Wait()

		want := "schedule:default/send sqs:SendMessage " + input
		if !slices.Equal(seen, []string{want, want}) {
			t.Errorf("the interceptor saw %q", seen)
		}
		if got := c.drain("jobs"); !slices.Equal(got, []string{"hello"}) {
			t.Errorf("messages %q", got)
		}
		hops, _ := p.Hops(0)
		if !slices.ContainsFunc(hops, func(h event.Hop) bool {
			return h.Kind == event.KindCall && h.From == "schedule:default/send" && h.Outcome == event.Failed && h.Reason.Code == "ThrottlingException"
		}) {
			t.Error("the history does not say that the call failed")
		}
	})
}

// scheduled runs three schedules that send to one queue at the same instant, and two clients that do so too, behind a gate. It returns
// the order of the messages and a digest of the whole trace.
func scheduled(t *testing.T, seed uint64) (order, digest string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		gate := engine.NewGate(seed, synctest.Wait)
		p := pipeline.New(pipeline.Options{Seed: seed, Gate: gate})
		ended := make(chan struct{})
		go func() { gate.Run(p.Engine()); close(ended) }()
		defer func() { p.Close(); <-ended }()
		c := inProcess(t, p)
		c.queue("jobs", "")
		for _, name := range []string{"s1", "s2", "s3"} {
			c.schedule(name, sdk+"sqs:sendMessage", `{"MessageBody":"`+name+`","QueueUrl":"https://sqs.us-east-1.amazonaws.com/`+account+`/jobs"}`, "")
		}
		start := time.Now()
		time.Sleep(time.Hour)
		var both sync.WaitGroup
		for _, name := range []string{"c1", "c2"} {
			both.Go(func() {
				c.call("AmazonSQS.SendMessage", `{"QueueUrl":"http://localhost:4566/`+account+`/jobs","MessageBody":"`+name+`"}`)
			})
		}
		both.Wait()
		p.Settle(t.Context())
		hops, _ := p.Hops(0)
		var text strings.Builder
		var bodies []string
		for _, h := range hops {
			id := ""
			if h.Event != nil {
				id = h.Event.ID + h.Event.Body
			}
			fmt.Fprintln(&text, h.Seq, h.At.Sub(start), h.Kind, h.From, h.To, h.Outcome, h.Operation, h.Fact, h.Cause, id)
			if h.Kind == event.KindArrive && h.To == "queue:jobs" {
				bodies = append(bodies, h.Event.Body)
			}
		}
		order, digest = strings.Join(bodies, " "), fmt.Sprintf("%x", sha256.Sum256([]byte(text.String())))
	})
	return order, digest
}

func TestSchedule_calls_follow_the_seed_R1_8(t *testing.T) {
	orders := map[string]bool{}
	for seed := range uint64(20) {
		order, want := scheduled(t, seed)
		if strings.Count(order, " ") != 4 {
			t.Fatalf("messages %q", order)
		}
		orders[order] = true
		for range 3 {
			if _, got := scheduled(t, seed); got != want {
				t.Fatalf("seed %d has another trace", seed)
			}
		}
	}
	if len(orders) < 5 {
		t.Errorf("20 seeds gave only the orders %v", orders)
	}
}

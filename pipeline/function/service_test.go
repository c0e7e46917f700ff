package function

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

const (
	account = "111111111111"
	region  = "us-east-1"
)

// queues takes what goes to a dead-letter queue.
type queues struct {
	mu  sync.Mutex
	got []event.Delivery
}

func (q *queues) Receive(d event.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.got = append(q.got, d)
	return nil
}
func (q *queues) Pending() []event.Pending { return nil }
func (q *queues) Describe(*event.Topology) {}
func (q *queues) Reset()                   {}

type fixture struct {
	t        *testing.T
	registry *Registry
	engine   *engine.Engine
	dead     *queues
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, body func(t *testing.T, f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fixture{t: t, registry: &Registry{}, dead: &queues{}}
		f.engine = engine.New(engine.Options{Build: func(s *engine.Scope) any {
			s.Register(f.dead, map[string]engine.Receiver{event.PlaceQueue: f.dead})
			return New(s, f.registry)
		}})
		defer f.engine.Close()
		body(t, f)
	})
}

func (f *fixture) register(name string, handler any) {
	f.t.Helper()
	if err := f.registry.Register(name, handler); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) service() *Service { return f.engine.Scope(account, region).Built().(*Service) }

// deliver sends an event to a function and settles.
func (f *fixture) deliver(name, body string) (refused error) {
	f.t.Helper()
	f.engine.Send(event.Delivery{
		Lineage: event.Lineage{CorrelationID: "flow-1"}, Account: account, Region: region, From: "rule:default/r", To: event.At(event.PlaceFunction, name),
		Event: &event.Event{ID: "e-1", Body: body}, Attempt: 1,
	}, func(_ event.Delivery, err error) { refused = err })
	synctest.Wait()
	return refused
}

func (f *fixture) invoke(arn, payload string) (response string, err error) {
	f.t.Helper()
	answered := 0
	f.service().Invoke(engine.Invocation{Function: arn, Payload: []byte(payload), Deliveries: []event.Delivery{
		{Lineage: event.Lineage{CorrelationID: "flow-1"}, From: "pipe:p", Event: &event.Event{Body: payload}, Attempt: 1},
	}}, func(b []byte, e error) { response, err, answered = string(b), e, answered+1 })
	synctest.Wait()
	if answered != 1 {
		f.t.Errorf("answered %d times", answered)
	}
	return response, err
}

func (f *fixture) hops() string {
	var b strings.Builder
	hops, _ := f.engine.Hops(0)
	for _, h := range hops {
		fmt.Fprintf(&b, "%s %s -> %s %s %d", h.Kind, h.From, h.To, h.Outcome, h.Attempt)
		if h.Reason != nil {
			b.WriteString(" " + h.Reason.Code)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// pass lets virtual time pass.
//
//tidy:bubble the fixture's tests run in synctest.Test, see bubble
func (f *fixture) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestReceive_invokes_and_the_context_carries_the_flow_R1_6(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		var got contact
		var correlation string
		var cause uint64
		var in Invocation
		f.register("welcome", func(ctx context.Context, c contact) error {
			got, correlation, cause = c, event.Correlation(ctx), event.Cause(ctx)
			in, _ = FromContext(ctx)
			return nil
		})
		if err := f.deliver("welcome:live", `{"id":"C-17"}`); err != nil {
			t.Fatal(err)
		}
		if got.ID != "C-17" || correlation != "flow-1" || in.Attempt != 1 || in.ARN != "arn:aws:lambda:us-east-1:111111111111:function:welcome:live" || in.RequestID == "" {
			t.Errorf("%+v, %q, %+v", got, correlation, in)
		}
		hops, _ := f.engine.Hops(0)
		if want := "arrive rule:default/r -> function:welcome delivered 1\nreceive function:welcome -> function:welcome delivered 1\n"; f.hops() != want || cause != hops[1].Seq {
			t.Errorf("cause %d, hops\n%s", cause, f.hops())
		}
		if q := f.engine.Quiescent(); !q.Quiet || len(q.Pending) != 0 {
			t.Errorf("%+v", q)
		}
	})
}

func TestReceive_tries_again_twice_then_dead_letters_R1_6(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		var at []time.Duration
		start := time.Now()
		f.register("welcome", Function{DeadLetter: "arn:aws:sqs:us-east-1:111111111111:dead", Handler: func(in contact) error {
			at = append(at, time.Since(start))
			if len(at) == 2 {
				panic("out of luck")
			}
			return errors.New("no mail server")
		}})
		f.deliver("welcome", `{"id":"C-17"}`)
		f.pass(time.Hour)
		if fmt.Sprint(at) != "[0s 1m0s 3m0s]" {
			t.Errorf("attempts at %v", at)
		}
		want := `arrive rule:default/r -> function:welcome delivered 1
receive function:welcome -> function:welcome delivered 1
retry function:welcome -> function:welcome delayed 1 FunctionError
receive function:welcome -> function:welcome delivered 2
retry function:welcome -> function:welcome delayed 2 FunctionError
receive function:welcome -> function:welcome delivered 3
drop function:welcome -> queue:dead deadlettered 3 FunctionError
`
		if f.hops() != want {
			t.Errorf("hops\n%s", f.hops())
		}
		if len(f.dead.got) != 1 {
			t.Fatalf("%+v", f.dead.got)
		}
		d := f.dead.got[0]
		if d.Event.Body != `{"id":"C-17"}` || d.CorrelationID != "flow-1" || !strings.HasSuffix(d.Event.Attributes["ErrorMessage"], "no mail server") || d.Event.Attributes["ErrorCode"] != "200" {
			t.Errorf("%+v", d.Event)
		}
	})
}

func TestReceive_without_a_dead_letter_queue_says_that_the_event_is_lost(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.register("welcome", Function{Retries: -1, Handler: func() error { return errors.New("no mail server") }})
		f.deliver("welcome", `{}`)
		hops, _ := f.engine.Hops(0)
		last := hops[len(hops)-1]
		if last.Outcome != event.Lost || !strings.Contains(last.Reason.Text, "no mail server; the function has no dead-letter queue") {
			t.Errorf("%+v %+v", last, last.Reason)
		}
	})
}

func TestReceive_refuses_functions_that_are_not_there(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.register("arn:aws:lambda:us-east-1:222222222222:function:elsewhere", func() {})
		for _, name := range []string{"gone", "elsewhere"} {
			if err := f.deliver(name, `{}`); engine.CodeOf(err) != "ResourceNotFoundException" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestInvoke_answers_or_says_why_not(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		const base = "arn:aws:lambda:us-east-1:111111111111:function:"
		f.register("echo", func(in contact) (contact, error) { in.Note = "seen"; return in, nil })
		f.register("fails", func() error { return fmt.Errorf("wrapped: %w", context.Canceled) })
		f.register("panics", func() { panic(errors.New("boom")) })
		f.register("exits", func() { runtime.Goexit() })
		f.register("arn:aws:lambda:us-east-1:222222222222:function:elsewhere", func() (string, error) { return "other account", nil })
		for _, c := range []struct{ reason, arn, want, code, text string }{
			{"a response", base + "echo", `{"id":"C-1","note":"seen"}`, "", ""},
			{"an alias", base + "echo:live", `{"id":"C-1","note":"seen"}`, "", ""},
			{"another account", "arn:aws:lambda:us-east-1:222222222222:function:elsewhere", `"other account"`, "", ""},
			{"an error", base + "fails", "", "FunctionError", "wrapped: context canceled"},
			{"a panic", base + "panics", "", "FunctionError", "panicked: boom"},
			{"an ended goroutine", base + "exits", "", "FunctionError", "ended its goroutine"},
			{"no function", base + "gone", "", "ResourceNotFoundException", "Function not found"},
			{"no ARN", "gone", "", "ResourceNotFoundException", "Function not found"},
		} {
			got, err := f.invoke(c.arn, `{"id":"C-1"}`)
			if c.code == "" && (err != nil || got != c.want) || c.code != "" && (engine.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.text)) {
				t.Errorf("%s: got %s, %v", c.reason, got, err)
			}
		}
		if !f.service().Known(base+"echo") || f.service().Known(base+"gone") {
			t.Error("Known is wrong")
		}
	})
}

func TestInvoke_that_takes_too_long_times_out_and_counts_until_it_ends(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		const arn = "arn:aws:lambda:us-east-1:111111111111:function:slow"
		f.register("slow", Function{Timeout: 3 * time.Second, Handler: func() { f.pause(10 * time.Second) }})
		var err error
		f.service().Invoke(engine.Invocation{Function: arn, Payload: []byte(`{}`)}, func(_ []byte, e error) { err = e })
		f.pass(time.Second)
		if q := f.engine.Quiescent(); q.Quiet || len(q.Pending) != 1 || q.Pending[0].What != "function:slow runs" {
			t.Errorf("while it runs: %+v", q)
		}
		f.pass(3 * time.Second)
		if err == nil || !strings.Contains(err.Error(), "Task timed out after 3.00 seconds") {
			t.Errorf("got %v", err)
		}
		if q := f.engine.Quiescent(); q.Quiet {
			t.Error("quiet while the handler still runs")
		}
		f.pass(10 * time.Second)
		if q := f.engine.Quiescent(); !q.Quiet {
			t.Errorf("%+v", q)
		}
	})
}

// pause is a handler's work.
//
//tidy:bubble the fixture's tests run in synctest.Test, see bubble
func (f *fixture) pause(d time.Duration) { time.Sleep(d) }

func TestReset_forgets_what_runs_and_keeps_the_functions(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.register("slow", func() error { f.pause(time.Second); return errors.New("late") })
		f.deliver("slow", `{}`)
		f.engine.Reset()
		f.pass(time.Hour)
		if strings.Contains(f.hops(), "retry") {
			t.Errorf("hops\n%s", f.hops())
		}
		if err := f.deliver("slow", `{}`); err != nil {
			t.Errorf("after a reset: %v", err)
		}
		f.pass(time.Hour)
	})
}

func TestClose_ends_the_contexts_of_functions(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		ended := false
		f.register("waits", func(ctx context.Context) { <-ctx.Done(); ended = true })
		f.deliver("waits", `{}`)
		f.engine.Close()
		synctest.Wait()
		if !ended {
			t.Error("the function still waits")
		}
	})
}

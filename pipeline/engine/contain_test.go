package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// breaking is a service whose state cannot be touched: it panics under the scope's lock.
type breaking struct {
	scope *Scope
	times int // how often it panics before it works
}

func (b *breaking) Receive(event.Delivery) error {
	hold := b.scope.Hold()
	defer hold.End()
	hold.End()
	hold.Resume()
	if b.times > 0 {
		b.times--
		panic("index out of range")
	}
	return nil
}

func (*breaking) Pending() []event.Pending   { return nil }
func (*breaking) Describe(t *event.Topology) {}
func (*breaking) Reset()                     {}

// broken returns an engine with a breaking service, and what its panics were told as.
func broken(o Options, times int) (*Engine, *[]string) {
	var told []string
	o.Panicked = func(where string, panic any, stack []byte) {
		told = append(told, fmt.Sprintf("%s: %v, stack %t", where, panic, len(stack) > 0))
	}
	o.Build = func(s *Scope) any {
		b := &breaking{s, times}
		s.Register(b, map[string]Receiver{event.PlaceQueue: b})
		return b
	}
	return New(o), &told
}

func TestSend_makes_an_error_of_a_panic_and_the_scope_stays_usable_R4_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, told := broken(Options{}, 1)
		defer e.Close()
		var errs []error
		for range 2 {
			e.Send(deliveryTo("queue:a"), func(_ event.Delivery, err error) { errs = append(errs, err) })
		}
		synctest.Wait() // hangs if the lock stayed behind
		if len(errs) != 2 || errs[1] != nil {
			t.Fatalf("errors %v, want one of the first delivery and none of the second", errs)
		}
		fault, ok := errors.AsType[*PanicError](errs[0])
		if !ok || fault.ErrorCode() != "InternalFailure" || fault.Error() != "the pipeline itself failed (delivery to queue:a): index out of range" {
			t.Errorf("error %v", errs[0])
		}
		if len(*told) != 1 || (*told)[0] != "delivery to queue:a: index out of range, stack true" {
			t.Errorf("told %q", *told)
		}
	})
}

func TestRelay_goes_on_after_a_panic_R4_1(t *testing.T) {
	for _, tt := range []struct {
		reason string
		hook   func(d event.Delivery) []event.Delivery
		times  int
	}{
		{"of the receiver", nil, 1},
		{"of an interceptor", func(event.Delivery) []event.Delivery { panic("index out of range") }, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			var o Options
			if tt.hook != nil {
				o.Interceptors = []Interceptor{{Hop: func(_ context.Context, _ event.Hop, d event.Delivery) []event.Delivery { return tt.hook(d) }}}
			}
			e, told := broken(o, tt.times)
			defer e.Close()
			var errs []error
			e.Relay(deliveryTo("queue:a"), func(err error) { errs = append(errs, err) }, nil)
			synctest.Wait()
			if _, ok := errors.AsType[*PanicError](errors.Join(errs...)); len(errs) != 1 || !ok || len(*told) != 1 {
				t.Errorf("%s: errors %v, told %q", tt.reason, errs, *told)
			}
		})
	}
}

// TestSchedule_goes_on_after_a_task_that_panics_R4_1 runs with and without a gate.
func TestSchedule_goes_on_after_a_task_that_panics_R4_1(t *testing.T) {
	for _, gated := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var o Options
			if gated {
				o.Gate = NewGate(1, synctest.Wait)
			}
			e, told := broken(o, 0)
			if gated {
				go o.Gate.Run(e)
			}
			scope := e.Scope(account, region)
			ran := false
			e.Schedule(&Task{Scope: scope, Channel: "a", What: "a thing that fails", Place: "queue:a", Event: &event.Event{ID: "1"}, Fact: 7, Run: func() {
				scope.Lock()
				defer scope.Unlock()
				panic(errors.New("no such entry"))
			}})
			e.Schedule(&Task{Due: time.Now().Add(time.Second), Scope: scope, Channel: "a", Run: func() {
				scope.Lock()
				defer scope.Unlock()
				ran = true
			}})
			time.Sleep(2 * time.Second)
			e.Settle(t.Context())
			if !ran || len(*told) != 1 {
				t.Errorf("gated %t: the next task ran: %t, told %q", gated, ran, *told)
			}
			hops, _ := e.Hops(0)
			if len(hops) != 1 || hops[0].Kind != event.KindDrop || hops[0].To != "queue:a" || hops[0].Outcome != event.Failed || hops[0].Fact != 7 ||
				hops[0].Reason.Code != "InternalFailure" || hops[0].Reason.Text != "the pipeline itself failed (a thing that fails): no such entry" {
				t.Errorf("gated %t: hops %+v", gated, hops)
			}
			e.Close()
		})
	}
}

func TestStart_ends_work_that_panics_R4_1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, told := broken(Options{}, 0)
		defer e.Close()
		e.Scope(account, region).Start(Work{What: "a request", Run: func(context.Context) { panic("no") }})
		synctest.Wait()
		if q := e.Quiescent(); !q.Quiet || len(*told) != 1 || (*told)[0] != "a request: no, stack true" {
			t.Errorf("quiet %t %v, told %q", q.Quiet, q.Pending, *told)
		}
	})
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

func deliveryTo(to event.Place) event.Delivery {
	return event.Delivery{Account: account, Region: region, From: "bus:crm", To: to, Event: &event.Event{Body: "x"}, Attempt: 1,
		Lineage: event.Lineage{Cause: 3, CorrelationID: "flow"}}
}

func hooked(t *testing.T, hooks ...func(d event.Delivery) []event.Delivery) *Engine {
	var list []Interceptor
	for _, hook := range hooks {
		list = append(list, Interceptor{Hop: func(_ context.Context, hop event.Hop, d event.Delivery) []event.Delivery {
			if hop.To != d.To || hop.Kind != event.KindArrive || hop.Event != d.Event {
				t.Errorf("the hop %+v is not that of the delivery %+v", hop, d)
			}
			return hook(d)
		}})
	}
	e, _ := manual(t, Options{Build: buildMailbox, Interceptors: list})
	return e
}

func TestSend_does_what_interceptors_say_R3_1(t *testing.T) {
	type hook = func(d event.Delivery) []event.Delivery
	same := func(d event.Delivery) []event.Delivery { return []event.Delivery{d} }
	drop := func(event.Delivery) []event.Delivery { return nil }
	twice := func(d event.Delivery) []event.Delivery { return []event.Delivery{d, d} }
	leak := func(d event.Delivery) []event.Delivery { d.To = "queue:other"; return []event.Delivery{d} }
	late := func(d event.Delivery) []event.Delivery {
		d.Due = start.Add(10 * time.Second)
		return []event.Delivery{d}
	}
	twiceOneLate := func(d event.Delivery) []event.Delivery { return append(same(d), late(d)...) }
	for _, tt := range []struct {
		reason string
		hooks  []hook
		due    time.Duration // that the delivery comes with
		want   []string      // done calls
	}{
		{"nobody interferes", nil, 0, []string{"queue:a 0s"}},
		{"an interceptor that changes nothing", []hook{same}, 0, []string{"queue:a 0s"}},
		{"an interceptor that changes nothing of what is due later does not delay it twice", []hook{same}, 4 * time.Second, []string{"queue:a 4s"}},
		{"a lost event ends without an attempt", []hook{drop}, 0, nil},
		{"a duplicate is an attempt of its own", []hook{twice}, 0, []string{"queue:a 0s", "queue:a 0s"}},
		{"each interceptor sees what the one before left", []hook{twice, twice}, 0, []string{"queue:a 0s", "queue:a 0s", "queue:a 0s", "queue:a 0s"}},
		{"nothing is left to see after a drop", []hook{drop, twice}, 0, nil},
		{"a changed target", []hook{leak}, 0, []string{"queue:other 0s"}},
		{"a later due time", []hook{late}, 0, []string{"queue:a 10s"}},
		{"one now, one later", []hook{twiceOneLate}, 0, []string{"queue:a 0s", "queue:a 10s"}},
		{"a due time that is over by then", []hook{late}, 11 * time.Second, []string{"queue:a 11s"}},
	} {
		e := hooked(t, tt.hooks...)
		var j journal
		d := deliveryTo("queue:a")
		if tt.due > 0 {
			d.Due = start.Add(tt.due)
		}
		e.Send(d, func(d event.Delivery, err error) {
			if err != nil {
				t.Errorf("%s: %v", tt.reason, err)
			}
			j.add(string(d.To) + " " + e.Now().Sub(start).String())
		})
		advance(t, e, time.Minute)
		if got := j.all(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.reason, got, tt.want)
		}
		hops, _ := e.Hops(0)
		if len(tt.want) == 0 {
			if len(hops) != 1 || hops[0].Kind != event.KindDrop || hops[0].Outcome != event.Lost || hops[0].Reason == nil ||
				hops[0].CorrelationID != "flow" || hops[0].Cause != 3 || hops[0].To != "queue:a" {
				t.Errorf("%s: the loss is not on record: %+v", tt.reason, hops)
			}
		} else if len(hops) != len(tt.want) {
			t.Errorf("%s: %d hops for %d deliveries", tt.reason, len(hops), len(tt.want))
		}
	}
}

func TestSend_tells_why_it_failed(t *testing.T) {
	e, _ := manual(t, Options{Build: buildMailbox})
	refused := errors.New("refused")
	mailboxOf(e).fail = refused
	errs := map[event.Place]error{}
	for _, to := range []event.Place{"queue:a", "bus:nobody"} {
		e.Send(deliveryTo(to), func(d event.Delivery, err error) { errs[d.To] = err })
	}
	settle(t, e)
	if errs["queue:a"] != refused {
		t.Errorf("the receiver's error: got %v", errs["queue:a"])
	}
	var none *NoReceiverError
	if !errors.As(errs["bus:nobody"], &none) || none.Account != account || none.Error() != "no bus can be delivered to in account 111111111111, region eu-west-1" {
		t.Errorf("nobody has buses here: got %v", errs["bus:nobody"])
	}
}

func TestSend_may_be_called_under_a_scopes_lock_and_crosses_accounts(t *testing.T) {
	e, _ := manual(t, Options{Build: buildMailbox})
	s := e.Scope(account, region)
	d := deliveryTo("queue:a")
	d.Account = "222222222222"
	s.Lock()
	e.Send(d, func(event.Delivery, error) {
		s.Lock() // without any lock held
		defer s.Unlock()
	})
	s.Unlock()
	settle(t, e)
	if got := e.Scope("222222222222", region).Built().(*mailbox).boxes["queue:a"]; len(got) != 1 {
		t.Errorf("the other account has %v", got)
	}
}

func TestThrough_is_apply_without_interceptors(t *testing.T) {
	e, _ := manual(t, Options{})
	d := deliveryTo("queue:a")
	d.Due = start.Add(time.Hour) // the place's own delay
	applied := 0
	e.Through(d, func(got event.Delivery) {
		applied++
		if got != d {
			t.Errorf("got %+v", got)
		}
	})
	if applied != 1 || e.Intercepted() {
		t.Errorf("applied %d times", applied)
	}
}

func TestDo_wraps_calls_and_records_failures_R1_6(t *testing.T) {
	var j journal
	wrap := func(name string) Interceptor {
		return Interceptor{Call: func(_ context.Context, c *Call, next func() ([]byte, error)) ([]byte, error) {
			j.add(name + " before " + c.Operation)
			answer, err := next()
			j.add(name + " after")
			return append(answer, name...), err
		}}
	}
	e, _ := manual(t, Options{Build: buildMailbox, Interceptors: []Interceptor{wrap("a"), {}, wrap("b")}})
	answer, err := e.Do(call(t.Context(), e, "", "SendMessage", ""), func() ([]byte, error) { return []byte("ok"), nil })
	if string(answer) != "okba" || err != nil {
		t.Errorf("got %s, %v", answer, err)
	}
	if want := []string{"a before SendMessage", "b before SendMessage", "b after", "a after"}; !slices.Equal(j.all(), want) {
		t.Errorf("got %v", j.all())
	}
	c := call(t.Context(), e, "", "SendMessage", "")
	c.CorrelationID = "flow"
	if _, err := e.Do(c, func() ([]byte, error) { return nil, codedError{} }); err == nil {
		t.Error("the error is gone")
	}
	hops, _ := e.Hops(0)
	if len(hops) != 1 || hops[0].Outcome != event.Failed || hops[0].Reason.Code != "OverLimit" || hops[0].Operation != "sqs:SendMessage" ||
		hops[0].From != "client:unnamed" || hops[0].CorrelationID != "flow" {
		t.Errorf("got %+v", hops)
	}
}

type codedError struct{}

func (codedError) Error() string     { return "too much" }
func (codedError) ErrorCode() string { return "OverLimit" }

func TestRelay_goes_on_whatever_interceptors_do(t *testing.T) {
	refused := errors.New("refused")
	type hook = func(event.Delivery) []event.Delivery
	drop := func(event.Delivery) []event.Delivery { return nil }
	late := func(d event.Delivery) []event.Delivery {
		d.Due = start.Add(10 * time.Second)
		return []event.Delivery{d}
	}
	twice := func(d event.Delivery) []event.Delivery { return []event.Delivery{d, d} }
	for _, tt := range []struct {
		reason string
		hooks  []hook
		fail   error
		want   []string
	}{
		{"a delivery that arrives", nil, nil, []string{"then <nil> 0s"}},
		{"a delivery that fails", nil, refused, []string{"then refused 0s"}},
		{"a lost one looks to its sender as if it had arrived", []hook{drop}, refused, []string{"then <nil> 0s"}},
		{"one that is held up does not hold up its sender", []hook{late}, refused, []string{"then <nil> 0s", "late refused 10s"}},
		{"copies are one answer", []hook{twice}, refused, []string{"then refused\nrefused 0s"}},
	} {
		e := hooked(t, tt.hooks...)
		mailboxOf(e).fail = tt.fail
		var j journal
		e.Relay(deliveryTo("queue:a"), func(err error) { j.add(fmt.Sprint("then ", err, " ", e.Now().Sub(start))) },
			func(_ event.Delivery, err error) { j.add(fmt.Sprint("late ", err, " ", e.Now().Sub(start))) })
		advance(t, e, time.Minute)
		if got := j.all(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

package scheduler

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const (
	account = "111111111111"
	region  = "eu-west-1"
	queue   = "arn:aws:sqs:eu-west-1:111111111111:reminders"
	dead    = "arn:aws:sqs:eu-west-1:111111111111:dead"
	role    = "arn:aws:iam::111111111111:role/scheduler"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// sink takes whatever comes, or refuses what does not come to the dead-letter queue.
type sink struct {
	engine *engine.Engine
	mu     sync.Mutex
	fail   error
	taken  []event.Delivery
	at     []time.Time
}

func (s *sink) Receive(d event.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil && d.To != "queue:dead" {
		return s.fail
	}
	s.taken = append(s.taken, d)
	s.at = append(s.at, s.engine.Now())
	return nil
}

func (s *sink) Pending() []event.Pending { return nil }
func (s *sink) Describe(*event.Topology) {}
func (s *sink) Reset()                   {}

type fixture struct {
	*testing.T
	engine    *engine.Engine
	scope     *engine.Scope
	scheduler *Service
	sink      *sink
}

func newFixture(t *testing.T, o engine.Options) *fixture {
	f := &fixture{T: t, sink: &sink{}}
	o.Clock = engine.NewManualClock(start)
	o.Build = func(s *engine.Scope) any {
		s.Register(f.sink, map[string]engine.Receiver{event.PlaceQueue: f.sink, event.PlaceBus: f.sink, event.PlaceTopic: f.sink, event.PlaceFunction: f.sink})
		return New(s)
	}
	f.engine = engine.New(o)
	f.sink.engine = f.engine
	f.scope = f.engine.Scope(account, region)
	f.scheduler = f.scope.Built().(*Service)
	t.Cleanup(f.engine.Close)
	return f
}

func (f *fixture) call() *engine.Call {
	return &engine.Call{Context: context.Background(), Scope: f.scope, Client: "app", Service: "scheduler", CorrelationID: "flow"}
}

func input(expression string) *CreateScheduleInput {
	return &CreateScheduleInput{
		Name: "s", ScheduleExpression: expression, Target: Target{Arn: queue, RoleArn: role, Input: wire.Some("hello")},
		FlexibleTimeWindow: FlexibleTimeWindow{Mode: FlexibleTimeWindowModeOff},
	}
}

func (f *fixture) create(in *CreateScheduleInput) {
	f.Helper()
	if _, err := f.scheduler.CreateSchedule(f.call(), in); err != nil {
		f.Fatalf("CreateSchedule: %v", err)
	}
}

func (f *fixture) advance(d time.Duration) {
	f.Helper()
	if q, err := f.engine.Advance(context.Background(), d); err != nil || !q.Quiet {
		f.Fatalf("Advance: %+v, %v", q, err)
	}
}

func (f *fixture) hops(kind event.Kind) []event.Hop {
	hops, _ := f.engine.Hops(0)
	return slices.DeleteFunc(hops, func(h event.Hop) bool { return h.Kind != kind })
}

func wantError(t *testing.T, err error, code, text string) {
	t.Helper()
	if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != code || e.Message != text {
		t.Errorf("error %v\nwant  %s: %s", err, code, text)
	}
}

package pipes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const (
	account = "000000000001"
	region  = "us-east-1"
	table   = "arn:aws:dynamodb:us-east-1:000000000001:table/events/stream/2026"
	bus     = "arn:aws:events:us-east-1:000000000001:event-bus/crm"
	role    = "arn:aws:iam::000000000001:role/pipe"
)

// stream is a stream of records that a test writes, and a StreamSource and its only reader in one.
type stream struct {
	mu      sync.Mutex
	engine  *engine.Engine
	records []engine.StreamRecord
	at      int // acknowledged
	trimmed int
	wake    func()
	closed  bool
}

func (s *stream) OpenStream(arn, position string, wake func()) (engine.StreamReader, error) {
	if arn != table {
		return nil, &wire.Error{Code: "ResourceNotFoundException", Message: "Requested resource not found: Stream: " + arn + " not found"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wake = wake
	if position == "LATEST" {
		s.at = len(s.records)
	}
	return s, nil
}

func (s *stream) Read(limit int) ([]engine.StreamRecord, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	trimmed := s.trimmed
	s.trimmed = 0
	return slices.Clone(s.records[s.at:min(len(s.records), s.at+limit)]), trimmed, nil
}

func (s *stream) Acknowledge(number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, err := strconv.Atoi(number); err == nil {
		s.at = n
	}
}

func (s *stream) Place() event.Place { return "stream:events" }
func (s *stream) Close()             { s.closed = true }

// position returns how many records are acknowledged.
func (s *stream) position() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// write appends a record with an image of these attributes.
func (s *stream) write(image string) {
	s.mu.Lock()
	n := len(s.records) + 1
	ev := &event.Event{Body: fmt.Sprintf(`{"eventName":"INSERT","dynamodb":{"NewImage":%s,"SequenceNumber":"%d"},"eventSourceARN":%q}`, image, n, table)}
	lineage := s.engine.Record(event.Hop{Account: account, Region: region, Kind: event.KindRecord, To: "stream:events", Outcome: event.Delivered, CorrelationID: "flow", Event: ev})
	s.records = append(s.records, engine.StreamRecord{SequenceNumber: fmt.Sprint(n), Shard: "shardId-1", Event: ev, Lineage: lineage})
	wake := s.wake
	s.mu.Unlock()
	if wake != nil {
		wake()
	}
}

// target is a bus and a queue that a test looks into.
type target struct {
	engine  *engine.Engine
	arrived func(event.Delivery) // nil: what comes is kept

	mu    sync.Mutex
	state targetState
}

type targetState struct {
	refuse  int // deliveries still to refuse
	taken   []event.Delivery
	letters []event.Delivery
	refused []time.Time
}

// now returns what came so far.
func (b *target) now() targetState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

func (b *target) refuse(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.refuse = n
}

func (b *target) Receive(d event.Delivery) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.arrived != nil {
		b.arrived(d)
		return nil
	}
	s := &b.state
	if d.To.Kind() == event.PlaceQueue {
		s.letters = append(s.letters, d)
		return nil
	}
	if s.refuse > 0 {
		s.refuse--
		s.refused = append(s.refused, b.engine.Now())
		return &wire.Error{Code: "ThrottlingException", Message: "Rate exceeded"}
	}
	s.taken = append(s.taken, d)
	return nil
}

func (b *target) Pending() []event.Pending { return nil }
func (b *target) Describe(*event.Topology) {}
func (b *target) Reset()                   {}

// functions calls one function of the test.
type functions struct {
	scope    *engine.Scope
	mu       sync.Mutex
	handler  func(payload string) (string, error)
	payloads []string
}

// called returns the payloads so far.
func (f *functions) called() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.payloads)
}

func (f *functions) Known(string) bool { return true }

func (f *functions) Invoke(in engine.Invocation, done func([]byte, error)) {
	f.scope.Engine.Schedule(&engine.Task{Scope: f.scope, What: "invoke", Run: func() {
		f.mu.Lock()
		f.payloads = append(f.payloads, string(in.Payload))
		answer, err := f.handler(string(in.Payload))
		f.mu.Unlock()
		done([]byte(answer), err)
	}})
}

type fixture struct {
	testing.TB
	functions *functions
	engine    *engine.Engine
	scope     *engine.Scope
	pipes     *Service
	stream    *stream
	bus       *target
}

func newFixture(t testing.TB, o engine.Options) *fixture {
	f := &fixture{TB: t, stream: &stream{}, bus: &target{}, functions: &functions{}}
	o.Build = func(s *engine.Scope) any {
		s.OfferStreams(f.stream)
		f.functions.scope = s
		s.OfferFunctions(f.functions)
		s.Register(f.bus, map[string]engine.Receiver{event.PlaceBus: f.bus, event.PlaceQueue: f.bus})
		return New(s)
	}
	f.engine = engine.New(o)
	f.stream.engine, f.bus.engine = f.engine, f.engine
	f.scope = f.engine.Scope(account, region)
	f.pipes = f.scope.Built().(*Service)
	t.Cleanup(f.engine.Close)
	return f
}

func (f *fixture) call() *engine.Call {
	return &engine.Call{Context: context.Background(), Scope: f.scope, Client: "app", Service: "pipes"}
}

// input is a pipe from the stream to the bus, from the start.
func input() *CreatePipeInput {
	return &CreatePipeInput{
		Name: "p", Source: table, Target: bus, RoleArn: role, TargetParameters: &PipeTargetParameters{EventBridgeEventBusParameters: &PipeTargetEventBridgeEventBusParameters{}},
		SourceParameters: &PipeSourceParameters{DynamoDBStreamParameters: &PipeSourceDynamoDBStreamParameters{StartingPosition: "TRIM_HORIZON"}},
	}
}

func (f *fixture) create(in *CreatePipeInput) {
	f.Helper()
	if _, err := f.pipes.CreatePipe(f.call(), in); err != nil {
		f.Fatalf("CreatePipe: %v", err)
	}
}

func (f *fixture) describe() *DescribePipeOutput {
	f.Helper()
	out, err := f.pipes.DescribePipe(f.call(), &DescribePipeInput{Name: "p"})
	if err != nil {
		f.Fatalf("DescribePipe: %v", err)
	}
	return out
}

func (f *fixture) hops(kinds ...event.Kind) []event.Hop {
	hops, _ := f.engine.Hops(0)
	return slices.DeleteFunc(hops, func(h event.Hop) bool { return !slices.Contains(kinds, h.Kind) })
}

func (f *fixture) bodies() (list []string) {
	for _, d := range f.bus.now().taken {
		list = append(list, d.Event.Body)
	}
	return list
}

func wantError(t testing.TB, err error, code, text string) {
	t.Helper()
	if e, ok := errors.AsType[*wire.Error](err); !ok || e.Code != code || e.Message != text {
		t.Errorf("error %v\nwant  %s: %s", err, code, text)
	}
}

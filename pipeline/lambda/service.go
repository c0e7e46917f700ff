package lambda

import (
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/feed"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

var (
	_ API            = (*Service)(nil)
	_ engine.Service = (*Service)(nil)
)

// Service is the event source mappings of one account and region. Safe for concurrent use.
type Service struct {
	scope    *engine.Scope
	mappings map[string]*mapping // by UUID; guarded by the scope's lock
}

// mapping is one event source mapping. The scope's lock guards it.
type mapping struct {
	service  *Service
	id       string
	settings CreateEventSourceMappingInput
	plan     *plan
	modified time.Time
	result   string // of the last batch of a stream
	enabled  bool
	gone     bool
	reader   reader
}

// reader is what a mapping reads.
type reader interface {
	Look()
	Close()
}

// New returns the service of a scope, without mappings, and registers it there. Call it while the scope is being built.
func New(scope *engine.Scope) *Service {
	s := &Service{scope: scope, mappings: map[string]*mapping{}}
	scope.Register(s, nil)
	return s
}

// find returns a mapping. The scope must be locked.
func (s *Service) find(id string) (*mapping, error) {
	m := s.mappings[id]
	if m == nil {
		e := ErrResourceNotFoundException("The resource you requested does not exist.")
		e.Members = (&ResourceNotFoundExceptionMembers{Type: wire.Some("User")}).AppendMembers
		return nil, e
	}
	return m, nil
}

func (s *Service) sorted() []*mapping {
	var all []*mapping
	for _, m := range s.mappings {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *mapping) int {
		if c := strings.Compare(string(a.plan.options.Place), string(b.plan.options.Place)); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	return all
}

// open opens the source of a mapping. The scope must not be locked.
func (s *Service) open(m *mapping, p *plan) (reader, error) {
	o := feed.Options{Scope: s.scope, Place: p.options.Place, Plan: func() (*feed.Plan, bool) {
		s.scope.Lock()
		defer s.scope.Unlock()
		return &m.plan.feed, m.enabled && !m.gone
	}, Broken: func(err error) {
		s.scope.Lock()
		defer s.scope.Unlock()
		m.result = "PROBLEM: " + err.Error()
	}}
	arn := m.settings.EventSourceArn.V
	if p.queue {
		queues := s.scope.Queues()
		if queues == nil {
			return nil, invalid("This account has no SQS queues.")
		}
		q, err := feed.NewQueue(o, queues, arn)
		if err != nil {
			return nil, invalid("Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.")
		}
		return q, nil
	}
	streams := s.scope.Streams()
	if streams == nil {
		return nil, invalid("This account has no DynamoDB streams.")
	}
	stream, err := feed.NewStream(o, streams, arn, m.settings.StartingPosition.V)
	if err != nil {
		return nil, invalid("Stream not found: " + arn)
	}
	return stream, nil
}

// configuration is what the operations tell of a mapping. The scope must be locked.
//
// Source: that an empty list of filters is not told was recorded against AWS by LocalStack.
func (m *mapping) configuration(state string) *EventSourceMappingConfiguration {
	set := &m.settings
	out := &EventSourceMappingConfiguration{
		UUID: wire.Some(m.id), EventSourceArn: set.EventSourceArn, FunctionArn: wire.Some(m.plan.function), LastModified: wire.Some(m.modified), State: wire.Some(state),
		EventSourceMappingArn: wire.Some(m.service.mappingARN(m.id)),
		BatchSize:             set.BatchSize, MaximumBatchingWindowInSeconds: set.MaximumBatchingWindowInSeconds, FilterCriteria: set.FilterCriteria,
		KMSKeyArn: set.KMSKeyArn, MetricsConfig: set.MetricsConfig, ScalingConfig: set.ScalingConfig, FunctionResponseTypes: set.FunctionResponseTypes,
		StateTransitionReason: wire.Some("USER_INITIATED"),
	}
	if out.FilterCriteria != nil && len(out.FilterCriteria.Filters) == 0 {
		out.FilterCriteria = nil
	}
	if m.plan.queue {
		return out
	}
	out.StateTransitionReason, out.LastProcessingResult = wire.Some("User action"), wire.Some(m.result)
	out.StartingPosition, out.ParallelizationFactor, out.DestinationConfig = set.StartingPosition, set.ParallelizationFactor, set.DestinationConfig
	out.MaximumRecordAgeInSeconds, out.MaximumRetryAttempts = set.MaximumRecordAgeInSeconds, set.MaximumRetryAttempts
	out.BisectBatchOnFunctionError, out.TumblingWindowInSeconds = set.BisectBatchOnFunctionError, set.TumblingWindowInSeconds
	return out
}

// state is what a mapping is in when nothing changes.
func (m *mapping) state() string {
	if m.enabled {
		return "Enabled"
	}
	return "Disabled"
}

// Pending lists the disabled mappings with records waiting in their streams.
func (s *Service) Pending() []event.Pending {
	hold := s.scope.Hold()
	defer hold.End()
	var disabled []*feed.Stream
	for _, m := range s.sorted() {
		if stream, ok := m.reader.(*feed.Stream); ok && !m.enabled {
			disabled = append(disabled, stream)
		}
	}
	hold.End()
	return feed.Waiting(disabled, "disabled")
}

// Describe adds the mappings, the edges from their sources and to their functions, and their destinations for failures.
func (s *Service) Describe(t *event.Topology) {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, m := range s.sorted() {
		place := m.plan.options.Place
		t.Places = append(t.Places, place)
		t.Edges = append(t.Edges, event.Edge{From: m.plan.from, To: place, Why: "source"}, event.Edge{From: place, To: m.plan.to.Place, Why: "target"})
		if dlq := m.plan.feed.DeadLetter.Place; dlq != "" {
			t.DLQs = append(t.DLQs, dlq)
			t.Edges = append(t.Edges, event.Edge{From: place, To: dlq, Why: "on failure"})
		}
	}
}

// Reset forgets all mappings.
func (s *Service) Reset() {
	hold := s.scope.Hold()
	defer hold.End()
	all := s.sorted()
	s.mappings = map[string]*mapping{}
	for _, m := range all {
		m.gone = true
	}
	hold.End()
	for _, m := range all {
		if m.reader != nil {
			m.reader.Close()
		}
	}
}

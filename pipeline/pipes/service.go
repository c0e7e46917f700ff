package pipes

import (
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/feed"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

var (
	_ API            = (*Service)(nil)
	_ engine.Service = (*Service)(nil)
)

// Service is EventBridge Pipes in one account and region. Safe for concurrent use.
type Service struct {
	scope *engine.Scope
	pipes map[string]*pipe // by name; guarded by the scope's lock
}

// pipe is one pipe. The scope's lock guards it, except what only its flow of tasks uses.
type pipe struct {
	settings
	service  *Service
	arn      string
	place    event.Place
	desired  string
	current  string
	reason   string // of the current state; "" is none
	created  time.Time
	modified time.Time
	tags     map[string]string
	plan     *plan

	reader source // nil until the pipe runs for the first time
	gone   bool   // deleted
}

// source is what a pipe reads.
type source interface {
	Look()
	Close()
}

// New returns the service of a scope, without pipes, and registers it there. Call it while the scope is being built; the
// service that owns DynamoDB streams must offer them to the same scope before the first pipe runs.
func New(scope *engine.Scope) *Service {
	s := &Service{scope: scope, pipes: map[string]*pipe{}}
	scope.Register(s, nil)
	return s
}

// find returns a pipe by name. The scope must be locked.
func (s *Service) find(name string) (*pipe, error) {
	p := s.pipes[name]
	if p == nil || p.gone {
		return nil, ErrNotFoundException("Pipe " + name + " does not exist.")
	}
	return p, nil
}

// byARN returns a pipe by its ARN. The scope must be locked.
func (s *Service) byARN(text string) (*pipe, error) {
	a, ok := arn.Parse(text)
	name, isPipe := strings.CutPrefix(a.Resource, "pipe/")
	if !ok || !isPipe || a.Service != "pipes" || a.Account != s.scope.Account || a.Region != s.scope.Region {
		return nil, ErrNotFoundException("Resource " + text + " does not exist.")
	}
	return s.find(name)
}

func (s *Service) sorted() []*pipe {
	var all []*pipe
	for _, name := range wire.SortedKeys(s.pipes) {
		all = append(all, s.pipes[name])
	}
	return all
}

// run lets a pipe that is to be running read its source, and opens the source if it never ran; if that fails, the pipe comes to
// the given state. The scope must not be locked.
func (s *Service) run(p *pipe, failed string) {
	hold := s.scope.Hold()
	defer hold.End()
	opened, plan := p.reader != nil, p.plan
	hold.End()
	var from source
	var err error
	if !opened {
		from, err = s.open(p, plan)
	}
	hold.Resume()
	switch {
	case err != nil:
		p.current, p.reason = failed, err.Error()
	case p.gone:
	default:
		if from != nil {
			p.reader, from = from, nil
		}
		p.current, p.reason = PipeStateRunning, ""
		p.reader.Look()
	}
	hold.End()
	if from != nil {
		from.Close()
	}
}

// open opens the source of a pipe.
func (s *Service) open(p *pipe, plan *plan) (source, error) {
	o := feed.Options{Scope: s.scope, Place: p.place, Plan: func() (*feed.Plan, bool) {
		s.scope.Lock()
		defer s.scope.Unlock()
		return &p.plan.feed, !p.gone && p.current == PipeStateRunning
	}, Broken: func(err error) {
		s.scope.Lock()
		defer s.scope.Unlock()
		p.reason = err.Error()
	}}
	if plan.position == "" {
		queues := s.scope.Queues()
		if queues == nil {
			return nil, invalid("This account has no SQS queues.")
		}
		q, err := feed.NewQueue(o, queues, plan.origin)
		if err != nil {
			return nil, err
		}
		return q, nil
	}
	streams := s.scope.Streams()
	if streams == nil {
		return nil, invalid("This account has no DynamoDB streams.")
	}
	stream, err := feed.NewStream(o, streams, plan.origin, plan.position)
	if err != nil {
		return nil, err
	}
	return stream, nil
}

// Pending lists the stopped pipes with records waiting in their streams.
func (s *Service) Pending() []event.Pending {
	hold := s.scope.Hold()
	defer hold.End()
	var stopped []*feed.Stream
	for _, p := range s.sorted() {
		if stream, ok := p.reader.(*feed.Stream); ok && p.current != PipeStateRunning {
			stopped = append(stopped, stream)
		}
	}
	hold.End()
	return feed.Waiting(stopped, "stopped")
}

// Describe adds the pipes, and the edges from their streams and to their buses.
func (s *Service) Describe(t *event.Topology) {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, p := range s.sorted() {
		t.Places = append(t.Places, p.place)
		t.Edges = append(t.Edges, event.Edge{From: p.plan.from, To: p.place, Why: "source"}, event.Edge{From: p.place, To: p.plan.to.Place, Why: "target"})
		if p.plan.enrich != nil {
			t.Edges = append(t.Edges, event.Edge{From: p.place, To: p.plan.enrich.to.Place, Why: "enrichment"})
		}
		if dlq := p.plan.feed.DeadLetter.Place; dlq != "" {
			t.DLQs = append(t.DLQs, dlq)
			t.Edges = append(t.Edges, event.Edge{From: p.place, To: dlq, Why: "source dead-letter"})
		}
	}
}

// Reset forgets all pipes.
func (s *Service) Reset() {
	hold := s.scope.Hold()
	defer hold.End()
	all := s.sorted()
	s.pipes = map[string]*pipe{}
	var sources []source
	for _, p := range all {
		p.gone = true
		if p.reader != nil {
			sources = append(sources, p.reader)
		}
	}
	hold.End()
	for _, from := range sources {
		from.Close()
	}
}

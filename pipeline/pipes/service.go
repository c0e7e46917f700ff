package pipes

import (
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
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

	reader engine.StreamReader // nil until the pipe runs for the first time
	busy   bool                // a flow of tasks is at work
	again  bool                // something came meanwhile
	gone   bool                // deleted

	trimmed int // records that were gone before they were read, as Pending learnt
	flow    flow
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
	a, ok := parseARN(text)
	name, isPipe := strings.CutPrefix(a.resource, "pipe/")
	if !ok || !isPipe || a.service != "pipes" || a.account != s.scope.Account || a.region != s.scope.Region {
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

// run lets a pipe that is to be running read its stream, and opens the stream if it never ran; if that fails, the pipe comes to
// the given state. The scope must not be locked.
func (s *Service) run(p *pipe, failed string) {
	s.scope.Lock()
	opened, plan := p.reader != nil, p.plan
	s.scope.Unlock()
	var reader engine.StreamReader
	var err error
	if !opened {
		reader, err = s.open(p, plan)
	}
	s.scope.Lock()
	switch {
	case err != nil:
		p.current, p.reason = failed, err.Error()
	case p.gone:
	default:
		if reader != nil {
			p.reader, reader = reader, nil
		}
		p.current, p.reason = PipeStateRunning, ""
		s.look(p)
	}
	s.scope.Unlock()
	if reader != nil {
		reader.Close()
	}
}

func (s *Service) open(p *pipe, plan *plan) (engine.StreamReader, error) {
	streams := s.scope.Streams()
	if streams == nil {
		return nil, invalid("This account has no DynamoDB streams.")
	}
	return streams.OpenStream(plan.origin, plan.position, func() {
		s.scope.Lock()
		defer s.scope.Unlock()
		s.look(p)
	})
}

// Pending lists the stopped pipes with records waiting in their streams.
func (s *Service) Pending() []event.Pending {
	s.scope.Lock()
	stopped := slices.DeleteFunc(s.sorted(), func(p *pipe) bool { return p.current == PipeStateRunning || p.reader == nil })
	readers := make([]engine.StreamReader, len(stopped))
	for i, p := range stopped {
		readers[i] = p.reader
	}
	s.scope.Unlock()
	var list []event.Pending
	for i, p := range stopped {
		const enough = 1000 // to say that there is a backlog
		records, trimmed, err := readers[i].Read(enough)
		s.scope.Lock()
		p.trimmed += trimmed
		s.scope.Unlock()
		if err == nil && len(records) > 0 {
			list = append(list, event.Pending{What: "records wait for " + string(p.place) + ", which is stopped", Place: p.place, Count: len(records)})
		}
	}
	return list
}

// Describe adds the pipes, and the edges from their streams and to their buses.
func (s *Service) Describe(t *event.Topology) {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, p := range s.sorted() {
		t.Places = append(t.Places, p.place)
		a, _ := parseARN(p.source)
		table, _, _ := strings.Cut(strings.TrimPrefix(a.resource, "table/"), "/")
		t.Edges = append(t.Edges,
			event.Edge{From: event.At(event.PlaceStream, table), To: p.place, Why: "source"}, event.Edge{From: p.place, To: p.plan.to, Why: "target"})
		if p.plan.deadLetter.resource != "" {
			dlq := event.At(event.PlaceQueue, p.plan.deadLetter.resource)
			t.DLQs = append(t.DLQs, dlq)
			t.Edges = append(t.Edges, event.Edge{From: p.place, To: dlq, Why: "source dead-letter"})
		}
	}
}

// Reset forgets all pipes.
func (s *Service) Reset() {
	s.scope.Lock()
	all := s.sorted()
	s.pipes = map[string]*pipe{}
	var readers []engine.StreamReader
	for _, p := range all {
		p.gone = true
		if p.reader != nil {
			readers = append(readers, p.reader)
		}
	}
	s.scope.Unlock()
	for _, r := range readers {
		r.Close()
	}
}

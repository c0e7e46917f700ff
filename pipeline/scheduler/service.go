package scheduler

import (
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

// defaultGroup is there without being created, and stays.
const defaultGroup = "default"

// Service is EventBridge Scheduler in one account and region. Safe for concurrent use.
type Service struct {
	scope  *engine.Scope
	groups map[string]*group // by name; guarded by the scope's lock
}

// group is one schedule group. The scope's lock guards it.
type group struct {
	name      string
	created   time.Time
	modified  time.Time
	token     string // of the call that created it
	tags      map[string]string
	schedules map[string]*schedule // by name
}

// New returns the service of a scope, without schedules, and registers it there. Call it while the scope is being built.
func New(scope *engine.Scope) *Service {
	s := &Service{scope: scope}
	s.empty()
	scope.Register(s, nil)
	return s
}

func (s *Service) empty() {
	now := s.scope.Engine.Now()
	s.groups = map[string]*group{defaultGroup: {name: defaultGroup, created: now, modified: now, schedules: map[string]*schedule{}}}
}

func invalid(message string) *wire.Error { return ErrValidationException(message) }

// group returns a group by name; none is the default one. The scope must be locked.
func (s *Service) group(name wire.Opt[string]) (*group, error) {
	g := s.groups[name.Or(defaultGroup)]
	if g == nil {
		return nil, ErrResourceNotFoundException("Schedule group " + name.V + " does not exist.")
	}
	return g, nil
}

// find returns a schedule. The scope must be locked.
func (s *Service) find(groupName wire.Opt[string], name string) (*schedule, error) {
	g, err := s.group(groupName)
	if err != nil {
		return nil, err
	}
	x := g.schedules[name]
	if x == nil {
		return nil, ErrResourceNotFoundException("Schedule " + name + " does not exist.")
	}
	return x, nil
}

// byARN returns the group that an ARN names. The scope must be locked.
func (s *Service) byARN(arn string) (*group, error) {
	name, ok := strings.CutPrefix(arn, s.arn("schedule-group", ""))
	if g := s.groups[name]; ok && g != nil {
		return g, nil
	}
	return nil, ErrResourceNotFoundException("Resource " + arn + " does not exist.")
}

func (s *Service) arn(kind, name string) string {
	return "arn:aws:scheduler:" + s.scope.Region + ":" + s.scope.Account + ":" + kind + "/" + name
}

func (s *Service) sortedGroups() []*group {
	var all []*group
	for _, name := range wire.SortedKeys(s.groups) {
		all = append(all, s.groups[name])
	}
	return all
}

func (g *group) sorted() []*schedule {
	var all []*schedule
	for _, name := range wire.SortedKeys(g.schedules) {
		all = append(all, g.schedules[name])
	}
	return all
}

// Pending lists the one-time schedules that are still to fire.
func (s *Service) Pending() []event.Pending {
	s.scope.Lock()
	defer s.scope.Unlock()
	var list []event.Pending
	for _, g := range s.sortedGroups() {
		for _, x := range g.sorted() {
			if x.timing.once && x.waiting > 0 {
				list = append(list, event.Pending{What: string(x.place) + " fires once", Place: x.place, Due: x.due, Count: 1})
			}
		}
	}
	return list
}

// Describe adds the schedules, their dead-letter queues and the edges to their targets.
func (s *Service) Describe(t *event.Topology) {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, g := range s.sortedGroups() {
		for _, x := range g.sorted() {
			t.Places = append(t.Places, x.place)
			t.Edges = append(t.Edges, event.Edge{From: x.place, To: x.target.place, Why: "target"})
			if dlq := x.target.deadLetter.place; dlq != "" {
				t.DLQs = append(t.DLQs, dlq)
				t.Edges = append(t.Edges, event.Edge{From: x.place, To: dlq, Why: "target dead-letter"})
			}
		}
	}
}

// Reset forgets all schedules and all groups but the default one.
func (s *Service) Reset() {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, g := range s.groups {
		for _, x := range g.schedules {
			x.round++
		}
	}
	s.empty()
}

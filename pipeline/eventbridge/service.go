package eventbridge

import (
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/outbound"
	"github.com/dyetrace/dyetrace/pipeline/schedule"
)

// Service is EventBridge in one account and region. Make one with [New]. Its state is guarded by the scope's lock.
type Service struct {
	scope *engine.Scope
	buses map[string]*bus
	tags  map[string][]Tag // by ARN of a bus or rule

	archives     map[string]*archive
	replays      map[string]*replay
	connections  map[string]*connection
	destinations map[string]*destination
	paces        map[string]*pace // by name of a destination
	outbound     *outbound.Port
	ticking      map[string]*ticker // by name of a rule on the default bus

	sources map[string]*source  // partner event sources offered to this account
	offered map[string][]string // the accounts, sorted, that a source of this account is offered to
}

var _ API = (*Service)(nil)

// bus is an event bus. Its rules are an immutable list, replaced as a whole, so that events are routed without the lock.
type bus struct {
	name, arn         string
	place             event.Place
	settings          CreateEventBusInput
	created, modified time.Time
	policy            policy
	rules             []*rule    // sorted by name
	index             *ruleIndex // of rules
	archives          []*archive // replaced as a whole, too; what is in them is guarded by the scope's lock
}

// rule is immutable; a change makes a new one.
type rule struct {
	name, arn, bus string
	place          event.Place
	settings       PutRuleInput
	state          string
	pattern        *pattern.Pattern     // nil: the rule has a schedule only
	schedule       *schedule.Expression // nil: the rule has a pattern only
	targets        []*target            // sorted by id
}

func (r *rule) disabled() bool { return r.state == RuleStateDisabled }

// Options configure the services of a pipeline. The zero value works.
type Options struct {
	Outbound *outbound.Port // makes the requests to API destinations; nil: they fail, with the reason in the hops
}

// New returns the service of a scope with its default bus, registered with the scope and as receiver of its buses and of log groups.
func New(scope *engine.Scope, o Options) *Service {
	s := &Service{scope: scope, outbound: o.Outbound}
	s.clear()
	scope.OfferDestinations(s)
	scope.Register(s, map[string]engine.Receiver{event.PlaceBus: s, event.PlaceLog: logGroups{scope}})
	return s
}

func (s *Service) clear() {
	now := s.scope.Engine.Now()
	s.buses = make(map[string]*bus)
	s.tags = make(map[string][]Tag)
	s.archives, s.replays, s.ticking = make(map[string]*archive), make(map[string]*replay), make(map[string]*ticker)
	s.connections, s.destinations = make(map[string]*connection), make(map[string]*destination)
	s.paces = make(map[string]*pace)
	s.sources, s.offered = make(map[string]*source), make(map[string][]string)
	s.buses[defaultBus] = s.newBus(&CreateEventBusInput{Name: defaultBus}, now)
}

const defaultBus = "default"

func (s *Service) newBus(in *CreateEventBusInput, now time.Time) *bus {
	return &bus{name: in.Name, arn: s.arn("event-bus/" + in.Name), place: event.At(event.PlaceBus, in.Name), settings: *in, created: now, modified: now}
}

func (s *Service) arn(resource string) string {
	return "arn:aws:events:" + s.scope.Region + ":" + s.scope.Account + ":" + resource
}

// ruleARN leaves the default bus out, as AWS does.
func (s *Service) ruleARN(busName, name string) string {
	if busName == defaultBus {
		return s.arn("rule/" + name)
	}
	return s.arn("rule/" + busName + "/" + name)
}

// bus finds a bus by name or ARN; "" is the default bus. The scope must be locked.
func (s *Service) bus(ref string) (*bus, error) {
	name := ref
	if ref == "" {
		name = defaultBus
	}
	if strings.HasPrefix(ref, "arn:") {
		a, ok := parseARN(ref)
		if !ok {
			return nil, noSuchBus(ref)
		}
		name = strings.TrimPrefix(a.Resource, "event-bus/")
		if a.Account != s.scope.Account || a.Region != s.scope.Region {
			return nil, noSuchBus(name)
		}
	}
	if b := s.buses[name]; b != nil {
		return b, nil
	}
	return nil, noSuchBus(name)
}

// rule finds a rule. The scope must be locked.
func (s *Service) rule(busRef, name string) (*bus, *rule, error) {
	b, err := s.bus(busRef)
	if err != nil {
		return nil, nil, err
	}
	if i, found := b.find(name); found {
		return b, b.rules[i], nil
	}
	return b, nil, noSuchRule(name, b.name)
}

func (b *bus) find(name string) (int, bool) {
	return slices.BinarySearchFunc(b.rules, name, func(r *rule, name string) int { return strings.Compare(r.name, name) })
}

// put adds or replaces a rule.
func (b *bus) put(r *rule) {
	i, found := b.find(r.name)
	rules := slices.Clone(b.rules)
	if found {
		rules[i] = r
	} else {
		rules = slices.Insert(rules, i, r)
	}
	b.rules, b.index = rules, &ruleIndex{}
}

func (b *bus) remove(name string) {
	if i, found := b.find(name); found {
		b.rules, b.index = slices.Delete(slices.Clone(b.rules), i, i+1), &ruleIndex{}
	}
}

// Pending lists nothing: what EventBridge does later is in the engine's heap.
func (s *Service) Pending() []event.Pending { return nil }

// Describe adds the buses, their rules, where the rules' targets and dead-letter queues are, and which types and sources the rules
// ask for by name.
func (s *Service) Describe(t *event.Topology) {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, b := range s.buses {
		t.Places = append(t.Places, b.place)
		for _, a := range b.archives {
			t.Places = append(t.Places, a.place)
			t.Edges = append(t.Edges, event.Edge{From: b.place, To: a.place, Why: "archive"})
		}
		for _, r := range b.rules {
			t.Places = append(t.Places, r.place)
			t.Edges = append(t.Edges, event.Edge{From: b.place, To: r.place, Why: "rule"})
			t.Types = r.pattern.AppendTexts(t.Types, "detail-type")
			t.Sources = r.pattern.AppendTexts(t.Sources, "source")
			for _, target := range r.targets {
				t.Edges = append(t.Edges, event.Edge{From: r.place, To: target.to.place, Why: "target"})
				if target.dlq != nil {
					t.DLQs = append(t.DLQs, target.dlq.place)
					t.Edges = append(t.Edges, event.Edge{From: r.place, To: target.dlq.place, Why: "target dead-letter"})
				}
			}
		}
	}
}

// Reset forgets all buses, rules and targets but the default bus.
func (s *Service) Reset() {
	s.scope.Lock()
	defer s.scope.Unlock()
	s.clear()
}

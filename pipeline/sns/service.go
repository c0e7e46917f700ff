package sns

import (
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

var (
	_ API               = (*Service)(nil)
	_ engine.Service    = (*Service)(nil)
	_ engine.Receiver   = (*Service)(nil)
	_ wire.InputChecker = (*Service)(nil)
)

// Options configure the services of a pipeline. The zero value works.
type Options struct {
	Signer   *Signer  // signs messages; nil: one made from the engine's seed
	Outbound Outbound // makes HTTP requests; nil: deliveries over HTTP are recorded as not delivered
}

// Service is SNS in one account and region. Its state is guarded by the scope's lock.
type Service struct {
	scope         *engine.Scope
	engine        *engine.Engine
	signer        *Signer
	outbound      Outbound
	topics        map[string]*topic        // by name
	subscriptions map[string]*subscription // by ARN
	departed      map[string]departure     // by the token that restores it
	applications  map[string]*application  // by ARN
	endpoints     map[string]*endpoint     // by ARN
	sms           sms
	leftOut       map[event.Place]uint64 // last hops that the inspector leaves out; the name "" is all of a kind
	posting       int                    // HTTP requests under way
}

// topic is one topic. Its subscriptions are an immutable list, replaced as a whole, so that messages are handed out without the
// lock.
type topic struct {
	name, arn     string
	place         event.Place
	fifo          bool
	attributes    map[string]string // as they were set
	protection    string            // data protection policy
	tags          []Tag             // sorted by key
	subscriptions []*subscription   // in the order they were made
	deleted       int               // subscriptions that were
	archived      time.Time         // when its archive policy was set first

	sequence uint64               // of a FIFO topic, of the last message
	seen     map[string]published // of a FIFO topic, by deduplication id
	oldest   []string             // deduplication ids by age
}

// published is what a deduplication id stands for.
type published struct {
	id, sequence string
	until        time.Time
}

// departure is a subscription that was ended, and the topic it belonged to.
type departure struct {
	topic *topic
	sub   *subscription
}

// New returns the service of a scope, without topics, and registers it there for places of kind "topic". Call it while the scope
// is being built.
func New(scope *engine.Scope, o Options) *Service {
	if o.Signer == nil {
		o.Signer = NewSigner(scope.Engine.Seed())
	}
	s := &Service{scope: scope, engine: scope.Engine, signer: o.Signer, outbound: o.Outbound}
	s.clear()
	scope.Register(s, map[string]engine.Receiver{event.PlaceTopic: s})
	return s
}

func (s *Service) clear() {
	s.topics, s.subscriptions, s.departed = map[string]*topic{}, map[string]*subscription{}, map[string]departure{}
	s.applications, s.endpoints, s.sms = map[string]*application{}, map[string]*endpoint{}, newSMS()
	s.leftOut = map[event.Place]uint64{}
}

func (s *Service) topicARN(name string) string {
	return "arn:aws:sns:" + s.scope.Region + ":" + s.scope.Account + ":" + name
}

// find returns the topic of an ARN; operation is what the caller wants of it. The scope must be locked.
func (s *Service) find(text, operation string) (*topic, error) {
	a, err := s.local("TopicArn", text)
	if err != nil {
		return nil, err
	}
	if a.Account != s.scope.Account {
		return nil, notAuthorized(s.scope.Account, operation, text)
	}
	if t := s.topics[a.Resource]; t != nil {
		return t, nil
	}
	return nil, errNoTopic()
}

// at returns the service of the account that a topic or subscription belongs to: this one if there is no such topic elsewhere.
func (s *Service) at(text string) *Service {
	a, ok := arn.Parse(text)
	if !ok || a.Account == s.scope.Account || a.Region != s.scope.Region {
		return s
	}
	scope := s.engine.Existing(a.Account, a.Region)
	if scope == nil {
		return s
	}
	other, _ := scope.Receiver(event.PlaceTopic).(*Service)
	name, _, _ := strings.Cut(a.Resource, ":")
	if other == nil || !other.has(name) {
		return s
	}
	return other
}

func (s *Service) has(topic string) bool {
	s.scope.Lock()
	defer s.scope.Unlock()
	return s.topics[topic] != nil
}

// local reads an ARN of SNS in this region.
func (s *Service) local(parameter, text string) (arn.ARN, error) {
	a, ok := arn.Parse(text)
	switch {
	case !ok && strings.Count(text, ":") < 5:
		return a, fewElements(parameter, strings.Count(text, ":")+1)
	case !ok || a.Service != "sns" || a.Region != s.scope.Region || a.Resource == "":
		return a, invalid(parameter)
	}
	return a, nil
}

// replace puts another subscription in the place of one with the same ARN, or adds it. The scope must be locked.
func (s *Service) replace(t *topic, sub *subscription) {
	list := slices.Clone(t.subscriptions)
	if i := slices.IndexFunc(list, func(other *subscription) bool { return other.arn == sub.arn }); i >= 0 {
		list[i] = sub
	} else {
		list = append(list, sub)
	}
	t.subscriptions = list
	s.subscriptions[sub.arn] = sub
}

// Pending lists nothing but HTTP requests that are not answered yet: what else SNS does later is in the engine's heap.
func (s *Service) Pending() []event.Pending {
	s.scope.Lock()
	defer s.scope.Unlock()
	if s.posting == 0 {
		return nil
	}
	return []event.Pending{{What: "HTTP requests of SNS under way", Place: event.At(event.PlaceHTTP, "outbound"), Count: s.posting, Work: true}}
}

// Describe adds the topics, where their subscriptions lead, and the dead-letter queues of these.
func (s *Service) Describe(to *event.Topology) {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, t := range s.topics {
		to.Places = append(to.Places, t.place)
		for _, sub := range t.subscriptions {
			to.Edges = append(to.Edges, event.Edge{From: t.place, To: sub.to.place, Why: "subscription"})
			if sub.redrive != nil {
				to.DLQs = append(to.DLQs, sub.redrive.place)
				to.Edges = append(to.Edges, event.Edge{From: t.place, To: sub.redrive.place, Why: "subscription dead-letter"})
			}
		}
	}
}

// Reset forgets all topics and subscriptions, applications, endpoints and what is set for SMS.
func (s *Service) Reset() {
	s.scope.Lock()
	defer s.scope.Unlock()
	s.clear()
}

// record adds a hop in this scope that a lineage led to.
func (s *Service) record(h event.Hop, l event.Lineage) event.Lineage {
	h.Account, h.Region = s.scope.Account, s.scope.Region
	h.Fact, h.Cause, h.CorrelationID, h.Inferred = l.Fact, l.Cause, l.CorrelationID, l.Inferred
	return s.engine.Record(h)
}

// address is where a delivery goes.
type address struct {
	place           event.Place
	account, region string
}

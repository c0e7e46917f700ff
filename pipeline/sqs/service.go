package sqs

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

var (
	_ API                = (*Service)(nil)
	_ engine.Service     = (*Service)(nil)
	_ engine.Receiver    = (*Service)(nil)
	_ engine.QueueSource = (*Service)(nil)
	_ wire.InputChecker  = (*Service)(nil)
)

// Service is SQS in one account and region. Safe for concurrent use.
type Service struct {
	scope   *engine.Scope
	engine  *engine.Engine
	options Options
	queues  map[string]*queue    // by name; guarded by the scope's lock
	deleted map[string]time.Time // when queues were deleted, as long as AWS's waiting rules need it
	limit   int                  // of messages in flight in one queue
}

// Options configure a Service. The zero value is what tests want.
type Options struct {
	// AWSWaits keeps the waiting rules of AWS: the name of a deleted queue cannot be used again for 60 seconds, and a queue cannot be
	// purged again within 60 seconds.
	AWSWaits bool
}

// waiting is how long AWS's waiting rules hold.
//
// Source: Amazon SQS API Reference, DeleteQueue and PurgeQueue.
const waiting = 60 * time.Second

// New returns the service of a scope, without queues, and registers it there for places of kind "queue". Call it while the
// scope is being built.
func New(scope *engine.Scope, o Options) *Service {
	s := &Service{scope: scope, engine: scope.Engine, options: o, queues: map[string]*queue{}, deleted: map[string]time.Time{}, limit: maxInFlight}
	scope.Register(s, map[string]engine.Receiver{event.PlaceQueue: s})
	scope.OfferQueues(s)
	return s
}

func (s *Service) now() int64 { return s.engine.Now().UnixNano() }

// find returns the queue that a URL names. The scope must be locked.
func (s *Service) find(url string) (*queue, error) {
	name := queueName(url)
	if name == "" {
		if url == "" {
			return nil, errMissing("QueueUrl")
		}
		return nil, errNoQueue()
	}
	q := s.queues[name]
	if q == nil {
		return nil, errNoQueue()
	}
	return q, nil
}

// sorted returns the queues by name. The scope must be locked.
func (s *Service) sorted() []*queue {
	all := make([]*queue, 0, len(s.queues))
	for _, name := range wire.SortedKeys(s.queues) {
		all = append(all, s.queues[name])
	}
	return all
}

// typed returns a message attribute from its text. One that is said to be binary and is not base64 stays what it is: text.
func typed(dataType, text string) MessageAttributeValue {
	if dataType == "" {
		dataType = "String"
	}
	if kind, _, _ := strings.Cut(dataType, "."); kind == "Binary" {
		if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
			return MessageAttributeValue{DataType: dataType, BinaryValue: raw}
		}
		dataType = "String"
	}
	return MessageAttributeValue{DataType: dataType, StringValue: wire.Some(text)}
}

// Receive stores an event that another service delivers to a queue: the body as it is, JSON or not, the attributes as message
// attributes of the type that is told or String, the key as MessageGroupId, [event.AttributeDeduplicationID] as
// MessageDeduplicationId. The error, if any, is a *[wire.Error] with AWS's code.
func (s *Service) Receive(d event.Delivery) error {
	c := content{body: d.Event.Body}
	for name, value := range d.Event.Attributes {
		if name == event.AttributeDeduplicationID {
			c.dedup = wire.Some(value)
			continue
		}
		if name == MessageSystemAttributeNameForSendsAWSTraceHeader {
			c.system = map[string]MessageSystemAttributeValue{name: {DataType: "String", StringValue: wire.Some(value)}}
			continue
		}
		if c.attributes == nil {
			c.attributes = make(map[string]MessageAttributeValue, len(d.Event.Attributes))
		}
		c.attributes[name] = typed(d.Event.AttributeTypes[name], value)
	}
	if d.Event.Key != "" {
		c.group = wire.Some(d.Event.Key)
	}
	if err := c.check(); err != nil {
		return err
	}
	m := c.message()
	m.with(func(r *rare) { r.envelope = d.Event })
	s.scope.Lock()
	defer s.scope.Unlock()
	q := s.queues[d.To.Name()]
	if q == nil {
		return errNoQueue()
	}
	if err := q.fits(&c); err != nil {
		return err
	}
	if q.fifo == nil {
		c.dedup, m.extras.dedup = wire.Opt[string]{}, "" // of a FIFO topic, which may deliver to a standard queue
	}
	if err := q.suits(&c); err != nil {
		return err
	}
	m.id = s.scope.NewID()
	d.Due = q.due(c.delay)
	if !q.repeats(m, &d) {
		s.enqueue(q, m, &d, s.now())
	}
	return nil
}

// enqueue stores a message that came by delivery d; it becomes visible at d.Due, at once if that is past or zero. It returns the
// message's id as text.
func (s *Service) enqueue(q *queue, m *message, d *event.Delivery, now int64) (id string) {
	if m.sent == 0 {
		m.sent = now
	}
	m.due = now
	if !d.Due.IsZero() {
		m.due = d.Due.UnixNano()
	}
	return q.store(m, event.Hop{
		At: instant(now), Account: s.scope.Account, Region: s.scope.Region, Kind: event.KindArrive, From: d.From, Outcome: event.Delivered, Attempt: d.Attempt,
		Fact: d.Fact, Cause: d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred,
	}, now)
}

// due returns when a message that is sent now becomes visible: after the delay it asks for, or its queue's; zero is at once.
func (q *queue) due(delay wire.Opt[int32]) time.Time {
	seconds := delay.Or(q.settings.delay)
	if q.fifo != nil {
		seconds = q.settings.delay // a delay of 0 is the only one that its messages may have, and means none of their own
	}
	if seconds == 0 {
		return time.Time{}
	}
	return q.service.engine.Now().Add(time.Duration(seconds) * time.Second)
}

// fits refuses content that is larger than the queue allows.
func (q *queue) fits(c *content) error {
	if c.size() > int(q.settings.maxSize) {
		return errInvalidValue("One or more parameters are invalid. Reason: Message must be shorter than " + strconv.Itoa(int(q.settings.maxSize)) + " bytes.")
	}
	return nil
}

// make brings moves to dead-letter queues past the interceptors. The scope must not be locked.
func (s *Service) make(moves []move) {
	for _, v := range moves {
		d := event.Delivery{
			Lineage: event.Lineage{Cause: v.hop.Cause, Fact: v.hop.Fact, CorrelationID: v.hop.CorrelationID, Inferred: v.hop.Inferred},
			Account: s.scope.Account, Region: s.scope.Region, From: v.hop.From, To: v.hop.To, Event: v.hop.Event, Attempt: v.hop.Attempt,
		}
		s.engine.Through(d, func(d event.Delivery) {
			s.scope.Lock()
			defer s.scope.Unlock()
			m := *v.message
			m.rewrite(d.Event.Body)
			if q := s.queues[d.To.Name()]; q != nil {
				q.store(&m, v.hop, s.now())
				return
			}
			s.lost(d)
		})
	}
}

// rewrite gives the message another body, if it is another one.
func (m *message) rewrite(body string) {
	if body != m.body {
		m.body, m.md5 = body, textMD5(body)
	}
}

// lost records a delivery whose queue is no longer there.
func (s *Service) lost(d event.Delivery) {
	s.engine.Record(event.Hop{
		Account: s.scope.Account, Region: s.scope.Region, Kind: event.KindDrop, From: d.From, To: d.To, Outcome: event.Lost,
		Reason: event.Because("NoSuchQueue", "the queue was deleted before the message came"), Fact: d.Fact, Cause: d.Cause,
		CorrelationID: d.CorrelationID, Inferred: d.Inferred, Event: d.Event,
	})
}

// Pending lists, queue by queue, the delayed messages and those in flight, with when the first of them becomes visible.
func (s *Service) Pending() []event.Pending {
	s.scope.Lock()
	defer s.scope.Unlock()
	var list []event.Pending
	now := s.now()
	for _, q := range s.sorted() {
		q.wake(q.settle(now))
		for _, part := range []struct {
			what string
			of   schedule
		}{{"delayed", q.delayed}, {"in flight", q.inFlight}} {
			if n := len(part.of); n > 0 {
				list = append(list, event.Pending{
					What: fmt.Sprintf("%d message(s) in %s %s", n, q.place, part.what), Place: q.place, Due: instant(part.of[0].due), Count: n,
				})
			}
		}
	}
	return list
}

// Describe adds the queues, the dead-letter queues and the edges that redrive policies make.
func (s *Service) Describe(t *event.Topology) {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, q := range s.sorted() {
		t.Places = append(t.Places, q.place)
		if p := q.settings.redrive; p != nil {
			dlq := event.At(event.PlaceQueue, p.name)
			t.DLQs = append(t.DLQs, dlq)
			t.Edges = append(t.Edges, event.Edge{From: q.place, To: dlq, Why: "redrive"})
		}
	}
}

// Reset forgets all queues. Parked polls answer that nothing came.
func (s *Service) Reset() {
	s.scope.Lock()
	defer s.scope.Unlock()
	for _, q := range s.queues {
		q.wake(len(q.waiters))
		q.forget()
	}
	s.queues, s.deleted = map[string]*queue{}, map[string]time.Time{}
}

// Peeked is a message as it lies in its queue.
type Peeked struct {
	Message   Message       // as ReceiveMessage would hand it out, with all attributes and without a receipt handle
	State     string        // "visible", "delayed" or "in flight"
	VisibleAt time.Time     // of delayed and in flight
	Blocked   bool          // visible, but behind one of its group that is in flight or delayed: cannot be received
	Lineage   event.Lineage // of the last hop
}

// Peek returns the messages of a queue without receiving them: first the visible ones in their order, then the delayed ones and
// those in flight by when they become visible. It reports false if there is no queue of that name.
func (s *Service) Peek(name string) ([]Peeked, bool) {
	s.scope.Lock()
	defer s.scope.Unlock()
	q := s.queues[name]
	if q == nil {
		return nil, false
	}
	q.wake(q.settle(s.now()))
	list, blocked := make([]Peeked, 0, len(q.ages.heap)), q.blocked()
	show := func(m *message, state string) {
		p := Peeked{Message: m.answer(m.id.String(), "", everything, s.scope.Account), State: state, Lineage: m.lineage()}
		p.Message.ReceiptHandle = wire.Opt[string]{}
		if m.state != visible {
			p.VisibleAt = instant(m.due)
		} else if blocked != nil {
			first, some := blocked[m.extras.group]
			p.Blocked = some && first < m.seq
		}
		list = append(list, p)
	}
	q.eachVisible(func(m *message) { show(m, "visible") })
	for _, part := range []struct {
		state string
		of    schedule
	}{{"delayed", q.delayed}, {"in flight", q.inFlight}} {
		byDue := slices.Clone(part.of)
		slices.SortFunc(byDue, func(a, b *message) int {
			if a.due != b.due {
				return int(min(max(a.due-b.due, -1), 1))
			}
			return int(a.seq) - int(b.seq)
		})
		for _, m := range byDue {
			show(m, part.state)
		}
	}
	return list, true
}

func bodyMD5(m *message) string { return hex.EncodeToString(m.md5[:]) }

package observe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/internal/pause"
)

// CollectOptions say what a [Collect] waits for and how long. The zero value waits for one message of any kind.
type CollectOptions struct {
	Count    int           // events expected; 0 means 1
	AtLeast  bool          // more than Count are fine: stop as soon as they are there, without looking for surplus
	Deadline time.Duration // bound on the wait for the Count-th event; 0 means 10s
	Linger   time.Duration // how long to look for surplus once Count is reached; 0 means 1s

	// Match returns what keeps a message from being one of those expected; nothing is a match, and nil matches all. Package
	// expect makes one of its selectors and matchers. It is called once per message, never for one that is not JSON, unless
	// AnyBody is set.
	Match   func(*Received) []event.Mismatch
	AnyBody bool // bodies need not be JSON

	// Else is handed, in the order received, each message that does not match or cannot be decoded; the message is acknowledged
	// then. Nil: such messages are kept hidden until the collection ends, and are then returned to the source. On a FIFO queue a
	// hidden message holds back all that follow in its group, so give Else there.
	Else func(*Received)

	// Identity tells messages apart; two with the same identity are deliveries of one. Nil is the Message's ID.
	Identity func(*Received) string

	Poll time.Duration // first pause where a source has to be polled; doubles up to 1s, drawn from [d/2, d]; 0 means 20ms
	Seed uint64        // fixes the pauses; 0 draws one, which the Collection and a TimeoutError name
}

const (
	defaultDeadline = 10 * time.Second
	defaultLinger   = time.Second
	defaultPoll     = 20 * time.Millisecond
	longestPoll     = time.Second
	hideMargin      = 30 * time.Second // past the deadline: time to return what was held
	releaseWithin   = 10 * time.Second // the last acknowledgements, also when ctx has ended
)

// Received is a message that was collected, or why it was not.
type Received struct {
	Message
	At       time.Time // when it was first received
	Document event.Document
	Err      error            // the body is not JSON; it is kept in Message.Body
	Misses   []event.Mismatch // what keeps it from being one of those expected
}

// Collection is what a [Collect] saw.
type Collection struct {
	Events      []*Received   // that were expected, in the order they came; at most Count unless AtLeast
	Surplus     []*Received   // that match, too, but are more than were expected
	Undecodable []*Received   // whose body is not JSON
	Others      []*Received   // that do not match
	Redelivered int           // further deliveries of messages that had come already
	Elapsed     time.Duration //
	Seed        uint64        // of the pauses between polls
}

// Collect receives from the source until Count different messages that match have come, looks a little longer for surplus, and
// returns everything that it saw. What matches is acknowledged; what does not is returned to the source when Collect ends, or
// handed to Else. A redelivery is recognised, acknowledged again and not counted; a body that is not JSON is reported and never
// ends the collection.
//
// The Collection is never nil, whatever the error: *[TimeoutError] when too few came, *[SurplusError] when too many did, ctx's
// error when it ended first, be it while surplus was looked for, an error of the source. It waits on the clock of package time
// and so may be used in a testing/synctest bubble.
func Collect(ctx context.Context, source Source, o CollectOptions) (*Collection, error) {
	if o.Count < 0 || o.Deadline < 0 || o.Linger < 0 || o.Poll < 0 {
		return &Collection{}, fmt.Errorf("collect: negative Count, Deadline, Linger or Poll: %d, %v, %v, %v", o.Count, o.Deadline, o.Linger, o.Poll)
	}
	o.Count, o.Deadline, o.Linger, o.Poll = cmp.Or(o.Count, 1), cmp.Or(o.Deadline, defaultDeadline), cmp.Or(o.Linger, defaultLinger), cmp.Or(o.Poll, defaultPoll)
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	c := &collector{
		source: source, o: o, start: time.Now(), seen: map[string]*slot{}, pause: o.Poll, random: rand.New(rand.NewPCG(o.Seed, 0)),
		got: &Collection{Seed: o.Seed},
	}
	c.limit = c.start.Add(o.Deadline)
	c.hidden = c.limit.Add(o.Linger + hideMargin)
	fatal := c.run(ctx)
	released := c.release(ctx)
	c.got.Elapsed = time.Since(c.start)
	return c.got, errors.Join(c.verdict(ctx, fatal), released)
}

// collector is a Collect under way.
type collector struct {
	source  Source
	o       CollectOptions
	start   time.Time
	limit   time.Time // of the wait for events, then of the look for surplus
	hidden  time.Time // until when messages are to stay hidden
	enough  bool
	got     *Collection
	seen    map[string]*slot
	held    []*slot   // to be returned
	unacked []Message // to be acknowledged
	pause   time.Duration
	random  *rand.Rand
	last    error // temporary error of the source
}

// slot is a message that was seen, with its newest handle.
type slot struct {
	*Received
	held bool
}

// run receives until nothing more is wanted; it returns the error that the source cannot go on from.
func (c *collector) run(ctx context.Context) error {
	for ctx.Err() == nil {
		now := time.Now()
		wait := max(0, min(c.source.LongPoll(), c.limit.Sub(now)))
		batch, err := c.source.Receive(ctx, wait, c.hidden.Sub(now))
		for _, m := range batch { // also beside an error: they would be hidden from everybody
			c.take(m)
		}
		if err != nil && ctx.Err() == nil && !temporary(err) {
			return err
		}
		c.last = err
		_ = c.acknowledge(ctx) // tried again with the next batch, and at the end
		then := time.Now()
		if !c.enough && len(c.got.Events) >= c.o.Count {
			c.enough, c.limit = true, then.Add(c.o.Linger)
		}
		if c.enough && c.o.AtLeast || !then.Before(c.limit) {
			return nil
		}
		switch waited := wait > 0 && then.Sub(now) >= wait/2; {
		case len(batch) > 0:
			c.pause = c.o.Poll
		case err != nil || !waited:
			c.rest(ctx)
		}
	}
	return nil
}

func temporary(err error) bool {
	t, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && t.Temporary()
}

// rest pauses before the next poll, longer each time.
func (c *collector) rest(ctx context.Context) {
	half := c.pause / 2
	d := min(half+time.Duration(c.random.Int64N(int64(half)+1)), time.Until(c.limit))
	c.pause = min(2*c.pause, longestPoll)
	pause.For(ctx, d)
}

// take sorts one delivery.
func (c *collector) take(m Message) {
	r := &Received{Message: m, At: time.Now()}
	r.Document, r.Err = event.Decode(m.Body)
	key := m.ID
	if c.o.Identity != nil {
		key = c.o.Identity(r)
	}
	if s := c.seen[key]; s != nil {
		c.again(s, m)
		return
	}
	s := &slot{Received: r}
	c.seen[key] = s
	switch {
	case r.Err != nil && !c.o.AnyBody:
		c.got.Undecodable = append(c.got.Undecodable, r)
	case c.misses(r):
		c.got.Others = append(c.got.Others, r)
	default:
		if len(c.got.Events) < c.o.Count || c.o.AtLeast {
			c.got.Events = append(c.got.Events, r)
		} else {
			c.got.Surplus = append(c.got.Surplus, r)
		}
		c.unacked = append(c.unacked, m)
		return
	}
	if c.o.Else != nil {
		c.o.Else(r)
		c.unacked = append(c.unacked, m)
		return
	}
	s.held = true
	c.held = append(c.held, s)
}

// again takes a redelivery: what was acknowledged is acknowledged again, what is held goes on being held, by its new handle.
func (c *collector) again(s *slot, m Message) {
	c.got.Redelivered++
	s.Handle, s.Attempt = m.Handle, max(s.Attempt, m.Attempt)
	if s.ID != m.ID { // another message with the same identity: each must be acknowledged or returned
		s = &slot{Received: &Received{Message: m}, held: s.held}
		if s.held {
			c.held = append(c.held, s)
		}
	}
	if !s.held {
		c.unacked = append(c.unacked, m)
	}
}

func (c *collector) misses(r *Received) bool {
	if c.o.Match != nil {
		r.Misses = c.o.Match(r)
	}
	return len(r.Misses) > 0
}

// acknowledge does so for what is due; what fails stays due.
func (c *collector) acknowledge(ctx context.Context) error {
	if len(c.unacked) == 0 {
		return nil
	}
	if err := c.source.Ack(ctx, c.unacked); err != nil {
		return err
	}
	c.unacked = nil
	return nil
}

// release acknowledges and returns what is left, also when ctx has ended: nothing may stay hidden.
func (c *collector) release(ctx context.Context) error {
	if len(c.unacked)+len(c.held) == 0 {
		return nil
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), releaseWithin)
	defer stop()
	var failed []error
	if err := c.acknowledge(ctx); err != nil {
		failed = append(failed, fmt.Errorf("collect: %d messages were not acknowledged and will come again: %w", len(c.unacked), err))
	}
	if len(c.held) > 0 {
		back := make([]Message, len(c.held))
		for i, s := range c.held {
			back[i] = s.Message
		}
		if err := c.source.Return(ctx, back); err != nil {
			failed = append(failed, fmt.Errorf("collect: %d messages that did not match stay hidden until their visibility timeout is over: %w", len(back), err))
		}
	}
	return errors.Join(failed...)
}

func (c *collector) verdict(ctx context.Context, fatal error) error {
	switch {
	case fatal != nil:
		return fmt.Errorf("collect: %w", fatal)
	case len(c.got.Events) < c.o.Count && ctx.Err() != nil:
		return fmt.Errorf("collect: ended after %d of %d events: %w", len(c.got.Events), c.o.Count, context.Cause(ctx))
	case len(c.got.Events) < c.o.Count:
		return &TimeoutError{
			Expected: c.o.Count, Received: c.got.Events, Elapsed: c.got.Elapsed, Nearest: nearest(c.got.Others), Undecodable: c.got.Undecodable,
			Surplus: c.got.Others, Redelivered: c.got.Redelivered, Seed: c.got.Seed, Err: c.last,
		}
	case len(c.got.Surplus) > 0:
		return &SurplusError{Expected: c.o.Count, Received: c.got.Events, Surplus: c.got.Surplus, Elapsed: c.got.Elapsed}
	case c.o.AtLeast:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("collect: all %d events came, but it ended before surplus was looked for: %w", c.o.Count, context.Cause(ctx))
	case c.last != nil:
		return fmt.Errorf("collect: all %d events came, but the look for surplus failed: %w", c.o.Count, c.last)
	}
	return nil
}

const maxNearest = 3

// nearest returns the messages with the fewest misses, those that came first among equals.
func nearest(others []*Received) []*Received {
	list := slices.Clone(others)
	slices.SortStableFunc(list, func(a, b *Received) int { return cmp.Compare(len(a.Misses), len(b.Misses)) })
	return list[:min(len(list), maxNearest)]
}

package tap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Fencing says when Attach and Fence send fences. The package comment tells what a fence is and who may see it.
type Fencing int

// The ways.
const (
	FenceQuietly Fencing = iota // only where nobody else would see them
	FenceAlways                 // whoever sees them
	FenceNever                  // the configuration is believed, although at AWS it takes a while to have effect
)

// Options configure a Tap. The zero value observes everything at the place.
type Options struct {
	Test string // who attaches, for the tags: the name of the test
	Run  string // names what is made; letters, digits and -, at most 40, never used twice; "" draws one

	Pattern      string // of a bus: EventBridge pattern of what to observe; "" is everything
	FilterPolicy string // of a topic: filter policy of what to observe; "" is everything
	FilterScope  string // of the filter policy: "MessageBody"; "" is MessageAttributes

	// Backend is whose endpoint it is, if that records hops: the embedded pipeline or a dyetrace server. Queues are then tapped by
	// what it recorded, and Fence gives its grade of absence. Nil: any other AWS-compatible endpoint.
	Backend backend.Backend

	Fencing     Fencing
	FenceWithin time.Duration // how long Attach waits for a fence; 0 means 30s
	Fences      int           // that Fence sends where their number bounds the error; 0 means 19, which bounds it to 1 in 20

	// SweepOlderThan lets Attach first remove what dead processes left behind that long ago; 0 removes nothing. It must be longer
	// than the longest run, since it takes away taps that are in use, too.
	SweepOlderThan time.Duration
}

const (
	defaultFenceWithin = 30 * time.Second
	defaultFences      = 19
	removeWithin       = 10 * time.Second
)

// Tap is an observer of one place. Make one with [Attach]. Safe for concurrent use, but as an observe.Source it is, like all of
// them, for one Collect at a time.
type Tap struct {
	client  awsapi.Client
	place   event.Place
	o       Options
	reader  reader
	feeders []feeder
	blind   []string
	shown   []Shown
	single  func(*observe.Received) string // identity of an event

	mu       sync.Mutex // held for moments, never across a call
	made     []made
	log      []*observe.Received
	seen     map[string]*observe.Received
	repeats  int
	fences   map[string]bool // that came out
	sent     int             // fences so far
	incoming []observe.Message
	closed   bool
}

// reader is where deliveries come from.
type reader interface {
	longPoll() time.Duration
	// read returns the next deliveries, waiting at most wait for the first. What it returns it does not return again, unless it is
	// delivered again.
	read(ctx context.Context, wait time.Duration) ([]observe.Message, error)
}

// feeder is one way on which events come to the tap.
type feeder struct {
	place  event.Place // bus or topic
	opaque string      // why a fence cannot be recognised behind it; "" if it can
	send   func(ctx context.Context, id string) error
	others func(ctx context.Context) ([]event.Place, error)  // who else would see a fence
	check  func(ctx context.Context) error                   // that the configuration is there
	sendTo func(ctx context.Context, group, id string) error // into a message group; nil if there are none
	grade  event.Grade                                       // of absence that fences can give
	bound  string                                            // what that grade means
}

// Shown says how one way to a tap was shown to be attached.
type Shown struct {
	Feeder event.Place // bus, topic, or the place itself
	By     string      // "fence", "configuration", "position", "record"
	Why    string      // it was not by a fence; "" if it was
}

// Attach puts a tap on a place, of kind bus, topic, queue, table or stream, and returns once the tap is shown to be attached: events
// that come to the place from then on are seen. A topic may be named by its ARN. Nothing is left behind if it fails.
//
// Errors: *[AttachError] with what to do; *[UnobservableError] for a queue that nothing but SendMessage feeds; *[DisturbError] if the
// fence would reach the system under test; *[FenceError] if no fence came out.
func Attach(ctx context.Context, at backend.Endpoint, place event.Place, o Options) (*Tap, error) {
	if o.Run == "" {
		o.Run = newRun()
	}
	if !validRun(o.Run) {
		return nil, &AttachError{Place: place, Reason: fmt.Sprintf("Options.Run is %q; it must be letters, digits and -, at most %d", o.Run, longestRun)}
	}
	o.FenceWithin, o.Fences = cmp.Or(o.FenceWithin, defaultFenceWithin), cmp.Or(o.Fences, defaultFences)
	t := &Tap{client: awsapi.New(at), place: place, o: o, single: byMessage, seen: map[string]*observe.Received{}, fences: map[string]bool{}}
	if o.SweepOlderThan > 0 {
		if _, err := Sweep(ctx, at, o.SweepOlderThan, false); err != nil {
			return nil, &AttachError{Place: place, Reason: "what dead processes left behind could not be removed", Err: err}
		}
	}
	err := t.attach(ctx)
	if err == nil {
		err = t.prove(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, t.Close(ctx))
	}
	return t, nil
}

// attach makes the tap for the kind of its place.
func (t *Tap) attach(ctx context.Context) error {
	kind, name := t.place.Kind(), t.place.Name()
	switch {
	case name == "":
		return t.refuse("a place is a kind and a name: bus:NAME, topic:NAME, queue:NAME, table:NAME, stream:NAME")
	case t.o.Pattern != "" && kind != event.PlaceBus:
		return t.refuse("Options.Pattern is for a bus")
	case (t.o.FilterPolicy != "" || t.o.FilterScope != "") && kind != event.PlaceTopic:
		return t.refuse("Options.FilterPolicy and FilterScope are for a topic")
	}
	switch kind {
	case event.PlaceBus:
		return t.attachBus(ctx, name)
	case event.PlaceTopic:
		return t.attachTopic(ctx, name)
	case event.PlaceQueue:
		if t.o.Backend != nil {
			return t.attachRecord(ctx, name)
		}
		return t.attachQueue(ctx, name)
	case event.PlaceTable, event.PlaceStream:
		return t.attachStream(ctx, name)
	}
	return t.refuse("only a bus, topic, queue, table or stream can be tapped, as bus:NAME and so on")
}

func (t *Tap) refuse(reason string) error { return &AttachError{Place: t.place, Reason: reason} }

func (t *Tap) failed(reason string, err error) error {
	return &AttachError{Place: t.place, Reason: reason, Err: err}
}

// Place returns the place that is observed.
func (t *Tap) Place() event.Place { return t.place }

// Run returns the run id: Options.Run, or the one that was drawn.
func (t *Tap) Run() string { return t.o.Run }

// Shown tells how each way to the tap was shown to be attached.
func (t *Tap) Shown() []Shown { return slices.Clone(t.shown) }

// Blind lists what can come to the place unseen by the tap, in words; nothing for a bus, a topic or recorded hops.
func (t *Tap) Blind() []string { return slices.Clone(t.blind) }

// Close removes everything that was made for the tap. It goes on after a failure; the error then has a *[RemoveError] for each thing
// that is left, and Close can be called again to try those. It takes its time also when ctx has ended, up to 10 s. What was received
// stays readable.
func (t *Tap) Close(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), removeWithin)
	defer stop()
	t.mu.Lock()
	list := t.made
	t.made, t.closed = nil, true
	t.mu.Unlock()
	var left []made
	var errs []error
	for _, m := range slices.Backward(list) {
		if err := m.remove(ctx); err != nil && !missing(err) {
			left = append(left, m)
			errs = append(errs, &RemoveError{Kind: m.kind, Name: m.name, Err: err})
		}
	}
	slices.Reverse(left)
	t.mu.Lock()
	t.made = append(left, t.made...)
	t.mu.Unlock()
	return errors.Join(errs...)
}

// made is something in the account that must be removed again.
type made struct {
	kind, name string
	remove     func(ctx context.Context) error
}

func (t *Tap) keep(m made) {
	t.mu.Lock()
	t.made = append(t.made, m)
	t.mu.Unlock()
}

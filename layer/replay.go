package layer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/inject"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// Replay feeds a recorded flow in again and compares what comes of it with what came of it then. The file of a recording is read by
// observe.ReadRecording.
type Replay struct {
	Recording observe.Recording

	// At is where it is fed in: "queue:orders" for what came to that queue, to replay a single consumer. "" is what set off the
	// flow, where it came from outside: the whole system.
	At string

	DropGaps   bool   // all at once; else with the time between them as recorded
	Duplicates int    // so many events, drawn by Seed, are put in once more, each some events later
	Reorder    int    // each event may be overtaken by so many that came later, drawn by Seed
	Seed       uint64 // 0 is 1
}

// Step is one event of a replay.
type Step struct {
	After time.Duration // since the first
	Entry inject.Entry
	Again bool // it was put in before
}

// Steps returns what is put in, in order. The error says that the recording has nothing to put in.
func (r Replay) Steps() ([]Step, error) {
	steps, err := r.recorded()
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(cmp.Or(r.Seed, 1), 0))
	steps = r.reordered(random, steps)
	for range r.Duplicates {
		again := steps[random.IntN(len(steps))]
		again.Again = true
		at := random.IntN(len(steps) + 1)
		for i, s := range steps { // never before the event itself
			if s.Entry.Place == again.Entry.Place && s.Entry.Event.Body == again.Entry.Event.Body {
				at = max(at, i+1)
				break
			}
		}
		steps = slices.Insert(steps, at, again)
	}
	for i := range steps {
		switch {
		case r.DropGaps:
			steps[i].After = 0
		case i > 0:
			steps[i].After = max(steps[i].After, steps[i-1].After)
		}
	}
	return steps, nil
}

func (r Replay) reordered(random *rand.Rand, steps []Step) []Step {
	type ranked struct {
		Step
		rank int
	}
	list := make([]ranked, len(steps))
	for i, s := range steps {
		list[i] = ranked{s, i}
		if r.Reorder > 0 {
			list[i].rank += random.IntN(r.Reorder + 1)
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]Step, len(list))
	for i, l := range list { // the place in the order has its time, whatever event takes it
		out[i] = l.Step
		out[i].After = steps[i].After
	}
	return out
}

// recorded returns the events in the order and with the times of the recording.
func (r Replay) recorded() ([]Step, error) {
	var steps []Step
	start := time.Time{}
	add := func(at time.Time, e inject.Entry) {
		if start.IsZero() {
			start = at
		}
		steps = append(steps, Step{After: at.Sub(start), Entry: e})
	}
	if r.At != "" {
		f := observe.NewFlow(r.Recording)
		for _, a := range f.Arrivals(r.At) {
			if a.Event != nil && a.Kind != event.KindDeadLetter {
				add(a.At, inject.Entry{Place: a.To, Event: *a.Event})
			}
		}
		if len(steps) == 0 {
			return nil, fmt.Errorf("in the recording nothing came to %s; events came to %s", r.At, arrivedAt(f))
		}
		return steps, nil
	}
	entries, _ := inject.Stimulus(r.Recording)
	hops := r.Recording.Hops
	for _, e := range entries {
		i := slices.IndexFunc(hops, func(h event.Hop) bool {
			return h.Arrives() && h.Fact == h.Seq && h.To == e.Place && h.Event != nil && h.Event.ID == e.Event.ID && h.Event.Body == e.Event.Body
		})
		if i < 0 {
			return nil, errors.New("the hops of the recording are not in the order of their Seq")
		}
		add(hops[i].At, e)
		hops = hops[i+1:]
	}
	if len(steps) == 0 {
		return nil, errors.New("the recording has no event that came from outside and can be put in again")
	}
	return steps, nil
}

func arrivedAt(f *observe.Flow) string {
	var places []string
	for _, a := range f.Arrivals("*:*") {
		if p := string(a.To); !slices.Contains(places, p) {
			places = append(places, p)
		}
	}
	slices.Sort(places)
	if len(places) == 0 {
		return "no place"
	}
	return report.Clean(strings.Join(places, ", "))
}

// Put feeds the events in through an endpoint, and has pass let time go by between them; in a bubble that is a sleep.
func (r Replay) Put(ctx context.Context, at backend.Endpoint, pass func(time.Duration) error) error {
	steps, err := r.Steps()
	if err != nil {
		return err
	}
	passed := time.Duration(0)
	for _, s := range steps {
		if wait := s.After - passed; wait > 0 {
			if err := pass(wait); err != nil {
				return err
			}
			passed = s.After
		}
		if _, err := inject.Put(ctx, at, []inject.Entry{s.Entry}, inject.Options{Seed: cmp.Or(r.Seed, 1)}); err != nil {
			return err
		}
	}
	return nil
}

// Arrived returns the events that came to a place in a recording ("queue:orders"), in order: for the Events of [Cases].
func Arrived(r observe.Recording, place string) ([]event.Event, error) {
	steps, err := Replay{Recording: r, At: place, DropGaps: true}.Steps()
	var list []event.Event
	for _, s := range steps {
		list = append(list, s.Entry.Event)
	}
	return list, err
}

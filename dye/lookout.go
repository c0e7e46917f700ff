package dye

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/report"
)

const (
	virtualWithin = time.Hour // that a state is waited for in virtual time
	firstPause    = time.Millisecond
	longestPause  = time.Second
)

// lookout looks at a state again and again, each time something may have changed it.
type lookout struct {
	d      *T
	check  func(context.Context) error
	within time.Duration
	steps  bool      // time is moved from one event of the pipeline to the next
	exact  time.Time // an instant at which to look, too; zero: none

	random  *rand.Rand
	start   time.Time
	now     time.Time
	pause   time.Duration // of real time
	q       event.Quiescence
	changed time.Time // when the pipeline last did something
	looks   int
	seen    sightings
}

// newLookout starts to look. Where time is moved it first settles.
func (d *T) newLookout(within time.Duration, steps bool, check func(context.Context) error) *lookout {
	l := &lookout{d: d, check: check, within: within, steps: steps, random: rand.New(rand.NewPCG(d.seed, 0x100c)), pause: firstPause}
	if steps {
		l.q = d.settle()
		l.now = l.q.At
	} else {
		l.now = time.Now()
	}
	l.start, l.changed = l.now, l.now
	return l
}

func (l *lookout) passed() time.Duration { return l.now.Sub(l.start) }

// look calls the check and takes down what it saw.
func (l *lookout) look() error {
	l.looks++
	ctx, stop := context.WithTimeout(l.d.ctx, max(l.within-l.passed(), restMost)) // it must not hang for ever
	err := l.check(ctx)
	stop()
	if l.steps {
		l.q = l.d.settle() // a call of the check's own is not what it waits for
		l.now = l.q.At
	} else {
		l.now = time.Now()
	}
	if err != nil {
		l.seen.note(l.passed(), sightOf(err))
	}
	return err
}

// rest lets time pass until something may have changed, and reports whether there is any left.
func (l *lookout) rest() bool {
	left := l.within - l.passed()
	if left <= 0 || l.d.ctx.Err() != nil {
		return false
	}
	if !l.steps {
		half := l.pause / 2
		d := half + time.Duration(l.random.Int64N(int64(half)+1))
		l.pause = min(2*l.pause, longestPause)
		time.Sleep(min(d, left))
		l.now = time.Now()
		return true
	}
	most := left
	if l.d.bubble {
		// Code that sleeps, of which the pipeline does not know, may change the state, too: so no step is much longer than a
		// hundredth of the time since anything happened: about a thousand looks in an hour.
		most = min(max(l.now.Sub(l.changed)/100, firstPause), left)
	}
	if until := l.exact.Sub(l.now); until > 0 {
		most = min(most, until)
	}
	before := l.q.Seq
	l.q = l.d.step(before, most)
	l.now = l.q.At
	if l.q.Seq > before {
		l.changed = l.now
	}
	return true
}

// step lets time pass until there is a hop after that one, at most that long, and settles.
func (d *T) step(after uint64, most time.Duration) event.Quiescence {
	ctx, stop := d.patient(d.options.patience)
	defer stop()
	if stepper, ok := d.backend.(backend.Stepper); ok {
		q, err := stepper.Step(ctx, after, most)
		d.must(err)
		return q
	}
	q, err := d.backend.Settle(ctx)
	d.must(err)
	if !q.Quiet || q.Seq > after {
		return q
	}
	if next, ok := nextDue(q, most); ok {
		most = next.Due.Sub(q.At)
	}
	q, err = d.backend.(backend.Mover).Advance(ctx, most)
	d.must(err)
	return q
}

// idle says what may still change the state.
func (l *lookout) idle() string {
	ctx, stop := l.d.patient(min(restMost, l.d.options.patience))
	defer stop()
	q, err := l.d.backend.Settle(ctx)
	if err != nil {
		return "the pipeline does not answer: " + err.Error()
	}
	if !q.Quiet {
		return "the pipeline is still at work:" + pendingText(q.Pending)
	}
	if next, ok := nextDue(q, 1<<62); ok {
		stands := ""
		if !l.steps && l.d.backend.Features().VirtualTime {
			stands = " (its clock stands until d.Advance moves it)"
		}
		return fmt.Sprintf("the pipeline rests; next, in %v%s: %s", next.Due.Sub(q.At).Round(time.Millisecond), stands, report.Clean(next.What))
	}
	clock := ""
	if l.d.backend.Features().VirtualTime {
		clock = " (virtual)"
	}
	since := "nothing has happened in it yet"
	if !q.LastHop.IsZero() {
		since = fmt.Sprintf("its last step was %v ago%s", q.At.Sub(q.LastHop).Round(time.Millisecond), clock)
	}
	return "the pipeline is idle: " + since + " and nothing is due; only code that sleeps could still change this" + l.unreceived()
}

// unreceived names the queues with messages that nobody ever received: what was to bring the state about may be among them.
func (l *lookout) unreceived() string {
	hops, _, err := l.d.backend.Hops(l.d.ctx, 0)
	if err != nil {
		return ""
	}
	type message struct {
		fact  uint64
		place event.Place
	}
	waiting := map[message]bool{}
	for _, h := range hops {
		switch {
		case h.Arrives() && h.To.Kind() == event.PlaceQueue:
			waiting[message{h.Fact, h.To}] = true
		case h.From.Kind() == event.PlaceQueue: // received, deleted, expired, moved
			delete(waiting, message{h.Fact, h.From})
		}
	}
	counts := map[event.Place]int{}
	for m := range waiting {
		counts[m.place]++
	}
	text := ""
	for i, place := range slices.Sorted(maps.Keys(counts)) {
		if i == shownQueues {
			return text + fmt.Sprintf(", and %d queues more", len(counts)-i)
		}
		messages := "message"
		if counts[place] > 1 {
			messages += "s"
		}
		text += fmt.Sprintf("\n    never received: %d %s in %s", counts[place], messages, report.Clean(string(place)))
	}
	return text
}

// hopeless returns the error of a check that no other look can mend.
func hopeless(err error) bool {
	f, ok := errors.AsType[interface {
		error
		Final() bool
	}](err)
	return ok && f.Final()
}

// sightOf returns on one line what a check saw.
func sightOf(err error) string {
	text := err.Error()
	if s, ok := errors.AsType[interface {
		error
		Saw() string
	}](err); ok {
		text = s.Saw()
	}
	text = report.Clean(strings.Join(strings.Fields(text), " "))
	if r := []rune(text); len(r) > sightLength {
		text = string(r[:sightLength]) + "…"
	}
	return text
}

const (
	shownQueues = 3
	sightLength = 100 // characters
	firstSights = 3
	lastSights  = 5
)

// sighting is what a check saw from some time on.
type sighting struct {
	at   time.Duration
	text string
}

// sightings are the different things that a check saw, one after the other: the first and the last of them.
type sightings struct {
	first, last []sighting
	dropped     int // between the two
	now         string
}

func (s *sightings) note(at time.Duration, text string) {
	if text == s.now && len(s.first) > 0 {
		return
	}
	s.now = text
	if len(s.first) < firstSights {
		s.first = append(s.first, sighting{at, text})
		return
	}
	s.last = append(s.last, sighting{at, text})
	if len(s.last) > lastSights {
		s.last = s.last[1:]
		s.dropped++
	}
}

// lines prints the history.
func (s *sightings) lines() string {
	var b strings.Builder
	line := func(e sighting) { fmt.Fprintf(&b, "\n      +%-10v %s", e.at.Round(time.Millisecond), e.text) }
	for _, e := range s.first {
		line(e)
	}
	if s.dropped > 0 {
		fmt.Fprintf(&b, "\n      … %d changes more", s.dropped)
	}
	for _, e := range s.last {
		line(e)
	}
	return b.String()
}

// cleaned escapes a text of several lines, and indents it.
func cleaned(text, indent string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = indent + report.Clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

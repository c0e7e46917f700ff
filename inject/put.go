package inject

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/internal/pause"
)

// job is one entry on its way.
type job struct {
	result *Result
	size   int    // in bytes, as the place counts them
	group  string // jobs of one group keep their order; "" has none
	load   any    // what the sender made of the event
}

// sender speaks to the places of one kind.
type sender interface {
	// prepare makes the call's part of an entry, with the marks put in, and checks it as far as that needs no call.
	prepare(t *transaction, e *event.Event, to event.Place, marks []mark) (load any, size int, err error)
	// open makes sure that the place is there; what it returns is given to send.
	open(ctx context.Context, c awsapi.Client, to event.Place) (opened any, err error)
	// most is what one call takes.
	most() (entries, bytes int)
	// send makes one call and notes in each job's result what became of it. An error is that of the call as a whole.
	send(ctx context.Context, c awsapi.Client, opened any, batch []*job) error
}

var senders = map[string]sender{
	event.PlaceBus: busSender{}, event.PlaceQueue: queueSender{}, event.PlaceTopic: topicSender{},
	event.PlaceTable: tableSender{}, event.PlaceStream: tableSender{},
}

// Put puts the entries where they are for, in their order, and tells of each what became of it. Nothing is sent unless all events
// can be sent as they are and all their places are there. Events for one place that follow each other share calls, as many as the
// service takes at once; on a FIFO queue or topic an event is sent when the one before it in its group is there, and not at all if
// that one was refused.
//
// The Report is never nil. The error is a *[RefusedError] if an event is not where it was to be put; the context's if it ended. It
// waits on the clock of package time, between two calls for the same event only.
func Put(ctx context.Context, at backend.Endpoint, entries []Entry, o Options) (*Report, error) {
	t, err := newTransaction(ctx, o)
	if err != nil {
		return &Report{}, err
	}
	report, jobs := t.prepare(entries)
	if err := report.err(); err != nil {
		return report, err
	}
	c := awsapi.New(at)
	opened, err := t.open(ctx, c, report, jobs)
	if err != nil {
		return report, err
	}
	for len(jobs) > 0 {
		n := 1
		for n < len(jobs) && jobs[n].result.Place == jobs[0].result.Place && jobs[n].result.CorrelationID == jobs[0].result.CorrelationID {
			n++
		}
		first := jobs[0].result
		r := &run{
			transaction: t, client: c, sender: senders[first.Place.Kind()], opened: opened[first.Place], refused: map[string]*Result{}, pause: t.Pause,
		}
		r.all(event.WithCorrelation(ctx, first.CorrelationID), jobs[:n])
		jobs = jobs[n:]
	}
	return report, report.err()
}

// Check is Put without a call: the report has the events as they would be put, and what is wrong with them.
func Check(entries []Entry, o Options) (*Report, error) {
	t, err := newTransaction(context.Background(), o)
	if err != nil {
		return &Report{}, err
	}
	report, _ := t.prepare(entries)
	return report, report.err()
}

// prepare checks all entries and makes their jobs. If one is found wanting, the others are not to be sent either.
func (t *transaction) prepare(entries []Entry) (*Report, []*job) {
	report := &Report{CorrelationID: t.CorrelationID, Seed: t.Seed, Results: make([]Result, len(entries))}
	jobs := make([]*job, len(entries))
	wanting := false
	for i, e := range entries {
		r := &report.Results[i]
		*r = Result{Place: e.Place, Line: e.Line, Event: e.Event, CorrelationID: t.correlation(i + 1)}
		jobs[i] = &job{result: r}
		if r.Err = checkPlace(e.Place); r.Err == nil {
			j := jobs[i]
			s := senders[e.Place.Kind()]
			j.load, j.size, r.Err = s.prepare(t, &r.Event, e.Place, t.marks(i+1))
			if _, most := s.most(); r.Err == nil && j.size > most {
				r.Err = fmt.Errorf("it has %d bytes, and a %s takes at most %d", j.size, e.Place.Kind(), most)
			}
			if isFIFO(e.Place) {
				j.group = r.Event.Key
			}
		}
		wanting = wanting || r.Err != nil
	}
	if wanting {
		report.withhold()
	}
	return report, jobs
}

// withhold notes that nothing is sent.
func (r *Report) withhold() {
	for i := range r.Results {
		if r.Results[i].Err == nil {
			r.Results[i].Err = ErrNotSent
		}
	}
}

// open makes sure that all places are there.
func (t *transaction) open(ctx context.Context, c awsapi.Client, report *Report, jobs []*job) (map[event.Place]any, error) {
	opened, failed := map[event.Place]any{}, map[event.Place]error{}
	for _, j := range jobs {
		place := j.result.Place
		if _, done := opened[place]; !done {
			opened[place], failed[place] = t.persist(ctx, func() (any, error) { return senders[place.Kind()].open(ctx, c, place) })
		}
		j.result.Err = failed[place]
	}
	if err := report.err(); err != nil {
		report.withhold()
		return nil, report.err()
	}
	return opened, nil
}

// persist makes a call that changes nothing until it succeeds or there is no use.
func (t *transaction) persist(ctx context.Context, call func() (any, error)) (any, error) {
	wait := t.Pause
	for n := 1; ; n++ {
		v, err := call()
		if err == nil || !temporary(err) || n == t.Attempts || ctx.Err() != nil {
			return v, err
		}
		wait = t.rest(ctx, wait)
	}
}

// rest pauses before another call and returns the pause after it.
func (t *transaction) rest(ctx context.Context, d time.Duration) time.Duration {
	half := d / 2
	pause.For(ctx, half+time.Duration(t.random.Int64N(int64(half)+1)))
	return min(2*d, longestPause)
}

// temporary tells whether the same may succeed later. Beyond what is so for a call, entries of a batch have codes of their own.
func temporary(err error) bool {
	e, ok := errors.AsType[*awsapi.Error](err)
	return ok && (e.Temporary() || e.Code == "InternalFailure" || e.Code == "InternalException" || e.Code == "ServiceUnavailable")
}

// unanswered tells whether a call may have been carried out all the same.
func unanswered(err error) bool {
	e, ok := errors.AsType[*awsapi.Error](err)
	return ok && (e.Err != nil || e.Status >= 500)
}

// run is a row of jobs for one place.
type run struct {
	*transaction
	client  awsapi.Client
	sender  sender
	opened  any
	refused map[string]*Result // by group: what keeps the rest of it from being sent
	pause   time.Duration
}

func (r *run) all(ctx context.Context, jobs []*job) {
	for len(jobs) > 0 {
		if ctx.Err() != nil {
			end(jobs, fmt.Errorf("not sent: %w", context.Cause(ctx)))
			return
		}
		batch, rest := r.pick(jobs)
		if len(batch) == 0 {
			return // the rest follows what was refused
		}
		again, gone := r.attempt(ctx, batch)
		if gone != nil {
			end(rest, fmt.Errorf("not sent: the events before it found no answer: %w", gone))
			return
		}
		jobs = rest
		if len(again) > 0 {
			jobs = slices.Concat(again, rest)
			r.pause = r.rest(ctx, r.pause)
		} else {
			r.pause = r.Pause
		}
	}
}

func end(jobs []*job, err error) {
	for _, j := range jobs {
		j.result.Err = err
	}
}

// window is how far behind the head of the jobs those of other groups are looked for.
const window = 256

// pick takes from the head of the jobs what one call can carry: of each group one, so that no retry is overtaken. The rest is a part
// of the same array.
func (r *run) pick(jobs []*job) (batch, rest []*job) {
	entries, bytes := r.sender.most()
	groups := map[string]bool{}
	var passed []*job // behind one of their group
	i := 0
	for ; i < len(jobs) && len(batch) < entries && len(passed) < window; i++ {
		j := jobs[i]
		before := r.refused[j.group]
		switch {
		case j.group != "" && before != nil:
			j.result.Err = fmt.Errorf("not sent: an earlier event of its group %q was refused: %w", j.group, before.Err)
			continue
		case j.group != "" && groups[j.group]:
			passed = append(passed, j)
			continue
		case j.size > bytes:
			return batch, behind(passed, jobs, i)
		}
		groups[j.group] = true
		bytes -= j.size
		batch = append(batch, j)
	}
	return batch, behind(passed, jobs, i)
}

// behind puts the jobs that were passed before those from i on.
func behind(passed, jobs []*job, i int) []*job {
	rest := jobs[i-len(passed):]
	copy(rest, passed)
	return rest
}

// attempt makes one call. It returns the jobs to be tried again and, if the service does not answer however often it is asked, that
// error.
func (r *run) attempt(ctx context.Context, batch []*job) (again []*job, gone error) {
	for _, j := range batch {
		j.result.Attempts++
		j.result.Err = nil
	}
	whole := r.sender.send(ctx, r.client, r.opened, batch)
	for _, j := range batch {
		if whole != nil {
			j.result.Err = whole
		}
		switch err := j.result.Err; {
		case err == nil:
		case temporary(err) && j.result.Attempts < r.Attempts && ctx.Err() == nil:
			j.result.Doubtful = j.result.Doubtful || unanswered(whole) && !isFIFO(j.result.Place)
			again = append(again, j)
		case j.group != "":
			r.refused[j.group] = j.result
		}
	}
	if whole != nil && temporary(whole) && len(again) == 0 {
		gone = whole
	}
	return again, gone
}

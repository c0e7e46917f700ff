package feed

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// records is a stream of numbered records with the partition keys given. Its shards are split in two before the records at splits.
type records struct {
	keys   []string
	splits []int
	at     int // acknowledged
}

// shard is that of a record: one of two for each time between two splits.
func (s *records) shard(i int) string {
	generation := 0
	for _, at := range s.splits {
		if at <= i {
			generation++
		}
	}
	if generation == 0 {
		return "0"
	}
	return fmt.Sprint(generation, "/", s.keys[i][0]%2)
}

func (s *records) OpenStream(string, string, func()) (engine.StreamReader, error) { return s, nil }

func (s *records) Read(limit int) (list []engine.StreamRecord, _ int, _ error) {
	for i := s.at; i < min(len(s.keys), s.at+limit); i++ {
		list = append(list, engine.StreamRecord{SequenceNumber: strconv.Itoa(i + 1), Shard: s.shard(i), Partition: s.keys[i], Event: &event.Event{Body: `{}`, Key: s.keys[i]}})
	}
	return list, 0, nil
}

func (s *records) Acknowledge(number string) { s.at, _ = strconv.Atoi(number) }
func (s *records) Place() event.Place        { return "stream:s" }
func (s *records) Close()                    {}

// load is what a worker is given to do: how long each call takes, and whether it fails.
type load struct {
	factor, batch int
	bisect        bool
	keys          []string
	splits        []int // of shards
	seconds       []int
	fails         []bool
	fail          func(b *Batch) bool // always; nil: as fails says
	look          time.Duration       // when to count what is done
	partial       []int               // a call that fails reports the records from here on, if the batch is that long; else all of it
}

// worker processes batches and writes down what is wrong.
type worker struct {
	load
	engine *engine.Engine
	scope  *engine.Scope
	source *records
	calls  int
	now    int
	most   int
	busy   map[string]bool
	done   []int // numbers, in order
	looked int   // done at look
	wrong  string
}

func (w *worker) process(b *Batch, done func(Result)) {
	call := w.calls
	w.calls++
	w.now++
	w.most = max(w.most, w.now)
	keys := map[string]bool{}
	for _, r := range b.Records {
		if r.shard != b.Records[0].shard {
			w.wrong = "a batch of records of two shards"
		}
		keys[r.Event.Key] = true
	}
	for key := range keys {
		if w.busy[key] {
			w.wrong = "two batches of key " + key + " at the same time"
		}
		w.busy[key] = true
	}
	if shards := 1 + 2*len(w.splits); w.now > w.factor*shards || len(b.Records) > w.batch {
		w.wrong = fmt.Sprintf("%d batches at the same time, %d records in one", w.now, len(b.Records))
	}
	due := w.engine.Now()
	if call < len(w.seconds) {
		due = due.Add(time.Duration(w.seconds[call]) * time.Second)
	}
	w.engine.Schedule(&engine.Task{Scope: w.scope, Due: due, Run: func() {
		w.now--
		for key := range keys {
			delete(w.busy, key)
		}
		r, good := Result{}, len(b.Records)
		if call < len(w.fails) && w.fails[call] {
			r.Err, good = errors.New("failed"), 0
			if from := w.partial[call]; from < len(b.Records) {
				good, r.Failed = from, map[string]bool{}
				for _, bad := range b.Records[from:] {
					r.Failed[bad.ID] = true
				}
			}
		}
		if w.fail != nil && w.fail(b) {
			r.Err, good = errors.New("failed"), 0
		}
		for _, record := range b.Records[:good] {
			n, _ := strconv.Atoi(record.ID)
			w.done = append(w.done, n)
		}
		done(r)
		for n := 1; n <= w.source.at; n++ {
			if w.fail == nil && !slices.Contains(w.done, n) {
				w.wrong = fmt.Sprintf("the position is behind %d, and %d is not done", w.source.at, n)
			}
		}
	}})
}

// work lets a stream be read until everything is processed.
func work(t *testing.T, l load, o engine.Options) *worker {
	w := &worker{load: l, source: &records{keys: l.keys, splits: l.splits}, busy: map[string]bool{}}
	synctest.Test(t, func(t *testing.T) {
		w.engine = engine.New(o)
		defer w.engine.Close()
		w.scope = w.engine.Scope("111111111111", "eu-west-1")
		plan := &Plan{To: "function:f", Batch: l.batch, Concurrency: l.factor, Retries: -1, MaxAge: -1, Bisect: l.bisect, Process: w.process}
		s, err := NewStream(Options{Scope: w.scope, Place: "mapping:s/f", Plan: func() (*Plan, bool) { return plan, true }}, w.source, "arn", "TRIM_HORIZON")
		if err != nil {
			t.Fatal(err)
		}
		w.scope.Lock()
		s.Look()
		w.scope.Unlock()
		w.engine.Schedule(&engine.Task{Scope: w.scope, Due: w.engine.Now().Add(l.look), Run: func() { w.looked = len(w.done) }})
		time.Sleep(25 * time.Hour)
		synctest.Wait()
	})
	return w
}

func TestStream_keeps_the_order_of_each_key_in_parallel_R1_4(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const calls = 60
		l := load{
			factor: rapid.IntRange(1, 10).Draw(rt, "factor"), batch: rapid.IntRange(1, 5).Draw(rt, "batch"), bisect: rapid.Bool().Draw(rt, "bisect"),
			keys:    rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}), 0, 40).Draw(rt, "keys"),
			splits:  rapid.SliceOfN(rapid.IntRange(0, 40), 0, 3).Draw(rt, "splits"),
			seconds: rapid.SliceOfN(rapid.IntRange(0, 5), calls, calls).Draw(rt, "seconds"),
			fails:   rapid.SliceOfN(rapid.Bool(), calls, calls).Draw(rt, "fails"),
			partial: rapid.SliceOfN(rapid.IntRange(0, 5), calls, calls).Draw(rt, "partial"),
		}
		w := work(t, l, engine.Options{})
		if w.wrong != "" {
			rt.Fatal(w.wrong)
		}
		if w.source.at != len(l.keys) || len(w.done) != len(l.keys) {
			rt.Fatalf("processed %v of %d, acknowledged %d", w.done, len(l.keys), w.source.at)
		}
		last := map[string]int{}
		for _, n := range w.done {
			if key := l.keys[n-1]; n <= last[key] {
				rt.Fatalf("key %s: %d after %d", key, n, last[key])
			} else {
				last[key] = n
			}
		}
	})
}

func TestStream_processes_as_many_batches_at_a_time_as_it_may(t *testing.T) {
	keys := make([]string, 64)
	for i := range keys {
		keys[i] = strconv.Itoa(i)
	}
	seconds := slices.Repeat([]int{1}, len(keys))
	for _, factor := range []int{1, 2, 10} {
		l := load{factor: factor, batch: 3, keys: keys, seconds: seconds}
		w := work(t, l, engine.Options{})
		if w.most != factor || w.wrong != "" {
			t.Errorf("factor %d: %d at most; %s", factor, w.most, w.wrong)
		}
		if again := work(t, l, engine.Options{}); !slices.Equal(again.done, w.done) {
			t.Errorf("factor %d: another run is another order: %v, %v", factor, w.done, again.done)
		}
	}
}

func TestStream_does_not_pass_a_batch_that_fails_beside_others(t *testing.T) {
	// The first call is of one key and fails; that of the other key is not held up, and the position waits for both.
	l := load{factor: 10, batch: 2, keys: []string{"a", "b"}, seconds: []int{0, 0}, fails: []bool{true, false}, partial: []int{9, 9}}
	w := work(t, l, engine.Options{})
	if w.wrong != "" || w.calls != 3 || w.source.at != 2 || len(w.done) != 2 {
		t.Errorf("%s; %d calls, %v done, acknowledged %d", w.wrong, w.calls, w.done, w.source.at)
	}
}

func TestStream_a_key_that_fails_holds_up_nothing_but_its_lane_R1_4(t *testing.T) {
	// Key a always fails, until the stream forgets its records after 24 hours; 400 records of other keys are not held up, though they
	// are four batches behind it.
	keys := []string{"a"}
	for i := range 400 {
		keys = append(keys, "b"+strconv.Itoa(i))
	}
	keys = append(keys, "a")
	fail := func(b *Batch) bool {
		return slices.ContainsFunc(b.Records, func(r *Record) bool { return r.Event.Key == "a" })
	}
	for _, row := range []struct {
		reason  string
		factor  int
		splits  []int
		within  int // of an hour: records that are done
		atLeast bool
	}{
		{"one lane: everything behind waits", 1, nil, 0, false},
		{"ten lanes: only the lane of the key waits", 10, nil, 300, true},
		{"one lane in each shard: the shard behind, which has no record of the key, goes on", 1, []int{1, 402}, 190, true},
	} {
		w := work(t, load{factor: row.factor, batch: 10, keys: keys, splits: row.splits, fail: fail, look: time.Hour}, engine.Options{})
		if w.wrong != "" || row.atLeast && w.looked < row.within || !row.atLeast && w.looked > row.within {
			t.Errorf("%s: %d done after an hour; %s", row.reason, w.looked, w.wrong)
		}
		if w.source.at != len(keys) {
			t.Errorf("%s: the position is at %d after the retention", row.reason, w.source.at)
		}
	}
}

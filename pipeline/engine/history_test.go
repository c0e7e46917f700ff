package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"pgregory.net/rapid"
)

func TestRecord_numbers_dates_and_names_facts_R1_6(t *testing.T) {
	e, _ := manual(t, Options{})
	call := e.Record(event.Hop{Kind: event.KindCall, Outcome: event.Delivered, CorrelationID: "flow"})
	arrived := e.Record(event.Hop{Kind: event.KindArrive, Outcome: event.Delivered, Cause: call.Cause, CorrelationID: call.CorrelationID})
	copied := e.Record(event.Hop{Kind: event.KindArrive, Outcome: event.Delivered, Cause: arrived.Cause, Fact: arrived.Fact, At: start.Add(-time.Hour)})
	if want := (event.Lineage{Cause: 1, CorrelationID: "flow"}); call != want {
		t.Errorf("a call states no fact: got %+v", call)
	}
	if want := (event.Lineage{Cause: 2, Fact: 2, CorrelationID: "flow"}); arrived != want {
		t.Errorf("got %+v, want %+v", arrived, want)
	}
	if want := (event.Lineage{Cause: 3, Fact: 2}); copied != want {
		t.Errorf("got %+v, want %+v", copied, want)
	}
	hops, _ := e.Hops(0)
	if !hops[0].At.Equal(start) || !hops[2].At.Equal(start.Add(-time.Hour)) {
		t.Errorf("At is the clock's unless it is told: %v, %v", hops[0].At, hops[2].At)
	}
	if seq, at := e.LastSeq(); seq != 3 || !at.Equal(start.Add(-time.Hour)) {
		t.Errorf("last is %d at %v", seq, at)
	}
}

func TestHops_against_a_plain_slice_R1_6(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		limit := rapid.SampledFrom([]int{0, 1, 200, chunkSize, chunkSize + 1, 3 * chunkSize}).Draw(r, "limit")
		e := New(Options{Clock: NewManualClock(start), HistoryLimit: limit})
		n := rapid.OneOf(rapid.IntRange(0, 6*chunkSize), rapid.SampledFrom([]int{chunkSize - 1, chunkSize, chunkSize + 1, 4 * chunkSize})).Draw(r, "recorded")
		var model []uint64
		for i := range n {
			e.Record(event.Hop{Kind: event.KindCall, Cause: uint64(i)})
			model = append(model, uint64(i+1))
		}
		// Every boundary between chunks, and a random place.
		afters := []uint64{0, 1, uint64(n), uint64(n) + 5, rapid.Uint64Range(0, uint64(n)+2).Draw(r, "after")}
		for k := uint64(chunkSize); k <= uint64(n); k += chunkSize {
			afters = append(afters, k-1, k, k+1)
		}
		for _, after := range afters {
			want := model[min(after, uint64(n)):]
			hops, lost := e.Hops(after)
			if limit == 0 && lost != 0 {
				r.Fatalf("without a limit, %d are lost", lost)
			}
			if lost+uint64(len(hops)) != uint64(len(want)) {
				r.Fatalf("after %d of %d: %d kept and %d lost, want %d together", after, n, len(hops), lost, len(want))
			}
			if limit > 0 && len(hops) < min(limit, len(want)) {
				r.Fatalf("after %d of %d: only %d are kept, the limit is %d", after, n, len(hops), limit)
			}
			var got []uint64
			for _, h := range hops {
				if h.Cause != h.Seq-1 {
					r.Fatalf("hop %d is another's: %+v", h.Seq, h)
				}
				got = append(got, h.Seq)
			}
			if !slices.Equal(got, want[lost:]) {
				r.Fatalf("after %d of %d: got %v", after, n, got)
			}
		}
		if kept, _ := e.Hops(0); limit > 0 && len(kept) >= limit+chunkSize {
			r.Fatalf("%d are kept, the limit is %d", len(kept), limit)
		}
	})
}

// What a caller got must not change when more is recorded.
func TestHops_returns_a_copy(t *testing.T) {
	e, _ := manual(t, Options{})
	e.Record(event.Hop{Kind: event.KindCall})
	first, _ := e.Hops(0)
	_ = append(first, event.Hop{Operation: "mine"})
	e.Record(event.Hop{Kind: event.KindCall, Operation: "theirs"})
	if all, _ := e.Hops(0); all[1].Operation != "theirs" || all[0].Operation != first[0].Operation {
		t.Errorf("got %+v", all)
	}
}

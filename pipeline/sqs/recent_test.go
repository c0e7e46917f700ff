package sqs

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestRecent_remembers_for_five_minutes_R4_4 compares with a map that is looked through, over many chunks and jumps of the clock.
func TestRecent_remembers_for_five_minutes_R4_4(t *testing.T) {
	type entry struct {
		since int64
		value int
	}
	rapid.Check(t, func(t *rapid.T) {
		var r recent[int]
		want := map[string]entry{}
		now := int64(1)
		alive := 0
		var puts []int64
		step := rapid.SampledFrom([]int64{interval / 3, interval / keptChunk}).Draw(t, "step")
		keys := rapid.SampledFrom([]int{3, 2 * keptChunk}).Draw(t, "keys")
		for n := range rapid.IntRange(1, 5*keptChunk).Draw(t, "puts") {
			now += rapid.Int64Range(0, step).Draw(t, "passes")
			if rapid.IntRange(0, 50).Draw(t, "jump") == 0 {
				now += interval
			}
			key := strconv.Itoa(rapid.IntRange(0, keys).Draw(t, "key"))
			e, known := want[key]
			known = known && e.since+interval > now
			got, ok := r.get(hashOf(key), now)
			if ok != known || known && got != e.value {
				t.Fatalf("key %s is %d, %t; want %d, %t", key, got, ok, e.value, known)
			}
			r.put(hashOf(key), n, now)
			want[key] = entry{now, n}
			puts = append(puts, now)
		}
		for _, since := range puts {
			if since+interval > now {
				alive++
			}
		}
		if kept := int(r.next - r.oldest); kept != alive {
			t.Fatalf("%d are kept, %d are younger than the interval", kept, alive)
		}
		if most := alive/keptChunk + 2; len(r.chunks) > most {
			t.Fatalf("%d chunks for %d", len(r.chunks), alive)
		}
		if len(r.known) > alive {
			t.Fatalf("%d keys are known, %d are kept", len(r.known), alive)
		}
	})
}

// TestRecent_forgets_all_R4_4: a queue that is idle for five minutes holds nothing of what it remembered.
func TestRecent_forgets_all_R4_4(t *testing.T) {
	for _, puts := range []int{1, keptChunk - 1, keptChunk, keptChunk + 1, 3 * keptChunk} {
		var r recent[int]
		for n := range puts {
			r.put(hashOf(strconv.Itoa(n)), n, 0)
		}
		if _, ok := r.get(hashOf("0"), interval-1); !ok {
			t.Errorf("%d puts: forgotten before the interval ended", puts)
		}
		if _, ok := r.get(hashOf("0"), interval); ok || len(r.known) != 0 || len(r.chunks) > 1 {
			t.Errorf("%d puts: known %t, with %d keys and %d chunks afterwards", puts, ok, len(r.known), len(r.chunks))
		}
		r.put(hashOf("again"), 7, interval)
		if got, ok := r.get(hashOf("again"), interval); !ok || got != 7 {
			t.Errorf("%d puts: a new one is %d, %t", puts, got, ok)
		}
	}
}

package sqs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

func TestFair_queue_serves_quiet_groups_first_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		url := f.create("q", "VisibilityTimeout", "60")
		for i := range 60 {
			f.put(url, fmt.Sprint("loud-", i))
		}
		f.put(url, "quiet-1")
		f.send(url, "alone")
		for range 2 {
			f.got(url, 10, -1)
		}
		f.got(url, 9, -1)
		f.wantGot(url, 1, -1, "loud-29", "29 messages in flight are not noisy")
		f.wantGot(url, 3, -1, "quiet-1 alone loud-30", "with 30 in flight the group is noisy: others go before it, and it is not starved")
		f.put(url, "loud-60", "quiet-2")
		if n := f.counts(url); n != [3]string{"31", "33", "0"} {
			t.Errorf("counts %v", n)
		}
		if list, _ := f.sqs.Peek("q"); list[0].Message.Body.V != "loud-31" || list[30].Message.Body.V != "quiet-2" {
			t.Error("peeked out of turn")
		}
		time.Sleep(time.Minute)
		f.wantGot(url, 1, -1, "loud-0", "nothing is in flight any more: the oldest first again")
	})
}

// fairReference is a list that is searched for the first message of a quiet group.
type fairReference struct {
	line   []string          // visible, in turn
	flying map[string]string // receipt handles
	n      int
}

func (r *fairReference) noisy(body string) bool {
	group, same := body[:1], 0
	for other := range r.flying {
		if other[:1] == group {
			same++
		}
	}
	return same >= 30 && same*10 > len(r.flying)
}

func (r *fairReference) take(limit int) (taken []string) {
	for len(taken) < limit && len(r.line) > 0 {
		i := max(0, slices.IndexFunc(r.line, func(body string) bool { return !r.noisy(body) }))
		taken = append(taken, r.line[i])
		r.flying[r.line[i]] = ""
		r.line = slices.Delete(r.line, i, i+1)
	}
	return taken
}

func (r *fairReference) sendTo(f *fixture, t *rapid.T) {
	group := rapid.SampledFrom([]string{"a", "a", "a", "b", "c"}).Draw(t, "group")
	for range rapid.IntRange(1, 20).Draw(t, "messages") {
		r.n++
		r.line = append(r.line, fmt.Sprint(group, "-", r.n))
		f.put("q", r.line[len(r.line)-1])
	}
}

func (r *fairReference) receiveFrom(f *fixture, t *rapid.T) {
	want := r.take(rapid.IntRange(1, 10).Draw(t, "limit"))
	got, handles := f.got("q", int32(max(1, len(want))), -1)
	if got != strings.Join(want, " ") {
		t.Fatalf("received %s, want %v", got, want)
	}
	for i, body := range want {
		r.flying[body] = handles[i]
	}
}

// numberOf returns the number of a message from its body.
func numberOf(body string) int {
	n, _ := strconv.Atoi(body[2:])
	return n
}

// end deletes some of what is in flight, or makes it visible again.
func (r *fairReference) end(f *fixture, t *rapid.T) {
	if len(r.flying) == 0 {
		t.Skip("nothing is in flight")
	}
	all := slices.Sorted(maps.Keys(r.flying))
	again := rapid.Bool().Draw(t, "visible again")
	for _, body := range all[:rapid.IntRange(1, len(all)).Draw(t, "messages")] {
		if !again {
			f.delete("q", r.flying[body])
		} else if err := f.change("q", r.flying[body], 0); err != nil {
			t.Fatal(err)
		} else {
			r.line = append(r.line, body)
			slices.SortFunc(r.line, func(a, b string) int { return cmp.Compare(numberOf(a), numberOf(b)) })
		}
		delete(r.flying, body)
	}
}

func TestFair_behaves_like_the_reference_R4_4(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fixture{TB: failer{t: t}, engine: engine.New(engine.Options{Clock: engine.NewManualClock(start), Build: func(s *engine.Scope) any { return New(s, Options{}) }})}
		defer f.engine.Close()
		f.scope = f.engine.Scope("000000000001", "us-east-1")
		f.sqs = f.scope.Built().(*Service)
		f.create("q", "VisibilityTimeout", "43200")
		r := &fairReference{flying: map[string]string{}}
		t.Repeat(map[string]func(*rapid.T){
			"send":    func(t *rapid.T) { r.sendTo(f, t) },
			"receive": func(t *rapid.T) { r.receiveFrom(f, t) },
			"end":     func(t *rapid.T) { r.end(f, t) },
			"": func(t *rapid.T) {
				if got, want := f.counts("q"), [3]string{fmt.Sprint(len(r.line)), fmt.Sprint(len(r.flying)), "0"}; got != want {
					t.Fatalf("counts %v, want %v", got, want)
				}
			},
		})
	})
}

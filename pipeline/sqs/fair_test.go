package sqs

import (
	"fmt"
	"slices"
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
		f.wantGot(url, 1, -1, "loud-31", "nothing is in flight any more: in turn again")
	})
}

// TestFair_behaves_like_the_reference_R4_4 compares with a list that is searched for the first message of a quiet group.
func TestFair_behaves_like_the_reference_R4_4(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fixture{TB: failer{t: t}, engine: engine.New(engine.Options{Clock: engine.NewManualClock(start), Build: func(s *engine.Scope) any { return New(s, Options{}) }})}
		defer f.engine.Close()
		f.scope = f.engine.Scope("000000000001", "us-east-1")
		f.sqs = f.scope.Built().(*Service)
		f.create("q", "VisibilityTimeout", "43200")
		var line []string // visible, in turn
		flying := map[string]string{}
		n := 0
		group := func(body string) string { g, _, _ := strings.Cut(body, "-"); return g }
		noisy := func(body string) bool {
			same := 0
			for other := range flying {
				if group(other) == group(body) {
					same++
				}
			}
			return same >= 30 && same*10 > len(flying)
		}
		t.Repeat(map[string]func(*rapid.T){
			"send": func(t *rapid.T) {
				g := rapid.SampledFrom([]string{"a", "a", "a", "b", "c"}).Draw(t, "group")
				for range rapid.IntRange(1, 20).Draw(t, "messages") {
					n++
					line = append(line, fmt.Sprint(g, "-", n))
					f.put("q", line[len(line)-1])
				}
			},
			"receive": func(t *rapid.T) {
				var want []string
				for limit := rapid.IntRange(1, 10).Draw(t, "limit"); len(want) < limit && len(line) > 0; {
					i := max(0, slices.IndexFunc(line, func(body string) bool { return !noisy(body) }))
					want = append(want, line[i])
					flying[line[i]] = ""
					line = slices.Delete(line, i, i+1)
				}
				if got, handles := f.got("q", int32(max(1, len(want))), -1); got != strings.Join(want, " ") {
					t.Fatalf("received %s, want %v", got, want)
				} else {
					for i, body := range want {
						flying[body] = handles[i]
					}
				}
			},
			"end": func(t *rapid.T) {
				if len(flying) == 0 {
					t.Skip("nothing is in flight")
				}
				all := []string{}
				for body := range flying {
					all = append(all, body)
				}
				slices.Sort(all)
				again := rapid.Bool().Draw(t, "visible again")
				for _, body := range all[:rapid.IntRange(1, len(all)).Draw(t, "messages")] {
					if again {
						line = append(line, body)
						if err := f.change("q", flying[body], 0); err != nil {
							t.Fatal(err)
						}
					} else {
						f.delete("q", flying[body])
					}
					delete(flying, body)
				}
			},
			"": func(t *rapid.T) {
				if got, want := f.counts("q"), [3]string{fmt.Sprint(len(line)), fmt.Sprint(len(flying)), "0"}; got != want {
					t.Fatalf("counts %v, want %v", got, want)
				}
			},
		})
	})
}

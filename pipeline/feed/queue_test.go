package feed

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// letters is a queue: what is received is hidden for a time, and visible again unless it is deleted.
type letters struct {
	engine  *engine.Engine
	scope   *engine.Scope
	hidden  time.Duration
	wake    func()
	visible []time.Time // from when on each is; zero: deleted
	handed  []int       // how often each was received
}

func (q *letters) OpenQueue(_ string, _ event.Place, wake func()) (engine.QueueReader, error) {
	q.wake = wake
	return q, nil
}

func (q *letters) send() {
	q.visible, q.handed = append(q.visible, q.engine.Now()), append(q.handed, 0)
	q.wake()
}

func (q *letters) Receive(most int) (list []engine.QueueMessage, _ error) {
	now := q.engine.Now()
	for i, at := range q.visible {
		if at.IsZero() || at.After(now) || len(list) == most {
			continue
		}
		q.handed[i]++
		q.visible[i] = now.Add(q.hidden)
		q.engine.Schedule(&engine.Task{Due: q.visible[i], Scope: q.scope, Run: q.wake})
		id := fmt.Sprint(i)
		list = append(list, engine.QueueMessage{ID: id, Handle: fmt.Sprint(i, "/", q.handed[i]), Receives: q.handed[i], Due: q.visible[i], Event: &event.Event{Body: `{"messageId":"` + id + `"}`}})
	}
	return list, nil
}

func (q *letters) Delete(handle string) {
	var i, n int
	fmt.Sscanf(handle, "%d/%d", &i, &n)
	if q.handed[i] == n { // an older receipt deletes nothing
		q.visible[i] = time.Time{}
	}
}

func (q *letters) Ordered() bool      { return false }
func (q *letters) Place() event.Place { return "queue:q" }
func (q *letters) Close()             {}

// Whatever fails and however long it takes: every message is processed in the end, what was processed in time does not come again,
// and neither batches nor concurrency exceed their limits.
func TestQueue_processes_every_message_and_only_failures_again_R1_4(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const calls = 40
		hidden := time.Duration(rapid.IntRange(3, 20).Draw(rt, "hidden")) * time.Second
		plan := &Plan{
			To: "function:f", Batch: rapid.IntRange(1, 15).Draw(rt, "batch"), Concurrency: rapid.IntRange(1, 4).Draw(rt, "concurrency"),
			Window: time.Duration(rapid.IntRange(0, 20).Draw(rt, "window")) * time.Second, Retries: -1, MaxAge: -1,
		}
		sends := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 40).Draw(rt, "seconds between messages")
		seconds := rapid.SliceOfN(rapid.IntRange(0, 12), calls, calls).Draw(rt, "seconds of calls")
		outcome := rapid.SliceOfN(rapid.IntRange(0, 2), calls, calls).Draw(rt, "0: good, 1: fails, 2: its first message fails")
		synctest.Test(t, func(t *testing.T) {
			e := engine.New(engine.Options{})
			defer e.Close()
			scope := e.Scope("111111111111", "eu-west-1")
			source := &letters{engine: e, scope: scope, hidden: hidden}
			done, wrong, n, now := map[string]bool{}, "", 0, 0
			plan.Process = func(b *Batch, end func(Result)) {
				call := n
				n++
				now++
				if now > plan.Concurrency || len(b.Records) > plan.Batch || len(b.Records) == 0 {
					wrong = fmt.Sprintf("%d batches at the same time, %d messages in one", now, len(b.Records))
				}
				for _, r := range b.Records {
					if done[r.ID] {
						wrong = "message " + r.ID + " came again after it was processed in time"
					}
					if !r.Due.After(e.Now()) {
						wrong = "message " + r.ID + " was processed after it was visible again"
					}
				}
				due, r := e.Now(), Result{}
				if call < calls {
					due = due.Add(time.Duration(seconds[call]) * time.Second)
					switch outcome[call] {
					case 1:
						r.Err = errors.New("failed")
					case 2:
						r.Err, r.Failed = errors.New("failed"), map[string]bool{b.Records[0].ID: true}
					}
				}
				e.Schedule(&engine.Task{Scope: scope, Due: due, Run: func() {
					now--
					for _, m := range b.Records {
						if (r.Err == nil || r.Failed != nil && !r.Failed[m.ID]) && e.Now().Before(m.Due) {
							done[m.ID] = true
						}
					}
					end(r)
				}})
			}
			q, err := NewQueue(Options{Scope: scope, Place: "mapping:q/f", Plan: func() (*Plan, bool) { return plan, true }}, source, "arn")
			if err != nil {
				t.Fatal(err)
			}
			defer q.Close()
			at := e.Now()
			for _, later := range sends {
				at = at.Add(time.Duration(later) * time.Second)
				e.Schedule(&engine.Task{Due: at, Scope: scope, Run: source.send})
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			if left := slices.DeleteFunc(slices.Clone(source.visible), time.Time.IsZero); wrong != "" || len(left) > 0 || len(done) > len(sends) {
				rt.Fatalf("%s; %d of %d messages are left after %d calls", wrong, len(left), len(sends), n)
			}
		})
	})
}

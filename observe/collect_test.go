package observe_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// broker is a queue in memory on the clock of package time: at-least-once, with visibility timeouts.
type broker struct {
	longPoll time.Duration
	messages []*entry
	handles  int
	receives []time.Time
	fail     []error // of the next receives
	noAck    int     // so many acknowledgements fail
}

type entry struct {
	id, body string
	visible  time.Time
	handle   string
	attempts int
	again    bool // is delivered a second time at once, hidden or deleted: legal on a standard queue
	gone     bool
}

func (b *broker) send(id, body string, after time.Duration) *entry {
	e := &entry{id: id, body: body, visible: time.Now().Add(after)}
	b.messages = append(b.messages, e)
	return e
}

func (b *broker) LongPoll() time.Duration { return b.longPoll }

func (b *broker) Receive(ctx context.Context, wait, hide time.Duration) ([]observe.Message, error) {
	b.receives = append(b.receives, time.Now())
	if len(b.fail) > 0 {
		err := b.fail[0]
		b.fail = b.fail[1:]
		return nil, err
	}
	end := time.Now().Add(wait)
	for {
		if list := b.take(hide); len(list) > 0 || !time.Now().Before(end) || ctx.Err() != nil {
			return list, nil
		}
		select {
		case <-time.After(min(time.Millisecond, time.Until(end))):
		case <-ctx.Done():
		}
	}
}

func (b *broker) take(hide time.Duration) (list []observe.Message) {
	for _, e := range b.messages {
		second := e.again && e.attempts == 1
		if !second && (e.gone || time.Now().Before(e.visible)) || len(list) == 10 {
			continue
		}
		e.visible = time.Now().Add(hide)
		b.handles++
		e.attempts++
		e.handle = fmt.Sprint(b.handles)
		list = append(list, observe.Message{ID: e.id, Handle: e.handle, Place: "queue:orders", Body: e.body, Attempt: e.attempts})
	}
	return list
}

func (b *broker) Ack(_ context.Context, messages []observe.Message) error {
	if b.noAck > 0 {
		b.noAck--
		return errors.New("connection reset")
	}
	for _, m := range messages {
		b.entry(m.ID).gone = true
	}
	return nil
}

func (b *broker) Return(_ context.Context, messages []observe.Message) error {
	for _, m := range messages {
		if e := b.entry(m.ID); e.handle == m.Handle {
			e.visible = time.Now()
		}
	}
	return nil
}

func (b *broker) entry(id string) *entry {
	return b.messages[slices.IndexFunc(b.messages, func(e *entry) bool { return e.id == id })]
}

// left lists what is in the queue for others, now.
func (b *broker) left() (list []string) {
	for _, e := range b.messages {
		if !e.gone && !time.Now().Before(e.visible) {
			list = append(list, e.id)
		}
	}
	return list
}

func order(n int) string {
	return fmt.Sprintf(`{"detail-type":"OrderPlaced","source":"shop","detail":{"n":%d}}`, n)
}

func ofType(name string) func(*observe.Received) []event.Mismatch {
	return func(r *observe.Received) []event.Mismatch {
		if r.Document.Type == name {
			return nil
		}
		return []event.Mismatch{{Path: "type", Want: name, Got: r.Document.Type}}
	}
}

func ids(list []*observe.Received) (ids []string) {
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return ids
}

type outcome struct {
	events, surplus, undecodable, others, left string
	redelivered                                int
	err                                        string // part of it
	elapsed                                    time.Duration
}

var placed = observe.CollectOptions{Count: 2, Match: ofType("OrderPlaced"), Seed: 1}

var collections = []struct {
	reason   string
	longPoll time.Duration
	send     func(b *broker)
	options  observe.CollectOptions
	want     outcome
}{
	{"two come, one late", 20 * time.Second, func(b *broker) {
		b.send("a", order(1), 0)
		b.send("b", order(2), 3*time.Second)
	}, placed, outcome{events: "a b", elapsed: 4 * time.Second}},
	{"a source that has to be polled", 0, func(b *broker) {
		b.send("a", order(1), 0)
		b.send("b", order(2), 50*time.Millisecond)
	}, observe.CollectOptions{Count: 2, AtLeast: true, Seed: 1}, outcome{events: "a b", elapsed: -1}},
	{"a redelivery is no second event", 20 * time.Second, func(b *broker) {
		b.send("a", order(1), 0).again = true
	}, placed, outcome{events: "a", redelivered: 1, err: "1 of 2 events after 10s; 0 others, 0 not JSON, 1 redelivery", elapsed: 10 * time.Second}},
	{"surplus behind the expected count", 20 * time.Second, func(b *broker) {
		for i := range 2 {
			b.send(fmt.Sprint(i), order(i), 0)
		}
		b.send("late", order(3), 400*time.Millisecond)
	}, placed, outcome{events: "0 1", surplus: "late", err: "3 events came, 2 were expected", elapsed: time.Second}},
	{"more than enough is fine", 20 * time.Second, func(b *broker) {
		for i := range 3 {
			b.send(fmt.Sprint(i), order(i), 0)
		}
	}, observe.CollectOptions{Count: 2, AtLeast: true}, outcome{events: "0 1 2"}},
	{"the order does not matter", 20 * time.Second, func(b *broker) {
		b.send("late", order(1), time.Second)
		b.send("early", order(2), 0)
	}, placed, outcome{events: "early late", elapsed: 2 * time.Second}},
	{"a bad body ends nothing, is kept and is left to others", 20 * time.Second, func(b *broker) {
		b.send("bad", "<xml/>", 0)
		b.send("a", order(1), 0)
		b.send("b", order(2), time.Second)
	}, placed, outcome{events: "a b", undecodable: "bad", left: "bad", elapsed: 2 * time.Second}},
	{"what does not match is left to others", 20 * time.Second, func(b *broker) {
		b.send("other", `{"detail-type":"OrderLost","detail":{}}`, 0)
		b.send("a", order(1), 0)
	}, placed, outcome{events: "a", others: "other", left: "other", err: "OrderLost other on queue:orders\n      type   want OrderPlaced, got OrderLost", elapsed: 10 * time.Second}},
	{"any body, if asked for", 20 * time.Second, func(b *broker) {
		b.send("text", "hello", 0)
	}, observe.CollectOptions{AnyBody: true}, outcome{events: "text", elapsed: time.Second}},
	{"an acknowledgement that fails is repeated", 20 * time.Second, func(b *broker) {
		b.noAck = 1
		b.send("a", order(1), 0)
	}, observe.CollectOptions{}, outcome{events: "a", elapsed: time.Second}},
	{"a source that is down for a moment", 20 * time.Second, func(b *broker) {
		b.fail = []error{busy{}, busy{}}
		b.send("a", order(1), 0)
	}, observe.CollectOptions{AtLeast: true}, outcome{events: "a", elapsed: -1}},
	{"a source that is gone", 20 * time.Second, func(b *broker) {
		b.fail = []error{errors.New("no such queue")}
	}, observe.CollectOptions{}, outcome{err: "collect: no such queue"}},
	{"a negative count", 0, func(*broker) {}, observe.CollectOptions{Count: -1}, outcome{err: "negative Count"}},
}

func TestCollect_R2_2(t *testing.T) {
	for _, c := range collections {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &broker{longPoll: c.longPoll}
				c.send(b)
				got, err := observe.Collect(t.Context(), b, c.options)
				have := outcome{
					events: strings.Join(ids(got.Events), " "), surplus: strings.Join(ids(got.Surplus), " "), undecodable: strings.Join(ids(got.Undecodable), " "),
					others: strings.Join(ids(got.Others), " "), left: strings.Join(b.left(), " "), redelivered: got.Redelivered, elapsed: got.Elapsed,
				}
				if c.want.elapsed == -1 {
					have.elapsed = -1
				}
				if text := fmt.Sprint(err); c.want.err != "" && strings.Contains(text, c.want.err) {
					have.err = c.want.err
				} else if err != nil {
					have.err = text
				}
				if have != c.want {
					t.Errorf("got  %+v\nwant %+v", have, c.want)
				}
			})
		})
	}
}

type busy struct{}

func (busy) Error() string   { return "busy" }
func (busy) Temporary() bool { return true }

func TestCollect_hands_on_what_does_not_match_R2_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &broker{longPoll: 20 * time.Second}
		b.send("other", `{"detail-type":"OrderLost","detail":{}}`, 0)
		b.send("bad", "<xml/>", 0)
		b.send("a", order(1), 0)
		var handed []*observe.Received
		_, err := observe.Collect(t.Context(), b, observe.CollectOptions{
			Match: ofType("OrderPlaced"), Else: func(r *observe.Received) { handed = append(handed, r) },
		})
		if err != nil || !slices.Equal(ids(handed), []string{"other", "bad"}) || len(b.left()) > 0 {
			t.Errorf("handed on %v, left %v, %v", ids(handed), b.left(), err)
		}
	})
}

func TestCollect_cancelled_returns_what_came_R2_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &broker{longPoll: 20 * time.Second}
		b.send("a", order(1), 0)
		b.send("other", `{"detail-type":"OrderLost","detail":{}}`, 0)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		got, err := observe.Collect(ctx, b, observe.CollectOptions{Count: 2, Match: ofType("OrderPlaced")})
		if !errors.Is(err, context.DeadlineExceeded) || !slices.Equal(ids(got.Events), []string{"a"}) || got.Elapsed != 3*time.Second {
			t.Errorf("%v after %v: %v", ids(got.Events), got.Elapsed, err)
		}
		if left := b.left(); !slices.Equal(left, []string{"other"}) {
			t.Errorf("left %v: what was held is returned although the context has ended", left)
		}
	})
}

func TestCollect_backs_off_with_seeded_jitter_R2_2(t *testing.T) {
	pauses := func(seed uint64) (list []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			b := &broker{}
			if _, err := observe.Collect(t.Context(), b, observe.CollectOptions{Seed: seed, Poll: 100 * time.Millisecond}); err == nil {
				t.Error("nothing came, and it was taken for something")
			}
			for i, at := range b.receives[1:] {
				list = append(list, at.Sub(b.receives[i]))
			}
		})
		return list
	}
	one, two := pauses(1), pauses(2)
	if slices.Equal(one, two) || !slices.Equal(one, pauses(1)) {
		t.Error("the pauses are not a function of the seed")
	}
	full := 100 * time.Millisecond
	for i, p := range one[:len(one)-1] { // the last is cut by the deadline
		if p < full/2 || p > full {
			t.Errorf("pause %d is %v, want it in [%v, %v]", i, p, full/2, full)
		}
		full = min(2*full, time.Second)
	}
}

// Whatever comes, and however often, each message is counted once, and in the end acknowledged or there for others.
func TestCollect_loses_nothing_R2_2(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rapid.SyncTest(r, func(r *rapid.T) {
			b := &broker{longPoll: rapid.SampledFrom([]time.Duration{0, time.Second, 20 * time.Second}).Draw(r, "long poll"), noAck: rapid.IntRange(0, 2).Draw(r, "failed acks")}
			var matching, others, bad int
			for i := range rapid.IntRange(0, 25).Draw(r, "messages") {
				after := time.Duration(rapid.IntRange(0, 3000).Draw(r, "ms")) * time.Millisecond
				body := rapid.SampledFrom([]string{order(i), `{"detail-type":"OrderLost","detail":{}}`, "<xml/>"}).Draw(r, "body")
				b.send(fmt.Sprint(i), body, after).again = rapid.Bool().Draw(r, "again")
				switch body[2:3] {
				case "m":
					bad++
				case "d":
					if strings.Contains(body, "OrderLost") {
						others++
					} else {
						matching++
					}
				}
			}
			got, err := observe.Collect(r.Context(), b, observe.CollectOptions{
				Count: max(1, matching), Match: ofType("OrderPlaced"), Linger: 5 * time.Second,
			})
			if (err == nil) != (matching > 0) || len(got.Events) != matching || len(got.Surplus) > 0 {
				r.Fatalf("%d matching were sent; %v, surplus %v, %v", matching, ids(got.Events), ids(got.Surplus), err)
			}
			if len(got.Others) != others || len(got.Undecodable) != bad || len(b.left()) != others+bad {
				r.Fatalf("%d others and %d bad were sent; saw %v, %v, left %v", others, bad, ids(got.Others), ids(got.Undecodable), b.left())
			}
		})
	})
}

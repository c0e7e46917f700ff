package observe_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// A source that can wait is asked again only when a wait is over: polling it would cost calls and bring nothing.
func TestCollect_polls_only_where_it_has_to_R2_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &broker{longPoll: 20 * time.Second}
		b.send("a", order(1), 50*time.Second)
		got, err := observe.Collect(t.Context(), b, observe.CollectOptions{Deadline: time.Minute})
		if err != nil || len(got.Events) != 1 || got.Elapsed != 51*time.Second {
			t.Fatalf("%v after %v, %v", ids(got.Events), got.Elapsed, err)
		}
		var at []time.Duration
		for _, r := range b.receives {
			at = append(at, r.Sub(b.receives[0]))
		}
		if want := []time.Duration{0, 20 * time.Second, 40 * time.Second, 50 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("asked at %v, want %v", at, want)
		}
	})
}

// failing gives messages and an error at once, and then the error alone.
type failing struct {
	*broker
	err error
}

func (f *failing) Receive(ctx context.Context, wait, hide time.Duration) ([]observe.Message, error) {
	list, _ := f.broker.Receive(ctx, 0, hide)
	return list, f.err
}

func TestCollect_keeps_what_came_beside_an_error_R2_2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &broker{}
		b.send("a", order(1), 0)
		b.send("other", `{"detail-type":"OrderLost","detail":{}}`, 0)
		got, err := observe.Collect(t.Context(), &failing{b, errors.New("no such queue")}, observe.CollectOptions{Match: ofType("OrderPlaced")})
		if err == nil || !slices.Equal(ids(got.Events), []string{"a"}) || !b.entry("a").gone || !slices.Equal(b.left(), []string{"other"}) {
			t.Errorf("collected %v, left %v, %v", ids(got.Events), b.left(), err)
		}
	})
}

// Enough came, but nobody looked whether it was too much: that is no success.
func TestCollect_says_when_surplus_was_not_looked_for_R2_2(t *testing.T) {
	for _, c := range []struct {
		reason  string
		atLeast bool
		end     time.Duration
		err     error
		want    string // part of the error
	}{
		{"the context ends", false, 300 * time.Millisecond, nil, "all 1 events came, but it ended before surplus was looked for: context deadline exceeded"},
		{"the source fails", false, time.Minute, busy{}, "all 1 events came, but the look for surplus failed: busy"},
		{"more are fine", true, time.Minute, busy{}, ""},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithTimeout(t.Context(), c.end)
				defer stop()
				b := &broker{}
				b.send("a", order(1), 0)
				got, err := observe.Collect(ctx, &failing{b, c.err}, observe.CollectOptions{AtLeast: c.atLeast})
				if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) || len(got.Events) != 1 {
					t.Errorf("%v, %v", ids(got.Events), err)
				}
			})
		})
	}
}

func TestTimeoutError_says_why_a_FIFO_queue_stopped_R2_2(t *testing.T) {
	for place, want := range map[event.Place]bool{"queue:orders.fifo": true, "queue:orders": false} {
		e := &observe.TimeoutError{Expected: 1, Surplus: []*observe.Received{{Message: observe.Message{Place: place}}}}
		if got := strings.Contains(e.Error(), "holds back what follows a message in its group"); got != want {
			t.Errorf("%s: %v", place, e)
		}
	}
}

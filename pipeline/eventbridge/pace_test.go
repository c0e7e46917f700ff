package eventbridge

import (
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
)

// In no second are there more requests than the rate allows, nobody waits without need, and nobody overtakes.
func TestPace_keeps_the_rate_of_every_second(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(1, 5).Draw(t, "rate")
		p := &pace{}
		now := time.Unix(0, 0)
		var turns []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "later")) * time.Millisecond)
			due := p.next(now, rate)
			if due.Before(now) || len(turns) > 0 && due.Before(turns[len(turns)-1]) {
				t.Fatalf("a turn at %v, asked for at %v, behind %v", due, now, turns)
			}
			turns = append(turns, due)
			n := len(turns)
			if n > rate && due.Sub(turns[n-1-rate]) < time.Second {
				t.Fatalf("%d turns within a second: %v", rate+1, turns)
			}
			if needless := n <= rate || now.Sub(turns[n-1-rate]) >= time.Second; needless && !due.Equal(now) {
				t.Fatalf("a turn at %v, asked for at %v, though there was room: %v", due, now, turns)
			}
		}
	})
}

// In real time no two looks at the clock agree: a request with nothing before it must not be taken for one that waits.
func TestAPIDestination_first_request_does_not_wait_for_a_turn(t *testing.T) {
	f := newFixture(t, 1)
	defer f.engine.Close()
	asked := make(chan struct{})
	f.port.Handle("crm.example.test", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(asked) }))
	f.apiTarget(f.connect(ConnectionAuthorizationTypeBasic, basic()))
	f.svc.PutEvents(f.call(), &PutEventsInput{Entries: []PutEventsRequestEntry{{Source: opt("s"), DetailType: opt("t"), Detail: opt("{}")}}})
	<-asked
	if retries := f.hops(event.KindRetry); len(retries) != 0 {
		t.Error(reasons(retries))
	}
}

package layer

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/internal/pause"
)

// Tapped is a backend whose clients' acknowledgements and receipts [Cases.Run] can disturb, for consumers that have a loop of their
// own. They must be given endpoints of it. Safe for concurrent use.
type Tapped struct {
	backend.Backend

	mu     sync.Mutex
	faults *faults
	queue  string // that is disturbed; "" is none
	lives  map[*life]struct{}
}

// life is one run of a consumer, until a crash ends it.
type life struct {
	die     context.CancelFunc
	crashed bool
}

// Tap returns the backend with a tap in each endpoint. As it is, it disturbs nothing.
func Tap(b backend.Backend) *Tapped { return &Tapped{Backend: b, lives: map[*life]struct{}{}} }

// Endpoint returns what a client of that name talks to.
func (t *Tapped) Endpoint(client string) backend.Endpoint {
	at := t.Backend.Endpoint(client)
	at.Transport = tapTransport{tap: t, next: at.Transport}
	return at
}

// Advance lets d pass, if the backend can.
func (t *Tapped) Advance(ctx context.Context, d time.Duration) (q event.Quiescence, err error) {
	if m, ok := t.Backend.(backend.Mover); ok {
		return m.Advance(ctx, d)
	}
	return q, backend.ErrNotMovable
}

// Drain lets time run to the horizon, if the backend can.
func (t *Tapped) Drain(ctx context.Context, horizon time.Duration) (q event.Quiescence, err error) {
	if m, ok := t.Backend.(backend.Mover); ok {
		return m.Drain(ctx, horizon)
	}
	return q, backend.ErrNotMovable
}

func (t *Tapped) disturb(queue string, f *faults) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue, t.faults = queue, f
}

// onCrash has die called when a case ends the consumer; the function that it returns says whether that was so.
func (t *Tapped) onCrash(die context.CancelFunc) (crashed func() bool) {
	l := &life{die: die}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lives[l] = struct{}{}
	return func() bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.lives, l)
		return l.crashed
	}
}

// crash ends all instances of the consumer. Their contexts may lead anywhere, so it happens without the lock.
func (t *Tapped) crash() {
	t.mu.Lock()
	var ends []context.CancelFunc
	for l := range t.lives {
		l.crashed = true
		ends = append(ends, l.die)
	}
	t.mu.Unlock()
	for _, die := range ends {
		die()
	}
}

// active returns what is to be done to a call with that body, nil for nothing.
func (t *Tapped) active(body []byte) *faults {
	t.mu.Lock()
	defer t.mu.Unlock()
	var in struct{ QueueUrl string }
	if t.queue == "" || json.Unmarshal(body, &in) != nil || !strings.HasSuffix(in.QueueUrl, "/"+t.queue) {
		return nil
	}
	return t.faults
}

// tapTransport carries the calls of one client.
type tapTransport struct {
	tap  *Tapped
	next http.RoundTripper
}

const target = "AmazonSQS."

// RoundTrip hands a call on, unless the case has it otherwise.
func (t tapTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	operation, ofSQS := strings.CutPrefix(r.Header.Get("X-Amz-Target"), target)
	if !ofSQS || r.Body == nil || operation != "ReceiveMessage" && operation != "DeleteMessage" && operation != "DeleteMessageBatch" {
		return t.next.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	f := t.tap.active(body)
	switch {
	case f == nil:
		return t.next.RoundTrip(r)
	case operation == "ReceiveMessage":
		return t.receive(r, f)
	}
	return t.acknowledge(r, f, body)
}

// receive notes which messages were handed out, puts them in the order sent, and holds the first of all.
func (t tapTransport) receive(r *http.Request, f *faults) (*http.Response, error) {
	answer, err := t.next.RoundTrip(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		return answer, err
	}
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	var out map[string][]json.RawMessage
	if json.Unmarshal(raw, &out) != nil || len(out["Messages"]) == 0 {
		return withBody(answer, raw), nil
	}
	for _, m := range out["Messages"] {
		id, handle := identify(m)
		f.received(handle, id)
	}
	slices.SortFunc(out["Messages"], func(a, b json.RawMessage) int {
		idA, _ := identify(a)
		idB, _ := identify(b)
		return cmp.Compare(f.place(idA), f.place(idB))
	})
	if raw, err = json.Marshal(out); err != nil {
		return nil, err
	}
	if f.holds() {
		pause.For(r.Context(), f.hold)
	}
	return withBody(answer, raw), nil
}

func identify(raw json.RawMessage) (id, handle string) {
	var m struct{ MessageId, ReceiptHandle string }
	_ = json.Unmarshal(raw, &m) // what is not a message has no id
	return m.MessageId, m.ReceiptHandle
}

func withBody(answer *http.Response, body []byte) *http.Response {
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer.Header = answer.Header.Clone()
	answer.Header.Del("Content-Length")
	return answer
}

// acknowledge does to the acknowledgements in a call what the case asks for.
func (t tapTransport) acknowledge(r *http.Request, f *faults, body []byte) (*http.Response, error) {
	var in struct {
		ReceiptHandle string
		Entries       []struct{ Id, ReceiptHandle string }
	}
	if !f.loseAcks && !f.crash || json.Unmarshal(body, &in) != nil {
		return t.next.RoundTrip(r)
	}
	var firsts []string // ids of the entries
	for _, e := range in.Entries {
		if f.firstAck(e.ReceiptHandle) {
			firsts = append(firsts, e.Id)
		}
	}
	if len(firsts) == 0 && (in.ReceiptHandle == "" || !f.firstAck(in.ReceiptHandle)) {
		return t.next.RoundTrip(r)
	}
	switch {
	case f.crash && f.after:
		answer, err := t.next.RoundTrip(r)
		t.tap.crash()
		if err != nil {
			return answer, err
		}
		_ = answer.Body.Close()
		return nil, context.Canceled
	case f.crash:
		t.tap.crash()
		return nil, context.Canceled
	case len(in.Entries) == 0:
		return answered(r, []byte("{}")), nil
	}
	return t.loseSome(r, body, firsts)
}

// loseSome answers a DeleteMessageBatch as if all its entries were done, and does those that are not lost.
func (t tapTransport) loseSome(r *http.Request, body []byte, lost []string) (*http.Response, error) {
	var in map[string]json.RawMessage
	var entries, others []json.RawMessage
	var done []map[string]string
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(in["Entries"], &entries); err != nil {
		return nil, err
	}
	for _, e := range entries {
		var entry struct{ Id string }
		if err := json.Unmarshal(e, &entry); err != nil {
			return nil, err
		}
		if done = append(done, map[string]string{"Id": entry.Id}); !slices.Contains(lost, entry.Id) {
			others = append(others, e)
		}
	}
	if len(others) > 0 {
		var err error
		if in["Entries"], err = json.Marshal(others); err != nil {
			return nil, err
		}
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		if answer, err := t.next.RoundTrip(r); err != nil || answer.StatusCode != http.StatusOK {
			return answer, err
		} else if err := answer.Body.Close(); err != nil {
			return nil, err
		}
	}
	raw, err := json.Marshal(map[string]any{"Successful": done, "Failed": []string{}})
	return answered(r, raw), err
}

func answered(r *http.Request, body []byte) *http.Response {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

package inject_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/inject"
	"github.com/dyetrace/dyetrace/observe"
)

// service is a transport that counts calls and answers some in place of the pipeline.
type service struct {
	next   http.RoundTripper
	calls  map[string]int
	bodies map[string][]string
	// answer returns what the nth call of an operation is answered in place of the pipeline's answer; "" leaves it that. lost: the
	// pipeline carries the call out and the answer is lost.
	answer func(operation string, n int) (status int, body string, lost bool)
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	s.calls[operation]++
	s.bodies[operation] = append(s.bodies[operation], string(body))
	if s.answer != nil {
		status, text, lost := s.answer(operation, s.calls[operation])
		if lost {
			_, _ = s.next.RoundTrip(r)
			return nil, io.ErrUnexpectedEOF
		}
		if text != "" {
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(text))}, nil
		}
	}
	return s.next.RoundTrip(r)
}

type fixture struct {
	*testing.T
	backend *embedded.Backend
	service *service
	at      backend.Endpoint
}

// withCRM runs f in a bubble, so that pauses take no time, on a pipeline of the CRM's.
func withCRM(t *testing.T, f func(t *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := embedded.New(embedded.Options{})
		defer b.Close()
		if err := crm(t.Context(), b.Endpoint("setup")); err != nil {
			t.Fatal(err)
		}
		at := b.Endpoint("inject")
		s := &service{next: at.Transport, calls: map[string]int{}, bodies: map[string][]string{}}
		at.Transport = s
		f(&fixture{t, b, s, at})
	})
}

// there returns the bodies of a transaction's events at a place, in the order they came.
func (t *fixture) there(place event.Place, correlation string) (bodies []string) {
	t.Helper()
	if _, err := t.backend.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	hops, _, err := t.backend.Hops(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hops {
		if h.Arrives() && h.To == place && h.CorrelationID == correlation {
			bodies = append(bodies, h.Event.Body)
		}
	}
	return bodies
}

func numbered(n int, each func(i int) event.Event) []event.Event {
	list := make([]event.Event, n)
	for i := range list {
		list[i] = each(i)
	}
	return list
}

func message(i int) event.Event { return event.Event{Body: fmt.Sprintf(`{"n":%d}`, i)} }

func TestPut_on_every_kind_of_place_R2_10(t *testing.T) {
	withCRM(t, func(t *fixture) {
		entries := slices.Concat(
			inject.At("bus:crm", event.Event{Body: `{"source":"crm.lead","detail-type":"LeadQualified","detail":{"a": 1},"time":"2026-01-02T03:04:05Z","resources":["arn:x"],"id":"old"}`}),
			inject.At("queue:leads", event.Event{Body: "text", Attributes: map[string]string{"n": "7", "b": "AQ==", "AWSTraceHeader": "Root=1-2-3"},
				AttributeTypes: map[string]string{"n": "Number", "b": "Binary"}}),
			inject.At("queue:accounts.fifo", event.Event{Body: "text", Key: "A-1"}),
			inject.At("topic:alerts", event.Event{Body: "text", Attributes: map[string]string{"n": "7", "b": "AQ=="}, AttributeTypes: map[string]string{"n": "Number", "b": "Binary"}}),
			inject.At("table:silent", event.Event{Body: `{"id":"1"}`}),
			inject.At("stream:leads", event.Event{Body: `{"id":"L-1","n":1.50}`}, event.Event{Type: "REMOVE", Body: `{"id":"L-1"}`}),
		)
		report, err := inject.Put(t.Context(), t.at, entries, inject.Options{CorrelationID: "tx"})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range report.Results {
			if r.Err != nil || r.Attempts != 1 || r.Doubtful || r.CorrelationID != "tx" || r.Place != entries[i].Place {
				t.Errorf("%+v", r)
			}
			if table := i >= 4; (r.ID == "") != table {
				t.Errorf("%s has id %q", r.Place, r.ID)
			}
		}
		bus := t.there("bus:crm", "tx")
		if want := `"source":"crm.lead","account":"000000000000","time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":["arn:x"],"detail":{"a":1}}`; len(bus) != 1 ||
			!strings.HasSuffix(bus[0], want) || strings.Contains(bus[0], "old") {
			t.Errorf("on the bus: %q", bus)
		}
		for place, want := range map[event.Place]int{"queue:leads": 2, "queue:accounts.fifo": 1, "topic:alerts": 1, "stream:leads": 2} {
			if got := t.there(place, "tx"); len(got) != want {
				t.Errorf("on %s: %q", place, got)
			}
		}
		if got := t.service.bodies["SendMessageBatch"][0]; !strings.Contains(got, `"b":{"DataType":"Binary","BinaryValue":"AQ=="}`) ||
			!strings.Contains(got, `"n":{"DataType":"Number","StringValue":"7"}`) || !strings.Contains(got, `"MessageSystemAttributes":{"AWSTraceHeader"`) {
			t.Error(got)
		}
	})
}

func TestPut_shares_calls_within_the_limits_R2_10(t *testing.T) {
	withCRM(t, func(t *fixture) {
		big := strings.Repeat("x", 400<<10)
		events := numbered(25, message)
		events = append(events, numbered(5, func(int) event.Event { return event.Event{Body: big} })...)
		if _, err := inject.Put(t.Context(), t.at, inject.At("queue:leads", events...), inject.Options{CorrelationID: "tx"}); err != nil {
			t.Fatal(err)
		}
		// 10, 10, 5 and two of 400 KiB, two, one
		if n := t.service.calls["SendMessageBatch"]; n != 5 {
			t.Errorf("%d calls", n)
		}
		got := t.there("queue:leads", "tx")
		if len(got) != 30 || got[0] != `{"n":0}` || got[24] != `{"n":24}` {
			t.Errorf("%d messages, or in another order", len(got))
		}
	})
}

func TestPut_retries_what_is_temporary_only_R2_10(t *testing.T) {
	withCRM(t, func(t *fixture) {
		t.service.answer = func(operation string, n int) (int, string, bool) {
			switch {
			case operation == "PutEvents" && n == 1:
				return 200, `{"FailedEntryCount":2,"Entries":[{"EventId":"e-1"},{"ErrorCode":"ThrottlingException","ErrorMessage":"slow down"},{"ErrorCode":"MalformedDetail","ErrorMessage":"no"}]}`, false
			case operation == "PutEvents" && n == 2:
				return 503, "busy", false
			}
			return 0, "", false
		}
		start := time.Now()
		entries := inject.At("bus:crm", numbered(3, func(i int) event.Event { return event.Event{Source: "s", Type: "t", Body: fmt.Sprintf(`{"n":%d}`, i)} })...)
		for i := range entries {
			entries[i].Line = i + 2
		}
		report, err := inject.Put(t.Context(), t.at, entries, inject.Options{CorrelationID: "tx", Seed: 7})
		refused, ok := errors.AsType[*inject.RefusedError](err)
		if !ok || len(refused.Failed) != 1 || refused.Of != 3 || err.Error() != "inject: 1 of 3 events not put; line 4, bus:crm: events PutEvents: MalformedDetail: no" {
			t.Errorf("%v", err)
		}
		if a := report.Results; a[0].Attempts != 1 || a[1].Attempts != 3 || a[1].Err != nil || a[1].ID == "" || !a[1].Doubtful || a[2].Attempts != 1 || a[2].Doubtful {
			t.Errorf("%+v", a)
		}
		if d := time.Since(start); d < 75*time.Millisecond || d > 150*time.Millisecond {
			t.Errorf("paused for %v in all, want from [25,50] and [50,100] ms", d)
		}
		if got := t.there("bus:crm", "tx"); len(got) != 1 {
			t.Errorf("%q", got)
		}
	})
}

func TestPut_gives_up_when_nobody_answers_R2_10(t *testing.T) {
	withCRM(t, func(t *fixture) {
		t.service.answer = func(operation string, n int) (int, string, bool) {
			return 500, "down", operation == "SendMessageBatch" && n > 100
		}
		_, err := inject.Put(t.Context(), t.at, inject.At("queue:leads", message(1)), inject.Options{Attempts: 2})
		if err == nil || t.service.calls["GetQueueUrl"] != 2 {
			t.Errorf("%v after %v", err, t.service.calls)
		}
		t.service.answer = func(operation string, n int) (int, string, bool) {
			if operation == "SendMessageBatch" {
				return 500, "down", false
			}
			return 0, "", false
		}
		report, err := inject.Put(t.Context(), t.at, inject.At("queue:leads", numbered(25, message)...), inject.Options{Attempts: 3})
		if n := t.service.calls["SendMessageBatch"]; n != 3 || err == nil {
			t.Errorf("%d calls, %v", n, err)
		}
		if r := report.Results; r[9].Attempts != 3 || r[10].Attempts != 0 || !strings.Contains(r[24].Err.Error(), "found no answer") {
			t.Errorf("%+v\n%+v", r[9], r[24])
		}
		if got := t.there("queue:leads", report.CorrelationID); len(got) != 0 {
			t.Errorf("%q", got)
		}
	})
}

func TestPut_says_where_an_event_may_be_twice_R2_10(t *testing.T) {
	withCRM(t, func(t *fixture) {
		t.service.answer = func(operation string, n int) (int, string, bool) {
			return 0, "", operation == "SendMessageBatch" && n == 1
		}
		report, err := inject.Put(t.Context(), t.at, inject.At("queue:leads", message(1)), inject.Options{CorrelationID: "tx"})
		if err != nil || !report.Results[0].Doubtful || len(t.there("queue:leads", "tx")) != 2 {
			t.Errorf("%+v, %v", report.Results, err)
		}
		t.service.calls["SendMessageBatch"] = 0
		report, err = inject.Put(t.Context(), t.at, inject.At("queue:accounts.fifo", event.Event{Key: "A-1", Body: "once"}), inject.Options{CorrelationID: "tx-2"})
		if err != nil || report.Results[0].Doubtful || len(t.there("queue:accounts.fifo", "tx-2")) != 1 {
			t.Errorf("a deduplication id keeps a repetition out: %+v, %v", report.Results, err)
		}
	})
}

// An event that is sent again must not be overtaken by the one behind it in its group, nor what follows a refused one be put.
func TestPut_keeps_the_order_of_a_group_R2_10(t *testing.T) {
	withCRM(t, func(t *fixture) {
		t.service.answer = func(operation string, n int) (int, string, bool) {
			if operation == "SendMessageBatch" && n == 1 {
				return 200, `{"Failed":[{"Id":"0","Code":"InternalError","Message":"","SenderFault":false},{"Id":"1","Code":"InvalidMessageContents","Message":"no","SenderFault":true}]}`, false
			}
			return 0, "", false
		}
		events := numbered(6, func(i int) event.Event { return event.Event{Key: string("AB"[i%2]), Body: fmt.Sprint(i)} })
		report, err := inject.Put(t.Context(), t.at, inject.At("queue:accounts.fifo", events...), inject.Options{CorrelationID: "tx"})
		if got := t.there("queue:accounts.fifo", "tx"); !slices.Equal(got, []string{"0", "2", "4"}) {
			t.Errorf("came: %q", got)
		}
		if err == nil || len(report.Failed()) != 3 {
			t.Errorf("%v", err)
		}
		for _, i := range []int{3, 5} {
			if r := report.Results[i]; r.Attempts != 0 || !strings.HasPrefix(r.Err.Error(), `not sent: an earlier event of its group "B" was refused: `) {
				t.Errorf("%d: %+v", i, r)
			}
		}
	})
}

// What was recorded of a message is enough to send it again, to the last byte of its attributes.
func TestStimulus_has_the_whole_message_R2_10(t *testing.T) {
	withCRM(t, func(t *fixture) {
		want := event.Event{Body: "text", Key: "A-1", Attributes: map[string]string{"n": "7", "b": "AQD/", "s": "x", "AWSTraceHeader": "Root=1-2-3"},
			AttributeTypes: map[string]string{"n": "Number.int", "b": "Binary.png"}}
		if _, err := inject.Put(t.Context(), t.at, inject.At("queue:accounts.fifo", want), inject.Options{CorrelationID: "tx"}); err != nil {
			t.Fatal(err)
		}
		hops, _, _ := t.backend.Hops(t.Context(), 0)
		entries, left := inject.Stimulus(observe.Recording{CorrelationID: "tx", Hops: hops})
		if len(entries) != 1 || len(left) != 0 {
			t.Fatalf("%+v, %+v", entries, left)
		}
		got := entries[0].Event
		got.ID, got.Time = "", time.Time{}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if _, err := inject.Put(t.Context(), t.at, entries, inject.Options{}); err != nil {
			t.Error(err)
		}
		if b := t.service.bodies["SendMessageBatch"]; b[0][:200] != b[1][:200] {
			t.Errorf("%s\n%s", b[0], b[1])
		}
	})
}

// Many events of few groups, some of which fail for a moment: each group keeps its order, and nothing is lost or doubled.
func TestPut_keeps_many_groups_apart_R2_10(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		groups := rapid.IntRange(1, 30).Draw(rt, "groups")
		keys := rapid.SliceOfN(rapid.IntRange(1, groups), 1, 600).Draw(rt, "keys")
		trouble := rapid.SliceOfN(rapid.IntRange(0, 30), 0, 20).Draw(rt, "trouble")
		withCRM(t, func(t *fixture) {
			t.service.answer = func(operation string, n int) (int, string, bool) {
				if operation == "SendMessageBatch" && slices.Contains(trouble, n) {
					return 503, "busy", n%2 == 0
				}
				return 0, "", false
			}
			var events []event.Event
			want := map[string][]string{}
			for i, k := range keys {
				e := event.Event{Key: fmt.Sprint("g", k), Body: fmt.Sprintf("%d/%d", k, i)}
				events, want[e.Key] = append(events, e), append(want[e.Key], e.Body)
			}
			if _, err := inject.Put(t.Context(), t.at, inject.At("queue:accounts.fifo", events...), inject.Options{CorrelationID: "tx", Attempts: 100}); err != nil {
				rt.Fatal(err)
			}
			got := map[string][]string{}
			for _, body := range t.there("queue:accounts.fifo", "tx") {
				k, _, _ := strings.Cut(body, "/")
				got["g"+k] = append(got["g"+k], body)
			}
			if d := cmp.Diff(want, got); d != "" {
				rt.Fatal(d)
			}
		})
	})
}

// Injecting the same again must not be taken for a repetition, unless the event says so itself.
func TestPut_gives_fresh_ids_R2_12(t *testing.T) {
	withCRM(t, func(t *fixture) {
		fresh := inject.At("queue:accounts.fifo", event.Event{Key: "A", Body: `{"id":"old"}`})
		var correlations, ids []string
		for range 2 {
			report, err := inject.Put(t.Context(), t.at, fresh, inject.Options{IDAt: []string{"id"}})
			if err != nil {
				t.Fatal(err)
			}
			correlations = append(correlations, report.CorrelationID)
			ids = append(ids, report.Results[0].Event.Body)
			if got := t.there("queue:accounts.fifo", report.CorrelationID); len(got) != 1 || got[0] != report.Results[0].Event.Body {
				t.Errorf("%q", got)
			}
		}
		if correlations[0] == correlations[1] || ids[0] == ids[1] || fresh[0].Event.Body != `{"id":"old"}` {
			t.Errorf("%q %q", correlations, ids)
		}
		own := inject.At("queue:accounts.fifo", event.Event{Key: "A", Body: "x", Attributes: map[string]string{event.AttributeDeduplicationID: "d-1"}})
		for range 2 {
			if _, err := inject.Put(t.Context(), t.at, own, inject.Options{CorrelationID: "own"}); err != nil {
				t.Fatal(err)
			}
		}
		if got := t.there("queue:accounts.fifo", "own"); len(got) != 1 {
			t.Errorf("with a deduplication id of its own it came %d times", len(got))
		}
	})
}

func TestPut_carries_the_correlation_id_where_the_system_expects_it_R2_8(t *testing.T) {
	const trace = "0af7651916cd43dd8448eb211c80319c"
	at := []string{"detail.meta.correlation_id", "detail.meta.traceparent"}
	attributes := []string{"@attribute.correlation_id", "@attribute.traceparent", "@attribute.AWSTraceHeader"}
	for _, c := range []struct {
		reason  string
		entry   inject.Entry
		options inject.Options
		body    string
		attrs   map[string]string
	}{
		{"below the detail of a bus", inject.At("bus:crm", event.Event{Source: "s", Type: "t", Body: `{"meta":{"a":"<"}}`})[0], inject.Options{CorrelationAt: at},
			`{"meta":{"a":"<","correlation_id":"` + trace + `","traceparent":"00-` + trace + `-SPAN-01"}}`, nil},
		{"attributes of a message", inject.At("queue:leads", event.Event{Body: "no JSON"})[0], inject.Options{CorrelationAt: attributes},
			"no JSON", map[string]string{"correlation_id": trace, "traceparent": "00-" + trace + "-SPAN-01", "AWSTraceHeader": "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=SPAN;Sampled=1"}},
		{"a message's body", inject.At("queue:leads", event.Event{Body: `{"detail":{}}`})[0], inject.Options{CorrelationAt: at[:1]}, `{"detail":{"meta":{"correlation_id":"` + trace + `"}}}`, nil},
		{"what is there stays", inject.At("queue:leads", event.Event{Body: `{"a":{"b":"own"}}`, Attributes: map[string]string{"c": "own"}})[0],
			inject.Options{CorrelationAt: []string{"a.b", "@attribute.c"}, Keep: true}, `{"a":{"b":"own"}}`, map[string]string{"c": "own"}},
		{"or not", inject.At("queue:leads", event.Event{Body: `{"a":["x",{"b":"own"}]}`, Attributes: map[string]string{"c": "own"}})[0],
			inject.Options{CorrelationAt: []string{"a.1.b", "@attribute.c"}}, `{"a":["x",{"b":"` + trace + `"}]}`, map[string]string{"c": trace}},
		{"an item", inject.At("table:leads", event.Event{Body: `{"id":"1"}`})[0], inject.Options{CorrelationAt: []string{"correlation_id", "meta.tx"}},
			`{"correlation_id":"` + trace + `","id":"1","meta":{"tx":"` + trace + `"}}`, nil},
	} {
		t.Run(c.reason, func(t *testing.T) {
			c.options.CorrelationID = trace
			report, err := inject.Check([]inject.Entry{c.entry}, c.options)
			if err != nil {
				t.Fatal(err)
			}
			e := report.Results[0].Event
			span := func(s string) string {
				if i := strings.Index(s, trace+"-"); i >= 0 {
					s = s[:i+33] + "SPAN" + s[i+33+16:]
				}
				if i := strings.Index(s, "Parent="); i >= 0 {
					s = s[:i+7] + "SPAN" + s[i+7+16:]
				}
				return s
			}
			if got := span(e.Body); got != c.body {
				t.Errorf("body %s, want %s", got, c.body)
			}
			for name, want := range c.attrs {
				if got := span(e.Attributes[name]); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
	each, _ := inject.Check(inject.At("queue:leads", message(1), message(2)), inject.Options{CorrelationID: "tx", Each: true, CorrelationAt: []string{"@attribute.c"}})
	if r := each.Results; r[0].CorrelationID != "tx-1" || r[1].Event.Attributes["c"] != "tx-2" {
		t.Errorf("%+v", r)
	}
	carried, _ := inject.Put(event.WithCorrelation(t.Context(), "of-the-context"), backend.Endpoint{}, nil, inject.Options{})
	if carried.CorrelationID != "of-the-context" {
		t.Errorf("%+v", carried)
	}
}

func TestPut_sends_nothing_unless_all_can_be_sent_R2_10(t *testing.T) {
	good := inject.At("queue:leads", message(1))[0]
	for _, c := range []struct {
		reason string
		place  event.Place
		event  event.Event
		want   string
	}{
		{"no such kind", "rule:crm/leads", message(1), `"rule:crm/leads" is no place to put events on`},
		{"no name", "queue:", message(1), `"queue:" names no queue`},
		{"no such queue", "queue:none", message(1), "QueueDoesNotExist"},
		{"no such bus, which PutEvents would answer with success", "bus:none", event.Event{Source: "s", Type: "t", Body: "{}"}, "ResourceNotFoundException"},
		{"no such topic", "topic:none", message(1), "NotFound"},
		{"no such table", "table:none", event.Event{Body: `{"id":"1"}`}, "ResourceNotFoundException"},
		{"a table without a stream", "stream:silent", event.Event{Body: `{"id":"1"}`}, "table silent has no stream"},
		{"no source", "bus:crm", event.Event{Type: "t", Body: "{}"}, "a bus needs a source"},
		{"no type", "bus:crm", event.Event{Source: "s", Body: "{}"}, "a bus needs a detail-type"},
		{"a detail that is none", "bus:crm", event.Event{Source: "s", Type: "t", Body: "[]"}, "the detail is not a JSON object"},
		{"no JSON at all", "bus:crm", event.Event{Source: "s", Type: "t", Body: "{"}, "the detail is not JSON"},
		{"two values", "bus:crm", event.Event{Source: "s", Type: "t", Body: "{}}"}, "the detail is not JSON"},
		{"an envelope's time", "bus:crm", event.Event{Body: `{"source":"s","detail-type":"t","detail":{},"time":"noon"}`}, "RFC 3339"},
		{"an envelope's source", "bus:crm", event.Event{Body: `{"source":1,"detail-type":"t","detail":{}}`}, "source of the envelope is not a string"},
		{"an envelope's resources", "bus:crm", event.Event{Body: `{"source":"s","detail-type":"t","detail":{},"resources":{}}`}, "resources of the envelope"},
		{"an attribute would be lost", "bus:crm", event.Event{Source: "s", Type: "t", Body: "{}", Attributes: map[string]string{"tenant": "acme"}}, `no attributes, and the event has "tenant"`},
		{"a group would be lost", "bus:crm", event.Event{Source: "s", Type: "t", Body: "{}", Key: "A"}, "no message groups"},
		{"too long for a bus", "bus:crm", event.Event{Source: "s", Type: "t", Body: `{"a":"` + strings.Repeat("x", 1<<20) + `"}`}, "a bus takes at most 1048576"},
		{"too long for a topic", "topic:alerts", event.Event{Body: strings.Repeat("x", 256<<10+1)}, "a topic takes at most 262144"},
		{"nothing to say", "queue:leads", event.Event{}, "the body is empty"},
		{"no group", "queue:accounts.fifo", message(1), "a FIFO queue needs a message group"},
		{"no order, no deduplication", "queue:leads", event.Event{Body: "x", Attributes: map[string]string{event.AttributeDeduplicationID: "1"}}, "takes no deduplication id"},
		{"a topic takes no trace header", "topic:alerts", event.Event{Body: "x", Attributes: map[string]string{"AWSTraceHeader": "Root=1-2-3"}}, "a topic takes no AWSTraceHeader"},
		{"an item is an object", "table:leads", event.Event{Body: "[]"}, "neither an item"},
		{"an item has no attributes beside", "table:leads", event.Event{Body: "{}", Attributes: map[string]string{"a": "b"}}, "no message attributes"},
		{"a record without its image", "stream:leads", event.Event{Body: `{"eventSource":"aws:dynamodb","eventName":"INSERT","dynamodb":{"Keys":{"id":{"S":"1"}}}}`}, "has no NewImage"},
		{"not JSON", "table:leads", event.Event{Body: "x"}, "not JSON"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			withCRM(t, func(t *fixture) {
				bad := inject.Entry{Place: c.place, Event: c.event, Line: 7}
				report, err := inject.Put(t.Context(), t.at, []inject.Entry{good, bad, good}, inject.Options{CorrelationID: "tx"})
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "line 7, "+string(c.place)) {
					t.Errorf("%v", err)
				}
				if r := report.Results; r[0].Err != inject.ErrNotSent || r[1].Err == nil || r[2].Err != inject.ErrNotSent || len(report.Failed()) != 3 {
					t.Errorf("%+v", r)
				}
				if n := t.service.calls["SendMessageBatch"]; n != 0 {
					t.Errorf("%d messages were sent", n)
				}
			})
		})
	}
	for _, o := range []inject.Options{{Attempts: -1}, {CorrelationID: "tx\n1"}, {CorrelationID: "tx "}} {
		if report, err := inject.Put(t.Context(), backend.Endpoint{}, inject.At("queue:leads", event.Event{Body: "x"}), o); err == nil || len(report.Results) != 0 {
			t.Errorf("%+v is accepted: %v", o, err)
		}
	}
}

func TestPut_on_a_stream_needs_a_change_R2_10(t *testing.T) {
	withCRM(t, func(t *fixture) {
		item := event.Event{Body: `{"id":"L-1","tags":["a",{"b":null}],"n":1}`}
		report, err := inject.Put(t.Context(), t.at, inject.At("stream:leads", item, item, event.Event{Type: "REMOVE", Body: `{"id":"none"}`}, event.Event{Body: `{"n":1}`}), inject.Options{})
		if err == nil || len(report.Failed()) != 3 || report.Results[0].Err != nil {
			t.Fatalf("%v", err)
		}
		for _, r := range report.Failed()[:2] {
			if !strings.Contains(r.Err.Error(), "changes nothing") {
				t.Error(r.Err)
			}
		}
		if err := report.Results[3].Err; !strings.Contains(err.Error(), `no "id", which is part of the key`) {
			t.Error(err)
		}
		if _, err := inject.Put(t.Context(), t.at, inject.At("table:leads", item), inject.Options{}); err != nil {
			t.Errorf("to a table it is no matter: %v", err)
		}
	})
}

func TestPut_ends_with_its_context(t *testing.T) {
	withCRM(t, func(t *fixture) {
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		t.service.answer = func(operation string, n int) (int, string, bool) { return 500, "down", false }
		start := time.Now()
		report, err := inject.Put(ctx, t.at, inject.At("queue:leads", message(1)), inject.Options{Attempts: 1000})
		if err == nil || time.Since(start) != time.Second || report.Results[0].Err == nil {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		ended, end := context.WithCancel(t.Context())
		t.service.answer = func(operation string, n int) (int, string, bool) {
			if operation == "SendMessageBatch" {
				end()
			}
			return 0, "", false
		}
		report, err = inject.Put(ended, t.at, inject.At("queue:leads", numbered(11, message)...), inject.Options{})
		if !errors.Is(err, context.Canceled) || report.Results[10].Attempts != 0 {
			t.Errorf("%v", err)
		}
	})
}

func TestRemove_puts_everything_back_twice_R2_12(t *testing.T) {
	withCRM(t, func(t *fixture) {
		put := func(o inject.Options, events ...event.Event) *inject.Report {
			t.Helper()
			report, err := inject.Put(t.Context(), t.at, inject.At("table:leads", events...), o)
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		before := `{"id":"old","n":1}`
		put(inject.Options{}, event.Event{Body: before}, event.Event{Body: `{"id":"gone"}`})
		report := put(inject.Options{}, event.Event{Body: `{"id":"new"}`}, event.Event{Body: `{"id":"old","n":2}`}, event.Event{Body: `{"id":"old","n":3}`},
			event.Event{Type: "REMOVE", Body: `{"id":"gone"}`})
		for range 2 {
			if err := report.Remove(t.Context(), t.at); err != nil {
				t.Fatal(err)
			}
			var out struct{ Items []map[string]any }
			if err := awsapi.New(t.at).JSON(t.Context(), awsapi.DynamoDB, "Scan", map[string]any{"TableName": "leads"}, &out); err != nil {
				t.Fatal(err)
			}
			var items []string
			for _, i := range out.Items {
				text, _ := json.Marshal(awsapi.Document(i))
				items = append(items, string(text))
			}
			if slices.Sort(items); !slices.Equal(items, []string{`{"id":"gone"}`, before}) {
				t.Errorf("left: %q", items)
			}
		}
		if err := awsapi.New(t.at).JSON(t.Context(), awsapi.DynamoDB, "DeleteTable", map[string]any{"TableName": "leads"}, nil); err != nil {
			t.Fatal(err)
		}
		if err := report.Remove(t.Context(), t.at); err != nil {
			t.Errorf("with the table gone: %v", err)
		}
	})
	withCRM(t, func(t *fixture) {
		t.service.answer = func(operation string, n int) (int, string, bool) { return 0, "", operation == "PutItem" && n == 1 }
		report, err := inject.Put(t.Context(), t.at, inject.At("stream:leads", event.Event{Body: `{"id":"1"}`}), inject.Options{})
		if err != nil {
			t.Fatalf("it replaced itself: %v", err)
		}
		if err := report.Remove(t.Context(), t.at); err == nil || !strings.Contains(err.Error(), "not known what was there") {
			t.Error(err)
		}
	})
}

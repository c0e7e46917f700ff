package feed

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

func TestOutcome_reads_reports_of_failed_items(t *testing.T) {
	for _, row := range []struct {
		reason, answer string
		failed         []string // nil: no error, or all
		whole          bool     // the batch fails
	}{
		// Lambda Developer Guide, "Success and failure conditions".
		{"no answer", ``, nil, false},
		{"null", `null`, nil, false},
		{"an empty string", `""`, nil, false},
		{"an empty object", `{}`, nil, false},
		{"an empty list", `{"batchItemFailures":[]}`, nil, false},
		{"a null list", `{"batchItemFailures":null}`, nil, false},
		{"two items", `{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a"}]}`, []string{"a", "b"}, false},
		{"an item twice", `{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}`, []string{"b"}, false},
		{"an empty identifier", `{"batchItemFailures":[{"itemIdentifier":""}]}`, nil, true},
		{"a null identifier", `{"batchItemFailures":[{"itemIdentifier":null}]}`, nil, true},
		{"another key", `{"batchItemFailures":[{"id":"a"}]}`, nil, true},
		{"an item of another batch", `{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"z"}]}`, nil, true},
		{"an empty list instead of an object, as AWS takes it", ` [] `, nil, false},
		{"a list", `[1]`, nil, true},
		{"a text", `"done"`, nil, true},
	} {
		b := &Batch{Records: []*Record{{ID: "a"}, {ID: "b"}, {ID: "c"}}}
		got := b.Outcome([]byte(row.answer))
		failed := slices.Sorted(maps.Keys(got.Failed))
		if (got.Err != nil) != (row.whole || row.failed != nil) || !slices.Equal(failed, row.failed) || row.whole && got.Failed != nil {
			t.Errorf("%s: %+v", row.reason, got)
		}
	}
}

func TestUnescape_takes_JSON_out_of_the_body(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":1}`:    `{"x":1,"body":{"a":1},"y":2}`,
		` ["\"", 1]`: `{"x":1,"body": ["\"", 1],"y":2}`,
		`hello`:      `{"x":1,"body":"hello","y":2}`,
		`{"a":`:      `{"x":1,"body":"{\"a\":","y":2}`,
		`12`:         `{"x":1,"body":"12","y":2}`,
		``:           `{"x":1,"body":"","y":2}`,
	} {
		escaped, _ := json.Marshal(body)
		if got := string(Unescape(`{"x":1,"body":`+string(escaped)+`,"y":2}`, body)); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}

func FuzzUnescape(f *testing.F) {
	f.Add(`{"a":"\"}"}`)
	f.Add(`[1`)
	f.Fuzz(func(t *testing.T, body string) {
		escaped, err := json.Marshal(body)
		if err != nil {
			return
		}
		if got := Unescape(`{"messageId":"m","body":`+string(escaped)+`,"z":[]}`, body); !json.Valid(got) {
			t.Fatalf("%q makes %s", body, got)
		}
	})
}

func FuzzOutcome(f *testing.F) {
	f.Add(`{"batchItemFailures":[{"itemIdentifier":"a"}]}`)
	f.Add(`{"batchItemFailures":[{}],"x":[[`)
	f.Fuzz(func(t *testing.T, answer string) {
		b := &Batch{Records: []*Record{{ID: "a"}, {ID: "b"}}}
		for id := range b.Outcome([]byte(answer)).Failed {
			if id != "a" && id != "b" {
				t.Fatalf("%q fails %q", answer, id)
			}
		}
	})
}

// source is a queue of numbered messages that stay in flight for a minute.
type source struct {
	wake func()
	next int
	left int
	gone []string
}

func (s *source) OpenQueue(_ string, _ event.Place, wake func()) (engine.QueueReader, error) {
	s.wake = wake
	return s, nil
}

func (s *source) Receive(limit int) (list []engine.QueueMessage, err error) {
	for ; limit > 0 && s.left > 0; limit-- {
		s.left--
		s.next++
		id := string(rune('a' + s.next - 1))
		list = append(list, engine.QueueMessage{ID: id, Handle: id, Event: &event.Event{Body: `{}`}, Due: time.Now().Add(time.Minute)})
	}
	return list, nil
}

func (s *source) Delete(handle string) { s.gone = append(s.gone, handle) }
func (s *source) Ordered() bool        { return false }
func (s *source) Place() event.Place   { return "queue:q" }
func (s *source) Close()               {}

func TestQueue_bounds_batches_at_the_same_time(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := engine.New(engine.Options{})
		defer e.Close()
		scope := e.Scope("111111111111", "eu-west-1")
		var running []func(Result)
		var sizes []string
		plan := &Plan{To: "function:f", Batch: 2, Concurrency: 3, Process: func(b *Batch, done func(Result)) {
			running = append(running, done)
			ids := ""
			for _, r := range b.Records {
				ids += r.ID
			}
			sizes = append(sizes, ids)
		}}
		src := &source{left: 9}
		q, err := NewQueue(Options{Scope: scope, Place: "mapping:q/f", Plan: func() (*Plan, bool) { return plan, true }}, src, "arn")
		if err != nil {
			t.Fatal(err)
		}
		scope.Lock()
		q.Look()
		scope.Unlock()
		synctest.Wait()
		if len(running) != 3 {
			t.Fatalf("%d batches at the same time", len(running))
		}
		for len(running) > 0 {
			done := running[0]
			running = running[1:]
			e.Schedule(&engine.Task{Scope: scope, Run: func() { done(Result{}) }})
			synctest.Wait()
			if len(running) > 3 {
				t.Errorf("%d batches at the same time", len(running))
			}
		}
		if got := strings.Join(sizes, " "); got != "ab cd ef gh i" || len(src.gone) != 9 {
			t.Errorf("batches %s, %d deleted", got, len(src.gone))
		}
	})
}

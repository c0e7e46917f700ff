package e2e_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// recordingSchema returns the schema of a line, with formats asserted.
func recordingSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile("../../observe/recording.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, line string) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

// fullRecording has every member that a recording can have.
func fullRecording() observe.Recording {
	at := time.Date(2026, 1, 1, 0, 0, 0, 1, time.UTC)
	r := observe.Recording{
		CorrelationID: "dye-1", After: 3, Start: at, Grade: event.Fenced, Horizon: 90*time.Minute + time.Microsecond, Bounded: true, Lost: 2, Relative: "code in the bubble",
		TenantAt: []string{"detail.org"}, CorrelationAt: []string{}, CausationAt: []string{"detail.causation_id"}, Known: []string{"Sold"},
		Origin: observe.Origin{Test: "TestA/b", Covers: []string{"A-1"}, Seed: 1<<64 - 1, Backend: "embedded", Again: "go test ./a -run '^TestA$'"},
		Topology: event.Topology{Places: []event.Place{"bus:b", "queue:q"}, DLQs: []event.Place{"queue:q"},
			Edges: []event.Edge{{From: "bus:b", To: "queue:q", Why: "target"}}, Types: []string{"Sold"}, Sources: []string{"shop"}},
		Quiescence: event.Quiescence{Quiet: true, At: at, LastHop: at, Seq: 99,
			Pending: []event.Pending{{What: "message m", Place: "queue:q", Due: at, Count: 1, Work: true, Fact: 4}}},
	}
	kinds := []event.Kind{event.KindCall, event.KindRecord, event.KindArrive, event.KindMatch, event.KindReceive, event.KindDelete,
		event.KindReturn, event.KindRetry, event.KindDeadLetter, event.KindExpire, event.KindDrop}
	outcomes := []event.Outcome{event.Delivered, event.Filtered, event.Delayed, event.Failed, event.DeadLettered, event.Expired, event.Lost}
	for i, kind := range kinds {
		r.Hops = append(r.Hops, event.Hop{
			Seq: uint64(i + 4), At: at, Account: "000000000000", Region: "us-east-1", Kind: kind, From: "bus:b", To: "queue:q", Outcome: outcomes[i%len(outcomes)],
			Reason:    &event.Reason{Code: "PatternMismatch", Text: "no", Mismatches: []event.Mismatch{{Path: "a", Want: "1", Got: "2"}, {Path: "b", Want: "3"}}},
			Operation: "sqs:SendMessage", Fact: 4, Cause: 3, CorrelationID: "dye-1", Inferred: true, Attempt: 2, Due: at,
			Event: &event.Event{ID: "1", Source: "s", Type: "t", Time: at, Key: "k", Body: "{", Attributes: map[string]string{"a": "1"}, AttributeTypes: map[string]string{"a": "Number"}},
		})
	}
	return r
}

func TestRecordingSchema_accepts_what_is_written_R2_14(t *testing.T) {
	schema := recordingSchema(t)
	for name, r := range map[string]observe.Recording{"with everything": fullRecording(), "with nothing": {}} {
		var b bytes.Buffer
		if err := observe.WriteRecording(&b, r); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if err := validate(t, schema, line); err != nil {
				t.Errorf("%s: %s%v", name, line, err)
			}
		}
	}
}

func TestRecordingSchema_refuses_what_cannot_be_read_R2_14(t *testing.T) {
	schema := recordingSchema(t)
	const (
		head = `{"recording":{"version":1,"start":"2026-01-01T00:00:00Z","grade":"PROVED","topology":{"places":[]}}}`
		hop  = `{"hop":{"seq":1,"at":"2026-01-01T00:00:00Z","account":"1","region":"r","kind":"arrive","outcome":"delivered"}}`
	)
	for _, c := range []struct{ reason, line, old, new string }{
		{"another version may mean anything", head, `:1,`, `:2,`},
		{"a grade that is none", head, "PROVED", "SURE"},
		{"no time", head, "2026-01-01T00:00:00Z", "yesterday"},
		{"a horizon that is none", head, `"grade"`, `"horizon":"soon","grade"`},
		{"hops are numbered from 1", hop, `"seq":1`, `"seq":0`},
		{"a kind that is none", hop, "arrive", "teleport"},
		{"an attribute is a text", hop, `"kind"`, `"event":{"attributes":{"n":1}},"kind"`},
		{"two lines in one", hop, `{"hop"`, `{"end":{"hops":1,"quiescence":{"quiet":true,"at":"2026-01-01T00:00:00Z","seq":1}},"hop"`},
	} {
		if err := validate(t, schema, c.line); err != nil {
			t.Fatalf("%s: the line as it should be is refused: %v", c.reason, err)
		}
		if err := validate(t, schema, strings.Replace(c.line, c.old, c.new, 1)); err == nil {
			t.Errorf("%s: accepted", c.reason)
		}
	}
	for reason, line := range map[string]string{"a member of a newer dyetrace": `{"hop":{"colour":1,` + hop[8:], "a line of a newer dyetrace": `{"note":1}`} {
		if err := validate(t, schema, line); err != nil {
			t.Errorf("%s is refused: %v", reason, err)
		}
	}
}

func TestRecordingSchema_accepts_a_saved_flow_R2_14(t *testing.T) {
	schema := recordingSchema(t)
	file := filepath.Join(t.TempDir(), "flow.jsonl")
	dye.Test(t, func(d *dye.T) {
		queues, shop := backendtest.SQS{}, d.AWS("shop")
		if err := queues.CreateQueue(d.Context(), shop, "orders"); err != nil {
			d.Fatal(err)
		}
		d.Dye(func(ctx context.Context) error {
			return queues.Send(ctx, shop, "orders", `{"detail-type":"OrderPlaced","detail":{"note":"<&>  "}}`, time.Minute)
		}).Save(file)
	})
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		if err := validate(t, schema, line); err != nil {
			t.Errorf("%s%v", line, err)
		}
	}
	if n < 4 {
		t.Errorf("%d lines:\n%s", n, text)
	}
}

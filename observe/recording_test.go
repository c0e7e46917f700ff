package observe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

func write(t testing.TB, r observe.Recording) string {
	t.Helper()
	var b strings.Builder
	if err := observe.WriteRecording(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func outboxRecording() observe.Recording {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	hops := outbox()
	for i := range hops {
		hops[i].At, hops[i].Account, hops[i].Region = start.Add(time.Duration(i)*time.Millisecond), "000000000000", "us-east-1"
	}
	return observe.Recording{
		CorrelationID: "dye-1", Start: start, Hops: hops, Grade: event.Proved, Horizon: time.Hour,
		Topology:   event.Topology{Places: []event.Place{"bus:out", "queue:in", "queue:out"}, Edges: []event.Edge{{From: "bus:out", To: "queue:out", Why: "target"}}},
		Quiescence: event.Quiescence{Quiet: true, At: start.Add(time.Hour), Seq: 9},
		Origin:     observe.Origin{Test: "TestMail", Covers: []string{"MAIL-1"}, Seed: 1},
	}
}

var anyTime = rapid.Custom(func(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(-60_000_000_000, 200_000_000_000).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
})

var anyPlace = rapid.Custom(func(t *rapid.T) event.Place { return event.Place(rapid.String().Draw(t, "place")) })

var anyEvent = rapid.Custom(func(t *rapid.T) *event.Event {
	s := func(name string) string { return rapid.String().Draw(t, name) }
	m := rapid.MapOf(rapid.String(), rapid.String())
	return &event.Event{
		ID: s("id"), Source: s("source"), Type: s("type"), Time: anyTime.Draw(t, "time"), Key: s("key"), Body: s("body"),
		Attributes: m.Draw(t, "attributes"), AttributeTypes: m.Draw(t, "types"),
	}
})

var anyReason = rapid.Custom(func(t *rapid.T) *event.Reason {
	mismatch := rapid.Custom(func(t *rapid.T) event.Mismatch {
		return event.Mismatch{Path: rapid.String().Draw(t, "path"), Want: rapid.String().Draw(t, "want"), Got: rapid.String().Draw(t, "got")}
	})
	return &event.Reason{Code: rapid.String().Draw(t, "code"), Text: rapid.String().Draw(t, "text"), Mismatches: rapid.SliceOf(mismatch).Draw(t, "mismatches")}
})

var anyHop = rapid.Custom(func(t *rapid.T) event.Hop {
	s := func(name string) string { return rapid.String().Draw(t, name) }
	n := func(name string) uint64 { return rapid.Uint64().Draw(t, name) }
	h := event.Hop{
		Seq: rapid.Uint64Range(1, 1<<62).Draw(t, "seq"), At: anyTime.Draw(t, "at"), Account: s("account"), Region: s("region"), Kind: event.Kind(s("kind")),
		From: anyPlace.Draw(t, "from"), To: anyPlace.Draw(t, "to"), Outcome: event.Outcome(s("outcome")), Operation: s("operation"),
		Fact: n("fact"), Cause: n("cause"), CorrelationID: s("correlation"), Inferred: rapid.Bool().Draw(t, "inferred"),
		Attempt: rapid.Int().Draw(t, "attempt"), Due: anyTime.Draw(t, "due"),
	}
	if rapid.Bool().Draw(t, "carries") {
		h.Event = anyEvent.Draw(t, "event")
	}
	if rapid.Bool().Draw(t, "explained") {
		h.Reason = anyReason.Draw(t, "reason")
	}
	return h
})

var anyRecording = rapid.Custom(func(t *rapid.T) observe.Recording {
	s := func(name string) string { return rapid.String().Draw(t, name) }
	places := func(name string) []event.Place { return rapid.SliceOf(anyPlace).Draw(t, name) }
	r := observe.Recording{
		CorrelationID: s("correlation"), After: rapid.Uint64().Draw(t, "after"), Start: anyTime.Draw(t, "start"), Lost: rapid.Uint64().Draw(t, "lost"),
		Hops: rapid.SliceOfNDistinct(anyHop, 0, 5, func(h event.Hop) uint64 { return h.Seq }).Draw(t, "hops"),
		Topology: event.Topology{Places: places("places"), DLQs: places("dlqs"), Edges: []event.Edge{{From: anyPlace.Draw(t, "edge"), Why: s("why")}},
			Types: rapid.SliceOf(rapid.String()).Draw(t, "types"), Sources: rapid.SliceOf(rapid.String()).Draw(t, "sources")},
		Quiescence: event.Quiescence{Quiet: rapid.Bool().Draw(t, "quiet"), At: anyTime.Draw(t, "end"), Seq: rapid.Uint64().Draw(t, "last"),
			Pending: []event.Pending{{What: s("what"), Place: anyPlace.Draw(t, "pending"), Due: anyTime.Draw(t, "due"), Count: rapid.Int().Draw(t, "count")}}},
		Horizon: time.Duration(rapid.Int64().Draw(t, "horizon")), Bounded: rapid.Bool().Draw(t, "bounded"),
		Grade:    event.Grade(rapid.IntRange(int(event.Inconclusive), int(event.Proved)).Draw(t, "grade")),
		Relative: s("relative"),
		Origin:   observe.Origin{Test: s("test"), Covers: rapid.SliceOf(rapid.String()).Draw(t, "covers"), Seed: rapid.Uint64().Draw(t, "seed"), Backend: s("backend"), Again: s("again")},
	}
	if rapid.Bool().Draw(t, "declared") { // nil means the default paths, and empty none
		r.CausationAt, r.Known = rapid.SliceOf(rapid.String()).Draw(t, "causation paths"), rapid.SliceOf(rapid.String()).Draw(t, "known")
		r.TenantAt, r.CorrelationAt = rapid.SliceOf(rapid.String()).Draw(t, "tenant paths"), rapid.SliceOf(rapid.String()).Draw(t, "correlation paths")
	}
	return r
})

func TestRecording_comes_back_as_it_was_R2_14(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyRecording.Draw(t, "recording")
		var b bytes.Buffer
		if err := observe.WriteRecording(&b, want); err != nil {
			t.Fatal(err)
		}
		got, err := observe.ReadRecording(iotest.OneByteReader(bytes.NewReader(b.Bytes())))
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(want.Hops, func(a, b event.Hop) int { return int(min(1, max(-1, int64(a.Seq)-int64(b.Seq)))) })
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("- written, + read:\n%s", diff)
		}
		if (want.TenantAt == nil) != (got.TenantAt == nil) {
			t.Fatalf("tenant paths %#v came back as %#v", want.TenantAt, got.TenantAt)
		}
		if lines := bytes.Count(b.Bytes(), []byte("\n")); lines != len(want.Hops)+2 {
			t.Fatalf("%d lines for %d hops", lines, len(want.Hops))
		}
	})
}

// A member that is new in Recording must come into the format.
func TestRecording_has_every_member(t *testing.T) {
	want := outboxRecording()
	want.After, want.Lost, want.Bounded, want.Relative = 7, 1, true, "code in the bubble"
	want.TenantAt, want.CorrelationAt, want.Origin.Backend, want.Origin.Again = []string{"a"}, []string{"b"}, "embedded", "go test"
	want.CausationAt, want.Known, want.Topology.Types, want.Topology.Sources = []string{"c"}, []string{"Sold"}, []string{"Lost"}, []string{"shop"}
	want.Topology.DLQs, want.Quiescence.LastHop, want.Quiescence.Pending = []event.Place{"queue:in"}, want.Start, []event.Pending{{What: "a retry"}}
	for _, v := range []any{want, want.Origin, want.Topology, want.Quiescence} {
		value := reflect.ValueOf(v)
		for i := range value.NumField() {
			if value.Field(i).IsZero() {
				t.Errorf("%T.%s: give it a value here, and a place in the format", v, value.Type().Field(i).Name)
			}
		}
	}
	got, err := observe.ReadRecording(strings.NewReader(write(t, want)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadRecording_takes_bodies_of_a_mebibyte(t *testing.T) {
	want := outboxRecording()
	want.Hops[2].Event = &event.Event{Body: strings.Repeat("\x01", 1<<20)} // at worst: six bytes for each
	got, err := observe.ReadRecording(strings.NewReader(write(t, want)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadRecording_of_a_cut_file_says_so_wherever_it_is_cut_R2_8(t *testing.T) {
	text := write(t, outboxRecording())
	first := strings.IndexByte(text, '\n') + 1
	last := strings.LastIndexByte(text[:len(text)-1], '\n') + 1
	for at := first; at < len(text)-1; at++ { // without the last line feed it is whole
		got, err := observe.ReadRecording(strings.NewReader(text[:at]))
		if !errors.Is(err, observe.ErrTorn) {
			t.Fatalf("cut at byte %d: error %v", at, err)
		}
		whole := strings.Count(text[first:at], "\n")
		if extra := len(got.Hops) - whole; extra < 0 || extra > 1 || got.Grade != event.Inconclusive || got.CorrelationID != "dye-1" {
			t.Fatalf("cut at byte %d of %d, behind %d lines: %d hops, grade %v", at, last, whole, len(got.Hops), got.Grade)
		}
	}
	lines := strings.SplitAfter(text, "\n")
	if _, err := observe.ReadRecording(strings.NewReader(strings.Join(slices.Delete(lines, 3, 4), ""))); !errors.Is(err, observe.ErrTorn) {
		t.Errorf("a line is missing within: error %v", err)
	}
}

func TestReadRecording_says_what_is_wrong(t *testing.T) {
	head := `{"recording":{"version":1,"start":"2026-01-01T00:00:00Z","grade":"PROVED","topology":{"places":[]}}}` + "\n"
	end := `{"end":{"hops":0,"quiescence":{"quiet":true,"at":"2026-01-01T00:00:00Z","seq":0}}}` + "\n"
	for _, c := range []struct {
		reason, text string
		line         int
		said         string
	}{
		{"an empty file", "", 1, "the file is empty"},
		{"another file", "{\"a\":1}\n", 1, "does not begin with"},
		{"no JSON at all", "PNG\n", 1, "does not begin with"},
		{"no version", `{"recording":{}}`, 1, "does not begin with"},
		{"a newer format, which may mean anything", `{"recording":{"version":2,"start":17}}`, 1, "format version 2, and this dyetrace reads version 1"},
		{"an unknown grade", strings.Replace(head, "PROVED", "SURE", 1) + end, 1, `grade is "SURE"`},
		{"a horizon that is none", strings.Replace(head, `"grade"`, `"horizon":"soon","grade"`, 1) + end, 1, `horizon is "soon"`},
		{"a broken line in the middle", head + "{\"hop\":\n" + end, 2, "no line of a recording"},
		{"a hop without a number", head + `{"hop":{"kind":"arrive"}}` + "\n" + end, 2, "has no seq"},
		{"hops out of order", head + `{"hop":{"seq":2}}` + "\n" + `{"hop":{"seq":1}}` + "\n" + end, 3, "hop 1 stands behind hop 2"},
		{"two files in one", head + end + head + end, 3, "behind the closing line"},
		{"two first lines", head + head + end, 2, "second recording"},
	} {
		got, err := observe.ReadRecording(strings.NewReader(c.text))
		wrong, ok := errors.AsType[*observe.RecordingError](err)
		if !ok || wrong.Line != c.line || !strings.Contains(err.Error(), c.said) {
			t.Errorf("%s: error %v, want line %d: … %s …", c.reason, err, c.line, c.said)
		}
		if diff := cmp.Diff(observe.Recording{}, got); diff != "" {
			t.Errorf("%s: it returns something all the same: %s", c.reason, diff)
		}
	}
	if _, err := observe.ReadRecording(strings.NewReader(`{"recording":{"version":9}}`)); err != nil {
		if newer, ok := errors.AsType[*observe.VersionError](err); !ok || newer.Version != 9 {
			t.Errorf("error %v, want a *VersionError of 9", err)
		}
	}
}

func TestReadRecording_leaves_out_what_it_does_not_know(t *testing.T) {
	text := write(t, outboxRecording())
	text = strings.ReplaceAll(text, `{"hop":{`, `{"hop":{"colour":{"deep":[1]},`)
	text = strings.Replace(text, `{"recording":{`, `{"signature":"x","recording":{"more":1,`, 1)
	text = strings.Replace(text, `{"end":`, "\n{\"note\":\"of a newer dyetrace\"}\n{\"end\":", 1)
	got, err := observe.ReadRecording(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(outboxRecording(), got); diff != "" {
		t.Error(diff)
	}
}

func TestReadRecording_hands_on_the_error_of_its_reader(t *testing.T) {
	broken := errors.New("disk on fire")
	_, err := observe.ReadRecording(io.MultiReader(strings.NewReader(write(t, outboxRecording())[:900]), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || errors.Is(err, observe.ErrTorn) {
		t.Errorf("error %v", err)
	}
}

func TestWriteRecording_refuses_what_could_not_be_read(t *testing.T) {
	for reason, c := range map[string]struct {
		hops []event.Hop
		said string
	}{
		"one number twice": {[]event.Hop{{Seq: 2}, {Seq: 1}, {Seq: 2}}, "have seq 2"},
		"no number":        {[]event.Hop{{Seq: 1}, {}}, "no seq"},
	} {
		var b strings.Builder
		err := observe.WriteRecording(&b, observe.Recording{Hops: c.hops})
		if err == nil || !strings.Contains(err.Error(), c.said) || b.Len() > 0 {
			t.Errorf("%s: error %v, written %q", reason, err, b.String())
		}
	}
}

// The schema lists kinds and outcomes; one that is new in package event must come into it.
func TestRecordingSchema_knows_every_kind_and_outcome(t *testing.T) {
	raw, err := os.ReadFile("recording.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type enum struct{ Enum []string }
	var schema struct {
		Defs struct {
			Hop struct {
				Properties struct{ Kind, Outcome enum }
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "../event/hop.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Type != nil && len(v.Values) == 1 {
			if value, ok := v.Values[0].(*ast.BasicLit); ok {
				text, _ := strconv.Unquote(value.Value)
				want[v.Type.(*ast.Ident).Name] = append(want[v.Type.(*ast.Ident).Name], text)
			}
		}
		return true
	})
	for name, got := range map[string]enum{"Kind": schema.Defs.Hop.Properties.Kind, "Outcome": schema.Defs.Hop.Properties.Outcome} {
		if len(want[name]) == 0 || !slices.Equal(want[name], got.Enum) {
			t.Errorf("%s: the schema has %q, package event %q", name, got.Enum, want[name])
		}
	}
}

// What is read without an error can be written, and is the same when it is read again.
func FuzzReadRecording(f *testing.F) {
	text := write(f, outboxRecording())
	f.Add([]byte(text))
	f.Add([]byte(text[:len(text)/2]))
	f.Add([]byte(`{"recording":{"version":2}}`))
	f.Add([]byte("{\"recording\":{\"version\":1,\"grade\":\"WAITED\"}}\nnull\n{\"end\":{}}\n\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := observe.ReadRecording(bytes.NewReader(file))
		if err != nil {
			if _, ok := errors.AsType[*observe.RecordingError](err); !ok {
				t.Fatalf("error %v (%T) is not of the file", err, err)
			}
			return
		}
		observe.NewFlow(r)
		again, err := observe.ReadRecording(strings.NewReader(write(t, r)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("- read first, + read again:\n%s", diff)
		}
	})
}

package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/report"
)

// troubled is a flow with one of everything that can go wrong on its way.
func troubled() []event.Hop {
	lead := &event.Event{Type: "LeadConverted", Body: `{"detail":{"tenant_id":"acme","note":"<b>&"}}`}
	hops := []event.Hop{
		{Kind: event.KindCall, From: "client:app", To: "table:events", Operation: "dynamodb:PutItem", Outcome: event.Delivered},
		{Kind: event.KindRecord, From: "table:events", To: "stream:events", Outcome: event.Delivered, Fact: 2, Event: lead},
		{Kind: event.KindArrive, From: "pipe:crm", To: "bus:crm", Outcome: event.Delivered, Fact: 2, Event: lead},
		{Kind: event.KindMatch, From: "bus:crm", To: "rule:crm/acme", Outcome: event.Delivered, Fact: 2, Event: lead},
		{Kind: event.KindMatch, From: "bus:crm", To: "rule:crm/rival", Outcome: event.Filtered, Fact: 2, Event: lead,
			Reason: &event.Reason{Code: "PatternMismatch", Text: "no", Mismatches: []event.Mismatch{{Path: "detail.tenant_id", Want: `"rival"`, Got: `"acme"`}}}},
		{Kind: event.KindArrive, From: "rule:crm/acme", To: "queue:acme-leads", Outcome: event.Delivered, Fact: 2, Event: lead},
		{Kind: event.KindReceive, From: "queue:acme-leads", To: "client:worker", Outcome: event.Delivered, Fact: 2, Attempt: 1, Event: lead},
		{Kind: event.KindCall, From: "client:worker", To: "table:activities", Operation: "dynamodb:PutItem", Outcome: event.Failed,
			Reason: event.Because("ValidationException", "Missing the key pk in the item")},
		{Kind: event.KindRetry, From: "rule:crm/acme", To: "queue:gone", Outcome: event.Failed, Fact: 2, Reason: event.Because("NoSuchQueue", "no such queue")},
		{Kind: event.KindDeadLetter, From: "queue:acme-leads", To: "queue:leads-dlq", Outcome: event.DeadLettered, Fact: 2, Event: lead,
			Reason: event.Because("MaxReceiveCountExceeded", "received 5 times")},
		{Kind: event.KindDrop, From: "queue:leads-dlq", Outcome: event.Lost, Fact: 2, Reason: event.Because("Purged", "the queue was purged")},
	}
	for i := range hops {
		hops[i].Seq, hops[i].At = uint64(i+1), start.Add(time.Duration(i)*12*time.Millisecond)
	}
	return hops
}

var stops = report.Mark{Seq: 8, Text: "the chain stops here: no ActivityLogged"}

func TestDiagrams_show_what_did_not_go_on_R2_8(t *testing.T) {
	golden(t, "troubled.txt", report.Sequence(troubled(), start, topology, stops))
	golden(t, "troubled.mmd", report.Mermaid(troubled(), start, topology, stops))
	golden(t, "troubled.svg", report.SVG(troubled(), start, topology, stops))
}

func TestDiagrams_of_nothing(t *testing.T) {
	for name, got := range map[string]string{
		"mermaid": report.Mermaid(nil, start, topology, stops), "svg": report.SVG(nil, start, event.Topology{}),
	} {
		if !strings.Contains(got, "nothing happened") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestMermaid_stays_below_its_limit_and_counts_what_is_left_out(t *testing.T) {
	var hops []event.Hop
	for range 200 {
		hops = append(hops, troubled()...)
	}
	got := report.Mermaid(hops, start, topology)
	if len(got) > 50_000 || !regexp.MustCompile(`Note over p\d: #8230; \d+ steps more\n$`).MatchString(got) {
		t.Errorf("%d bytes, ending in %s", len(got), got[len(got)-80:])
	}
}

func TestDiagrams_end_where_pipes_run_in_a_circle(t *testing.T) {
	circle := event.Topology{Edges: []event.Edge{{From: "pipe:a", To: "pipe:b"}, {From: "pipe:b", To: "pipe:a"}}}
	hop := event.Hop{Seq: 1, Kind: event.KindArrive, From: "pipe:a", To: "bus:x", Outcome: event.Delivered}
	if got := report.Sequence([]event.Hop{hop}, start, circle); !strings.Contains(got, "bus:x") {
		t.Error(got)
	}
}

// mermaidLine is every line that a diagram may have: what comes from events is in its last group, of harmless signs only.
var mermaidLine = regexp.MustCompile(`^(sequenceDiagram|    participant p\d+ as (TEXT)|    p\d+(->>|--x)p\d+: (TEXT)|    Note over p\d+: (TEXT))$`)

func init() {
	mermaidLine = regexp.MustCompile(strings.ReplaceAll(mermaidLine.String(), "TEXT", `(?:[\p{L}\p{Nd} ._/+,=()-]|#[0-9]+;)+`))
}

// hostile hops say anything anywhere.
func hostile(t *rapid.T) []event.Hop {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"a\nend\n%%{init: {}}%%", "x;y#59;z", "</title><script>alert(1)</script>", "]]>", "ﬂ°°60¶ß", "wrap: a", "style x: y#1;", "\x1b[2J\u202e", " ", "end", "\"'`&",
	}))
	kinds := rapid.SampledFrom([]event.Kind{event.KindCall, event.KindRecord, event.KindArrive, event.KindMatch, event.KindReceive, event.KindRetry, event.KindDeadLetter, event.KindDrop, event.KindExpire})
	outcomes := rapid.SampledFrom([]event.Outcome{event.Delivered, event.Filtered, event.Failed, event.Lost})
	place := rapid.Custom(func(t *rapid.T) event.Place {
		return event.At(rapid.OneOf(rapid.SampledFrom([]string{"client", "queue", "rule", "bus"}), text).Draw(t, "kind"), text.Draw(t, "name"))
	})
	one := rapid.Custom(func(t *rapid.T) event.Hop {
		return event.Hop{
			Kind: kinds.Draw(t, "kind"), Outcome: outcomes.Draw(t, "outcome"), From: place.Draw(t, "from"), To: place.Draw(t, "to"), Operation: text.Draw(t, "operation"), At: start,
			Reason: &event.Reason{Code: text.Draw(t, "code"), Text: text.Draw(t, "text"), Mismatches: []event.Mismatch{{Path: text.Draw(t, "path"), Want: text.Draw(t, "want"), Got: text.Draw(t, "got")}}},
			Event:  &event.Event{Type: text.Draw(t, "type"), Body: text.Draw(t, "body")},
		}
	})
	return rapid.SliceOfN(one, 0, 4).Draw(t, "hops")
}

func checkDiagrams(t *rapid.T) {
	hops := hostile(t)
	mark := report.Mark{Text: rapid.String().Draw(t, "mark")}
	for line := range strings.Lines(report.Mermaid(hops, start, topology, mark)) {
		if !mermaidLine.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Fatalf("a line that is none of ours: %q", line)
		}
	}
	checkSVG(t, report.SVG(hops, start, topology, mark))
	for line := range strings.Lines(report.Sequence(hops, start, topology, mark)) {
		if strings.ContainsAny(line, "\x1b\u202e\r") {
			t.Fatalf("control characters: %q", line)
		}
	}
}

// checkSVG checks that a picture is well-formed and has our elements and attributes only.
func checkSVG(t *rapid.T, svg string) {
	elements := []string{"svg", "title", "style", "rect", "g", "line", "path", "text"}
	attributes := []string{"xmlns", "class", "role", "width", "height", "viewBox", "x", "y", "x1", "y1", "x2", "y2", "d", "text-anchor"}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			if _, text := token.(xml.CharData); !text {
				if _, end := token.(xml.EndElement); !end {
					t.Fatalf("a %T in\n%s", token, svg)
				}
			}
			continue
		}
		if !slices.Contains(elements, start.Name.Local) {
			t.Fatalf("element %s", start.Name.Local)
		}
		for _, a := range start.Attr {
			if !slices.Contains(attributes, a.Name.Local) || strings.Contains(a.Value, "url(") {
				t.Fatalf("attribute %s=%q", a.Name.Local, a.Value)
			}
		}
	}
}

func TestDiagrams_nothing_in_an_event_breaks_out(t *testing.T) { rapid.Check(t, checkDiagrams) }

func FuzzDiagrams(f *testing.F) { f.Fuzz(rapid.MakeFuzz(checkDiagrams)) }

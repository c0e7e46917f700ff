package report_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

var (
	start    = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	topology = event.Topology{
		Places: []event.Place{"bus:crm", "pipe:crm", "queue:acme-leads", "queue:leads-dlq", "queue:rival-leads", "rule:crm/acme", "stream:events", "table:events"},
		DLQs:   []event.Place{"queue:leads-dlq"},
		Edges: []event.Edge{{From: "stream:events", To: "pipe:crm"}, {From: "pipe:crm", To: "bus:crm"}, {From: "bus:crm", To: "rule:crm/acme"},
			{From: "rule:crm/acme", To: "queue:acme-leads"}},
	}
)

// flow is a lead that is converted: table → stream → pipe → bus → rule → queue → consumer, which then fails to log an activity.
func flow(more ...event.Hop) *observe.Flow {
	lead := &event.Event{Type: "LeadConverted", Body: `{"detail-type":"LeadConverted","source":"crm","detail":{"tenant_id":"acme","lead_id":"L-71","amount":900}}`}
	hops := []event.Hop{
		{Kind: event.KindCall, From: "client:app", To: "table:events", Operation: "dynamodb:TransactWriteItems", Outcome: event.Delivered},
		{Kind: event.KindRecord, From: "table:events", To: "stream:events", Outcome: event.Delivered, Fact: 2, Cause: 1, Event: &event.Event{Type: "INSERT", Body: `{"eventName":"INSERT","eventSource":"aws:dynamodb","dynamodb":{}}`}},
		{Kind: event.KindArrive, From: "pipe:crm", To: "bus:crm", Outcome: event.Delivered, Fact: 2, Cause: 2, Event: lead},
		{Kind: event.KindArrive, From: "rule:crm/acme", To: "queue:acme-leads", Outcome: event.Delivered, Fact: 2, Cause: 3, Event: lead},
		{Kind: event.KindReceive, From: "queue:acme-leads", To: "client:worker", Outcome: event.Delivered, Fact: 2, Cause: 4, Attempt: 1, Event: lead},
		{Kind: event.KindCall, From: "client:worker", To: "table:activities", Operation: "dynamodb:PutItem", Outcome: event.Failed, Cause: 5, Reason: event.Because("ValidationException", "One or more parameter values were invalid: Missing the key pk in the item")},
	}
	hops = append(hops, more...)
	for i := range hops {
		hops[i].Seq, hops[i].At, hops[i].CorrelationID = uint64(i+1), start.Add(time.Duration(i)*12*time.Millisecond), "dye-7f3a"
	}
	return observe.NewFlow(observe.Recording{
		CorrelationID: "dye-7f3a", Start: start, Hops: hops, Topology: topology, Grade: event.Proved,
		Quiescence: event.Quiescence{Quiet: true, At: start.Add(time.Hour)},
	})
}

var context = report.Context{Covers: []string{"CRM-4.2"}, Again: "go test ./crm -run '^TestLead$' -dye.seed=7", Virtual: true}

func TestText_R6_1(t *testing.T) {
	leak := event.Hop{Kind: event.KindArrive, From: "rule:crm/acme", To: "queue:rival-leads", Outcome: event.Delivered, Fact: 2, Cause: 3, Event: &event.Event{Body: `{"detail-type":"LeadConverted","detail":{"tenant_id":"acme"}}`}}
	raw := event.Hop{Kind: event.KindArrive, From: "client:x", To: "queue:acme-leads", Outcome: event.Delivered, Fact: 7, Event: &event.Event{Body: "\x1b[2Jnot json \u202e"}}
	for name, v := range map[string]expect.Verdict{
		"missing": expect.Judge(flow(), expect.Type("LeadConverted").On("queue:acme-leads").With("detail.lead_id", "L-17"), expect.Never(expect.Tenant("rival"), expect.On("dlq:*")), expect.Type("LeadConverted").On("bus:crm")),
		"leak":    expect.Judge(flow(leak), expect.Never(expect.Tenant("rival")), expect.Type("LeadConverted")),
		"chain":   expect.Judge(flow(), expect.Chain("LeadConverted", "ActivityLogged")),
		"vacuous": expect.Judge(flow(), expect.Never(expect.On("queue:nowhere"))),
		"held":    expect.Judge(flow(), expect.Type("LeadConverted"), expect.NothingElse()),
		"notjson": expect.Judge(flow(raw), expect.On("queue:acme-leads").With("detail.x", 1)),
	} {
		t.Run(name, func(t *testing.T) {
			got := report.Text(v, context) + "\n"
			golden(t, name+".txt", got)
			if n := strings.Count(got, "\n"); n > 30 {
				t.Errorf("%d lines: a failure must fit one screen", n)
			}
			if strings.ContainsAny(got, "\x1b\u202e") {
				t.Error("control characters of the payload reached the terminal")
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (run with -update after looking):\n%s", name, d)
	}
}

func TestJSON_says_what_Text_says_R6_2(t *testing.T) {
	v := expect.Judge(flow(), expect.Type("LeadConverted").With("detail.lead_id", "L-17"), expect.Chain("LeadConverted", "X"), expect.NothingElse())
	raw, err := report.JSON(v, context)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version  int
		OK       bool
		Findings []struct {
			OK    bool
			Grade string
			Near  []struct {
				Place       string
				Differences []struct{ Path, Want, Got string }
			}
			Chain *struct {
				Missing string
				Failure *event.Hop
			}
		}
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != 1 || got.OK || len(got.Findings) != 3 {
		t.Fatalf("got %s", raw)
	}
	if d := got.Findings[0].Near[0].Differences[0]; d.Path != "detail.lead_id" || d.Got != `"L-71"` {
		t.Errorf("near miss: %+v", d)
	}
	if c := got.Findings[1].Chain; c == nil || c.Failure == nil || c.Failure.Reason.Code != "ValidationException" {
		t.Errorf("chain: %+v", c)
	}
	if g := got.Findings[2].Grade; g != "PROVED" {
		t.Errorf("grade %q", g)
	}
}

func TestSequence_lanes_are_exact_R6_1(t *testing.T) {
	rows := strings.Split(strings.TrimRight(report.Sequence(flow().Hops, start, topology), "\n"), "\n")
	column := -1
	for _, row := range rows[1:] {
		runes := []rune(row)
		first := strings.IndexRune(row, '│')
		at := len([]rune(row[:first]))
		if column >= 0 && at > column {
			t.Errorf("a lane moved from column %d to %d:\n%s", column, at, strings.Join(rows, "\n"))
		}
		if column < 0 {
			column = at
		}
		_ = runes
	}
	golden(t, "sequence.txt", strings.Join(rows, "\n")+"\n")
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[31m\u202e\x00")
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(report.Clean(s), "\x00\x1b\n\r\u202a\u202b\u202d\u202e\u2066\u2067\u200b") {
			t.Errorf("%q is not clean", report.Clean(s))
		}
	})
}

func TestGolden_R2_4(t *testing.T) {
	mail := &event.Event{Type: "MailSent", Body: `{"detail-type":"MailSent","detail":{"id":"8c3f6a52-9d1e-4b7a-a0f3-2e5d8c7b6a91","to":"\u001b[2J"}}`}
	golden(t, "flow.golden.txt", report.Golden(flow(
		event.Hop{Kind: event.KindDeadLetter, From: "queue:acme-leads", To: "queue:leads-dlq", Outcome: event.DeadLettered, Fact: 2, Cause: 4, Reason: event.Because("MaxReceiveCountExceeded", "received 5 times")},
		event.Hop{Kind: event.KindArrive, From: "client:worker", To: "bus:crm", Outcome: event.Delivered, Fact: 8, Cause: 5, Event: mail},
		event.Hop{Kind: event.KindArrive, From: "client:x", To: "queue:acme-leads", Outcome: event.Delivered, Fact: 9, Event: &event.Event{Body: "not JSON"}},
	), event.Normal{Patterns: event.VolatileTypes()}))
}

func ExampleLines() {
	fmt.Println(report.Lines("a\nb\nc\nd", "a\nc\nd\ne", 10))
	// Output:
	// line 2
	// - b
	// line 5
	// + e
}

// What Lines prints turns one text into the other, and is nothing only for the same text.
func TestLines_tells_every_difference(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 8)
		a, b := text.Draw(r, "a"), text.Draw(r, "b")
		balance := map[string]int{}
		for _, line := range a {
			balance[line]++
		}
		for line := range strings.SplitSeq(report.Lines(strings.Join(a, "\n"), strings.Join(b, "\n"), 100), "\n") {
			if sign, name, ok := strings.Cut(line, " "); ok && sign == "-" {
				balance[name]--
			} else if ok && sign == "+" {
				balance[name]++
			}
		}
		for _, line := range b {
			balance[line]--
		}
		for line, n := range balance {
			if n != 0 {
				r.Fatalf("%v to %v: %q is off by %d", a, b, line, n)
			}
		}
	})
}

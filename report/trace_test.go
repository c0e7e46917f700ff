package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

func TestTrace_R2_8(t *testing.T) {
	chains := brokenChains()
	for _, name := range []string{"redriven", "acknowledged", "returned", "filtered", "waiting", "named", "nothing"} {
		golden(t, "trace_"+name+".txt", report.Trace(chains[name], false))
	}
	r := chains["redriven"].Recording
	r.Origin = observe.Origin{Test: "TestLead/converted", Covers: []string{"CRM-4.2"}, Backend: "embedded", Again: "go test ./crm -run '^TestLead$'"}
	r.Lost = 3
	r.Quiescence.Quiet = false
	r.Quiescence.Pending = []event.Pending{{What: "a retry", Due: start.Add(time.Minute)}, {What: "a call"}}
	f := observe.NewFlow(r)
	broken := expect.Judge(f, expect.Chain("LeadConverted", "ActivityLogged")).Findings[0].Chain
	golden(t, "trace_marked.txt", report.Trace(f, false, report.ChainMarks(broken)...))
}

func TestTrace_without_hops(t *testing.T) {
	if got := report.Trace(observe.NewFlow(observe.Recording{CorrelationID: "dye-1"}), false); !strings.HasSuffix(got, "nothing happened\n") {
		t.Error(got)
	}
}

// Whatever an event says, its lines stay lines, and nothing moves a terminal's cursor.
func TestTrace_keeps_lines_whatever_events_say(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hops := hostile(t)
		for i := range hops {
			hops[i].Seq, hops[i].Fact = uint64(i+1), uint64(i+1)
			if line := report.HopLine(hops[i], false); strings.ContainsAny(line, "\n\r\x1b\u202e") {
				t.Fatalf("line %q", line)
			}
		}
		f := observe.NewFlow(observe.Recording{Hops: hops, Start: start, Topology: topology, CorrelationID: rapid.String().Draw(t, "id")})
		if got := report.Trace(f, false); strings.ContainsAny(got, "\r\x1b\u202e") || strings.Count(got, "\n") > 20+12*len(hops) {
			t.Fatal(got)
		}
	})
}

// The text of an error of AWS begins with its code; other reasons have it beside them.
func TestHopLine_says_a_code_once(t *testing.T) {
	for _, text := range []string{"ResourceNotFoundException: Event bus crm does not exist.", "Event bus crm does not exist."} {
		h := event.Hop{Kind: event.KindCall, From: "client:app", Outcome: event.Failed, Reason: event.Because("ResourceNotFoundException", text)}
		if line := report.HopLine(h, false); !strings.HasSuffix(line, "  ResourceNotFoundException: Event bus crm does not exist.") {
			t.Errorf("%q", line)
		}
	}
}

// Hops as they happen, one line each.
func ExampleHopLine() {
	for _, h := range troubled()[3:9] {
		fmt.Println(report.HopLine(h, false))
	}
	// Output:
	// 00:00:00.036      #4   match      bus:crm → rule:crm/acme  LeadConverted
	// 00:00:00.048      #5 ⊘ match      bus:crm → rule:crm/rival  LeadConverted  PatternMismatch: detail.tenant_id is "acme", want "rival"
	// 00:00:00.060      #6   arrive     rule:crm/acme → queue:acme-leads  LeadConverted
	// 00:00:00.072      #7   receive    queue:acme-leads → client:worker  LeadConverted  attempt 1
	// 00:00:00.084      #8 ✗ call       client:worker → table:activities  dynamodb:PutItem  ValidationException: Missing the key pk in the item
	// 00:00:00.096      #9 ✗ retry      rule:crm/acme → queue:gone  NoSuchQueue: no such queue
}

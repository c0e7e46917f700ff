package expect_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

// projection is a lead that a projector applies on its second attempt: hop 6, 5 ms behind the first.
func projection() *recorder {
	r := &recorder{corr: "dye-1"}
	lead := r.bus("LeadConverted", "acme", "L-17", 0)
	arrived := r.queue("acme-leads", lead)
	receive := r.hop(event.Hop{Kind: event.KindReceive, From: "queue:acme-leads", To: "client:projector", Fact: lead, Cause: arrived, Attempt: 1})
	r.hop(event.Hop{Kind: event.KindCall, From: "client:projector", To: "table:leads", Cause: receive, Outcome: event.Failed})
	receive = r.hop(event.Hop{Kind: event.KindReceive, From: "queue:acme-leads", To: "client:projector", Fact: lead, Cause: arrived, Attempt: 2})
	r.hop(event.Hop{Kind: event.KindCall, From: "client:projector", To: "table:leads", Cause: receive})
	r.hop(event.Hop{Kind: event.KindCall, From: "client:projector", To: "table:leads", Cause: receive}) // again: the first one counts
	r.bus("MailSent", "acme", "L-17", 0)
	return r
}

func TestLagBelow_R2_12(t *testing.T) {
	rec := projection().flow().Recording
	rec.Topology.Places = append(rec.Topology.Places, "table:leads", "table:other")
	for _, c := range []struct {
		reason string
		expect expect.Expectation
		ok     bool
		says   string // Got or Problem
	}{
		{"in time", expect.LagBelow("table:leads", 5*time.Millisecond), true, "5ms for LeadConverted"},
		{"too late", expect.LagBelow("table:leads", 4*time.Millisecond), false, "5ms for LeadConverted"},
		{"of one type", expect.LagBelow("table:leads", time.Second, expect.Type("LeadConverted")), true, "5ms"},
		{"of an event that never gets there", expect.LagBelow("table:leads", time.Second, expect.Type("MailSent"), expect.Type("LeadConverted")), false, "1 of 2 never got there"},
		{"of an event that did not come", expect.LagBelow("table:leads", time.Second, expect.Type("LeadLost")), false, "no event of the flow is LeadLost"},
		{"of a place that nothing leads to", expect.LagBelow("table:other", time.Second), false, "no lag to measure"},
		{"of a place that is not there", expect.LagBelow("table:nowhere", time.Second), false, "matches no place"},
		{"of a queue", expect.LagBelow("queue:acme-leads", time.Millisecond), true, "1ms for LeadConverted"},
		{"a time that runs backwards", expect.LagBelow("table:leads", -1), false, "backwards"},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			f := expect.Judge(observe.NewFlow(rec), c.expect).Findings[0]
			if f.OK != c.ok || !strings.Contains(f.Got+f.Problem, c.says) || !f.OK && f.Problem == "" && len(f.Offenders) == 0 {
				t.Errorf("%s: OK=%t, %q, %q, offenders %d", f.Expectation, f.OK, f.Got, f.Problem, len(f.Offenders))
			}
		})
	}
}

func ExampleLagBelow() {
	rec := projection().flow().Recording
	rec.Topology.Places = append(rec.Topology.Places, "table:leads")
	f := expect.Judge(observe.NewFlow(rec), expect.LagBelow("table:leads", 4*time.Millisecond)).Findings[0]
	fmt.Println(f.Expectation)
	fmt.Println("want", f.Want)
	fmt.Println("got", f.Got)
	// Output:
	// lag of table:leads at most 4ms
	// want ≤ 4ms
	// got 5ms for LeadConverted
}

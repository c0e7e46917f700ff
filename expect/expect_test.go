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

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// recorder writes the hops of a small world: table → stream → bus crm → rules → queues acme-leads and rival-leads, with a DLQ.
type recorder struct {
	hops []event.Hop
	corr string
}

func (r *recorder) hop(h event.Hop) uint64 {
	h.Seq, h.At = uint64(len(r.hops)+1), start.Add(time.Duration(len(r.hops))*time.Millisecond)
	if h.Outcome == "" {
		h.Outcome = event.Delivered
	}
	if h.CorrelationID == "" {
		h.CorrelationID = r.corr
	}
	if h.Fact == 0 && h.Arrives() {
		h.Fact = h.Seq
	}
	r.hops = append(r.hops, h)
	return h.Seq
}

func envelope(typ, tenant, lead string) *event.Event {
	return &event.Event{Body: fmt.Sprintf(`{"detail-type":%q,"source":"crm","detail":{"tenant_id":%q,"lead_id":%q,"amount":900}}`, typ, tenant, lead)}
}

func (r *recorder) bus(typ, tenant, lead string, cause uint64) uint64 {
	return r.hop(event.Hop{Kind: event.KindArrive, From: "pipe:crm", To: "bus:crm", Cause: cause, Event: envelope(typ, tenant, lead)})
}

func (r *recorder) queue(name string, fact uint64) uint64 {
	return r.hop(event.Hop{Kind: event.KindArrive, From: "rule:crm/" + event.Place(name), To: event.At("queue", name), Fact: fact, Cause: fact, Event: r.hops[fact-1].Event})
}

func (r *recorder) flow() *observe.Flow {
	return observe.NewFlow(observe.Recording{
		CorrelationID: "dye-1", Start: start, Hops: r.hops, Grade: event.Proved, Horizon: time.Hour, Quiescence: event.Quiescence{Quiet: true},
		Topology: event.Topology{
			Places: []event.Place{"bus:crm", "queue:acme-leads", "queue:leads-dlq", "queue:rival-leads", "rule:crm/acme-leads", "stream:events"},
			DLQs:   []event.Place{"queue:leads-dlq"},
			Edges:  []event.Edge{{From: "bus:crm", To: "rule:crm/acme-leads"}, {From: "rule:crm/acme-leads", To: "queue:acme-leads"}},
		},
	})
}

func conversion() *recorder {
	r := &recorder{corr: "dye-1"}
	lead := r.bus("LeadConverted", "acme", "L-17", 0)
	r.queue("acme-leads", lead)
	receive := r.hop(event.Hop{Kind: event.KindReceive, From: "queue:acme-leads", To: "client:crm", Fact: lead, Cause: lead, Attempt: 1})
	call := r.hop(event.Hop{Kind: event.KindCall, From: "client:crm", To: "bus:crm", Cause: receive})
	r.bus("OpportunityCreated", "acme", "L-17", call)
	return r
}

func TestJudge_passes_what_happened_R2_3(t *testing.T) {
	v := expect.Judge(conversion().flow(),
		expect.InOrder(expect.Type("LeadConverted").On("bus:crm"), expect.Type("OpportunityCreated").With("detail.lead_id", "L-17").With("detail.amount", 900.0)),
		expect.AnyOrder(expect.Type("OpportunityCreated"), expect.Type("LeadConverted")),
		expect.Chain("LeadConverted", "OpportunityCreated"),
		expect.Type("LeadConverted").On("queue:acme-leads").Exactly(1).Deliveries(1),
		expect.Never(expect.Tenant("rival"), expect.On("dlq:*")),
		expect.NothingElse(),
	)
	for _, f := range v.Failed() {
		t.Errorf("%s: want %s, got %s %s", f.Expectation, f.Want, f.Got, f.Problem)
	}
	if g := v.Findings[4].Grade; g != event.Proved {
		t.Errorf("absence is %v", g)
	}
}

func TestJudge_fails_R2_2_R2_6(t *testing.T) {
	for _, tt := range []struct {
		reason      string
		change      func(*recorder)
		expectation expect.Expectation
		got         string // part of Got or Problem
	}{
		{"a missing type", nil, expect.Type("LeadLost"), "0"},
		{"a wrong field", nil, expect.Type("LeadConverted").With("detail.lead_id", "L-71"), "0"},
		{"one too many", func(r *recorder) { r.bus("LeadConverted", "acme", "L-17", 0) }, expect.Type("LeadConverted").Exactly(1), "2"},
		{"copies of one fact are one fact, but two arrivals", nil, expect.On("queue:*").Type("LeadConverted").Exactly(2), "1"},
		{"the wrong order", nil, expect.InOrder(expect.Type("OpportunityCreated"), expect.Type("LeadConverted").On("bus:crm")), "too early"},
		{"a fact cannot stand for two parts of an order", nil, expect.InOrder(expect.Type("LeadConverted"), expect.Type("LeadConverted")), "too early"},
		{"a chain without cause", func(r *recorder) { r.bus("MailSent", "acme", "L-17", 0) }, expect.Chain("LeadConverted", "MailSent"), "broken before MailSent"},
		{"a leak by what the event says", func(r *recorder) { r.bus("LeadConverted", "rival", "L-17", 0) }, expect.Never(expect.Tenant("rival")), "1"},
		{"a leak by where the event went", func(r *recorder) { r.queue("rival-leads", 1) }, expect.Never(expect.Tenant("rival")), "1"},
		{"a dead letter", func(r *recorder) {
			r.hop(event.Hop{Kind: event.KindDeadLetter, From: "queue:acme-leads", To: "queue:leads-dlq", Fact: 1})
		}, expect.Never(expect.On("dlq:*")), "1"},
		{"an event that nobody can attribute counts", func(r *recorder) { r.corr = ""; r.bus("Ghost", "acme", "", 0) }, expect.NothingElse(), "3"},
		{"a place that does not exist proves nothing", nil, expect.Never(expect.On("queue:rivall-*")), "matches no place"},
		{"redeliveries are counted", func(r *recorder) {
			r.hop(event.Hop{Kind: event.KindReceive, From: "queue:acme-leads", Fact: 1, Attempt: 2})
		}, expect.On("queue:acme-leads").Deliveries(1), "2"},
		{"deliveries need a place", nil, expect.Type("LeadConverted").Deliveries(1), "counted at a place"},
		{"a negative count", nil, expect.On("bus:crm").Exactly(-1), "from 0 on"},
		{"negative deliveries", nil, expect.On("queue:acme-leads").Deliveries(-1), "from 0 on"},
		{"no path", nil, expect.On("bus:crm").With("", 1), "a path is needed"},
		{"a path with a hole", nil, expect.On("bus:crm").With("detail..lead_id", expect.Absent()), "a dot too many"},
		{"never of nothing", nil, expect.Never(), "at least one selector"},
		{"a chain of one", nil, expect.Chain("LeadConverted"), "at least two"},
		{"an order of orders", nil, expect.InOrder(expect.Never(expect.On("bus:crm"))), "takes selectors"},
		{"a value that is not JSON", nil, expect.Type("LeadConverted").With("detail", func() {}), "cannot be written as JSON"},
	} {
		t.Run(strings.ReplaceAll(tt.reason, " ", "_"), func(t *testing.T) {
			r := conversion()
			if tt.change != nil {
				tt.change(r)
			}
			f := expect.Judge(r.flow(), tt.expectation).Findings[0]
			if f.OK || !strings.Contains(f.Got+" "+f.Problem, tt.got) {
				t.Errorf("%s: got OK=%t, %q, %q", f.Expectation, f.OK, f.Got, f.Problem)
			}
		})
	}
}

func TestNever_needs_a_tenant_somewhere_R2_6(t *testing.T) {
	r := &recorder{corr: "dye-1"}
	r.hop(event.Hop{Kind: event.KindArrive, To: "bus:crm", Event: &event.Event{Body: `{"detail-type":"A","detail":{"customer":"acme"}}`}})
	if f := expect.Judge(r.flow(), expect.Never(expect.Tenant("zeta"))).Findings[0]; f.OK || !strings.Contains(f.Problem, "TenantAt") {
		t.Errorf("a vacuous absence passed: %+v", f)
	}
	rec := r.flow().Recording
	rec.TenantAt = []string{"detail.customer"}
	if f := expect.Judge(observe.NewFlow(rec), expect.Never(expect.Tenant("zeta"))).Findings[0]; !f.OK {
		t.Errorf("with the tenant declared it is no longer vacuous: %+v", f)
	}
}

func TestNever_is_inconclusive_while_something_is_under_way_R1_7(t *testing.T) {
	for _, tt := range []struct {
		reason string
		change func(*observe.Recording)
		ok     bool
	}{
		{"quiet", func(*observe.Recording) {}, true},
		{"not quiet", func(r *observe.Recording) { r.Quiescence.Quiet = false }, false},
		{"due behind the horizon", func(r *observe.Recording) { r.Quiescence.Pending = []event.Pending{{What: "retry"}} }, false},
		{"due behind a horizon that the test set", func(r *observe.Recording) {
			r.Quiescence.Pending, r.Bounded = []event.Pending{{What: "retry"}}, true
		}, true},
		{"hops were lost", func(r *observe.Recording) { r.Lost = 1 }, false},
		{"the backend cannot know", func(r *observe.Recording) { r.Grade = event.Inconclusive }, false},
	} {
		rec := conversion().flow().Recording
		tt.change(&rec)
		f := expect.Judge(observe.NewFlow(rec), expect.Never(expect.On("dlq:*"))).Findings[0]
		if f.OK != tt.ok || (!tt.ok && f.Grade != event.Inconclusive) {
			t.Errorf("%s: OK=%t grade %v", tt.reason, f.OK, f.Grade)
		}
	}
}

func TestNothingElse_sees_a_copy_at_another_end_R2_6(t *testing.T) {
	r := conversion()
	r.queue("rival-leads", 1)
	v := expect.Judge(r.flow(), expect.NothingElse(), expect.Type("LeadConverted").On("queue:acme-leads"), expect.Type("OpportunityCreated"))
	if f := v.Findings[0]; f.OK || len(f.Offenders) != 1 || f.Offenders[0].To != "queue:rival-leads" {
		t.Errorf("the copy in the other queue was not surplus: %+v", f)
	}
}

func TestNothingElse_takes_a_topic_for_a_place_on_the_way_R2_6(t *testing.T) {
	r := &recorder{corr: "dye-1"}
	fact := r.hop(event.Hop{Kind: event.KindArrive, From: "client:app", To: "topic:leads", Event: envelope("LeadConverted", "acme", "L-17")})
	copyTo := func(from event.Place, to event.Place) {
		r.hop(event.Hop{Kind: event.KindArrive, From: from, To: to, Fact: fact, Cause: fact, Event: r.hops[0].Event})
	}
	copyTo("topic:leads", "queue:acme-leads")
	asked := []expect.Expectation{expect.On("queue:acme-leads"), expect.NothingElse()}
	if v := expect.Judge(r.flow(), asked...); !v.OK {
		t.Errorf("the topic that the message came through was surplus: %+v", v.Failed())
	}
	copyTo("rule:crm/other", "topic:other")
	if f := expect.Judge(r.flow(), asked...).Findings[1]; f.OK || len(f.Offenders) != 1 || f.Offenders[0].To != "topic:other" {
		t.Errorf("a copy at a topic that nobody expects was not surplus: %+v", f)
	}
}

func TestNear_names_what_differs_and_what_stopped_it_R2_2(t *testing.T) {
	r := conversion()
	r.hop(event.Hop{Kind: event.KindMatch, From: "bus:crm", To: "rule:crm/acme-leads", Outcome: event.Filtered, Fact: 5,
		Reason: &event.Reason{Code: "PatternMismatch", Mismatches: []event.Mismatch{{Path: "detail.amount", Want: `{"numeric":[">",1000]}`, Got: "900"}}}})
	f := expect.Judge(r.flow(), expect.Type("OpportunityCreated").On("queue:acme-leads")).Findings[0]
	if len(f.Near) == 0 || len(f.Near[0].Stopped) != 1 {
		t.Fatalf("near misses: %+v", f.Near)
	}
	if got, want := expect.Explain(f.Near[0].Stopped[0]), `rule:crm/acme-leads: pattern leaf detail.amount {"numeric":[">",1000]} does not match 900`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	f = expect.Judge(r.flow(), expect.Type("LeadConverted").With("detail.lead_id", "L-71")).Findings[0]
	if d := f.Near[0].Differences; len(d) != 1 || d[0] != (expect.Difference{Path: "detail.lead_id", Want: `"L-71"`, Got: `"L-17"`}) {
		t.Errorf("differences: %+v", d)
	}
}

func TestChain_says_where_it_broke_R2_8(t *testing.T) {
	r := conversion()
	r.hop(event.Hop{Kind: event.KindCall, From: "client:crm", Outcome: event.Failed, Cause: 3, Reason: event.Because("ValidationException", "no such contact")})
	b := expect.Judge(r.flow(), expect.Chain("LeadConverted", "ActivityLogged")).Findings[0].Chain
	if b == nil || b.Last.Type() != "LeadConverted" || b.Missing != "ActivityLogged" || b.Failure == nil || b.Failure.Reason.Code != "ValidationException" {
		t.Errorf("got %+v", b)
	}
}

func ExampleDiff() {
	type opportunity struct {
		ID     string  `json:"id"`
		Lead   string  `json:"lead"`
		Amount float64 `json:"amount"`
	}
	diffs, _ := expect.Diff(opportunity{Lead: "L-17", Amount: 1200}, opportunity{ID: "7f3a", Lead: "L-71", Amount: 1200}, "id")
	for _, d := range diffs {
		fmt.Printf("%s: want %s, got %s\n", d.Path, d.Want, d.Got)
	}
	// Output: lead: want "L-17", got "L-71"
}

func TestOne_says_that_events_name_no_type_R2_3(t *testing.T) {
	for _, tt := range []struct {
		types []string
		want  string
	}{
		{nil, "the flow has no event"},
		{[]string{""}, "the flow has events that name no type"},
		{[]string{"", "LeadLost"}, "the flow has LeadLost, events that name no type"},
	} {
		err := &expect.CountError{Type: "LeadConverted", Types: tt.types}
		if got := err.Error(); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%q should end with %q", got, tt.want)
		}
	}
}

func ExampleOne() {
	detail, err := expect.One(conversion().flow(), "OpportunityCreated")
	fmt.Println(string(detail), err)
	_, err = expect.One(conversion().flow(), "LeadLost")
	fmt.Println(err)
	// Output:
	// {"amount":900,"lead_id":"L-17","tenant_id":"acme"} <nil>
	// want exactly one LeadLost, got 0: the flow has LeadConverted, OpportunityCreated
}

package expect_test

import (
	"fmt"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
)

// A lead of acme's was converted: the event came to the queue acme-leads, its consumer received it and stated OpportunityCreated on
// the bus. The examples judge this one recorded flow.
func judged(expectations ...expect.Expectation) {
	for _, f := range expect.Judge(conversion().flow(), expectations...).Findings {
		fmt.Printf("%v %s: want %s, got %s\n", f.OK, f.Expectation, f.Want, f.Got)
	}
}

func ExampleJudge() {
	v := expect.Judge(conversion().flow(),
		expect.Type("LeadConverted").On("queue:acme-leads"),
		expect.Type("OpportunityCreated").With("detail.lead_id", "L-71"),
	)
	fmt.Println(v.OK)
	for _, f := range v.Failed() {
		fmt.Println(f.Expectation)
		for _, m := range f.Near {
			fmt.Println("near:", m.Arrival.Type(), m.Differences)
		}
	}
	// Output:
	// false
	// OpportunityCreated with detail.lead_id = "L-71"
	// near: OpportunityCreated [{detail.lead_id "L-71" "L-17"}]
}

func ExampleSelector() {
	judged(
		expect.Selector{},            // any event
		expect.Type("LeadConverted"), // somewhere
		expect.On("queue:*-leads").Exactly(1),
		expect.Tenant("acme").On("bus:crm").Exactly(2),
		expect.Type("LeadConverted").On("queue:acme-leads").Deliveries(1), // handed out once
		expect.Type("LeadConverted").With("detail.amount", expect.Approx(1000, 100)),
	)
	// Output:
	// true any event: want at least 1, got 2
	// true LeadConverted: want at least 1, got 1
	// true on queue:*-leads exactly 1: want 1, got 1
	// true tenant=acme on bus:crm exactly 2: want 2, got 2
	// true LeadConverted on queue:acme-leads with 1 delivery: want 1 delivery, got 1
	// true LeadConverted with detail.amount ≈ 1000 ± 100: want at least 1, got 1
}

func ExampleInOrder() {
	lead, opportunity := expect.Type("LeadConverted"), expect.Type("OpportunityCreated")
	judged(
		expect.InOrder(lead, opportunity),
		expect.InOrder(opportunity, lead),
		expect.AnyOrder(opportunity, lead),
	)
	// Output:
	// true in order: LeadConverted → OpportunityCreated: want 2 in order, got 2 in order
	// false in order: OpportunityCreated → LeadConverted: want 2 in order, got 1; LeadConverted came too early
	// true in any order: OpportunityCreated, LeadConverted: want 2 in any order, got 2 in any order
}

func ExampleChain() {
	judged(
		expect.Chain("LeadConverted", "OpportunityCreated"),
		expect.Chain("LeadConverted", "MailSent"),
	)
	// Output:
	// true chain LeadConverted → OpportunityCreated: want unbroken, got unbroken
	// false chain LeadConverted → MailSent: want unbroken, got broken before MailSent
}

// An absence has a grade, and one that could not fail is refused.
func ExampleNever() {
	v := expect.Judge(conversion().flow(),
		expect.Never(expect.Tenant("rival"), expect.On("dlq:*")),
		expect.Never(expect.On("queue:revals-leads")),
	)
	for _, f := range v.Findings {
		fmt.Println(f.OK, f.Grade)
		if f.Problem != "" {
			fmt.Println(f.Problem)
		}
	}
	// Output:
	// true PROVED
	// false INCONCLUSIVE
	// "queue:revals-leads" matches no place; there are queue:acme-leads, queue:leads-dlq, queue:rival-leads
}

// What no other expectation speaks of is surplus.
func ExampleNothingElse() {
	v := expect.Judge(conversion().flow(), expect.Type("LeadConverted"), expect.NothingElse())
	for _, f := range v.Failed() {
		fmt.Println(f.Expectation, f.Got, f.Offenders[0].Type(), f.Offenders[0].To)
	}
	// Output:
	// nothing else 1 OpportunityCreated bus:crm
}

func ExampleExplain() {
	fmt.Println(expect.Explain(event.Hop{
		Kind: event.KindMatch, From: "bus:crm", To: "rule:crm/acme", Outcome: event.Filtered,
		Reason: &event.Reason{Code: "PatternMismatch", Mismatches: []event.Mismatch{{Path: "detail.tenant_id", Want: `["acme"]`, Got: `"rival"`}}},
	}))
	// Output:
	// rule:crm/acme: pattern leaf detail.tenant_id ["acme"] does not match "rival"
}

// The absence of a name that is a slip away from one that is known would hold whatever comes.
func ExampleNever_misspelt() {
	for _, f := range expect.Judge(conversion().flow(), expect.Never(expect.Type("LeadConvrted")), expect.Never(expect.Type("LeadLost"))).Findings {
		fmt.Println(f.OK, f.Expectation)
		if f.Problem != "" {
			fmt.Println(f.Problem)
		}
	}
	// Output:
	// false never LeadConvrted
	// no event LeadConvrted is known here; did you mean LeadConverted (there is one in this flow)?
	// As it is, the absence would hold whatever comes. If the name is right, say so: d.Known("LeadConvrted")
	// true never LeadLost
}

// With Within the test itself sets the horizon: what is due later is not its concern.
func ExampleWithin() {
	horizon, told := expect.Horizon(expect.Type("LeadConverted"), expect.Within(time.Minute))
	fmt.Println(horizon, told)
	// Output: 1m0s true
}

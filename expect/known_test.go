package expect_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

// A misspelt absence would hold for ever, whatever leaks.
func TestNever_of_a_misspelt_name_is_vacuous_R2_6(t *testing.T) {
	never := func(s ...expect.Selector) []expect.Expectation { return []expect.Expectation{expect.Never(s...)} }
	known := func(names ...string) func(*observe.Recording) {
		return func(r *observe.Recording) { r.Known = names }
	}
	for _, c := range []struct {
		reason       string
		change       func(*observe.Recording)
		expectations []expect.Expectation
		said         string // "": it holds
	}{
		{"a type that nothing is like is absent", nil, never(expect.Type("ContactDeleted")), ""},
		{"a type of the flow", nil, never(expect.Type("LeadConvrted")), "did you mean LeadConverted (there is one in this flow)?"},
		{"written in another way", nil, never(expect.Type("lead.converted")), "did you mean LeadConverted "},
		{"whatever else is asked for", nil, never(expect.Type("LeadConvrted").On("queue:acme-leads")), `d.Known("LeadConvrted")`},
		{"as none at all", nil, []expect.Expectation{expect.Type("LeadConvrted").Exactly(0)}, "did you mean LeadConverted "},
		{"a rule asks for the other", func(r *observe.Recording) { r.Topology.Types = []string{"ContactDeleted"} }, never(expect.Type("ContactDeletd")), "did you mean ContactDeleted (a rule asks for it)?"},
		{"a rule asks for both", func(r *observe.Recording) { r.Topology.Types = []string{"ContactDeleted", "ContactDeletd"} }, never(expect.Type("ContactDeletd")), ""},
		{"another expectation names the other", nil, append(never(expect.Type("OpportunityCreatd")), expect.Chain("LeadConverted", "OpportunityCreated")), "did you mean OpportunityCreated (another expectation names it)?"},
		{"and another absence does not tell", nil, never(expect.Type("LeadConvrted"), expect.Type("LeadConvrted")), "did you mean LeadConverted "},
		{"an earlier flow had the other", known("ContactDeleted"), never(expect.Type("ContactDeletd")), "did you mean ContactDeleted (the test knows it)?"},
		{"the test says that it is right", known("LeadConvrted"), never(expect.Type("LeadConvrted")), ""},

		{"a source", nil, never(expect.Type("LeadConverted").Where(expect.Source("crm.laed"))), "no source crm.laed is known here; did you mean crm.lead "},
		{"another source", nil, never(expect.Type("LeadConverted").Where(expect.Source("billing"))), ""},
		{"a rule's source", func(r *observe.Recording) { r.Topology.Sources = []string{"billing"} }, never(expect.Type("LeadConverted").Where(expect.Source("biling"))), "did you mean billing (a rule asks for it)?"},
		{"a rule asks for that source", func(r *observe.Recording) { r.Topology.Sources = []string{"crm.laed"} }, never(expect.Type("LeadConverted").Where(expect.Source("crm.laed"))), ""},

		{"a tenant", nil, never(expect.Tenant("amce")), "did you mean acme (there is one in this flow)?"},
		{"a tenant that only places are called after", nil, never(expect.Tenant("rivla")), "did you mean rival (queue:rival-leads is called so)?"},
		{"a tenant of which nothing is known", nil, never(expect.Tenant("zeta")), ""},

		{"a path", nil, never(expect.Type("LeadConverted").With("detail.laed_id", "L-2")), "no LeadConverted here has detail.laed_id; did you mean detail.lead_id?"},
		{"a path written in another way", nil, never(expect.On("queue:*").With("detail.tenantId", "rival")), "no event here has detail.tenantId; did you mean detail.tenant_id?"},
		{"a path in a list", nil, never(expect.Type("LeadConverted").With("detail.lines.*.skuu", "x")), "did you mean detail.lines.*.skus?"},
		{"a path that some event has", nil, never(expect.Type("LeadConverted").With("detail.lead_id", "L-9")), ""},
		{"a path that is like none", nil, never(expect.Type("LeadConverted").With("detail.error", "x")), ""},
		{"the test says that the path is right", known("detail.laed_id"), never(expect.Type("LeadConverted").With("detail.laed_id", "L-2")), ""},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			r := observe.Recording{
				CorrelationID: "dye-1", Grade: event.Proved, Quiescence: event.Quiescence{Quiet: true},
				Topology: event.Topology{Places: []event.Place{"bus:crm", "queue:acme-leads", "queue:rival-leads"}},
				Hops: []event.Hop{
					{Seq: 1, Fact: 1, CorrelationID: "dye-1", Kind: event.KindArrive, To: "bus:crm", Outcome: event.Delivered, Event: &event.Event{
						Type: "LeadConverted", Body: `{"source":"crm.lead","detail-type":"LeadConverted","detail":{"tenant_id":"acme","lead_id":"L-1","lines":[{"n":1},{"skus":2}]}}`}},
				},
			}
			if c.change != nil {
				c.change(&r)
			}
			v := expect.Judge(observe.NewFlow(r), c.expectations...)
			got := v.Findings[0]
			if got.OK != (c.said == "") || !strings.Contains(got.Problem, c.said) {
				t.Errorf("%s\n  OK %t, %q\n  want %q", got.Expectation, got.OK, got.Problem, c.said)
			}
			if c.said != "" && got.Grade != event.Inconclusive {
				t.Errorf("it proves nothing, and has grade %v", got.Grade)
			}
		})
	}
}

// A leak is told, whatever is wrong with another selector of the same absence.
func TestNever_tells_a_leak_first_R2_6(t *testing.T) {
	for _, vacuous := range []expect.Selector{expect.Type("LeadConvrted"), expect.On("queue:nowhere"), expect.Type("LeadConverted").With("detail.x", expect.Regexp("("))} {
		r := conversion()
		selectors := []expect.Selector{vacuous, expect.Type("LeadConverted")}
		for range 2 {
			f := expect.Judge(r.flow(), expect.Never(selectors...)).Findings[0]
			if f.OK || len(f.Offenders) == 0 || f.Problem != "" {
				t.Errorf("%s: %+v", f.Expectation, f)
			}
			slices.Reverse(selectors)
		}
	}
}

func TestMeant_R2_3(t *testing.T) {
	d, err := event.Decode(`{"detail-type":"T","source":"s","detail":{"lead_id":"L-1","lines":[{"sku":"A"}],"source":"web"}}`)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"lead_id": "detail.lead_id", "lead_idd": "", "detail.leadId": "detail.lead_id", "leadId": "detail.lead_id", "lines.0.sku": "detail.lines.0.sku",
		"detail.lines.*.skuu": "detail.lines.*.sku", "detail.lead_id": "", "source": "", "detail.nothing": "", "*.lead_id": "",
	} {
		if got := expect.Meant(&d, path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

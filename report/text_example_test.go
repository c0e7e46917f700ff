package report_test

import (
	"encoding/json"
	"fmt"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/report"
)

// What a failing test shows: what was wanted, why it cannot come any more, the nearest event field by field, and how to repeat it.
func ExampleText() {
	v := expect.Judge(flow(), expect.On("queue:acme-leads").With("detail.lead_id", "L-17"), expect.Never(expect.Tenant("rival")))
	fmt.Println(report.Text(v, report.Context{Covers: []string{"CRM-4.2"}, Again: "go test ./crm -run '^TestLead$' -dye.seed=7", Virtual: true}))
	// Output:
	// dye: 1 of 2 expectations failed   flow dye-7f3a  covers CRM-4.2
	//     ✗ on queue:acme-leads with detail.lead_id = "L-17"   want at least 1, got 0
	//       It cannot come any more: last step at +60ms (virtual), looked until +1h0m0s; 0 under way, 0 in flight, 0 retries scheduled.
	//       nearest of 1 event in this flow
	//       1  LeadConverted on queue:acme-leads  +36ms   1 field off
	//            detail.lead_id   want "L-17"
	//                             got  "L-71"
	//     ✓ never tenant=rival  PROVED to +1h0m0s
	//     again:  go test ./crm -run '^TestLead$' -dye.seed=7
}

// The same facts for programs.
func ExampleJSON() {
	v := expect.Judge(flow(), expect.On("queue:acme-leads").With("detail.lead_id", "L-17"))
	line, err := report.JSON(v, report.Context{})
	if err != nil {
		fmt.Println(err)
	}
	var read struct {
		OK       bool
		Findings []struct {
			Expectation, Want, Got string
			Near                   []struct {
				Differences []struct{ Path, Want, Got string }
			}
		}
	}
	fmt.Println(json.Unmarshal(line, &read), read.OK, read.Findings[0].Want, read.Findings[0].Near[0].Differences)
	// Output:
	// <nil> false at least 1 [{detail.lead_id "L-17" "L-71"}]
}

// A flow as a page to keep and compare with.
func ExampleGolden() {
	fmt.Print(report.Golden(flow(), event.Normal{Paths: []string{"lead_id"}}))
	// Output:
	// 1  LeadConverted  tenant acme
	//    stream:events → bus:crm
	//    rule:crm/acme → queue:acme-leads (received 1 time)
	//    {
	//      "amount": 900,
	//      "lead_id": "<lead_id-1>",
	//      "tenant_id": "acme"
	//    }
}

// A flow for somebody who was not there, as dyetrace trace prints it.
func ExampleTrace() {
	fmt.Print(report.Trace(brokenChains()["waiting"], false))
	// Output:
	// flow dye-7f3a
	// 1 event, 3 hops in 24ms; nothing under way at the end, absence PROVED
	//
	//              app                   bus:crm            queue:acme-leads
	//        +0s    │──PutEvents───────────▶│                       │
	//      +24ms    │                       │──rule acme───────────▶│
	//
	// 1  LeadConverted
	//    · queue:acme-leads              not received
}

package report_test

import (
	"fmt"
	"strings"

	"github.com/dyetrace/dyetrace/report"
)

// A flow as a sequence diagram for a terminal; a mark shows the place that is spoken of.
func ExampleSequence() {
	fmt.Print(report.Sequence(troubled()[:5], start, topology, report.Mark{Seq: 5, Text: "nobody else was told"}))
	// Output:
	//              app                table:events               bus:crm
	//        +0s    │──PutItem─────────────▶│                       │
	//      +24ms    │                       │──LeadConverted───────▶│
	//      +48ms    │                       │                       │ ⊘ rule rival: detail.tenant_id is "acme", want "rival"
	//               │                       │                       │ ✗ nobody else was told
}

// The same for Markdown, between lines of ```mermaid and ```. What is not plainly a word is a character code.
func ExampleMermaid() {
	fmt.Print(report.Mermaid(troubled()[:5], start, topology))
	// Output:
	// sequenceDiagram
	//     participant p0 as app
	//     participant p1 as table#58;events
	//     participant p2 as bus#58;crm
	//     p0->>p1: +0s PutItem
	//     p1->>p2: +24ms LeadConverted
	//     Note over p2: +48ms #8856; rule rival#58; detail.tenant_id is #34;acme#34;, want #34;rival#34;
}

// The same as a picture.
func ExampleSVG() {
	picture := report.SVG(troubled(), start, topology)
	head, _, _ := strings.Cut(picture, "\n")
	fmt.Println(head)
	fmt.Println(strings.Contains(picture, "⊘ rule rival: detail.tenant_id is &#34;acme&#34;, want &#34;rival&#34;"))
	// Output:
	// <svg xmlns="http://www.w3.org/2000/svg" class="dye" role="img" width="1302" height="340" viewBox="0 0 1302 340">
	// true
}

package pattern_test

import (
	"fmt"

	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
)

func ExamplePattern_Explain() {
	p, err := pattern.Compile([]byte(`{"source":["crm.contact"],"detail":{"tenant_id":["acme"],"version":[{"numeric":[">",1]}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := pattern.Parse([]byte(`{"source":"crm.contact","detail":{"tenant_id":"rival"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.MatchEvent(e))
	for _, m := range p.Explain(e) {
		fmt.Println(m)
	}
	// Output:
	// false
	// detail.tenant_id: want ["acme"], got "rival"
	// detail.version: want [{"numeric":[">",1]}], absent
}

func ExampleCompile() {
	_, err := pattern.Compile([]byte(`{"source":"crm.contact"}`))
	fmt.Println(err)
	// Output:
	// Event pattern is not valid. Reason: "source" must be an object or an array
	//  at [Source: (String)"{"source":"crm.contact"}"; line: 1, column: 12]
}

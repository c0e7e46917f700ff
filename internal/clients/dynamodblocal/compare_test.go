package dynamodblocal

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestSame_answers_as_DynamoDB_Local runs sequences of operations on a fresh table of each server.
func TestSame_answers_as_DynamoDB_Local_R1_3(t *testing.T) {
	ours, local := targets(t)
	met := map[string]int{}
	tables := 0
	rapid.Check(t, func(t *rapid.T) {
		tables++
		name := fmt.Sprintf("compared-%d", tables)
		both := func(r request) (a, b outcome) {
			a, err := ours.call(r.operation, r.body)
			if err != nil {
				t.Fatalf("dyetrace: %v", err)
			}
			if b, err = local.call(r.operation, r.body); err != nil {
				t.Fatalf("DynamoDB Local: %v", err)
			}
			return a, b
		}
		if a, b := both(request{"CreateTable", definition(name)}); a.code != "" || b.code != "" {
			t.Fatalf("CreateTable: %v, %v", a, b)
		}
		defer both(request{"DeleteTable", object{"TableName": name}})
		for range rapid.IntRange(10, 40).Draw(t, "operations") {
			r := draw(t, name)
			a, b := both(r)
			if a.code == b.code && (a.code != "" || plain(r.operation, a.answer) == plain(r.operation, b.answer)) {
				continue
			}
			d := known(r, a, b)
			if d == nil {
				t.Fatalf("%s %s\ndyetrace:       %v\nDynamoDB Local: %v", r.operation, textOf(r.body), a, b)
			}
			met[d.what]++
			if a.code != b.code && (a.code == "" || b.code == "") {
				return // from here on the tables differ
			}
		}
	})
	for what, n := range met {
		t.Logf("%4d × %s", n, what)
	}
}

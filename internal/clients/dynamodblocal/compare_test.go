package dynamodblocal

import (
	"fmt"
	"maps"
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
		same := func(r request) (a outcome, alike bool) {
			a, b := both(r)
			if a.code == b.code && (a.code != "" || plain(r.operation, a.answer) == plain(r.operation, b.answer)) {
				return a, !halfDone(r, a)
			}
			d := known(r, a, b)
			if d == nil {
				t.Fatalf("%s %s\ndyetrace:       %v\nDynamoDB Local: %v", r.operation, textOf(r.body), a, b)
			}
			met[d.what]++
			if b.answer["LastEvaluatedKey"] == nil { // the next page cannot be compared
				a.answer = without(a.answer, "LastEvaluatedKey")
			}
			return a, a.code == b.code && r.operation != "BatchExecuteStatement" || a.code != "" && b.code != "" && !halfDone(r, a)
		}
		for range rapid.IntRange(10, 40).Draw(t, "operations") {
			r := draw(t, name)
			answer, alike := same(r)
			if !alike {
				return // from here on the tables differ
			}
			for range 3 {
				next := r.behind(answer)
				if next == nil {
					break
				}
				r = *next
				answer, _ = same(r)
			}
		}
		if a, b := ours.changes(t, name), local.changes(t, name); a != b {
			t.Fatalf("the streams differ\ndyetrace:       %s\nDynamoDB Local: %s", a, b)
		}
	})
	for what, n := range met {
		t.Logf("%4d × %s", n, what)
	}
}

// halfDone reports whether DynamoDB Local may have carried out a part of what both refuse: it executes the statements of a batch one by
// one, until it finds that the batch as a whole cannot be.
func halfDone(r request, refused outcome) bool {
	return refused.code != "" && (r.operation == "BatchExecuteStatement" || r.operation == "ExecuteTransaction")
}

// behind returns the request for the next page of a Query, nil if there is none. Pages of a Scan, and of items with the same key in an
// index, end at other items on each server.
func (r request) behind(answer outcome) *request {
	last := answer.answer["LastEvaluatedKey"]
	if r.operation != "Query" || r.body["IndexName"] != nil || last == nil {
		return nil
	}
	body := maps.Clone(r.body)
	body["ExclusiveStartKey"] = last
	return &request{r.operation, body}
}

package dynamodb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// severalTable has an index with two HASH and two RANGE attributes.
const severalTable = `{"TableName":"several","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
	"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"h1","AttributeType":"S"},{"AttributeName":"h2","AttributeType":"N"},
		{"AttributeName":"r1","AttributeType":"S"},{"AttributeName":"r2","AttributeType":"N"}],
	"GlobalSecondaryIndexes":[{"IndexName":"index","Projection":{"ProjectionType":"KEYS_ONLY"},"KeySchema":[{"AttributeName":"h1","KeyType":"HASH"},
		{"AttributeName":"h2","KeyType":"HASH"},{"AttributeName":"r1","KeyType":"RANGE"},{"AttributeName":"r2","KeyType":"RANGE"}]}]}`

// row is an item of that table; a RANGE attribute that is "" or 0 is absent.
type row struct {
	pk, h1 string
	h2     int
	r1     string
	r2     int
}

func (r row) put() string {
	attributes := []string{fmt.Sprintf(`"pk":{"S":%q},"h1":{"S":%q},"h2":{"N":"%d"}`, r.pk, r.h1, r.h2)}
	if r.r1 != "" {
		attributes = append(attributes, fmt.Sprintf(`"r1":{"S":%q}`, r.r1))
	}
	if r.r2 != 0 {
		attributes = append(attributes, fmt.Sprintf(`"r2":{"N":"%d"}`, r.r2))
	}
	return `{"TableName":"several","Item":{` + strings.Join(attributes, ",") + `}}`
}

// found returns the keys of a Query of the index, in its order.
func found(t tester, f *fixture, condition, values, more string) (keys []string, answer string) {
	t.Helper()
	answer = f.do("Query", `{"TableName":"several","IndexName":"index","KeyConditionExpression":"`+condition+`","ExpressionAttributeValues":{`+values+`}`+more+`}`)
	var out struct {
		Items []map[string]map[string]string
	}
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		t.Fatal(err)
	}
	for _, item := range out.Items {
		keys = append(keys, item["pk"]["S"])
	}
	return keys, answer
}

// TestSeveral_attributes_order_and_narrow_as_one_after_another_R1_3 compares with a naive reading of the rules.
//
// Source: Amazon DynamoDB Developer Guide, "Global secondary indexes: multi-attribute keys".
func TestSeveral_attributes_order_and_narrow_as_one_after_another_R1_3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(t)
		f.do("CreateTable", severalTable)
		var rows []row
		for i := range rapid.IntRange(1, 20).Draw(t, "rows") {
			r := row{
				fmt.Sprintf("%02d", i), rapid.SampledFrom([]string{"a", "ab"}).Draw(t, "h1"), rapid.IntRange(0, 1).Draw(t, "h2"),
				rapid.SampledFrom([]string{"", "x", "x!", "xy"}).Draw(t, "r1"), rapid.IntRange(-2, 2).Draw(t, "r2"),
			}
			f.do("PutItem", r.put())
			rows = append(rows, r)
		}
		h1, h2, r1, r2 := rapid.SampledFrom([]string{"a", "ab"}).Draw(t, "of h1"), rapid.IntRange(0, 1).Draw(t, "of h2"), "x", rapid.IntRange(-2, 2).Draw(t, "of r2")
		condition, values := "h2 = :h2 AND h1 = :h1", fmt.Sprintf(`":h1":{"S":%q},":h2":{"N":"%d"}`, h1, h2)
		depth := rapid.IntRange(0, 3).Draw(t, "depth")
		switch depth {
		case 1:
			condition, values = "begins_with(r1, :r1) AND "+condition, values+fmt.Sprintf(`,":r1":{"S":%q}`, r1)
		case 2:
			condition, values = condition+" AND r1 = :r1", values+fmt.Sprintf(`,":r1":{"S":%q}`, r1)
		case 3:
			condition, values = condition+" AND r1 = :r1 AND r2 >= :r2", values+fmt.Sprintf(`,":r1":{"S":%q},":r2":{"N":"%d"}`, r1, r2)
		}
		rows = slices.DeleteFunc(rows, func(r row) bool {
			return r.r1 == "" || r.r2 == 0 || r.h1 != h1 || r.h2 != h2 || depth > 1 && r.r1 != r1 || depth == 3 && r.r2 < r2
		})
		slices.SortFunc(rows, func(a, b row) int {
			return cmp.Or(cmp.Compare(a.r1, b.r1), cmp.Compare(a.r2, b.r2), cmp.Compare(a.pk, b.pk))
		})
		var want, got []string
		for _, r := range rows {
			want = append(want, r.pk)
		}
		next := ""
		for range 30 {
			keys, answer := found(t, f, condition, values, `,"Limit":2`+next)
			got = append(got, keys...)
			_, start, more := strings.Cut(answer, `"LastEvaluatedKey":`)
			if !more {
				break
			}
			next = `,"ExclusiveStartKey":` + start[:strings.Index(start, "}}")+2]
		}
		place := func(pk string) string { // items with one key come in any order
			i := slices.Index(want, pk)
			return fmt.Sprint(rows[max(i, 0)].r1, rows[max(i, 0)].r2, i < 0)
		}
		if !slices.EqualFunc(got, want, func(a, b string) bool { return place(a) == place(b) }) || len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(want) {
			t.Fatalf("%s {%s}: %v, want %v", condition, values, got, want)
		}
	})
}

func TestSeveral_attributes_are_refused_as_AWS_refuses_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", severalTable)
	query := func(condition string) string {
		var values []string
		for name, v := range map[string]string{":s": `{"S":"s"}`, ":n": `{"N":"1"}`} {
			if strings.Contains(condition, name) {
				values = append(values, `"`+name+`":`+v)
			}
		}
		return `{"TableName":"several","IndexName":"index","KeyConditionExpression":"` + condition + `","ExpressionAttributeValues":{` + strings.Join(values, ",") + `}}`
	}
	because := " must have equality conditions specified in the query because a condition is present on key attribute "
	schema := func(elements ...string) string {
		var definitions, keys []string
		for i, e := range elements {
			name, kind, _ := strings.Cut(e, " ")
			if !slices.ContainsFunc(elements[:i], func(o string) bool { return strings.HasPrefix(o, name+" ") }) {
				definitions = append(definitions, `{"AttributeName":"`+name+`","AttributeType":"S"}`)
			}
			keys = append(keys, `{"AttributeName":"`+name+`","KeyType":"`+kind+`"}`)
		}
		return `{"TableName":"several","AttributeDefinitions":[` + strings.Join(definitions, ",") + `],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"new",
			"KeySchema":[` + strings.Join(keys, ",") + `],"Projection":{"ProjectionType":"ALL"}}}]}`
	}
	refuseAll(t, f, []refusal{
		{"five HASH", "UpdateTable", schema("a HASH", "b HASH", "c HASH", "d HASH", "e HASH"), wrongValue + "The KeySchema exceeds the maximum allowed number of HASH key attributes"},
		{"five RANGE", "UpdateTable", schema("x HASH", "a RANGE", "b RANGE", "c RANGE", "d RANGE", "e RANGE"), wrongValue + "The KeySchema exceeds the maximum allowed number of RANGE key attributes"},
		{"HASH behind RANGE", "UpdateTable", schema("a HASH", "b RANGE", "c HASH"), wrongValue + "All HASH key attributes must precede RANGE key attributes in the KeySchema"},
		{"one attribute twice", "UpdateTable", schema("a HASH", "b HASH", "a RANGE"), wrongValue + "The KeySchema contains multiple key attributes with the same name"},
		{"no HASH first", "UpdateTable", schema("a RANGE", "b RANGE", "c HASH"), validation + "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
		{"a HASH is missing", "Query", query("h1 = :s"), validation + "HASH key attributes h2 must have equality conditions specified in the query"},
		{"a HASH is compared", "Query", query("h1 = :s AND h2 > :n"), validation + "HASH key attributes h2 must have equality conditions specified in the query"},
		{"a RANGE is passed over", "Query", query("h1 = :s AND h2 = :n AND r2 = :n"), validation + "RANGE key attributes r1" + because + "r2"},
		{"a RANGE is compared, and another behind", "Query", query("h1 = :s AND h2 = :n AND r1 > :s AND r2 = :n"), validation + "RANGE key attributes r1" + because + "r2"},
		{"another attribute", "Query", query("h1 = :s AND h2 = :n AND zzz = :s"), validation + "Query key condition not supported"},
		{"another type", "Query", query("h1 = :n AND h2 = :n"), wrongValue + "Condition parameter type does not match schema type"},
		{"an item with another type", "PutItem", `{"TableName":"several","Item":{"pk":{"S":"a"},"r2":{"S":"x"}}}`,
			wrongValue + "Type mismatch for Index Key r2 Expected: N Actual: S IndexName: index"},
		{"three conditions on another index", "Query", `{"TableName":"several","KeyConditionExpression":"pk = :s AND h1 = :s AND r1 = :s","ExpressionAttributeValues":{":s":{"S":"s"}}}`,
			validation + "Conditions can be of length 1 or 2 only"},
	})
}

func TestSeveral_attributes_are_told_and_filled_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", severalTable)
	f.do("PutItem", row{"1", "a", 1, "x", 1}.put())
	f.do("UpdateTable", `{"TableName":"several","AttributeDefinitions":[{"AttributeName":"h1","AttributeType":"S"},{"AttributeName":"r1","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[
		{"Create":{"IndexName":"later","KeySchema":[{"AttributeName":"h1","KeyType":"HASH"},{"AttributeName":"r1","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`)
	if got := f.do("Scan", `{"TableName":"several","IndexName":"later"}`); !strings.Contains(got, `"Count":1`) {
		t.Errorf("the new index has %s", got)
	}
	if got := f.do("DescribeTable", `{"TableName":"several"}`); !strings.Contains(got, `"KeySchema":[{"AttributeName":"h1","KeyType":"HASH"},{"AttributeName":"r1","KeyType":"HASH"}]`) {
		t.Errorf("described as %s", got)
	}
	got := f.do("Query", `{"TableName":"several","IndexName":"index","KeyConditions":{"h1":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]},
		"h2":{"ComparisonOperator":"EQ","AttributeValueList":[{"N":"1"}]},"r1":{"ComparisonOperator":"BEGINS_WITH","AttributeValueList":[{"S":"x"}]}}}`)
	if !strings.Contains(got, `"Count":1`) {
		t.Errorf("by legacy conditions: %s", got)
	}
	if got := f.do("ExecuteStatement", `{"Statement":"SELECT pk FROM \"several\".\"index\" WHERE h1 = 'a' AND h2 = 1"}`); !strings.Contains(got, `"pk"`) {
		t.Errorf("by a statement: %s", got)
	}
}

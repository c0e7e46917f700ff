package dynamodb

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const listOf = `"AttributeValueList":`

func TestLegacy_parameters_are_refused_as_by_AWS_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.do("CreateTable", sortTable)
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"s":{"S":"x"},"n":{"N":"1"},"ss":{"SS":["x"]}}}`)
	put := func(members string) string { return `{"TableName":"hash","Item":{"pk":{"S":"a"}},` + members + `}` }
	change := func(update string) string {
		return `{"TableName":"hash","Key":{"pk":{"S":"a"}},"AttributeUpdates":{` + update + `}}`
	}
	query := func(members string) string { return `{"TableName":"sort",` + members + `}` }
	const eq = `{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"x"}]}`
	const mixed = validation + "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
	refuseAll(t, f, []refusal{
		{"an operator joins two", "PutItem", put(`"Expected":{"s":` + eq + `},"ConditionalOperator":"OR"`),
			validation + "ConditionalOperator can only be used when Filter or Expected has two or more elements"},
		{"an operator joins something", "Scan", query(`"ConditionalOperator":"AND","ScanFilter":{}`),
			validation + "ConditionalOperator cannot be used without Filter or Expected"},
		{"before the key condition is missed", "Query", query(`"ConditionalOperator":"AND"`), validation + "ConditionalOperator cannot be used without Filter or Expected"},
		{"Expected says nothing", "PutItem", put(`"Expected":{"s":{}}`), wrongValue + "Value must be provided when Exists is null for Attribute: s"},
		{"Exists without Value", "DeleteItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"Expected":{"s":{"Exists":true}}}`,
			wrongValue + "Value must be provided when Exists is true for Attribute: s"},
		{"absent, with Value", "PutItem", put(`"Expected":{"s":{"Exists":false,"Value":{"S":"x"}}}`), wrongValue + "Value cannot be used when Exists is false for Attribute: s"},
		{"Value and list", "PutItem", put(`"Expected":{"s":{"Value":{"S":"x"},` + listOf + `[{"S":"x"}]}}`),
			wrongValue + "Value and AttributeValueList cannot be used together for Attribute: s"},
		{"operator and Exists", "PutItem", put(`"Expected":{"s":{"ComparisonOperator":"EQ","Exists":true}}`),
			wrongValue + "Exists and ComparisonOperator cannot be used together for Attribute: s"},
		{"operator without value", "PutItem", put(`"Expected":{"s":{"ComparisonOperator":"EQ"}}`),
			wrongValue + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: s"},
		{"list without operator", "PutItem", put(`"Expected":{"s":{` + listOf + `[{"S":"x"}]}}`),
			wrongValue + "AttributeValueList can only be used with a ComparisonOperator for Attribute: s"},
		{"one bound", "PutItem", put(`"Expected":{"s":{"ComparisonOperator":"BETWEEN","Value":{"S":"x"}}}`),
			wrongValue + "Invalid number of argument(s) for the BETWEEN ComparisonOperator"},
		{"bounds in the wrong order", "PutItem", put(`"Expected":{"s":{"ComparisonOperator":"BETWEEN",` + listOf + `[{"S":"b"},{"S":"a"}]}}`),
			validation + "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"},
		{"two types", "Scan", query(`"ScanFilter":{"s":{"ComparisonOperator":"IN",` + listOf + `[{"S":"b"},{"N":"1"}]}}`),
			wrongValue + "AttributeValues inside AttributeValueList must be of same type"},
		{"a set has no order", "Scan", query(`"ScanFilter":{"s":{"ComparisonOperator":"LT",` + listOf + `[{"SS":["b"]}]}}`),
			wrongValue + "ComparisonOperator LT is not valid for SS AttributeValue type"},
		{"an empty value", "Scan", query(`"ScanFilter":{"s":{"ComparisonOperator":"EQ",` + listOf + `[{}]}}`),
			validation + "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
		{"PUT without a value", "UpdateItem", change(`"s":{"Action":"PUT"}`), wrongValue + "Only DELETE action is allowed when no attribute value is specified"},
		{"ADD of a string", "UpdateItem", change(`"s":{"Action":"ADD","Value":{"S":"x"}}`), wrongValue + "ADD action is not supported for the type S"},
		{"DELETE of a number", "UpdateItem", change(`"n":{"Action":"DELETE","Value":{"N":"1"}}`), wrongValue + "DELETE action with value is not supported for the type N"},
		{"ADD to another type", "UpdateItem", change(`"s":{"Action":"ADD","Value":{"N":"1"}}`), validation + "Type mismatch for attribute to update"},
		{"ADD of a list to another type", "UpdateItem", change(`"s":{"Action":"ADD","Value":{"L":[]}}`), validation + "Type mismatch for attribute to update"},
		{"the key stays", "UpdateItem", change(`"pk":{"Value":{"S":"b"}}`), wrongValue + "Cannot update attribute pk. This attribute is part of the key"},
		{"no key conditions", "Query", query(`"KeyConditions":{}`), validation + "Conditions can be of length 1 or 2 only"},
		{"not by an index", "Query", query(`"KeyConditions":{"pk":` + eq + `,"sk":{"ComparisonOperator":"NE",` + listOf + `[{"N":"1"}]}}`),
			validation + "Attempted conditional constraint is not an indexable operation"},
		{"filter on a key", "Query", query(`"KeyConditions":{"pk":` + eq + `},"QueryFilter":{"sk":{"ComparisonOperator":"NOT_NULL"}}`),
			validation + "QueryFilter can only contain non-primary key attributes: Primary key attribute: sk"},
		{"all of both in a Query", "Query", query(`"KeyConditions":{"pk":` + eq + `},"QueryFilter":{},"AttributesToGet":["a"],"ConditionalOperator":"OR",` +
			`"KeyConditionExpression":"pk = :a","FilterExpression":"a = :a","ProjectionExpression":"a"`),
			mixed + "{AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions} Expression parameters: {ProjectionExpression, FilterExpression, KeyConditionExpression}"},
		{"all of both in an update", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"AttributeUpdates":{},"Expected":{},"ConditionalOperator":"OR",` +
			`"UpdateExpression":"REMOVE a","ConditionExpression":"a = b"}`,
			mixed + "{AttributeUpdates, Expected, ConditionalOperator} Expression parameters: {UpdateExpression, ConditionExpression}"},
		{"a filter and a projection", "Scan", query(`"ScanFilter":{},"ProjectionExpression":"a"`), mixed + "{ScanFilter} Expression parameters: {ProjectionExpression}"},
	})
}

func TestKeyConditions_beside_a_filter_expression_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	for _, v := range []string{"1", "2"} {
		f.do("PutItem", `{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"`+v+`"},"v":{"N":"`+v+`"}}}`)
	}
	const body = `{"TableName":"sort","KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]}},
		"FilterExpression":"v > :v","ProjectionExpression":"v","ExpressionAttributeValues":{":v":{"N":"1"}}}`
	if got := text(t, f.do("Query", body), "Items"); got != `[{"v":{"N":"2"}}]` {
		t.Errorf("items %s: KeyConditions alone do not clash with expressions", got)
	}
}

// phrase is one condition in both languages, on the attribute #NAME.
type phrase struct {
	legacy, expression string
	operands           []string
}

var values = []string{`{"S":"x"}`, `{"S":"xy"}`, `{"N":"1"}`, `{"N":"2"}`, `{"B":"AQ=="}`}

// drawPhrase draws a condition that both languages accept.
func drawPhrase(t *rapid.T) phrase {
	kind := rapid.IntRange(0, 2).Draw(t, "kind")
	of := [][]string{values[:2], values[2:4], values[4:]}[kind]
	one := func() string { return rapid.SampledFrom(of).Draw(t, "value") }
	operator := rapid.SampledFrom([]string{
		"EQ", "NE", "LT", "LE", "GT", "GE", "IN", "BETWEEN", "BEGINS_WITH", "CONTAINS", "NOT_CONTAINS", "NULL", "NOT_NULL",
	}).Draw(t, "operator")
	if operator == "BEGINS_WITH" && kind == 1 {
		operator = "CONTAINS"
	}
	p := phrase{expression: map[string]string{
		"EQ": "#N = #0", "NE": "#N <> #0", "LT": "#N < #0", "LE": "#N <= #0", "GT": "#N > #0", "GE": "#N >= #0", "IN": "#N IN (#0, #1)",
		"BETWEEN": "#N BETWEEN #0 AND #1", "BEGINS_WITH": "begins_with(#N, #0)", "CONTAINS": "contains(#N, #0)",
		"NOT_CONTAINS": "(attribute_exists(#N) AND NOT contains(#N, #0))", "NULL": "attribute_not_exists(#N)", "NOT_NULL": "attribute_exists(#N)",
	}[operator]}
	for range strings.Count(p.expression, "#0") + strings.Count(p.expression, "#1") {
		p.operands = append(p.operands, one())
	}
	slices.Sort(p.operands) // bounds in order
	p.legacy = fmt.Sprintf(`{"ComparisonOperator":%q`, operator)
	if len(p.operands) > 0 {
		p.legacy += `,"AttributeValueList":[` + strings.Join(p.operands, ",") + `]`
	}
	p.legacy += "}"
	return p
}

// pair is a set of conditions in both languages: members of a request, without braces.
type pair struct{ legacy, expression string }

// drawConditions draws conditions on several attributes; member and expression name the parameters.
func drawConditions(t *rapid.T, member, expression string) pair {
	names := rapid.Permutation([]string{"a", "b", "c"}).Draw(t, "names")[:rapid.IntRange(1, 3).Draw(t, "count")]
	word := rapid.SampledFrom([]string{"", "AND", "OR"}).Draw(t, "word")
	var entries, clauses, operands []string
	for _, name := range names {
		p := drawPhrase(t)
		entries = append(entries, fmt.Sprintf("%q:%s", name, p.legacy))
		clause := strings.ReplaceAll(p.expression, "#N", name)
		for i, v := range p.operands {
			placeholder := fmt.Sprintf(":%s%d", name, i)
			clause = strings.ReplaceAll(clause, fmt.Sprintf("#%d", i), placeholder)
			operands = append(operands, fmt.Sprintf("%q:%s", placeholder, v))
		}
		clauses = append(clauses, clause)
	}
	out := pair{legacy: fmt.Sprintf("%q:{%s}", member, strings.Join(entries, ","))}
	join := " AND "
	if word != "" && len(names) > 1 {
		out.legacy += fmt.Sprintf(`,"ConditionalOperator":%q`, word)
		join = " " + word + " "
	}
	out.expression = fmt.Sprintf("%q:%q", expression, strings.Join(clauses, join))
	if operands != nil {
		out.expression += `,"ExpressionAttributeValues":{` + strings.Join(operands, ",") + "}"
	}
	return out
}

func drawAttributes(t *rapid.T) string {
	text := ""
	for _, name := range []string{"a", "b", "c"} {
		all := append([]string{"", `{"SS":["x","z"]}`, `{"NS":["1"]}`, `{"L":[{"S":"x"}]}`, `{"M":{}}`, `{"NULL":true}`}, values...)
		if v := rapid.SampledFrom(all).Draw(t, name); v != "" {
			text += fmt.Sprintf(",%q:%s", name, v)
		}
	}
	return text
}

// same demands that two requests are answered alike, and returns whether they succeed.
func same(t *rapid.T, f *fixture, operation, legacy, expression string) bool {
	a, errA := f.call(operation, legacy)
	b, errB := f.call(operation, expression)
	if a != b || (errA == nil) != (errB == nil) {
		t.Fatalf("%s\n%s\n  %s %v\n%s\n  %s %v", operation, legacy, a, errA, expression, b, errB)
	}
	return errA == nil
}

func TestLegacy_conditions_agree_with_expressions_R1_3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(t)
		f.do("CreateTable", sortTable)
		for sk := range rapid.IntRange(1, 4).Draw(t, "items") {
			f.do("PutItem", fmt.Sprintf(`{"TableName":"sort","Item":{"pk":{"S":"p"},"sk":{"N":"%d"}%s}}`, sk, drawAttributes(t)))
		}
		filter := drawConditions(t, "ScanFilter", "FilterExpression")
		same(t, f, "Scan", `{"TableName":"sort",`+filter.legacy+`}`, `{"TableName":"sort",`+filter.expression+`}`)

		const key = `"KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"p"}]},"sk":{"ComparisonOperator":"%s","AttributeValueList":[%s]}}`
		rows := [][3]string{{"EQ", `{"N":"1"}`, "= :1"}, {"LT", `{"N":"2"}`, "< :2"}, {"LE", `{"N":"1"}`, "<= :1"}, {"GT", `{"N":"1"}`, "> :1"},
			{"GE", `{"N":"2"}`, ">= :2"}, {"BETWEEN", `{"N":"1"},{"N":"2"}`, "BETWEEN :1 AND :2"}}
		row := rapid.SampledFrom(rows).Draw(t, "key")
		used := `":p":{"S":"p"}`
		for _, n := range []string{"1", "2"} {
			if strings.Contains(row[2], ":"+n) {
				used += fmt.Sprintf(`,":%s":{"N":%q}`, n, n)
			}
		}
		same(t, f, "Query", `{"TableName":"sort",`+fmt.Sprintf(key, row[0], row[1])+`}`,
			`{"TableName":"sort","KeyConditionExpression":"pk = :p AND sk `+row[2]+`","ExpressionAttributeValues":{`+used+`}}`)

		condition := drawConditions(t, "Expected", "ConditionExpression")
		const head = `{"TableName":"sort","Key":{"pk":{"S":"p"},"sk":{"N":"0"}},`
		if same(t, f, "UpdateItem", head+condition.legacy+`}`, head+condition.expression+`}`) {
			f.do("DeleteItem", head+condition.legacy+`}`)
		}
	})
}

func TestAttributeUpdates_agree_with_expressions_R1_3(t *testing.T) {
	actions := []struct{ legacy, section, clause string }{
		{`{"Value":{"S":"x"}}`, "SET", "%s = :s"}, {`{"Action":"PUT","Value":{"N":"1"}}`, "SET", "%s = :n"}, {`{"Action":"DELETE"}`, "REMOVE", "%s"},
		{`{"Action":"ADD","Value":{"N":"1"}}`, "ADD", "%s :n"}, {`{"Action":"ADD","Value":{"SS":["x","y"]}}`, "ADD", "%s :ss"},
		{`{"Action":"DELETE","Value":{"SS":["x","y"]}}`, "DELETE", "%s :ss"}, {`{"Action":"ADD","Value":{"L":[{"S":"x"}]}}`, "SET", "%[1]s = list_append(if_not_exists(%[1]s, :e), :l)"},
	}
	operands := []string{`":s":{"S":"x"}`, `":n":{"N":"1"}`, `":ss":{"SS":["x","y"]}`, `":e":{"L":[]}`, `":l":{"L":[{"S":"x"}]}`}
	rapid.Check(t, func(t *rapid.T) {
		f := newFixture(t)
		f.do("CreateTable", hashTable)
		attributes := drawAttributes(t)
		for _, pk := range []string{"legacy", "expression"} {
			f.do("PutItem", fmt.Sprintf(`{"TableName":"hash","Item":{"pk":{"S":%q}%s}}`, pk, attributes))
		}
		sections := map[string][]string{}
		var entries []string
		for _, name := range rapid.Permutation([]string{"a", "b", "c"}).Draw(t, "names")[:rapid.IntRange(1, 3).Draw(t, "count")] {
			a := rapid.SampledFrom(actions).Draw(t, "action")
			entries = append(entries, fmt.Sprintf("%q:%s", name, a.legacy))
			sections[a.section] = append(sections[a.section], fmt.Sprintf(a.clause, name))
		}
		expression := ""
		for _, section := range []string{"SET", "REMOVE", "ADD", "DELETE"} {
			if list := sections[section]; list != nil {
				expression += section + " " + strings.Join(list, ", ") + " "
			}
		}
		used := slices.DeleteFunc(slices.Clone(operands), func(o string) bool {
			name, _, _ := strings.Cut(o[1:], `"`)
			return !slices.Contains(strings.FieldsFunc(expression, func(r rune) bool { return strings.ContainsRune(" ,()", r) }), name)
		})
		option := rapid.SampledFrom([]string{"ALL_NEW", "ALL_OLD", "UPDATED_NEW", "UPDATED_OLD"}).Draw(t, "return")
		head := func(pk string) string {
			return fmt.Sprintf(`{"TableName":"hash","Key":{"pk":{"S":%q}},"ReturnValues":%q,`, pk, option)
		}
		tail := ""
		if len(used) > 0 {
			tail = `,"ExpressionAttributeValues":{` + strings.Join(used, ",") + "}"
		}
		got, errLegacy := f.call("UpdateItem", head("legacy")+`"AttributeUpdates":{`+strings.Join(entries, ",")+"}}")
		want, errExpression := f.call("UpdateItem", head("expression")+fmt.Sprintf(`"UpdateExpression":%q%s}`, expression, tail))
		if strings.Replace(got, `"legacy"`, `"expression"`, 1) != want || (errLegacy == nil) != (errExpression == nil) {
			t.Fatalf("item {%s}: %s\n got %s %v\nwant %s %v", attributes, expression, got, errLegacy, want, errExpression)
		}
	})
}

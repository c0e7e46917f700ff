package dynamodblocal

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// request is one operation of a sequence.
type request struct {
	operation string
	body      object
}

func key(name, kind string) object { return object{"AttributeName": name, "KeyType": kind} }

// definition is the table on which sequences run: a sort key, a local index, and a global one that projects keys only.
func definition(name string) object {
	attribute := func(name, kind string) object { return object{"AttributeName": name, "AttributeType": kind} }
	projection := func(kind string) object { return object{"ProjectionType": kind} }
	return object{
		"TableName": name, "BillingMode": "PAY_PER_REQUEST", "StreamSpecification": object{"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
		"AttributeDefinitions":   []any{attribute("p", "S"), attribute("s", "N"), attribute("g", "S"), attribute("l", "B")},
		"KeySchema":              []any{key("p", "HASH"), key("s", "RANGE")},
		"LocalSecondaryIndexes":  []any{object{"IndexName": "byL", "KeySchema": []any{key("p", "HASH"), key("l", "RANGE")}, "Projection": projection("ALL")}},
		"GlobalSecondaryIndexes": []any{object{"IndexName": "byG", "KeySchema": []any{key("g", "HASH"), key("s", "RANGE")}, "Projection": projection("KEYS_ONLY")}},
	}
}

// pick draws one of the arguments.
func pick[V any](t *rapid.T, label string, all ...V) V { return rapid.SampledFrom(all).Draw(t, label) }

// often reports true n times out of ten.
func often(t *rapid.T, label string, n int) bool { return rapid.IntRange(0, 9).Draw(t, label) < n }

var numbers = []string{"0", "1", "-1", "2", "10", "1.5", "-0.25", "1e3", "12345678901234567890123456789012345678", "0.000000000000000000000000000000000001", "007"}

// value draws an attribute value of any type, nested up to depth.
func value(t *rapid.T, depth int) object {
	kinds := []string{"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS"}
	if depth > 0 {
		kinds = append(kinds, "M", "L", "M", "L")
	}
	switch kind := pick(t, "kind", kinds...); kind {
	case "S":
		return object{"S": pick(t, "S", "", "x", "xy", "y", "é")}
	case "N":
		return object{"N": pick(t, "N", numbers...)}
	case "B":
		return object{"B": pick(t, "B", "", "AQ==", "AQI=", "/w==")}
	case "BOOL":
		return object{"BOOL": pick(t, "BOOL", true, false)}
	case "NULL":
		return object{"NULL": true}
	case "M":
		return object{"M": fields(t, depth-1)}
	case "L":
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, value(t, depth-1))
		}
		return object{"L": list}
	default:
		all := map[string][]string{"SS": {"x", "y", "z"}, "NS": {"1", "2", "1e1"}, "BS": {"AQ==", "AQI=", "/w=="}}[kind]
		return object{kind: rapid.Permutation(all).Draw(t, kind)[:rapid.IntRange(1, 3).Draw(t, "members")]}
	}
}

func fields(t *rapid.T, depth int) object {
	m := object{}
	for _, name := range []string{"a", "b", "c"} {
		if often(t, name, 5) {
			m[name] = value(t, depth)
		}
	}
	return m
}

func primary(t *rapid.T) object {
	k := object{"p": object{"S": pick(t, "p", "1", "2")}, "s": object{"N": pick(t, "s", "-1", "0", "1", "2.5")}}
	if often(t, "bad key", 1) {
		name := pick(t, "which", "p", "s")
		switch pick(t, "how", "gone", "type", "more") {
		case "gone":
			delete(k, name)
		case "type":
			k[name] = object{"BOOL": true}
		default:
			k["a"] = object{"S": "x"}
		}
	}
	return k
}

func item(t *rapid.T) object {
	all := fields(t, 2)
	maps.Copy(all, primary(t))
	if often(t, "g", 5) {
		all["g"] = object{"S": pick(t, "g", "u", "v")}
	}
	if often(t, "l", 5) {
		all["l"] = object{"B": pick(t, "l", "AQ==", "Ag==")}
	}
	return all
}

// text collects the placeholders of the expressions of one request.
type text struct {
	t      *rapid.T
	names  object
	values object
}

func newText(t *rapid.T) *text { return &text{t, object{}, object{}} }

// into adds the placeholders to a request.
func (x *text) into(body object) {
	if len(x.names) > 0 {
		body["ExpressionAttributeNames"] = x.names
	}
	if len(x.values) > 0 {
		body["ExpressionAttributeValues"] = x.values
	}
	if often(x.t, "unused", 1) && len(x.values) > 0 {
		x.values[":unused"] = object{"S": "x"}
	}
}

func (x *text) value(v object) string {
	name := fmt.Sprintf(":v%d", len(x.values))
	x.values[name] = v
	return name
}

// path writes a document path, sometimes by a placeholder.
func (x *text) path() string {
	path := pick(x.t, "name", "a", "b", "c", "g", "l")
	if often(x.t, "placeholder", 3) {
		x.names["#"+path] = path
		path = "#" + path
	}
	for range rapid.IntRange(0, 2).Draw(x.t, "steps") {
		path += pick(x.t, "step", ".a", ".b", "[0]", "[1]", "[5]")
	}
	return path
}

func (x *text) operand() string {
	switch pick(x.t, "operand", "value", "value", "value", "path", "size") {
	case "path":
		return x.path()
	case "size":
		return "size(" + x.path() + ")"
	}
	return x.value(value(x.t, 1))
}

func (x *text) condition(depth int) string {
	if depth > 0 && often(x.t, "joined", 4) {
		left, right := x.condition(depth-1), x.condition(depth-1)
		switch pick(x.t, "word", "AND", "OR", "NOT") {
		case "AND":
			return left + " AND " + right
		case "OR":
			return left + " OR " + right
		}
		return "NOT (" + left + ") AND " + right
	}
	switch pick(x.t, "form", "compare", "compare", "between", "in", "exists", "absent", "type", "begins", "contains") {
	case "between":
		low := value(x.t, 0)
		return x.path() + " BETWEEN " + x.value(low) + " AND " + x.value(value(x.t, 0))
	case "in":
		return x.path() + " IN (" + x.operand() + ", " + x.operand() + ")"
	case "exists":
		return "attribute_exists(" + x.path() + ")"
	case "absent":
		return "attribute_not_exists(" + x.path() + ")"
	case "type":
		return "attribute_type(" + x.path() + ", " + x.value(object{"S": pick(x.t, "type", "S", "N", "B", "M", "L", "SS", "NULL", "X")}) + ")"
	case "begins":
		return "begins_with(" + x.path() + ", " + x.operand() + ")"
	case "contains":
		return "contains(" + x.path() + ", " + x.operand() + ")"
	}
	return x.path() + " " + pick(x.t, "comparator", "=", "<>", "<", "<=", ">", ">=") + " " + x.operand()
}

func (x *text) update() string {
	var set, remove, add, del []string
	for range rapid.IntRange(1, 3).Draw(x.t, "actions") {
		path := x.path()
		switch pick(x.t, "section", "set", "set", "sum", "default", "append", "remove", "add", "delete") {
		case "set":
			set = append(set, path+" = "+x.value(value(x.t, 2)))
		case "sum":
			set = append(set, path+" = "+x.path()+pick(x.t, "sign", " + ", " - ")+x.value(value(x.t, 0)))
		case "default":
			set = append(set, path+" = if_not_exists("+x.path()+", "+x.value(value(x.t, 1))+")")
		case "append":
			set = append(set, path+" = list_append("+x.path()+", "+x.value(value(x.t, 1))+")")
		case "remove":
			remove = append(remove, path)
		case "add":
			add = append(add, path+" "+x.value(value(x.t, 0)))
		case "delete":
			del = append(del, path+" "+x.value(value(x.t, 0)))
		}
	}
	var sections []string
	for _, s := range []struct {
		word string
		list []string
	}{{"SET", set}, {"REMOVE", remove}, {"ADD", add}, {"DELETE", del}} {
		if s.list != nil {
			sections = append(sections, s.word+" "+strings.Join(s.list, ", "))
		}
	}
	return strings.Join(sections, " ")
}

// conditions draws legacy conditions.
func conditions(t *rapid.T) object {
	all := object{}
	for _, name := range rapid.Permutation([]string{"a", "b", "c"}).Draw(t, "names")[:rapid.IntRange(1, 2).Draw(t, "count")] {
		c := object{"ComparisonOperator": pick(t, "operator", "EQ", "NE", "LT", "GE", "IN", "BETWEEN", "BEGINS_WITH", "CONTAINS", "NOT_CONTAINS", "NULL", "NOT_NULL")}
		list := []any{}
		for range map[string]int{"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}[c["ComparisonOperator"].(string)] {
			list = append(list, value(t, 0))
		}
		if !slices.Contains([]any{"NULL", "NOT_NULL", "BETWEEN"}, c["ComparisonOperator"]) {
			list = append(list, value(t, 1))
		}
		if len(list) > 0 {
			c["AttributeValueList"] = list
		}
		all[name] = c
	}
	return all
}

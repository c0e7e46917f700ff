package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func compile(t testing.TB, text, scope string) *Policy {
	t.Helper()
	p, err := Compile(text, scope)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// numbers writes a list of n values.
func numbers(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

// at words a refusal with its place.
func at(reason, policy string, column int) string {
	return fmt.Sprintf("FilterPolicy: %s\n at [Source: (String)\"%s\"; line: 1, column: %d]", reason, policy, column)
}

// The policies and texts are those of AWS, recorded in the filter policy tests of LocalStack.
func TestCompile_refuses_with_the_texts_of_AWS_R4_4(t *testing.T) {
	where := func(reason string, column int) func(string) string {
		return func(policy string) string { return at(reason, policy, column) }
	}
	plain := func(text string) func(string) string { return func(string) string { return text } }
	for _, c := range []struct {
		policy string
		want   func(policy string) string
	}{
		{`{"key":[["value"]]}`, where("Match value must be String, number, true, false, or null", 10)},
		{`{"key":[{"wrong-operator":true}]}`, where("Unrecognized match type wrong-operator", 31)},
		{`{"key":[{"suffix":"value","prefix":"value2"}]}`, where("Only one key allowed in match expression", 37)},
		{`{"key":[]}`, where("Empty arrays are not allowed", 10)},
		{`{"key":[{"suffix":100}]}`, where("suffix match pattern must be a string", 22)},
		{`{"key":[{"suffix":null}]}`, where("suffix match pattern must be a string", 23)},
		{`{"key":{"suffix":"value"}}`, where(`"suffix" must be an object or an array`, 19)},
		{`{"key":[{"suffix":[]}]}`, where("suffix match pattern must be a string", 20)},
		{`{"key":[{"suffix":["test","test2"]}]}`, where("suffix match pattern must be a string", 20)},
		{`{"key":{"not-an-operator":"value"}}`, where(`"not-an-operator" must be an object or an array`, 28)},
		{`{"key":[{"cidr":["bad-filter"]}]}`, where("prefix match pattern must be a string", 18)},
		{`{"key":[{"cidr":"bad-filter"}]}`, plain("FilterPolicy: Malformed CIDR, one '/' required")},
		{`{"key":[{"cidr":"bad-filter/64"}]}`, plain("FilterPolicy: Nonstandard IP address: bad-filter")},
		{`{"key":[{"cidr":"bad-filter/bad-filter"}]}`, plain("FilterPolicy: Malformed CIDR, mask bits must be an integer")},
		{`{"key":[{"cidr":"xx.11.xx/8"}]}`, plain("FilterPolicy: Nonstandard IP address: xx.11.xx")},
		{`{"key":[{"numeric":[]}]}`, where("Invalid member in numeric match: ]", 22)},
		{`{"key":[{"numeric":["operator"]}]}`, where("Unrecognized numeric range operator: operator", 32)},
		{`{"key":[{"numeric":[1,"<="]}]}`, where("Invalid member in numeric match: 1", 22)},
		{`{"key":[{"numeric":["=","000"]}]}`, where("Value of equals must be numeric", 26)},
		{`{"key":[{"numeric":[">="]}]}`, where("Value of >= must be numeric", 26)},
		{`{"key":[{"numeric":["<",100,">",10]}]}`, where("Too many elements in numeric expression", 30)},
		{`{"key":[{"numeric":[">=",1,">",2]}]}`, where("Bad numeric range operator: >", 31)},
		{`{"key":[{"numeric":[">",3,"<",1]}]}`, where("Bottom must be less than top", 33)},
		{`{"key":[{"numeric":[">",20,"<="]}]}`, where("Value of <= must be numeric", 33)},
		{`{"key":[{"numeric":[">",20,30]}]}`, where("Bad value in numeric range: 30", 30)},
		{`{"key":[{"numeric":[">",20,"test"]}]}`, where("Bad numeric range operator: test", 34)},
		{`{"key":[{"numeric":[">","20","<","30"]}]}`, where("Value of > must be numeric", 26)},
		{`{"key":[{"numeric":[">",20,"<","30"]}]}`, where("Value of < must be numeric", 33)},
		{`{"key":[{"numeric":[">",20,"<",30,"<",50]}]}`, where("Too many terms in numeric range expression", 36)},
		{`{"key":[{"exists":null}]}`, where("exists match pattern must be either true or false.", 23)},
		{`{"key":[{"exists":"no"}]}`, where("exists match pattern must be either true or false.", 20)},
		{`{"key":[{"anything-but":{"wrong-operator":null}}]}`, where("Unsupported anything-but pattern: wrong-operator", 47)},
		{`{"key":[{"anything-but":{"suffix":"test"}}]}`, where("Unsupported anything-but pattern: suffix", 36)},
		{`{"key":[{"anything-but":{"exists":false}}]}`, where("Unsupported anything-but pattern: exists", 40)},
		{`{"key":[{"anything-but":{"prefix":false}}]}`, where("prefix match pattern must be a string", 40)},
		{`{"key_a":"value_one"}`, where(`"key_a" must be an object or an array`, 11)},
		{`{"key": [{"wildcard": "a*"}]}`, plain(at("Unrecognized match type wildcard", `{"key":[{"wildcard":"a*"}]}`, 22))},
		{`{"key":` + numbers(151) + `}`, plain("FilterPolicy: Filter policy is too complex")},
		{`{"key1":` + numbers(100) + `,"key2":` + numbers(51) + `}`, plain("FilterPolicy: Filter policy is too complex")},
		{`{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}`, plain("FilterPolicy: Filter policy can not have more than 5 keys")},
		{`{"object":{"key":[{"prefix":"auto-"}]}}`, plain("Filter policy scope MessageAttributes does not support nested filter policy")},
		{`{"source":[1,2,3,4],"$or":[{"n":[1,2,3,4,5,6]},{"t":[1,2,3,4],"$or":[{"i":[1,2,3,4]},{"s":[1,2,3,4]}]}]}`, plain("FilterPolicy: Filter policy is too complex")},
		{"{invalid}", plain("FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]")},
		{"invalid", plain("FilterPolicy: failed to parse JSON. Unrecognized token 'invalid': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 8]")},
	} {
		_, err := Compile(c.policy, MessageAttributes)
		e, ok := errors.AsType[*Error](err)
		if want := c.want(c.policy); !ok || e.Text != want {
			t.Errorf("%s:\ngot  %v\nwant %s", c.policy, err, want)
		}
	}
}

func TestCompile_counts_combinations_by_depth_and_alternative_R4_4(t *testing.T) {
	for policy, wantComplex := range map[string]bool{
		`{"key_a":{"key_b":{"key_c":[1,2,3,4]}},"key_d":{"key_e":[1,2,3]},"key_f":[1,2,3]}`:                          true,  // 3 x 4 x 2 x 3 x 1 x 3 = 216
		`{"key_a":{"key_b":{"key_c":[1,2,3,4]}},"key_d":{"key_e":[1,2,3]}}`:                                          false, // 72
		`{"$or":[{"m":[1,2,3]},{"n":[1,2]}],"d":{"scope":[1,2],"$or":[{"source":[1]},{"type":[1,2,3]}]}}`:            true,  // 160
		`{"$or":[{"m":[1,2]},{"n":[1,2]}],"d":{"scope":["Service"],"$or":[{"source":[1]},{"type":["CloudWatch"]}]}}`: false,
	} {
		if _, err := Compile(policy, MessageBody); (err != nil) != wantComplex {
			t.Errorf("%s: %v", policy, err)
		}
	}
}

func TestMatch_looks_at_attributes_R4_4(t *testing.T) {
	for _, c := range []struct {
		reason, policy, kind, value string
		want                        bool
	}{
		{"an exact string", `{"a":["x","y"]}`, "String", "y", true},
		{"case counts", `{"a":["x"]}`, "String", "X", false},
		{"a number", `{"a":[100]}`, "Number", "100.0", true},
		{"a string is no number", `{"a":[100]}`, "String", "100", false},
		{"a number is no string", `{"a":["100"]}`, "Number", "100", false},
		{"a range", `{"a":[{"numeric":[">",0,"<=",100]}]}`, "Number", "99.12", true},
		{"out of the range", `{"a":[{"numeric":[">",0,"<=",100]}]}`, "Number", "100.12", false},
		{"one element of a list is enough", `{"a":["value1"]}`, "String.Array", `["value1","value2"]`, true},
		{"no element of a list", `{"a":["value1"]}`, "String.Array", `["value2","value3"]`, false},
		{"a list of numbers", `{"a":[{"numeric":["=",3]}]}`, "String.Array", `[1, 3]`, true},
		{"a list of literals", `{"a":[true]}`, "String.Array", `[null, true]`, true},
		{"anything-but holds if some element is something else", `{"a":[{"anything-but":["rugby"]}]}`, "String.Array", `["rugby","baseball"]`, true},
		{"anything-but where all are named", `{"a":[{"anything-but":["rugby"]}]}`, "String.Array", `["rugby"]`, false},
		{"anything-but with a prefix", `{"a":[{"anything-but":{"prefix":"order-"}}]}`, "String", "data-entry", true},
		{"anything-but with a prefix it has", `{"a":[{"anything-but":{"prefix":"order-"}}]}`, "String", "order-cancelled", false},
		{"a list of type Number.Array", `{"a":[{"anything-but":[100,500]}]}`, "Number.Array", `[100, 50]`, true},
		{"a list of type Number.Array, all named", `{"a":[{"anything-but":[100,50]}]}`, "Number.Array", `[100, 50]`, false},
		{"a single number in place of a list", `{"a":[100,500]}`, "String.Array", `100`, true},
		{"a single text in place of a list", `{"a":["x"]}`, "String.Array", `"x"`, true},
		{"an object in place of a list", `{"a":[{"exists":true}]}`, "String.Array", `{"x":1}`, false},
		{"a list that is no JSON has no elements", `{"a":[{"exists":true}]}`, "String.Array", `value1`, false},
		{"a custom type of string", `{"a":["x"]}`, "String.uuid", "x", true},
		{"a custom type of number", `{"a":[5]}`, "Number.int", "5", true},
		{"bytes are not looked at", `{"a":[{"exists":true}]}`, "Binary", "AQ==", false},
		{"bytes count as absent", `{"a":[{"exists":false}]}`, "Binary", "AQ==", true},
		{"prefix", `{"a":[{"prefix":"bas"}]}`, "String", "baseball", true},
		{"suffix", `{"a":[{"suffix":"ball"}]}`, "String", "baseball", true},
		{"ignoring case", `{"a":[{"equals-ignore-case":"TENNIS"}]}`, "String", "tennis", true},
		{"an address in a range", `{"a":[{"cidr":"10.0.0.0/24"}]}`, "String", "10.0.0.255", true},
		{"an address out of the range", `{"a":[{"cidr":"10.0.0.0/24"}]}`, "String", "10.1.1.0", false},
		{"$or, first", `{"$or":[{"a":["x"]},{"b":["y"]}]}`, "String", "x", true},
		{"$or, neither", `{"$or":[{"a":["x"]},{"b":["y"]}]}`, "String", "y", false},
		{"all keys must match", `{"a":["x"],"b":[{"exists":true}]}`, "String", "x", false},
		{"null is no absence", `{"b":[null,{"anything-but":"whatever"}]}`, "String", "x", false},
		{"the empty policy", `{}`, "String", "x", true},
	} {
		m := &Message{Body: `{"b":"y"}`, Attributes: map[string]Attribute{"a": {c.kind, c.value}}}
		p := compile(t, c.policy, MessageAttributes)
		if got := p.Match(m); got != c.want {
			t.Errorf("%s: %s of %s %q: got %v", c.reason, c.policy, c.kind, c.value, got)
		}
		if explained := p.Explain(m); (len(explained) == 0) != c.want {
			t.Errorf("%s: explained as %+v", c.reason, explained)
		}
	}
}

func TestMatch_looks_at_the_body_R4_4(t *testing.T) {
	for _, c := range []struct {
		reason, policy, body string
		want                 bool
	}{
		{"nested", `{"object":{"key":[{"prefix":"auto-"}],"nested_key":[{"exists":true}]}}`, `{"object":{"key":"auto-hi","nested_key":"x"}}`, true},
		{"nested, absent", `{"object":{"key":[{"prefix":"auto-"}],"nested_key":[{"exists":true}]}}`, `{"object":{"key":"auto-hi"}}`, false},
		{"a dot is a step", `{"object.nested":["s"]}`, `{"object":{"nested":"s"}}`, true},
		{"a list", `{"headers":{"route-to":["queue1"]}}`, `{"headers":{"route-to":["queue3","queue1"]}}`, true},
		{"objects of a list must match in one element", `{"headers":{"route-to":["a"],"v":[1]}}`, `{"headers":[{"route-to":"a","v":2},{"route-to":"b","v":1}]}`, false},
		{"$or in depth", `{"d":{"scope":["S"],"$or":[{"source":["a"]},{"type":["b"]}]}}`, `{"d":{"scope":"S","type":"b"}}`, true},
		{"text is not JSON", `{"a":["x"]}`, `a=x`, false},
		{"a list is no object", `{"a":["x"]}`, `[{"a":"x"}]`, false},
		{"an empty list has no value", `{"a":[""]}`, `{"a":[]}`, false},
	} {
		m := &Message{Body: c.body, Attributes: map[string]Attribute{"a": {"String", "x"}}}
		p := compile(t, c.policy, MessageBody)
		if got := p.Match(m); got != c.want || (len(p.Explain(m)) == 0) != c.want {
			t.Errorf("%s: got %v, %+v", c.reason, got, p.Explain(m))
		}
	}
}

func TestExplain_names_each_leaf_R1_9(t *testing.T) {
	p := compile(t, `{"tenant":["acme"],"amount":[{"numeric":[">",10]}],"kind":["a"]}`, MessageAttributes)
	got := p.Explain(&Message{Attributes: map[string]Attribute{"tenant": {"String", "rival"}, "kind": {"String", "a"}}})
	if len(got) != 2 || got[0].Path != "amount" || got[0].Got != "" || got[1].Path != "tenant" || got[1].Want != `["acme"]` || got[1].Got != `"rival"` {
		t.Errorf("%+v", got)
	}
}

// Whatever the exact values of a policy, a message with one of them for each key matches, and a message with another does not.
func TestMatch_of_exact_values_is_membership(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z"\\é]{1,6}`), 1, 8, rapid.ID[string]).Draw(t, "values")
		text, err := json.Marshal(map[string][]string{"k": values})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(string(text), MessageAttributes)
		if err != nil {
			t.Fatal(err)
		}
		value := rapid.OneOf(rapid.SampledFrom(values), rapid.StringMatching(`[a-z"\\é]{1,6}`)).Draw(t, "value")
		want := false
		for _, v := range values {
			want = want || v == value
		}
		if got := p.Match(&Message{Attributes: map[string]Attribute{"k": {"String", value}}}); got != want {
			t.Fatalf("%s of %q: %v", text, value, got)
		}
	})
}

func FuzzCompile(f *testing.F) {
	f.Add(`{"a":[{"anything-but":{"prefix":"x"}},{"numeric":["=",1]}],"$or":[{"b":[1]},{"c":[{"exists":false}]}]}`, `{"a":1}`)
	f.Add(`{"a":[{"suffix":`, `x`)
	f.Add("{\"a\":[\n{\"wildcard\":\"é*\"}]}", `{"a":[]}`)
	f.Fuzz(func(t *testing.T, policy, body string) {
		for _, scope := range []string{MessageAttributes, MessageBody} {
			p, err := Compile(policy, scope)
			if err != nil {
				if _, ok := errors.AsType[*Error](err); !ok {
					t.Errorf("%T", err)
				}
				continue
			}
			m := &Message{Body: body, Attributes: map[string]Attribute{"a": {"String.Array", body}, "b": {"Number", body}}}
			if p.Match(m) != (len(p.Explain(m)) == 0) {
				t.Errorf("%s of %s: match and explanation differ", policy, body)
			}
		}
	})
}

package expr

import (
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// item reads an item from its JSON form.
func item(t testing.TB, text string) attr.Item {
	t.Helper()
	if text == "" {
		return nil
	}
	d := wire.NewDecoder([]byte(text))
	it, err := attr.DecodeItem(&d)
	if err == nil {
		err = attr.CheckItem(it)
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return it
}

func params(t testing.TB, names map[string]string, values string) *Params {
	t.Helper()
	p, err := NewParams(names, item(t, values))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// standard are values of every type under the name of the type.
const standard = `{":s":{"S":"text"},":n":{"N":"7"},":b":{"B":"dGV4dA=="},":t":{"BOOL":true},":null":{"NULL":true},
	":l":{"L":[{"N":"1"}]},":m":{"M":{}},":ss":{"SS":["a","b"]},":ns":{"NS":["1","2"]},":bs":{"BS":["AA=="]},":type":{"S":"SS"}}`

var standardNames = map[string]string{"#a": "a", "#dot": "a.b", "#hash": "#a", "#idx": "[3]"}

func TestParseCondition_reports_the_services_messages_R1_3(t *testing.T) {
	const paren = "The expression has redundant parentheses;"
	for _, tt := range []struct{ reason, src, want string }{
		{"empty", "", "The expression can not be empty;"},
		{"only white space", " \n", "The expression can not be empty;"},
		{"hyphen in a name", "a-b", `Syntax error; token: "-", near: "a-b"`},
		{"function used as operator", "#a attribute_not_exists :s", `Syntax error; token: "attribute_not_exists", near: "#a attribute_not_exists :s"`},
		{"ends too early", "attribute_not_exists(", `Syntax error; token: "<EOF>", near: "("`},
		{"no comparison", "a = :s AND :n", `Syntax error; token: "<EOF>", near: ":n"`},
		{"leading underscore", "a = :s AND __x = :s", `Syntax error; token: "_", near: "AND __"`},
		{"first token", "!! = a", `Syntax error; token: "!", near: "!!"`},
		{"placeholder inside a word", "tenant:abc-", `Syntax error; token: ":abc", near: "tenant:abc-"`},
		{"a literal number", "a > 4", `Syntax error; token: "4", near: "> 4"`},
		{"keyword as operand", "a > between", `Syntax error; token: "between", near: "> between"`},
		{"list of IN without parentheses", "a in :s, :n", `Syntax error; token: ":s", near: "in :s,"`},
		{"trailing comma", "a in (:s,)", `Syntax error; token: ")", near: ",)"`},
		{"path into a function", "size(a).b > :n", `Syntax error; token: ".", near: ").b"`},
		{"path into a function in parentheses", "(size(a))[0] > :n", `Syntax error; token: "[", near: ")[0"`},
		{"condition as operand", "(a = :s) = :n", `Syntax error; token: "=", near: ") = :n"`},
		{"operand as condition", "(a) AND b = :s", `Syntax error; token: "AND", near: ") AND b"`},
		{"operand as condition in parentheses", "(a = :s AND b)", `Syntax error; token: ")", near: "b)"`},
		{"text in another alphabet", "ü > a", `Syntax error; token: "ü", near: "ü >"`},
		{"index that is no number", "a[b] = :s", `Syntax error; token: "b", near: "[b]"`},
		{"index too large", "a[99999999999] = :n", "List index is not within the allowable range; index: [99999999999]"},
		{"parentheses around an operand", "a > ((b))", paren},
		{"parentheses around a condition", "((a = :s)) AND b = :n", paren},
		{"parentheses around all", "((a = :s AND b = :n))", paren},
		{"parentheses come before names", "a > ((nope(b)))", paren},
		{"unknown function", "a = :s AND exists(b)", "Invalid function name; function: exists"},
		{"functions are case-sensitive", "Begins_With(a, :s)", "Invalid function name; function: Begins_With"},
		{"function of updates", "a = if_not_exists(b, :s)", "The function is not allowed in a condition expression; function: if_not_exists"},
		{"condition compared", "attribute_exists(a) = :t", "The function is not allowed to be used this way in an expression; function: attribute_exists"},
		{"size as a condition", "a = :s AND size(b)", "The function is not allowed to be used this way in an expression; function: size"},
		{"size as the condition", "size(b)", "The function is not allowed to be used this way in an expression; function: size"},
		{"function as an element", "a IN (:s, contains(b, :s))", "The function is not allowed to be used this way in an expression; function: contains"},
		{"reserved word", "a.Status = :s", "Attribute name is a reserved keyword; reserved keyword: Status"},
		{"reserved words come before placeholders", "#zz = :zz AND name = :s", "Attribute name is a reserved keyword; reserved keyword: name"},
		{"undefined name", "a = :s AND b.#zz = :n", "An expression attribute name used in the document path is not defined; attribute name: #zz"},
		{"undefined value", "a = :zz", "An expression attribute value used in expression is not defined; attribute value: :zz"},
		{"names and values in the order of the text", ":zz = #zz", "An expression attribute value used in expression is not defined; attribute value: :zz"},
		{"conditions are checked one by one", "contains(a) AND #zz = :n", "Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1"},
		{"too many operands", "attribute_exists(a, b)", "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2"},
		{"path compared with itself", "x[1].#a <> x[1].a", "The first operand must be distinct from the remaining operands for this operator or function; operator: <>, first operand: [x, [1], a]"},
		{"existence of a value", "attribute_exists(:s)", "Operator or function requires a document path; operator or function: attribute_exists"},
		{"begins_with a number", "begins_with(a, :n)", "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
		{"begins_with a size", "begins_with(a, size(b))", "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"},
		{"size of a boolean", "size(:t) > :n", "Incorrect operand type for operator or function; operator or function: size, operand type: BOOL"},
		{"type that is no string", "attribute_type(a, :n)", "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N"},
		{"type from a path", "attribute_type(a, b)", "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"},
		{"unknown type", "attribute_type(a, :s)", "Invalid attribute type name found; type: text, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
		{"order of a list", "a < :l", "Incorrect operand type for operator or function; operator or function: <, operand type: L"},
		{"bounds of two types", "a BETWEEN :n AND :s", "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:7}, upper bound operand: AttributeValue: {S:text}"},
		{"bounds the wrong way round", "a BETWEEN :s AND :type", "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:text}, upper bound operand: AttributeValue: {S:SS}"},
	} {
		_, err := ParseCondition(Filter, tt.src, params(t, standardNames, standard))
		if want := "Invalid FilterExpression: " + tt.want; err == nil || err.Error() != want {
			t.Errorf("%s: %s:\n got %v\nwant %s", tt.reason, tt.src, err, want)
		}
	}
}

func TestParams_messages_R1_3(t *testing.T) {
	for _, tt := range []struct {
		reason string
		names  map[string]string
		values string
		want   string
	}{
		{"empty names", map[string]string{}, "", "ExpressionAttributeNames must not be empty"},
		{"name without #", map[string]string{"a": "b"}, "", `ExpressionAttributeNames contains invalid key: Syntax error; key: "a"`},
		{"name that is only #", map[string]string{"#": "b"}, "", `ExpressionAttributeNames contains invalid key: Syntax error; key: "#"`},
		{"name with a hyphen", map[string]string{"#a-b": "b"}, "", `ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"`},
		{"empty values", nil, "{}", "ExpressionAttributeValues must not be empty"},
		{"value without :", nil, `{"a":{"S":""}}`, `ExpressionAttributeValues contains invalid key: Syntax error; key: "a"`},
		{"refused value", nil, `{":a":{"N":"x"},":b":{}}`, "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :a"},
	} {
		var values attr.Item
		if tt.values != "" {
			d := wire.NewDecoder([]byte(tt.values))
			values, _ = attr.DecodeItem(&d)
		}
		if _, err := NewParams(tt.names, values); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.reason, err, tt.want)
		}
	}
}

func TestParams_Unused_names_what_no_expression_used_R1_3(t *testing.T) {
	names := map[string]string{"#a": "a", "#b": "b"}
	const values = `{":x":{"S":"x"},":y":{"S":"y"}}`
	for _, tt := range []struct{ reason, update, condition, want string }{
		{"names first", "SET c = :x", "", "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}"},
		{"one of each", "SET #a = :x", "#b = :x", "Value provided in ExpressionAttributeValues unused in expressions: keys: {:y}"},
		{"used by several expressions", "SET #a = :x", "#b = :y AND #a = :y", ""},
	} {
		p := params(t, names, values)
		if _, err := ParseUpdate(tt.update, p); err != nil {
			t.Fatal(err)
		}
		if tt.condition != "" {
			if _, err := ParseCondition(Condition, tt.condition, p); err != nil {
				t.Fatal(err)
			}
		}
		got := ""
		if err := p.Unused(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

func TestCondition_Eval_R1_3(t *testing.T) {
	const row = `{"a":{"S":"text"},"n":{"N":"7.0"},"bin":{"B":"dGV4dA=="},"t":{"BOOL":true},"nul":{"NULL":true},
		"l":{"L":[{"S":"x"},{"M":{"k":{"N":"5"}}}]},"m":{"M":{"a.b":{"S":"dotted"},"inn":{"S":"y"}}},"tags":{"SS":["b","a"]},
		"nums":{"NS":["2","1"]},"a.b":{"S":"top"},"#a":{"S":"hash"},"uni":{"S":"é"},"vacant":{"S":""}}`
	for _, tt := range []struct {
		reason, src string
		want        bool
	}{
		{"equal", "a = :s", true},
		{"numbers by value", "n = :n", true},
		{"sets without order", "tags = :ss", true},
		{"value on the left", ":n <= n", true},
		{"other type is not equal", "a = :n", false},
		{"other type is unequal", "a <> :n", true},
		{"other type has no order", "a > :n OR a <= :n", false},
		{"missing is not equal", "zzz = :s", false},
		{"missing is unequal", "zzz <> :s", true},
		{"missing has no order", "zzz < :s OR zzz >= :s", false},
		{"two missing ones", "zzz = yyy", false},
		{"between is inclusive", "n BETWEEN :n AND :n", true},
		{"between with a missing value", "zzz BETWEEN :n AND :n", false},
		{"in", "a IN (:n, :s)", true},
		{"not in", "NOT a IN (:n, :t)", true},
		{"and before or", "a = :n AND a = :n OR a = :s", true},
		{"parentheses", "a = :n AND (a = :n OR a = :s)", false},
		{"not before and", "NOT a = :n AND a = :s", true},
		{"not not", "NOT NOT a = :s", true},
		{"keywords in any case", "a = :s and not (a = :n or a Between :s aNd :s) or a iN (:n)", false},
		{"exists", "attribute_exists(m.inn)", true},
		{"exists in a list", "attribute_exists(l[1].k)", true},
		{"behind the list's end", "attribute_not_exists(l[2])", true},
		{"index and name of what is no list or map", "attribute_not_exists(m[0]) AND attribute_not_exists(a.x)", true},
		{"placeholder with a dot is one name", "#dot = :s", false},
		{"the dotted name exists", "attribute_exists(#dot) AND attribute_exists(m.#dot)", true},
		{"placeholder of a name that looks like one", "begins_with(#hash, :hash)", true},
		{"path in parentheses", "(m).inn = :y", true},
		{"type", "attribute_type(tags, :type)", true},
		{"type of a missing attribute", "attribute_type(zzz, :type)", false},
		{"begins_with", "begins_with(a, :te)", true},
		{"begins_with bytes", "begins_with(bin, :b)", true},
		{"begins_with another type", "begins_with(bin, :s)", false},
		{"begins_with a set", "begins_with(tags, :s)", false},
		{"contains a piece", "contains(a, :te)", true},
		{"contains nothing", "contains(a, :empty)", true},
		{"contains a member", "contains(tags, :as)", true},
		{"contains a number", "contains(nums, :one)", true},
		{"contains a number of a string set", "contains(tags, :one)", false},
		{"contains an element", "contains(l, :x)", true},
		{"contains a missing value", "contains(l, zzz)", false},
		{"contains in a number", "contains(n, :n)", false},
		{"size of a string in bytes", "size(uni) = :two", true},
		{"size of a set", "size(tags) = :two", true},
		{"size of a list", "size(l) = :two", true},
		{"size of a map", "size(m) = :two", true},
		{"size of a number is none", "size(n) > :zero OR size(n) <= :zero", false},
		{"size of a missing attribute is none", "size(zzz) >= :zero", false},
		{"size within between", ":two BETWEEN size(vacant) AND size(a)", true},
	} {
		values := standard[:len(standard)-1] + `,":te":{"S":"te"},":as":{"S":"a"},":one":{"N":"1.0"},":two":{"N":"2"},":zero":{"N":"0"},` +
			`":x":{"S":"x"},":y":{"S":"y"},":hash":{"S":"ha"},":empty":{"S":""}}`
		c, err := ParseCondition(Condition, tt.src, params(t, standardNames, values))
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if got := c.Eval(item(t, row)); got != tt.want {
			t.Errorf("%s: %s is %t", tt.reason, tt.src, got)
		}
	}
}

func TestCondition_of_an_item_that_does_not_exist(t *testing.T) {
	c, err := ParseCondition(Condition, "attribute_not_exists(pk) AND version <> :n", params(t, nil, `{":n":{"N":"1"}}`))
	if err != nil || !c.Eval(nil) {
		t.Errorf("%v", err)
	}
}

func TestLimits(t *testing.T) {
	long := "a = :v"
	for len(long) < maxSize-20 {
		long += " OR a = :v"
	}
	p := params(t, nil, `{":v":{"S":"x"}}`)
	_, err := ParseCondition(Condition, long, p)
	if want := "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"; err == nil || err.Error() != want {
		t.Errorf("operators: %v", err)
	}
	spaces := "a = :v"
	for len(spaces) < maxSize {
		spaces += " "
	}
	if _, err := ParseCondition(Condition, spaces, p); err != nil {
		t.Errorf("4096 bytes: %v", err)
	}
	_, err = ParseCondition(Condition, spaces+" ", p)
	if want := "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097"; err == nil || err.Error() != want {
		t.Errorf("size: %v", err)
	}
	list := "a IN (:v"
	for range 100 {
		list += ",:v"
	}
	_, err = ParseCondition(Condition, list+")", p)
	if want := "Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101"; err == nil || err.Error() != want {
		t.Errorf("IN: %v", err)
	}
}

func TestKeyCondition_Terms_R1_3(t *testing.T) {
	const op = "Invalid operator used in KeyConditionExpression: "
	const cond = "Invalid condition in KeyConditionExpression: "
	for _, tt := range []struct{ reason, src, want string }{
		{"hash key", "pk = :s", `pk = {"S":"text"}`},
		{"both keys in parentheses", "((pk = :s) AND (sk > :n))", `pk = {"S":"text"}; sk > {"N":"7"}`},
		{"mirrored", ":n >= sk AND :s = #a", `sk <= {"N":"7"}; a = {"S":"text"}`},
		{"between", "sk BETWEEN :n AND :n", `sk BETWEEN {"N":"7"} {"N":"7"}`},
		{"prefix", "begins_with(sk, :s)", `sk begins_with {"S":"text"}`},
		{"or", "pk = :s OR sk = :n", op + "OR"},
		{"not", "NOT pk = :s", op + "NOT"},
		{"unequal", "pk <> :s", op + "<>"},
		{"in", "pk IN (:s)", op + "IN"},
		{"other function", "attribute_exists(pk)", op + "attribute_exists"},
		{"between of a value", ":n BETWEEN sk AND :n", cond + "BETWEEN operator must have the key attribute as its first operand"},
		{"prefix of a value", "begins_with(:s, sk)", cond + "begins_with operator must have the key attribute as its first operand"},
		{"size", "sk > size(b)", "KeyConditionExpressions cannot contain nested operations"},
		{"two attributes", "pk = sk", cond + "Multiple attribute names used in one condition"},
		{"nested attribute", "pk.b = :s", "KeyConditionExpressions cannot have conditions on nested attributes"},
		{"no attribute", ":s = :n", cond + "No key attribute specified"},
		{"one key twice", "pk > :n AND pk < :n", "KeyConditionExpressions must only contain one condition per key"},
		{"three keys, as an index can have", "pk = :s AND sk = :n AND tk = :n", `pk = {"S":"text"}; sk = {"N":"7"}; tk = {"N":"7"}`},
		{"syntax", "a-b", `Invalid KeyConditionExpression: Syntax error; token: "-", near: "a-b"`},
	} {
		got := ""
		e, err := ParseKeyCondition(tt.src, params(t, standardNames, standard))
		if err == nil {
			var terms []KeyTerm
			terms, err = e.Terms()
			for i, term := range terms {
				if i > 0 {
					got += "; "
				}
				got += term.Name + " " + string(term.Operator) + " " + term.Value.String()
				if !term.Upper.IsZero() {
					got += " " + term.Upper.String()
				}
			}
		}
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", tt.reason, tt.src, got, tt.want)
		}
	}
}

func TestProjection_R1_3(t *testing.T) {
	const row = `{"a":{"S":"1"},"m":{"M":{"x":{"N":"1"},"y":{"M":{"z":{"S":"deep"}}}}},"l":{"L":[{"S":"0"},{"S":"1"},{"M":{"k":{"S":"2"}}}]}}`
	for _, tt := range []struct{ reason, src, want string }{
		{"attributes", "a, zzz", `{"a":{"S":"1"}}`},
		{"nested", "m.y.z", `{"m":{"M":{"y":{"M":{"z":{"S":"deep"}}}}}}`},
		{"lists close up, in their own order", "l[2].k, l[0]", `{"l":{"L":[{"S":"0"},{"M":{"k":{"S":"2"}}}]}}`},
		{"what is missing leaves nothing behind", "m.zzz.y, l[9], a.b, #a[0]", `{}`},
		{"paths of one attribute are joined", "m.x, #m.y", `{"m":{"M":{"x":{"N":"1"},"y":{"M":{"z":{"S":"deep"}}}}}}`},
		{"overlap", "m.x, a, m", "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, x], path two: [m]"},
		{"the same path twice", "a, #a", "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]"},
		{"conflict", "m.x, m[0]", "Invalid ProjectionExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, x], path two: [m, [0]]"},
		{"reserved word", "a, name", "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: name"},
		{"undefined name", "a, m.#zz", "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute name: #zz"},
		{"missing comma", "a b", `Invalid ProjectionExpression: Syntax error; token: "b", near: "a b"`},
		{"value", ":s", `Invalid ProjectionExpression: Syntax error; token: ":s", near: ":s"`},
		{"trailing comma", "a,", `Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","`},
	} {
		names := map[string]string{"#a": "a", "#m": "m"}
		if tt.reason == "what is missing leaves nothing behind" {
			names = map[string]string{"#a": "b"}
		}
		got := ""
		p, err := ParseProjection(tt.src, params(t, names, ""))
		if err != nil {
			got = err.Error()
		} else {
			got = string(attr.AppendItem(nil, p.Apply(item(t, row))))
		}
		if got != tt.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", tt.reason, tt.src, got, tt.want)
		}
	}
}

// rawItem reads an item that may contain refused values.
func rawItem(text string) attr.Item {
	d := wire.NewDecoder([]byte(text))
	it, _ := attr.DecodeItem(&d)
	return it
}

package expr

import (
	"errors"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

func TestParseUpdate_reports_the_services_messages_R1_3(t *testing.T) {
	const overlap = "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: "
	const conflict = "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: "
	const wrong = "Incorrect operand type for operator or function; "
	for _, tt := range []struct{ reason, src, want string }{
		{"empty", "", "The expression can not be empty;"},
		{"no clause", "INVALID SYNTAX HERE", `Syntax error; token: "INVALID", near: "INVALID SYNTAX"`},
		{"hyphen", "SET book-price = :n", `Syntax error; token: "-", near: "book-price"`},
		{"clause alone", "SET", `Syntax error; token: "<EOF>", near: "SET"`},
		{"no value", "SET a =", `Syntax error; token: "<EOF>", near: "="`},
		{"trailing comma", "REMOVE a,", `Syntax error; token: "<EOF>", near: ","`},
		{"clause word as a value", "SET a = set", `Syntax error; token: "set", near: "= set"`},
		{"clause word as a path", "SET remove = :n", `Syntax error; token: "remove", near: "SET remove ="`},
		{"assignment to a function", "SET list_append(a, b) = a", `Syntax error; token: "(", near: "list_append(a"`},
		{"assignment to a value", "SET :s = a", `Syntax error; token: ":s", near: "SET :s ="`},
		{"three summands", "SET a = b + c + d", `Syntax error; token: "+", near: "c + d"`},
		{"product", "SET a = b * c", `Syntax error; token: "*", near: "b * c"`},
		{"literal", "SET a = 1", `Syntax error; token: "1", near: "= 1"`},
		{"path behind parentheses", "SET a = (b.c).d", `Syntax error; token: ".", near: ").d"`},
		{"sum inside a function", "SET a = if_not_exists(a, :n + :n)", `Syntax error; token: "+", near: ":n + :n"`},
		{"ADD of a path", "ADD a b", `Syntax error; token: "b", near: "a b"`},
		{"DELETE of a function", "DELETE a if_not_exists(b, :ss)", `Syntax error; token: "if_not_exists", near: "a if_not_exists("`},
		{"REMOVE with a value", "REMOVE a :s", `Syntax error; token: ":s", near: "a :s"`},
		{"reserved word", "SET a = :s REMOVE Name", "Attribute name is a reserved keyword; reserved keyword: Name"},
		{"unknown function", "SET a = if_not_exist(:zz)", "Invalid function name; function: if_not_exist"},
		{"function of conditions", "SET a = size(b)", "The function is not allowed in an update expression; function: size"},
		{"clause twice", "SET a = #zz REMOVE b set c = :s", `The "SET" section can only be used once in an update expression;`},
		{"undefined name before undefined value", "SET a = :zz, b = #zz", "An expression attribute name used in the document path is not defined; attribute name: #zz"},
		{"undefined value", "SET a = :v", "An expression attribute value used in expression is not defined; attribute value: :v"},
		{"overlap", "SET a = :s, b = :s REMOVE a.b", overlap + "[a], path two: [a, b]"},
		{"overlap, longer path first", "SET a[1].b = :s, a[1] = :s", overlap + "[a, [1], b], path two: [a, [1]]"},
		{"the same path twice", "SET a = :s, #a = :n", overlap + "[a], path two: [a]"},
		{"overlap comes before conflict", "SET x[0] = :s, x.y = :s, c = :s, c.d = :s", overlap + "[c], path two: [c, d]"},
		{"conflict", "REMOVE a.b SET a[1] = :s", conflict + "[a, b], path two: [a, [1]]"},
		{"a name like an index is none", "SET b.#idx = :s, b[3] = :s", conflict + "[b, [3]], path two: [b, [3]]"},
		{"ADD of text", "ADD a :s", wrong + "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"},
		{"ADD of a list", "ADD a :l", wrong + "operator: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND"},
		{"DELETE of a number", "DELETE a :n", wrong + "operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"},
		{"operands of a function", "SET a = if_not_exists(a)", "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1"},
		{"if_not_exists of a value", "SET a = if_not_exists(:s, :n)", "Operator or function requires a document path; operator or function: if_not_exists"},
		{"list_append of text", "SET a = list_append(:s, a)", wrong + "operator or function: list_append, operand type: S"},
		{"sum of text", "SET a = a + :s", wrong + "operator or function: +, operand type: S"},
		{"difference of a list", "SET a = :l - a", wrong + "operator or function: -, operand type: L"},
	} {
		_, err := ParseUpdate(tt.src, params(t, standardNames, standard))
		if want := "Invalid UpdateExpression: " + tt.want; err == nil || err.Error() != want {
			t.Errorf("%s: %s:\n got %v\nwant %s", tt.reason, tt.src, err, want)
		}
	}
}

const before = `{"pk":{"S":"k"},"n":{"N":"10"},"s":{"S":"x"},"m":{"M":{"x":{"N":"1"},"y":{"S":"y"}}},` +
	`"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"}]},"ss":{"SS":["a","c"]}}`

func TestUpdate_Apply_R1_3(t *testing.T) {
	for _, tt := range []struct{ reason, src, want, touched string }{
		{"set", "SET s = :s", `{"s":{"S":"text"}}`, `{"s":{"S":"text"}}`},
		{"operands are those before the update", "SET n = s, s = n", `{"n":{"S":"x"},"s":{"N":"10"}}`, `{"n":{"S":"x"},"s":{"N":"10"}}`},
		{"sum", "SET n = n + :n", `{"n":{"N":"17"}}`, `{"n":{"N":"17"}}`},
		{"difference in parentheses", "SET z = ((:n) - (n))", `{"z":{"N":"-3"}}`, `{"z":{"N":"-3"}}`},
		{"if_not_exists keeps", "SET n = if_not_exists(n, :n)", `{}`, `{"n":{"N":"10"}}`},
		{"if_not_exists sets", "SET z = if_not_exists(z, :n) + :n", `{"z":{"N":"14"}}`, `{"z":{"N":"14"}}`},
		{"if_not_exists within if_not_exists", "SET z = if_not_exists(z, if_not_exists(y, s))", `{"z":{"S":"x"}}`, `{"z":{"S":"x"}}`},
		{"list_append", "SET z = list_append(:l, if_not_exists(z, :l))", `{"z":{"L":[{"N":"1"},{"N":"1"}]}}`, `{"z":{"L":[{"N":"1"},{"N":"1"}]}}`},
		{"nested", "SET m.x = :s, m.z = s", `{"m":{"M":{"x":{"S":"text"},"y":{"S":"y"},"z":{"S":"x"}}}}`, `{"m":{"M":{"x":{"S":"text"},"z":{"S":"x"}}}}`},
		{"list element", "SET l[1] = :s", `{"l":{"L":[{"N":"0"},{"S":"text"},{"N":"2"},{"N":"3"}]}}`, `{"l":{"L":[{"S":"text"}]}}`},
		{"behind the end, in the order of indexes", "SET l[9] = :s, l[7] = :n", `{"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"},{"N":"7"},{"S":"text"}]}}`, `{}`},
		{"behind the end by its number, and there at last", "SET l[4] = :s", `{"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"N":"3"},{"S":"text"}]}}`, `{"l":{"L":[{"S":"text"}]}}`},
		{"what closed up is shown", "REMOVE l[1]", `{"l":{"L":[{"N":"0"},{"N":"2"},{"N":"3"}]}}`, `{"l":{"L":[{"N":"2"}]}}`},
		{"indexes mean the list before", "REMOVE l[0], l[2] SET l[1] = :s, l[4] = :n", `{"l":{"L":[{"S":"text"},{"N":"3"},{"N":"7"}]}}`, `{"l":{"L":[{"S":"text"},{"N":"3"},{"N":"7"}]}}`},
		{"remove", "REMOVE s, m.y, zzz, m.zzz, l[8]", `{"s":null,"m":{"M":{"x":{"N":"1"}}}}`, `{}`},
		{"add to a number", "ADD n :n, zzz :n, m.x :n", `{"n":{"N":"17"},"zzz":{"N":"7"},"m":{"M":{"x":{"N":"8"},"y":{"S":"y"}}}}`, `{"m":{"M":{"x":{"N":"8"}}},"n":{"N":"17"},"zzz":{"N":"7"}}`},
		{"add to a set", "ADD ss :ss", `{"ss":{"SS":["a","b","c"]}}`, `{"ss":{"SS":["a","b","c"]}}`},
		{"delete from a set", "DELETE ss :ss", `{"ss":{"SS":["c"]}}`, `{"ss":{"SS":["c"]}}`},
		{"an empty set goes", "DELETE ss :all", `{"ss":null}`, `{}`},
		{"delete from nothing", "DELETE zzz :ss, l[8] :ss", `{}`, `{}`},
		{"all clauses", "delete ss :ss remove s add n :n set z = :s", `{"ss":{"SS":["c"]},"s":null,"n":{"N":"17"},"z":{"S":"text"}}`, `{"n":{"N":"17"},"ss":{"SS":["c"]},"z":{"S":"text"}}`},
	} {
		u, err := ParseUpdate(tt.src, params(t, nil, standard[:len(standard)-1]+`,":all":{"SS":["c","a"]}}`))
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		old := item(t, before)
		got, err := u.Apply(old)
		want := patched(t, tt.want)
		if err != nil || !attr.EqualItems(got, want) {
			t.Errorf("%s: %s: %v\n got %s\nwant %s", tt.reason, tt.src, err, attr.AppendItem(nil, got), attr.AppendItem(nil, want))
		}
		if touched := string(attr.AppendItem(nil, u.Written(got))); touched != tt.touched {
			t.Errorf("%s: touched %s, want %s", tt.reason, touched, tt.touched)
		}
		if !attr.EqualItems(old, item(t, before)) {
			t.Errorf("%s: the given item was changed", tt.reason)
		}
	}
}

// patched is the item before with some attributes replaced, or removed where the patch has null.
func patched(t *testing.T, patch string) attr.Item {
	row := item(t, before)
	for _, name := range []string{"s", "ss"} {
		if cut := `"` + name + `":null`; contains(attr.String(patch), attr.String(cut)) {
			delete(row, name)
		}
	}
	for name, v := range rawItem(patch) {
		if v.Err() == nil {
			row[name] = v
		}
	}
	return row
}

func TestUpdate_Apply_errors_R1_3(t *testing.T) {
	for _, tt := range []struct {
		reason, src string
		want        error
	}{
		{"missing operand", "SET a = zzz", ErrNoAttribute},
		{"missing summand", "SET a = zzz + :n", ErrNoAttribute},
		{"missing list", "SET a = list_append(zzz, :l)", ErrNoAttribute},
		{"operands come before paths", "SET zzz.b = yyy", ErrNoAttribute},
		{"parent is missing", "SET zzz.b = :n", ErrInvalidPath},
		{"parent is no map", "SET s.b = :n", ErrInvalidPath},
		{"parent is no list", "SET m[0] = :n", ErrInvalidPath},
		{"list is no map", "SET l.b = :n", ErrInvalidPath},
		{"parent is behind the end", "SET l[9].b = :n", ErrInvalidPath},
		{"remove below nothing", "REMOVE zzz.b", ErrInvalidPath},
		{"delete below text", "DELETE s.b :ss", ErrInvalidPath},
		{"add below nothing", "ADD zzz[0] :n", ErrInvalidPath},
		{"text in a sum", "SET n = n + s", ErrOperandType},
		{"number in list_append", "SET l = list_append(l, n)", ErrOperandType},
		{"add a number to a set", "ADD ss :n", ErrOperandType},
		{"add a set of another type", "ADD ss :ns", ErrOperandType},
		{"delete from a number", "DELETE n :ns", ErrOperandType},
		{"too many digits", "SET n = n + :tiny", attr.ErrOverflow},
		{"overflow", "ADD huge :huge", attr.ErrOverflow},
		{"too deep", "SET m.z = :deep", attr.ErrNesting},
	} {
		deep := `{"S":"leaf"}`
		for range attr.MaxNesting - 1 {
			deep = `{"L":[` + deep + `]}`
		}
		values := standard[:len(standard)-1] + `,":tiny":{"N":"1e-100"},":huge":{"N":"9e125"},":deep":` + deep + `}`
		u, err := ParseUpdate(tt.src, params(t, nil, values))
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		row := item(t, before[:len(before)-1]+`,"huge":{"N":"9e125"}}`)
		if _, err = u.Apply(row); !errors.Is(err, tt.want) && (err == nil || err.Error() != tt.want.Error()) {
			t.Errorf("%s: %s: %v, want %v", tt.reason, tt.src, err, tt.want)
		}
	}
}

package partiql

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

const (
	digits39 = "123456789012345678901234567890123456789"
	leftover = envelope + "Unexpected token after expression"
	overflow = "Number overflow. Attempting to store a number with magnitude larger than supported range under root"
)

// The texts are those that the service was recorded to answer.
var refusals = []struct{ statement, text, reason string }{
	{"SELECTT * FROMM t", envelope + "Expected data manipulation", "no word begins a statement but the five"},
	{"", envelope + "Expected data manipulation", "nothing is no statement"},
	{`SELECT * FROM t WHERE pk = 1 foo`, leftover, "a statement ends where it is whole"},
	{`SELECT * FROM t WHERE pk = 1 e5`, leftover, "an exponent follows its number at once"},
	{`INSERT INTO t VALUE {'pk': 1} foo`, leftover, "INSERT has no further clause"},
	{`UPDATE t SET a = 9 WHERE pk = 1 foo`, leftover, "nor has UPDATE"},
	{`DELETE FROM t WHERE pk = 1 ORDER BY pk`, leftover, "ORDER BY is for SELECT"},
	{`SELECT * FROM t ORDER BY pk WHERE pk = 1`, leftover, "WHERE comes before ORDER BY"},
	{`SELECT * FROM t WHERE pk = 1)`, leftover, "a parenthesis that nothing opened"},
	{`INSERT INTO t u VALUE {'pk': 'x'}`, leftover, "INSERT knows no alias"},
	{`FROM t SET c = 1 WHERE pk = 'x'`, leftover, "FROM … SET has its WHERE before"},
	{`SELECT * FROM t WHERE pk = 1e2147483648`, envelope, "an exponent has 32 bits"},
	{`SELECT * FROM t WHERE pk = 1.5e-2147483647`, envelope, "so has the scale that the exponent leaves"},
	{`SELECT * FROM t WHERE pk = 1 # note`, envelope, "a sign that begins nothing"},
	{`SELECT * FROM t WHERE pk = 1 /* note`, envelope, "a comment without end"},
	{`SELECT * FROM "t`, envelope, "a name without end"},
	{`SELECT a, b.a FROM t WHERE pk = 'x'`, "Duplicate identifiers in select clause: a", "two columns of one name"},
	{`SELECT * FROM t u WHERE pk = 'x'`, "Aliasing is not supported", "an alias"},
	{`SELECT * FROM t AS u WHERE pk = 'x'`, "Aliasing is not supported", "an alias behind AS"},
	{`UPDATE t u SET a = 3 WHERE pk = 'x'`, "Aliasing is not supported", "an alias of what is updated"},
	{`DELETE FROM t u WHERE pk = 'x'`, "Aliasing is not supported", "an alias of what is deleted from"},
	{`SELECT * FROM t WHERE pk = 1e126`, overflow, "too large a number"},
	{`INSERT INTO t VALUE {'pk': 1, 'm': {'x': 1e126}}`, overflow + ".x", "a path tells where in the value"},
	{`INSERT INTO t VALUE {'pk': 1, 'l': [1, 1e126]}`, overflow + "[1]", "also in a list"},
	{`SELECT * FROM t WHERE pk = ` + digits39, "Attempting to store more than 38 significant digits in a Number under root", "too many digits"},
	{`SELECT * FROM t WHERE`, envelope + "Unexpected term", "WHERE wants a condition"},
	{`SELECT * FROM t WHERE;`, envelope + "Unexpected term", "a semicolon is none"},
	{`SELECT * FROM t WHERE NOT`, envelope + "Unexpected term", "NOT wants one"},
	{`SELECT * FROM t WHERE (`, envelope + "Unexpected term", "a parenthesis wants one"},
	{`SELECT * FROM t WHERE pk = 'p' AND`, envelope + "Missing right-hand side expression of infix operator", "AND wants another"},
	{`SELECT * FROM t WHERE ORDER BY pk`, envelope + "Unexpected keyword", "a word of the grammar is no condition"},
	{`SELECT * FROM t WHERE IS NULL`, envelope + "Unexpected operator", "nor is an operator"},
	{`SELECT * FROM t WHERE pk = LIKE`, envelope + "Unexpected operator", "also on the right"},
	{`SELECT * FROM t WHERE x IS FOO`, envelope + "Expected type name", "IS wants a type"},
	{`SELECT * FROM`, envelope + "Unexpected term", "FROM wants a table"},
	{`DELETE FROM WHERE pk = 'a'`, envelope + "Expected identifier for simple path", "so does DELETE FROM, in other words"},
	{`SELECT * FROM t WHERE attribute_exists(m.inner)`, envelope + "Invalid path dot component", "a path does not go through words of the grammar"},
	{`SELECT * FROM "" WHERE pk = 'x'`, "Path component cannot be an empty string", "an empty name of a table"},
	{`SELECT * FROM "t"."" WHERE pk = 'x'`, "Path component cannot be an empty string", "an empty name of an index"},
	{`SELECT * FROM "t"."i"."x" WHERE pk = 'p'`, "A path may contain at most 2 components in the FROM clause", "table and index are all"},
	{`INSERT INTO "t"."i" VALUE {'pk': 'x'}`, "FROM clause may only contain a single table name", "nothing is inserted into an index"},
	{`UPDATE "t"."i" SET a = 1 WHERE pk = 'x'`, "This operation is not supported on an index", "nothing is updated in one"},
	{`DELETE FROM "t"."i" WHERE pk = 'x'`, "This operation is not supported on an index", "nothing is deleted from one"},
	{`DELETE FROM t WHERE pk = 'x' RETURNING MODIFIED OLD *`, "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.", "a deletion modifies nothing"},
	{`SELECT attribute_exists(ss) FROM t`, "Unexpected path component at 1:8:16", "a column is a path"},
	{`SELECT * FROM t WHERE EXISTS(ss)`, "Unrecognized function: exists at 1:23:6", "EXISTS is for transactions"},
	{`SELECT * FROM t WHERE set_add(ss, <<'x'>>) = ss`, "Unrecognized function: set_add at 1:23:7", "set_add is for SET"},
	{`SELECT l[-1] FROM t`, "List index is not within the allowable range; index: [-1] at 1:11:1", "no index is negative"},
	{`SELECT l[2147483648] FROM t`, "List index is not within the allowable range; index: [2147483648] at 1:10:10", "an index has 31 bits"},
	{`SELECT * FROM t LIMIT 5`, "Unsupported clause: LIMIT at 1:23:1", "the limit is a parameter of the request"},
	{`UPDATE t SET a = set_add(ss, <<'x'>>)`, "The first argument to SET_ADD must equal the assignment value at 1:18:7", "set_add changes what it reads"},
	{"UPDATE t\nSET s = set_delete(s, 'x')", "The second argument to SET_DELETE must be a value with type SET at 2:20:1", "lines count"},
	{`UPDATE t SET "s" = set_add("s", ['x'])`, "The second argument to SET_ADD must be a value with type SET at 1:28:3", "quotes count"},
	{`UPDATE t SET s = set_add(s)`, "SET_ADD must have exactly two arguments at 1:18:7", "one argument is missing"},
	{`UPDATE t SET s = <<>>`, "Empty bags are not supported", "a set has members"},
	{`UPDATE t SET s = <<1, 'a'>>`, "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags", "of one type"},
	{`UPDATE t SET s = <<'b','b'>>`, "One or more parameter values were invalid: Input collection [b, b] contains duplicates.", "each once"},
	{`UPDATE t SET s = <<2, 2.0>>`, "One or more parameter values were invalid: Input collection [2, 2.0] contains duplicates! under root", "by value, not by text"},
	{`UPDATE t SET x = [?]`, "Unsupported data type: Parameter under key root[0] at 1:19:1", "a parameter is a whole value"},
	{`INSERT INTO t VALUE {'ss': set_add(<<'a'>>, <<'b'>>)}`, "Unsupported data type: set_add under key root at 1:28:7", "an INSERT computes nothing"},
	{`UPDATE t SET d = ` + strings.Repeat("[", 32) + "1" + strings.Repeat("]", 32), "Nesting Levels have exceeded supported limits under root" + strings.Repeat("[0]", 32), "32 levels are too deep"},
	{`SELECT * FROM t WHERE pk = ?`, "Number of parameters in request and statement don't match.", "a parameter is missing"},
	{`SELECT * FROM t WHERE n > -?`, envelope + "Unexpected term", "signs stand before numbers only"},
	{`UPDATE t SET n=n--1 WHERE pk='x'`, "", "-- begins a comment, which takes the WHERE away"},
	{`UPDATE Orders-eu SET a = 1`, envelope + "Expected data manipulation", "such a name needs quotes"},
	{`SELECT * FROM t WHERE pk`, envelope + "Unexpected term", "an attribute is no condition"},
	{`SELECT * FROM t WHERE pk = 'a' AND size(b)`, envelope + "Unexpected term", "nor is a size"},
	{`SELECT * FROM t WHERE ` + strings.Repeat("(", 5000), envelope, "the depth is bounded"},
}

func TestParse_words_refusals_as_the_service_R1_3(t *testing.T) {
	for _, c := range refusals {
		_, err := Parse(c.statement, nil)
		if c.text == "" {
			if err != nil {
				t.Errorf("%.80s: %v (%s)", c.statement, err, c.reason)
			}
			continue
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.Text != c.text {
			t.Errorf("%.80s\n got %v\nwant %s\n(%s)", c.statement, err, c.text, c.reason)
		}
	}
	if _, err := Parse("DELETE FROM t WHERE pk = 1", []attr.Value{attr.Null()}); err == nil {
		t.Error("a parameter that no ? takes is not refused")
	}
}

// shown writes a condition with its structure.
func shown(e *Expr) string {
	switch e.Op {
	case OpPath:
		return columnName(e.Path)
	case OpValue:
		return e.Value.String()
	}
	args := make([]string, len(e.Args))
	for i, a := range e.Args {
		args[i] = shown(a)
	}
	return e.Name + "(" + strings.Join(args, " ") + ")"
}

func TestParse_reads_conditions_R1_3(t *testing.T) {
	for _, c := range []struct{ where, want, reason string }{
		{"a = 1 OR b = 2 AND NOT c = 3", `OR(=(a {"N":"1"}) AND(=(b {"N":"2"}) NOT(=(c {"N":"3"}))))`, "OR, AND, NOT bind ever stronger"},
		{"(a = 1 OR b = 2) AND c != 'it''s'", `AND(OR(=(a {"N":"1"}) =(b {"N":"2"})) <>(c {"S":"it's"}))`, "parentheses; != is <>; doubled quotes"},
		{"a IN [1, -2] AND b NOT IN (?, 'x')", `AND(IN(a {"N":"1"} {"N":"-2"}) NOT(IN(b {"BOOL":true} {"S":"x"})))`, "both brackets, parameters in them"},
		{"a BETWEEN - - 2 AND +5 AND b NOT BETWEEN ? AND 1E3", `AND(BETWEEN(a {"N":"2"} {"N":"5"}) NOT(BETWEEN(b {"BOOL":true} {"N":"1000"})))`, "signs and exponents"},
		{"a IS MISSING OR a IS NOT NULL", `OR(attribute_not_exists(a) NOT(attribute_type(a {"S":"NULL"})))`, "IS is a function"},
		{"BEGINS_WITH(\"sk\", 'x') = false AND size(m.l[0]) > 3", `AND(=(begins_with(sk {"S":"x"}) {"BOOL":false}) >(size(l[0]) {"N":"3"}))`, "functions in any case, compared"},
		{"m['a b'].c = {'x': [1, null], 'y': <<1, 2>>}", `=(c {"M":{"x":{"L":[{"N":"1"},{"NULL":true}]},"y":{"NS":["1","2"]}}})`, "nested literals"},
		{"a IN [.5, -.73e1]", `IN(a {"N":"0.5"} {"N":"-7.3"})`, "numbers without a leading digit"},
		{"a/* x */= 1 -- the end", `=(a {"N":"1"})`, "comments"},
	} {
		var params []attr.Value
		for range strings.Count(c.where, "?") {
			params = append(params, attr.Bool(true))
		}
		st, err := Parse("SELECT * FROM t WHERE "+c.where, params)
		if err != nil {
			t.Errorf("%s: %v", c.where, err)
			continue
		}
		if diff := cmp.Diff(c.want, shown(st.Where)); diff != "" {
			t.Errorf("%s (%s)\n%s", c.where, c.reason, diff)
		}
	}
}

func TestParse_reads_statements_R1_3(t *testing.T) {
	st, err := Parse(`SELECT a.b[1], "c" FROM "t"."i" WHERE a = 1 ORDER BY a DESC, b ASC;`, nil)
	if err != nil {
		t.Fatal(err)
	}
	if st.Table != "t" || st.Index != "i" || len(st.Columns) != 2 || st.Columns[0].Name != "b[1]" || st.Columns[1].Name != "c" {
		t.Errorf("table, index and columns: %+v", st)
	}
	if diff := cmp.Diff([]Order{{"a", true}, {"b", false}}, st.Order); diff != "" {
		t.Error(diff)
	}
	st, err = Parse(`UPDATE t SET a = a + 1, b = list_append(b, [1]) SET s = set_add(s, <<'x'>>) REMOVE c[0] WHERE pk = 'x' RETURNING MODIFIED NEW *`, nil)
	if err != nil {
		t.Fatal(err)
	}
	var clauses []string
	for _, a := range st.Actions {
		clauses = append(clauses, a.Clause)
	}
	if diff := cmp.Diff([]string{"SET", "SET", "ADD", "REMOVE"}, clauses); diff != "" || st.Returning != "MODIFIED NEW" || st.Kind != Update {
		t.Errorf("%s %+v", diff, st)
	}
	if st, err = Parse(`FROM t WHERE pk = 'x' REMOVE a`, nil); err != nil || st.Kind != Update || st.Where == nil {
		t.Errorf("%+v %v", st, err)
	}
	if st, err = Parse(`EXISTS(SELECT * FROM t WHERE pk = 'x' AND a = 1)`, nil); err != nil || st.Kind != Exists {
		t.Errorf("%+v %v", st, err)
	}
	if st, err = Parse(`INSERT INTO t value {'pk': ?, 'n': [1]}`, []attr.Value{attr.String("k")}); err != nil || st.Item["pk"].Str() != "k" {
		t.Errorf("%+v %v", st, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range refusals {
		f.Add(c.statement)
	}
	f.Add(`UPDATE t SET a = a + 1, b = list_append(b, [1]) SET s = set_add(s, <<'x'>>) REMOVE c[0] WHERE pk = 'x' RETURNING ALL OLD *`)
	f.Add(`SELECT * FROM "t"."i" WHERE a IN [1, ?] AND (b BETWEEN 1 AND 2 OR c IS NOT MISSING) ORDER BY a DESC`)
	f.Fuzz(func(t *testing.T, src string) {
		st, err := Parse(src, []attr.Value{attr.String("p")})
		if err == nil && st.Where != nil {
			st.Where.Term()
			st.Where.Names()
		}
		if err != nil && err.Error() == "" {
			t.Errorf("%q is refused without a word", src)
		}
	})
}

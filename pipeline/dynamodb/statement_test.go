package dynamodb

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// sql returns the body of a request with one statement and members beside it.
func sql(statement string, more ...string) string {
	text, _ := json.Marshal(statement) // never fails for a string
	return `{"Statement":` + string(text) + strings.Join(more, "") + `}`
}

// transactionOf returns the body of a transaction.
func transactionOf(statements ...string) string {
	for i, st := range statements {
		statements[i] = sql(st)
	}
	return `{"TransactStatements":[` + strings.Join(statements, ",") + `]}`
}

func newStatementFixture(t tester) *fixture {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.do("CreateTable", sortTable)
	for _, item := range []string{
		`{'pk':'a','sk':1,'g':'x','l':'l1','a':'A1','v':{'n':[10,20]},'b':true}`,
		`{'pk':'a','sk':2,'g':'y','l':'l2','s':<<'p','q'>>}`,
		`{'pk':'a','sk':3,'nul':null}`,
		`{'pk':'b','sk':1,'g':'x','text':'hello'}`,
	} {
		f.do("ExecuteStatement", sql(`INSERT INTO sort VALUE `+item))
	}
	return f
}

func TestSelect_reads_by_key_range_and_scan_R1_3(t *testing.T) {
	f := newStatementFixture(t)
	for _, c := range []struct{ where, want, reason string }{
		{`pk = 'a'`, "a1 a2 a3", "one partition"},
		{`'a' = pk AND sk >= 2`, "a2 a3", "a range of it; the key may stand on the right"},
		{`pk = 'a' AND sk BETWEEN 1 AND 2`, "a1 a2", "BETWEEN"},
		{`pk = 'a' AND 2 > sk`, "a1", "a mirrored comparison"},
		{`pk = 'a' AND sk > 1 AND sk < 3`, "a2", "two conditions on the sort key"},
		{`pk = 'a' AND sk <> 2`, "a1 a3", "one that is no range"},
		{`pk = 'a' AND pk = 'b'`, "", "two partitions at once"},
		{`pk IN ['b', 'a'] AND sk = 1`, "b1 a1", "partitions in the order of the statement"},
		{`pk = 'a' AND (sk = 3 OR sk = 1)`, "a3 a1", "so are ranges"},
		{`(pk = 'b' AND sk = 1) OR (pk = 'a' AND sk = 2)`, "b1 a2", "alternatives"},
		{`pk = 'a' ORDER BY sk DESC`, "a3 a2 a1", "backwards"},
		{`pk = 'a' ORDER BY pk ASC`, "a3 a2 a1", "by the partition key alone, items come backwards"},
		{`pk IN ['b','a'] ORDER BY pk, sk`, "a1 a2 a3 b1", "partitions in order"},
		{`pk IN ['a','b'] ORDER BY pk DESC, sk`, "b1 a1 a2 a3", "and against it"},
		{`pk = 'a' AND g = 'y'`, "a2", "a filter beside the key"},
		{`pk = 'a' AND v.n[1] = 20 AND b = true`, "a1", "a path"},
		{`pk = 'a' AND s = <<'q','p'>>`, "a2", "sets have no order"},
		{`pk = 'a' AND contains(s, 'p')`, "a2", "contains"},
		{`pk = 'a' AND attribute_type(nul, 'NULL')`, "a3", "attribute_type"},
		{`pk = 'a' AND nul IS NULL`, "a3", "NULL is a value"},
		{`pk = 'a' AND nul IS NOT NULL`, "a1 a2", "a missing attribute is not NULL"},
		{`pk = 'a' AND g IS MISSING`, "a3", "MISSING"},
		{`pk = 'a' AND NOT begins_with(g, 'x')`, "a2 a3", "NOT of a function"},
		{`pk = 'a' AND size(s) = 2`, "a2", "size"},
		{`pk = 'a' AND attribute_exists(nope) = false AND attribute_exists(g) <> 1`, "a1 a2 a3", "conditions are compared"},
		{`pk = 'a' AND (sk = 1) = (g = 'x')`, "a1 a2 a3", "with each other, too"},
		{`text = 'hello'`, "b1", "a scan"},
		{`pk > 'a'`, "b1", "a range of partitions is one"},
		{`pk > 1`, "", "of another type than the key"},
	} {
		out := f.do("ExecuteStatement", sql(`SELECT pk, sk FROM "sort" WHERE `+c.where))
		if got := keysOf(t, out); got != c.want {
			t.Errorf("%s: got %q, want %q (%s)", c.where, got, c.want, c.reason)
		}
	}
}

// keysOf lists the keys of the items in an answer.
func keysOf(t tester, answer string) string {
	t.Helper()
	var keys []string
	for _, item := range get(t, answer, "Items").([]any) {
		m := item.(map[string]any)
		keys = append(keys, m["pk"].(map[string]any)["S"].(string)+m["sk"].(map[string]any)["N"].(string))
	}
	return strings.Join(keys, " ")
}

func TestSelect_shows_columns_and_indexes_R1_3(t *testing.T) {
	f := newStatementFixture(t)
	for _, c := range []struct{ statement, want, reason string }{
		{`SELECT v.n[0], v, g, nope FROM sort WHERE pk = 'a' AND sk = 1`, `[{"g":{"S":"x"},"n[0]":{"N":"10"},"v":{"M":{"n":{"L":[{"N":"10"},{"N":"20"}]}}}}]`, "columns by the end of their path"},
		{`SELECT nope FROM sort WHERE pk = 'b'`, `[{}]`, "an item without the columns"},
		{`SELECT * FROM sort.byG WHERE g = 'y'`, `[{"g":{"S":"y"},"pk":{"S":"a"},"sk":{"N":"2"}}]`, "* is what a global index has"},
		{`SELECT * FROM sort.byL WHERE pk = 'a' AND l = 'l1'`, `[{"a":{"S":"A1"},"l":{"S":"l1"},"pk":{"S":"a"},"sk":{"N":"1"}}]`, "and a local one"},
		{`SELECT g FROM sort.byL WHERE pk = 'a' AND l = 'l1'`, `[{"g":{"S":"x"}}]`, "a local index fetches the rest"},
		{`SELECT sk FROM sort.byG WHERE text = 'hello'`, `[]`, "a scan of an index sees what the index has"},
		{`SELECT sk FROM sort.byG WHERE g = 'y' AND NOT sk = 7`, `[{"sk":{"N":"2"}}]`, "the table's key is in every index"},
		{`SELECT sk FROM sort.byG WHERE (g = 'y' AND text = 'x') OR g = 'none'`, `[]`, "an alternative may read what is not there"},
	} {
		out := f.do("ExecuteStatement", sql(c.statement))
		if got := text(t, out, "Items"); got != c.want {
			t.Errorf("%s: got %s, want %s (%s)", c.statement, got, c.want, c.reason)
		}
	}
	for _, c := range []struct{ statement, want, reason string }{
		{`SELECT a FROM sort WHERE pk = 'a'`, `{"CapacityUnits":0.5,"Table":{"CapacityUnits":0.5},"TableName":"sort"}`, "half a unit for the whole range"},
		{`SELECT * FROM sort.byG WHERE g = 'x'`, `{"CapacityUnits":0.5,"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":0.5}},"Table":{"CapacityUnits":0},"TableName":"sort"}`, "of the index"},
		{`UPDATE sort SET text = 'new' WHERE pk = 'b' AND sk = 1`, `{"CapacityUnits":1,"Table":{"CapacityUnits":1},"TableName":"sort"}`, "a unit for a write"},
	} {
		out := f.do("ExecuteStatement", sql(c.statement, `,"ReturnConsumedCapacity":"INDEXES"`))
		if got := text(t, out, "ConsumedCapacity"); got != c.want {
			t.Errorf("%s: got %s, want %s (%s)", c.statement, got, c.want, c.reason)
		}
	}
}

func TestStatements_write_and_return_R1_3(t *testing.T) {
	f := newStatementFixture(t)
	for _, c := range []struct{ statement, want, reason string }{
		{`INSERT INTO hash VALUE {'pk':'k','n':1,'l':[1],'s':<<'a','b'>>}`, `[]`, "an INSERT returns nothing"},
		{`UPDATE hash SET n = n + 2 SET l = list_append([0], l), m = {'x': n} WHERE pk = 'k' RETURNING MODIFIED OLD *`, "", "a map of an attribute is no literal"},
		{`UPDATE hash SET n = n - - 2 SET l = list_append([0], l), m = {'x': 1} WHERE pk = 'k' RETURNING MODIFIED OLD *`, `[{"l":{"L":[{"N":"1"}]},"n":{"N":"1"}}]`, "what was there"},
		{`UPDATE hash SET s = set_delete(s, <<'a'>>) SET t = set_add(t, <<1>>) REMOVE l[0] WHERE pk = 'k' AND n = 3 RETURNING ALL NEW *`,
			`[{"l":{"L":[{"N":"1"}]},"m":{"M":{"x":{"N":"1"}}},"n":{"N":"3"},"pk":{"S":"k"},"s":{"SS":["b"]},"t":{"NS":["1"]}}]`, "all of what is there now"},
		{`UPDATE hash REMOVE n WHERE pk = 'k' RETURNING MODIFIED NEW *`, `[]`, "nothing of what was changed is there"},
		{`FROM hash WHERE pk = 'k' SET m.x = 'y'`, `[]`, "the other form of UPDATE"},
		{`UPDATE hash SET n = 1 WHERE pk = 'k' AND pk = 'k' RETURNING MODIFIED NEW *`, `[{"n":{"N":"1"}}]`, "the key may be repeated"},
		{`DELETE FROM hash WHERE pk = 'k' AND n = 1 RETURNING ALL OLD *`,
			`[{"l":{"L":[{"N":"1"}]},"m":{"M":{"x":{"S":"y"}}},"n":{"N":"1"},"pk":{"S":"k"},"s":{"SS":["b"]},"t":{"NS":["1"]}}]`, "what is gone"},
		{`DELETE FROM hash WHERE pk = 'k' AND n = 1 RETURNING ALL OLD *`, `[]`, "a DELETE of what is not there succeeds"},
	} {
		if c.want == "" {
			if out, err := f.call("ExecuteStatement", sql(c.statement)); err == nil {
				t.Errorf("%s: got %s (%s)", c.statement, out, c.reason)
			}
			continue
		}
		if got := text(t, f.do("ExecuteStatement", sql(c.statement)), "Items"); got != c.want {
			t.Errorf("%s: got %s, want %s (%s)", c.statement, got, c.want, c.reason)
		}
	}
}

func TestStatements_refuse_what_AWS_refuses_R1_3(t *testing.T) {
	f := newStatementFixture(t)
	overlap := validation + "Overlapping conditions with range keys are not supported in where clause"
	noKey := validation + "Where clause does not contain a mandatory equality on all key attributes"
	operand := validation + "Incorrect operand type for operator or function; operator or function: "
	many := strings.Repeat("'v',", 50) + "'v'"
	for i, c := range []struct{ statement, want, reason string }{
		{`SELECT * FROM none WHERE pk = 'a'`, "ResourceNotFoundException: Requested resource not found", "no such table"},
		{`SELECT * FROM none WHERE pk = 'a' AND v < true`, operand + "<, operand type: BOOL", "types come before tables"},
		{`SELECT * FROM hash WHERE v BETWEEN [] AND []`, operand + "BETWEEN, operand type: L", "lists have no order"},
		{`SELECT * FROM hash WHERE attribute_exists('v')`, validation + "Operator or function requires a document path; operator or function: attribute_exists", "a text is no path"},
		{`SELECT * FROM hash WHERE attribute_exists()`, validation + "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 0", "an operand is missing"},
		{`SELECT * FROM sort.none WHERE pk = 'a'`, validation + "The table does not have the specified index", "no such index"},
		{`SELECT text FROM sort.byG WHERE g = 'x'`, wrongValue + "Global secondary index byG does not project [text]", "a column that the index has not"},
		{`SELECT sk FROM sort.byG WHERE g = 'x' AND text = 'y'`, wrongValue + "Secondary index byG does not project one or more filter attributes: [text]", "a filter on one"},
		{`SELECT sk FROM sort.byL WHERE pk IN ['a','b'] AND text IS MISSING`, wrongValue + "Secondary index byL does not project one or more filter attributes: [text]", "of a local index, too"},
		{`SELECT * FROM sort WHERE pk = 1 OR pk = 'a'`, validation + "Key attribute's data type should match its data type in table's schema: Key pk", "the type of a key"},
		{`SELECT * FROM sort WHERE pk = 'a' AND sk IN [1, '2']`, validation + "Key attribute's data type should match its data type in table's schema: Key sk", "of either key"},
		{`SELECT * FROM sort WHERE pk IN ['a','a']`, overlap, "one partition twice"},
		{`SELECT * FROM sort WHERE pk = 'a' AND (sk > 0 OR sk < 5)`, overlap, "ranges that overlap"},
		{`SELECT * FROM sort WHERE pk = 'a' AND (sk = 1 OR g = 'x')`, overlap, "a range within the partition"},
		{`SELECT * FROM sort WHERE pk IN [` + many + `]`, validation + "Too many decomposed read operations for a given query.", "51 ranges"},
		{`SELECT * FROM sort WHERE pk = 'a' AND g IN [` + many + `,` + many[4:] + `]`, validation + "The IN operator is provided with too many operands; number of operands: 101", "101 operands"},
		{`SELECT * FROM sort ORDER BY sk`, validation + "Must have WHERE clause in the statement when using ORDER BY clause.", "order of a scan"},
		{`SELECT * FROM sort WHERE pk > 'a' ORDER BY sk`, validation + "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.", "also with a filter"},
		{`SELECT * FROM sort WHERE pk = 'a' ORDER BY g`, validation + "Attribute g in ORDER BY clause must be part of the primary key", "order by another attribute"},
		{`SELECT * FROM sort WHERE pk IN ['a','b'] ORDER BY sk`, validation + "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.", "two partitions"},
		{`INSERT INTO sort VALUE {'pk':'a','sk':1}`, "DuplicateItemException: Duplicate primary key exists in table", "an INSERT replaces nothing"},
		{`INSERT INTO sort VALUE {'pk':'a'}`, validation + "Key attribute should be present in the item: Key sk", "half a key"},
		{`UPDATE hash SET v = 1 WHERE pk = 'none'`, "ConditionalCheckFailedException: The conditional request failed", "an UPDATE makes nothing"},
		{`UPDATE sort SET v = 1 WHERE pk = 'a' AND sk = 1 AND g = 'y'`, "ConditionalCheckFailedException: The conditional request failed", "a condition that fails"},
		{`DELETE FROM sort WHERE pk = 'a' AND sk = 1 AND g = 'y'`, "ConditionalCheckFailedException: The conditional request failed", "of a DELETE, too"},
		{`UPDATE sort SET v = 1 WHERE pk = 'a'`, noKey, "half a key"},
		{`UPDATE sort SET v = 1`, noKey, "none at all"},
		{`DELETE FROM sort WHERE pk = 'a' AND sk IN [1]`, noKey, "IN is no equality"},
		{`DELETE FROM sort WHERE pk = 'a' AND sk = 1 OR g = 'y'`, noKey, "nor is an alternative"},
		{`UPDATE sort SET v = 1 WHERE pk = 'a' AND sk = 1 AND pk = 'b'`, validation + "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported", "two keys"},
		{`UPDATE sort SET v = 1 WHERE pk = 'a' AND sk = 'x'`, validation + "Key attribute's data type should match its data type in table's schema: Key sk", "a key of another type"},
		{`UPDATE sort SET pk = 'b' WHERE pk = 'a' AND sk = 1`, wrongValue + "Cannot update attribute pk. This attribute is part of the key", "the key does not change"},
		{`UPDATE sort SET n = 'a' + 1 WHERE pk = 'a' AND sk = 1 AND g = 'y'`, operand + "+, operand type: S", "a sum of texts"},
		{`UPDATE sort SET n = list_append(n, [1]) WHERE pk = 'a' AND sk = 1`, validation + "The provided expression refers to an attribute that does not exist in the item", "a list that is not there"},
		{`UPDATE sort SET a = set_add(a, <<1>>) WHERE pk = 'a' AND sk = 1`, validation + "An operand in the update expression has an incorrect data type", "no set is there"},
		{`EXISTS(SELECT * FROM hash WHERE pk = 'a' AND v = 1)`, validation + "EXISTS can only be used in ExecuteTransaction write requests.", "EXISTS is for transactions"},
	} {
		t.Run(fmt.Sprintf("%d %s", i, c.reason), func(t *testing.T) {
			inner := *f
			inner.t = t
			inner.refuse("ExecuteStatement", sql(c.statement), c.want)
		})
	}
	f.refuse("ExecuteStatement", sql(`SELECT * FROM sort.byG WHERE g = 'x'`, `,"ConsistentRead":true`),
		validation+"Strongly consistent read is not supported on Global Secondary Indexes")
	f.refuse("ExecuteStatement", sql(`UPDATE sort SET WHERE`, `,"Parameters":[{"SS":["a","a"]}]`), wrongValue+"Input collection [a, a] contains duplicates.")
}

func TestSelect_pages_by_NextToken_R1_3(t *testing.T) {
	f := newStatementFixture(t)
	const statement = `SELECT pk, sk FROM sort WHERE pk IN ['b', 'a']`
	var got []string
	token := ""
	for page := 0; page == 0 || token != ""; page++ {
		more := `,"Limit":1`
		if token != "" {
			more += `,"NextToken":"` + token + `"`
		}
		out := f.do("ExecuteStatement", sql(statement, more))
		got = append(got, keysOf(t, out))
		token, _ = get(t, out, "NextToken").(string)
		if page > 9 {
			t.Fatal("the pages do not end")
		}
	}
	if got := strings.TrimSpace(strings.Join(got, " ")); got != "b1 a1 a2 a3" {
		t.Errorf("pages %q", got)
	}
	token = get(t, f.do("ExecuteStatement", sql(statement, `,"Limit":2`)), "NextToken").(string)
	if got := keysOf(t, f.do("ExecuteStatement", sql(statement, `,"Limit":9,"NextToken":"`+token+`"`))); got != "a2 a3" {
		t.Errorf("with another limit %q", got)
	}
	f.refuse("ExecuteStatement", sql(`SELECT * FROM sort`, `,"NextToken":"`+token+`"`), validation+"NextToken does not match request")
	f.refuse("ExecuteStatement", sql(statement, `,"NextToken":"bm8="`), validation+"NextToken does not match request")
}

// batch sends statements and checks the answer to each, and the capacity of all.
func (f *fixture) batch(statements []string, capacity string, want ...string) {
	f.t.Helper()
	out := f.do("BatchExecuteStatement", `{"ReturnConsumedCapacity":"TOTAL","Statements":[`+strings.Join(statements, ",")+`]}`)
	for i, r := range get(f.t, out, "Responses").([]any) {
		if got := jsonOf(f.t, r); got != want[i] {
			f.t.Errorf("response %d: got %s, want %s", i, got, want[i])
		}
	}
	if got := text(f.t, out, "ConsumedCapacity"); got != `[{"CapacityUnits":`+capacity+`,"TableName":"sort"}]` {
		f.t.Errorf("capacity %s", got)
	}
}

func TestBatchExecuteStatement_answers_each_statement_R1_3(t *testing.T) {
	f := newStatementFixture(t)
	noKey := `"Message":"Select statements within BatchExecuteStatement must specify the primary key in the where clause."`
	f.batch([]string{
		sql(`SELECT g FROM sort WHERE pk = 'a' AND sk IN [1]`), sql(`SELECT * FROM sort WHERE pk = 'none' AND sk = 1`, `,"ConsistentRead":true`),
		sql(`SELECT * FROM sort WHERE pk = 'a'`), sql(`SLECT`), sql(`SELECT * FROM none WHERE pk = 'a'`), sql(`SELECT * FROM sort.byG WHERE pk = 'a' AND sk = 1`),
	}, "1.5", // half a unit, and one consistent
		`{"Item":{"g":{"S":"x"}},"TableName":"sort"}`, `{"TableName":"sort"}`, `{"Error":{"Code":"ValidationError",`+noKey+`}}`,
		`{"Error":{"Code":"ValidationError","Message":"Statement wasn't well formed, can't be processed: Expected data manipulation"}}`,
		`{"Error":{"Code":"ResourceNotFound","Message":"Requested resource not found"}}`, `{"Error":{"Code":"ValidationError",`+noKey+`}}`)
	f.batch([]string{
		sql(`INSERT INTO sort VALUE {'pk':'a','sk':2}`),
		sql(`UPDATE sort SET t = 1 WHERE pk = 'a' AND sk = 1 AND g = 'y'`, `,"ReturnValuesOnConditionCheckFailure":"ALL_OLD"`),
		sql(`DELETE FROM sort WHERE pk = 'a' AND sk = 3 RETURNING ALL OLD *`),
	}, "1",
		`{"Error":{"Code":"DuplicateItem","Message":"Duplicate primary key exists in table"},"TableName":"sort"}`,
		`{"Error":{"Code":"ConditionalCheckFailed","Item":{"a":{"S":"A1"},"b":{"BOOL":true},"g":{"S":"x"},"l":{"S":"l1"},"pk":{"S":"a"},"sk":{"N":"1"},"v":{"M":{"n":{"L":[{"N":"10"},{"N":"20"}]}}}},`+
			`"Message":"The conditional request failed"},"TableName":"sort"}`,
		`{"Item":{"nul":{"NULL":true},"pk":{"S":"a"},"sk":{"N":"3"}},"TableName":"sort"}`)
}

func TestBatchExecuteStatement_refuses_what_does_not_fit_together_R1_3(t *testing.T) {
	f := newStatementFixture(t)
	before := f.do("Scan", `{"TableName":"sort"}`)
	insert, twice := sql(`INSERT INTO sort VALUE {'pk':'new','sk':1}`), sql(`UPDATE sort SET t = 1 WHERE pk = 'new' AND sk = 1`)
	f.refuse("BatchExecuteStatement", `{"Statements":[`+insert+`,`+sql(`SELECT * FROM sort WHERE pk = 'b' AND sk = 1`)+`]}`,
		validation+"Read and write requests together in the same batch is not supported.")
	f.refuse("BatchExecuteStatement", `{"Statements":[`+insert+`,`+twice+`]}`, validation+"Provided list of item keys contains duplicates")
	f.refuse("BatchExecuteStatement", `{"Statements":[`+sql(`SELECT * FROM sort WHERE pk = 'a' AND sk = 1`)+`,`+sql(`SELECT g FROM sort WHERE pk = 'a' AND sk IN [1]`)+`]}`,
		validation+"Provided list of item keys contains duplicates")
	if after := f.do("Scan", `{"TableName":"sort"}`); after != before {
		t.Errorf("a refused batch changed %s to %s", before, after)
	}
}

func TestExecuteTransaction_writes_all_or_nothing_R1_3(t *testing.T) {
	f := newStatementFixture(t)
	canceled := "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons "
	member := validation + "Validation failed in TransactStatements[0]: "
	const update = `UPDATE sort SET t = 1 WHERE pk = 'a' AND sk = 1`
	for i, c := range []struct {
		statements   []string
		want, reason string
	}{
		{[]string{`INSERT INTO sort VALUE {'pk':'n','sk':1}`, `INSERT INTO sort VALUE {'pk':'a','sk':2}`}, canceled + "[None, DuplicateItem]", "an item that is there"},
		{[]string{`EXISTS(SELECT * FROM sort WHERE pk = 'a' AND sk = 2 AND s IS MISSING)`, update}, canceled + "[ConditionalCheckFailed, None]", "a condition that fails"},
		{[]string{`EXISTS(SELECT * FROM sort WHERE pk = 'z' AND sk = 2 AND s IS MISSING)`, update}, canceled + "[ConditionalCheckFailed, None]", "an item that is not there does not exist"},
		{[]string{`EXISTS(SELECT * FROM sort WHERE pk = 'a' AND sk = 2)`, update}, member + "EXISTS() must contain a single item read with additional condition", "EXISTS wants a condition"},
		{[]string{update + ` RETURNING ALL NEW *`}, member + "RETURNING clause is not supported in ExecuteTransaction.", "RETURNING"},
		{[]string{`UPDATE sort.byG SET t = 1 WHERE pk = 'a'`}, member + "This operation is not supported on an index", "an index"},
		{[]string{`SELECT * FROM sort WHERE`}, member + "Statement wasn't well formed, can't be processed: Unexpected term", "form"},
		{[]string{`SELECT * FROM sort.byG WHERE g = 'x'`}, member + "Reads on indices are not supported within transactions.", "reading an index"},
		{[]string{`SELECT * FROM sort WHERE pk = 'a' AND sk = 1 AND g = 'x'`}, member + "Select statements within ExecuteTransaction must specify the primary key in the where clause.", "reading by more than the key"},
		{[]string{`SELECT * FROM sort WHERE pk = 'a' AND sk = 2`, update}, validation + "ExecuteTransaction API does not support both read and write operations in the same request.", "reading and writing"},
		{[]string{update, `UPDATE none SET t = 1 WHERE pk = 'a'`}, canceled + "[None, ResourceNotFound]", "a table that is not there"},
		{[]string{`UPDATE sort SET t = 1 WHERE pk = 'a'`, `DELETE FROM sort WHERE pk = 'a' AND sk = 1 AND pk = 'b'`, `DELETE FROM sort WHERE pk = 'b' AND sk = 1`},
			canceled + "[ValidationError, ValidationError, None]", "statements that do not name one item"},
		{[]string{update, update}, validation + "Transaction request cannot include multiple operations on one item", "one item twice"},
		{[]string{`SELECT * FROM sort WHERE pk = 1 AND sk = 1`}, canceled + "[ValidationError]", "a key of another type"},
	} {
		t.Run(fmt.Sprintf("%d %s", i, c.reason), func(t *testing.T) {
			inner := *f
			inner.t = t
			inner.refuse("ExecuteTransaction", transactionOf(c.statements...), c.want)
		})
	}
	if got := get(t, f.do("Scan", `{"TableName":"sort","FilterExpression":"attribute_exists(t) OR pk = :n","ExpressionAttributeValues":{":n":{"S":"n"}}}`), "Count"); got != 0.0 {
		t.Errorf("%v items: a refused transaction was applied", got)
	}
	f.do("ExecuteTransaction", transactionOf(update, `EXISTS(SELECT * FROM sort WHERE pk = 'a' AND sk = 2 AND g = 'y')`, `DELETE FROM sort WHERE pk = 'a' AND sk = 3`))
	out := f.do("ExecuteTransaction", transactionOf(`SELECT t FROM sort WHERE pk = 'a' AND sk = 1`, `SELECT * FROM sort WHERE pk = 'a' AND sk = 3`))
	if got := text(t, out, "Responses"); got != `[{"Item":{"t":{"N":"1"}}},{}]` {
		t.Errorf("read back %s", got)
	}
}

func TestExecuteTransaction_is_idempotent_by_token_for_10_minutes_R1_3(t *testing.T) {
	f := newStatementFixture(t)
	body := func(statement string) string {
		return `{"ClientRequestToken":"t","ReturnConsumedCapacity":"TOTAL",` + transactionOf(statement)[1:]
	}
	const insert = `UPDATE sort SET l = 'again', n = sk + 1 WHERE pk = 'b' AND sk = 1 AND n IS MISSING`
	first, second := f.do("ExecuteTransaction", body(insert)), f.do("ExecuteTransaction", body(insert))
	if got := text(t, first, "ConsumedCapacity"); got != `[{"CapacityUnits":4,"TableName":"sort","WriteCapacityUnits":4}]` {
		t.Errorf("first %s: two for the table, two for the index", got)
	}
	if got := text(t, second, "ConsumedCapacity"); got != `[{"CapacityUnits":2,"ReadCapacityUnits":2,"TableName":"sort"}]` {
		t.Errorf("replay %s: it only reads", got)
	}
	f.refuse("ExecuteTransaction", body(`DELETE FROM sort WHERE pk = 'b' AND sk = 1`),
		"IdempotentParameterMismatchException: The request uses the same client token as a previous, but non-identical request")
	f.clock.Set(start.Add(10 * time.Minute))
	f.refuse("ExecuteTransaction", body(insert), "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed]")
}

func TestStatements_leave_records_in_the_stream_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	arn := get(t, f.do("DescribeTable", `{"TableName":"sort"}`), "Table", "LatestStreamArn").(string)
	r, err := f.service.OpenStream(arn, "TRIM_HORIZON", func() {})
	if err != nil {
		t.Fatal(err)
	}
	f.do("ExecuteStatement", sql(`INSERT INTO sort VALUE {'pk':'a','sk':1}`))
	f.do("ExecuteStatement", sql(`DELETE FROM sort WHERE pk = 'none' AND sk = 1`))
	f.do("ExecuteTransaction", transactionOf(`UPDATE sort SET v = 1 WHERE pk = 'a' AND sk = 1`, `INSERT INTO sort VALUE {'pk':'b','sk':1}`))
	f.do("BatchExecuteStatement", `{"Statements":[`+sql(`DELETE FROM sort WHERE pk = 'a' AND sk = 1`)+`]}`)
	records, _, err := r.Read(10)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, rec := range records {
		kinds = append(kinds, rec.Event.Type)
		if rec.Lineage.CorrelationID != "c-1" {
			t.Errorf("record %s has lost its correlation id: %+v", rec.Event.Type, rec.Lineage)
		}
	}
	if got := strings.Join(kinds, " "); got != "INSERT MODIFY INSERT REMOVE" {
		t.Errorf("records %s: a DELETE of what is not there leaves none", got)
	}
}

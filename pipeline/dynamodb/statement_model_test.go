package dynamodb

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// bilingual is one condition in both languages.
type bilingual struct {
	sql    string
	text   string
	values map[string]string // placeholder → JSON
}

func (b *bilingual) join(word string, o bilingual) {
	b.sql = "(" + b.sql + " " + word + " " + o.sql + ")"
	b.text = "(" + b.text + ") " + word + " (" + o.text + ")"
	for k, v := range o.values {
		b.values[k] = v
	}
}

// conditions draws conditions; n makes their placeholders differ.
type conditions struct{ n int }

func (c *conditions) value(t *rapid.T, b *bilingual, attribute string) (literal, placeholder string) {
	c.n++
	placeholder = fmt.Sprintf(":v%d", c.n)
	if attribute == "sk" || attribute == "n" {
		n := rapid.IntRange(-2, 3).Draw(t, "number")
		b.values[placeholder] = fmt.Sprintf(`{"N":"%d"}`, n)
		return fmt.Sprint(n), placeholder
	}
	s := rapid.SampledFrom([]string{"a", "b", "a'b", "x"}).Draw(t, "text")
	b.values[placeholder] = fmt.Sprintf(`{"S":%q}`, s)
	return "'" + strings.ReplaceAll(s, "'", "''") + "'", placeholder
}

func (c *conditions) draw(t *rapid.T, depth int) bilingual {
	if depth > 0 {
		switch rapid.IntRange(0, 4).Draw(t, "node") {
		case 0, 1:
			b := c.draw(t, depth-1)
			b.join("AND", c.draw(t, depth-1))
			return b
		case 2:
			b := c.draw(t, depth-1)
			b.join("OR", c.draw(t, depth-1))
			return b
		case 3:
			b := c.draw(t, depth-1)
			b.sql, b.text = "NOT ("+b.sql+")", "NOT ("+b.text+")"
			return b
		}
	}
	b := bilingual{values: map[string]string{}}
	a := rapid.SampledFrom([]string{"pk", "pk", "sk", "g", "v", "n"}).Draw(t, "attribute")
	x, px := c.value(t, &b, a)
	switch kind := rapid.IntRange(0, 8).Draw(t, "test"); {
	case kind < 3:
		b.sql, b.text = a+" = "+x, a+" = "+px
	case kind == 3:
		op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "<>"}).Draw(t, "operator")
		b.sql, b.text = x+" "+op+" "+a, px+" "+op+" "+a
	case kind == 4:
		y, py := c.value(t, &b, a)
		b.sql, b.text = a+" IN ["+x+", "+y+"]", a+" IN ("+px+", "+py+")"
	case kind == 5 && (a == "sk" || a == "n"):
		y := rapid.IntRange(3, 5).Draw(t, "upper")
		b.values[px+"u"] = fmt.Sprintf(`{"N":"%d"}`, y)
		b.sql, b.text = fmt.Sprintf("%s BETWEEN %s AND %d", a, x, y), a+" BETWEEN "+px+" AND "+px+"u"
	case kind == 6 && a != "sk" && a != "n":
		b.sql, b.text = "begins_with("+a+", "+x+")", "begins_with("+a+", "+px+")"
	default:
		delete(b.values, px)
		b.sql, b.text = a+" IS NOT MISSING", "attribute_exists("+a+")"
	}
	return b
}

func (b *bilingual) members() string {
	if len(b.values) == 0 {
		return ""
	}
	var parts []string
	for _, k := range wire.SortedKeys(b.values) {
		parts = append(parts, fmt.Sprintf("%q:%s", k, b.values[k]))
	}
	return `,"ExpressionAttributeValues":{` + strings.Join(parts, ",") + `}`
}

// sortedItems lists the items of an answer, sorted, so that the order of a Scan does not count.
func sortedItems(t tester, answer string) []string {
	t.Helper()
	var list []string
	for _, item := range get(t, answer, "Items").([]any) {
		list = append(list, jsonOf(t, item))
	}
	slices.Sort(list)
	return list
}

// selectAll collects the pages of a SELECT; refused tells that the WHERE is one of those that cannot be read by ranges.
func selectAll(t *rapid.T, f *fixture, statement string) (items []string, refused bool) {
	limit, token := rapid.IntRange(1, 4).Draw(t, "limit"), ""
	for range 100 {
		more := fmt.Sprintf(`,"Limit":%d`, limit)
		if token != "" {
			more += `,"NextToken":"` + token + `"`
		}
		out, err := f.call("ExecuteStatement", sql(statement, more))
		if err != nil {
			if !strings.Contains(err.Error(), "Overlapping conditions") {
				t.Fatalf("%s: %v", statement, err)
			}
			return nil, true
		}
		items = append(items, sortedItems(t, out)...)
		if token, _ = get(t, out, "NextToken").(string); token == "" {
			slices.Sort(items)
			return items, false
		}
	}
	t.Fatalf("%s: the pages do not end", statement)
	return nil, false
}

func code(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return strings.Replace(e.Code, "DuplicateItemException", "ConditionalCheckFailedException", 1)
	}
	return err.Error()
}

func quotedJSON(s string) string {
	b, _ := json.Marshal(s) // never fails for a string
	return string(b)
}

// write carries out one write in PartiQL and the same in the classic call on the other service.
func (c *conditions) write(t *rapid.T, partiql, classic *fixture) {
	pk, sk := rapid.SampledFrom([]string{"a", "b", "x"}).Draw(t, "pk"), rapid.IntRange(-2, 3).Draw(t, "sk")
	key := fmt.Sprintf(`"pk":{"S":%q},"sk":{"N":"%d"}`, pk, sk)
	where := fmt.Sprintf(" WHERE pk = '%s' AND sk = %d", pk, sk)
	g, n := rapid.SampledFrom([]string{"a", "b", "x"}).Draw(t, "g"), rapid.IntRange(-2, 3).Draw(t, "n")
	b := c.draw(t, 1)
	statement, operation, body := "", "", ""
	switch rapid.IntRange(0, 3).Draw(t, "write") {
	case 0, 1:
		statement = fmt.Sprintf("INSERT INTO sort VALUE {'pk':'%s','sk':%d,'g':'%s','n':%d}", pk, sk, g, n)
		operation = "PutItem"
		body = fmt.Sprintf(`{"TableName":"sort","Item":{%s,"g":{"S":%q},"n":{"N":"%d"}},"ConditionExpression":"attribute_not_exists(pk)"}`, key, g, n)
	case 2:
		statement = fmt.Sprintf("UPDATE sort SET v = '%s', n = n + %d REMOVE g%s AND %s", g, n, where, b.sql)
		operation = "UpdateItem"
		b.values[":g"], b.values[":n"] = fmt.Sprintf(`{"S":%q}`, g), fmt.Sprintf(`{"N":"%d"}`, n)
		body = fmt.Sprintf(`{"TableName":"sort","Key":{%s},"UpdateExpression":"SET v = :g, n = n + :n REMOVE g","ConditionExpression":%s%s}`,
			key, quotedJSON("attribute_exists(pk) AND ("+b.text+")"), b.members())
	case 3:
		statement = "DELETE FROM sort" + where + " AND " + b.sql
		operation = "DeleteItem"
		body = fmt.Sprintf(`{"TableName":"sort","Key":{%s},"ConditionExpression":%s%s}`, key, quotedJSON("attribute_not_exists(pk) OR ("+b.text+")"), b.members())
	}
	_, got := partiql.call("ExecuteStatement", sql(statement))
	_, want := classic.call(operation, body)
	if strings.Contains(fmt.Sprint(got), "Multiple conditions on same key") {
		// The drawn condition demands another key, which the classic call takes for a condition that fails.
		return
	}
	if code(got) != code(want) {
		t.Fatalf("%s: %v\n%s %s: %v", statement, got, operation, body, want)
	}
}

func TestPartiQL_equals_the_classic_calls_R1_3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newFixture(t), newFixture(t)
		a.do("CreateTable", sortTable)
		b.do("CreateTable", sortTable)
		c := &conditions{}
		for range rapid.IntRange(1, 12).Draw(t, "writes") {
			c.write(t, a, b)
		}
		want := sortedItems(t, b.do("Scan", `{"TableName":"sort"}`))
		if got, _ := selectAll(t, a, "SELECT * FROM sort"); !slices.Equal(got, want) {
			t.Fatalf("after the writes:\n got %s\nwant %s", got, want)
		}
		for range 6 {
			cond := c.draw(t, 3)
			want := sortedItems(t, b.do("Scan", `{"TableName":"sort","FilterExpression":`+quotedJSON(cond.text)+cond.members()+`}`))
			statement := "SELECT * FROM sort WHERE " + cond.sql
			if got, refused := selectAll(t, a, statement); !refused && !slices.Equal(got, want) {
				t.Fatalf("%s\n got %s\nwant %s", statement, got, want)
			}
		}
	})
}

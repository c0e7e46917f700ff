package dynamodblocal

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// drawStatements draws an operation of PartiQL.
func drawStatements(t *rapid.T, table string) request {
	switch operation := pick(t, "operation of PartiQL", "ExecuteStatement", "ExecuteStatement", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"); operation {
	case "ExecuteStatement":
		return request{operation, drawStatement(t, table, pick(t, "statement", "SELECT", "SELECT", "SELECT", "INSERT", "UPDATE", "UPDATE", "DELETE"), true)}
	default:
		kinds := []string{"INSERT", "UPDATE", "DELETE"}
		if often(t, "reads", 4) {
			kinds = []string{"SELECT"}
		}
		var list []any
		for range rapid.IntRange(1, 3).Draw(t, "statements") {
			list = append(list, drawStatement(t, table, pick(t, "statement", kinds...), false))
		}
		member := map[string]string{"BatchExecuteStatement": "Statements", "ExecuteTransaction": "TransactStatements"}[operation]
		return request{operation, object{member: list}}
	}
}

// statement collects the parameters of one statement.
type statement struct {
	t      *rapid.T
	params []any
}

func drawStatement(t *rapid.T, table, kind string, alone bool) object {
	s := &statement{t: t}
	var text string
	quoted := `"` + table + `"`
	switch kind {
	case "SELECT":
		columns := pick(t, "columns", "*", "*", "p, s", "a, b.a", "a[0], c")
		if alone && often(t, "index", 3) {
			quoted += pick(t, "index name", `."byL"`, `."byG"`, `."none"`)
		}
		text = "SELECT " + columns + " FROM " + quoted
		switch {
		case !alone:
			text += " WHERE " + s.primary()
		case often(t, "by key", 5):
			text += " WHERE " + s.primary()
		case often(t, "where", 8):
			text += " WHERE " + s.condition(1)
		}
	case "INSERT":
		text = "INSERT INTO " + quoted + " VALUE " + s.literal(object{"M": item(t)})
	case "UPDATE":
		text = "UPDATE " + quoted
		for range rapid.IntRange(1, 2).Draw(t, "actions") {
			text += s.action()
		}
		text += " WHERE " + s.primary() + s.more()
		if alone && often(t, "returning", 4) {
			text += " RETURNING " + pick(t, "returned", "ALL OLD *", "ALL NEW *", "MODIFIED OLD *", "MODIFIED NEW *")
		}
	case "DELETE":
		text = "DELETE FROM " + quoted + " WHERE " + s.primary() + s.more()
		if alone && often(t, "returning", 4) {
			text += " RETURNING ALL OLD *"
		}
	}
	body := object{"Statement": text}
	if len(s.params) > 0 {
		body["Parameters"] = s.params
	}
	return body
}

func (s *statement) primary() string {
	k := primary(s.t)
	var parts []string
	for _, name := range []string{"p", "s", "a"} {
		if v, ok := k[name]; ok {
			parts = append(parts, name+" = "+s.value(v.(object)))
		}
	}
	return strings.Join(parts, " AND ")
}

// more draws what else a write demands of the item.
func (s *statement) more() string {
	if often(s.t, "more", 7) {
		return ""
	}
	return " AND " + s.condition(0)
}

func (s *statement) action() string {
	path := s.path()
	switch pick(s.t, "change", "SET", "SET", "SUM", "APPEND", "ADD", "TAKE", "REMOVE") {
	case "REMOVE":
		return " REMOVE " + path
	case "SUM":
		return " SET " + path + " = " + s.path() + pick(s.t, "sign", " + ", " - ") + s.value(value(s.t, 0))
	case "APPEND":
		return " SET " + path + " = list_append(" + s.path() + ", " + s.value(value(s.t, 1)) + ")"
	case "ADD":
		return " SET " + path + " = set_add(" + path + ", " + s.value(value(s.t, 0)) + ")"
	case "TAKE":
		return " SET " + path + " = set_delete(" + path + ", " + s.value(value(s.t, 0)) + ")"
	}
	return " SET " + path + " = " + s.value(value(s.t, 2))
}

func (s *statement) path() string {
	path := pick(s.t, "name", "a", "b", "c", "g", "l")
	if often(s.t, "step", 3) {
		path += pick(s.t, "step taken", ".a", ".b", "[0]", "[1]")
	}
	return path
}

func (s *statement) condition(depth int) string {
	if depth > 0 && often(s.t, "joined", 4) {
		left, right := s.condition(depth-1), s.condition(depth-1)
		switch pick(s.t, "word", "AND", "OR", "NOT") {
		case "AND":
			return left + " AND " + right
		case "OR":
			return "(" + left + " OR " + right + ")"
		}
		return "NOT (" + left + ") AND " + right
	}
	scalar := func() string { return s.value(value(s.t, 0)) }
	switch pick(s.t, "form", "compare", "compare", "partition", "between", "in", "missing", "begins", "contains", "type") {
	case "partition":
		return "p = " + s.value(object{"S": pick(s.t, "p", "1", "2")})
	case "between":
		return s.path() + " BETWEEN " + scalar() + " AND " + scalar()
	case "in":
		return s.path() + " IN [" + scalar() + ", " + scalar() + "]"
	case "missing":
		return s.path() + pick(s.t, "is", " IS MISSING", " IS NOT MISSING")
	case "begins":
		return "begins_with(" + s.path() + ", " + scalar() + ")"
	case "contains":
		return "contains(" + s.path() + ", " + scalar() + ")"
	case "type":
		return "attribute_type(" + s.path() + ", '" + pick(s.t, "type", "S", "N", "M", "X") + "')"
	}
	return s.path() + " " + pick(s.t, "comparator", "=", "<>", "<", "<=", ">", ">=") + " " + scalar()
}

// value writes a value as a parameter, or as a literal where the language has one.
func (s *statement) value(v object) string {
	if _, binary := v["B"]; binary || often(s.t, "parameter", 5) {
		s.params = append(s.params, v)
		return "?"
	}
	return s.literal(v)
}

func (s *statement) literal(v object) string {
	for kind, content := range v {
		switch kind {
		case "S":
			return "'" + strings.ReplaceAll(content.(string), "'", "''") + "'"
		case "N":
			return content.(string)
		case "BOOL":
			return fmt.Sprint(content)
		case "NULL":
			return "NULL"
		case "L":
			return "[" + s.list(content.([]any)) + "]"
		case "M":
			var members []string
			for _, name := range []string{"p", "s", "a", "b", "c", "g", "l"} {
				if member, ok := content.(object)[name]; ok {
					members = append(members, "'"+name+"': "+s.value(member.(object)))
				}
			}
			return "{" + strings.Join(members, ", ") + "}"
		case "SS", "NS":
			var members []string
			for _, text := range content.([]string) {
				member := object{kind[:1]: text}
				members = append(members, s.literal(member))
			}
			return "<<" + strings.Join(members, ", ") + ">>"
		}
	}
	s.params = append(s.params, v)
	return "?"
}

func (s *statement) list(elements []any) string {
	var texts []string
	for _, e := range elements {
		texts = append(texts, s.value(e.(object)))
	}
	return strings.Join(texts, ", ")
}

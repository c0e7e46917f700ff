package expr

import "github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"

// Test returns the condition on one top-level attribute that text would write as operator and operands: "=", "<>", "<", "<=",
// ">", ">=", "BETWEEN" and "IN" with their operands, or the name of a function of which the attribute is the first argument.
// The operands must be of types that the operator takes: text is checked, values are not.
func Test(name, operator string, operands ...attr.Value) *ConditionExpr {
	n := &node{op: opFunction, name: operator, args: []*node{pathTo(name)}}
	switch {
	case isComparator(operator):
		n.op = opCompare
	case operator == "BETWEEN":
		n.op = opBetween
	case operator == "IN":
		n.op = opIn
	}
	for _, v := range operands {
		n.args = append(n.args, constant(v))
	}
	return &ConditionExpr{n}
}

// Not returns the condition that holds where c does not.
func Not(c *ConditionExpr) *ConditionExpr {
	return &ConditionExpr{&node{op: opNot, name: "NOT", args: []*node{c.root}}}
}

// All returns the condition that holds where all of list, which is not empty, do.
func All(list ...*ConditionExpr) *ConditionExpr { return join(opAnd, "AND", list) }

// Any returns the condition that holds where one of list, which is not empty, does.
func Any(list ...*ConditionExpr) *ConditionExpr { return join(opOr, "OR", list) }

func join(op op, word string, list []*ConditionExpr) *ConditionExpr {
	root := list[0].root
	for _, c := range list[1:] {
		root = &node{op: op, name: word, args: []*node{root, c.root}}
	}
	return &ConditionExpr{root}
}

// Change is what an update does to one top-level attribute.
type Change struct {
	Name    string
	Section string     // "SET", "REMOVE", "ADD" or "DELETE"
	Value   attr.Value // of all but REMOVE
}

// Changes returns the update that makes the changes, each to another attribute. The values must be of types that the sections
// take, as in [Test]; beyond what text can say, ADD appends a list to a list.
func Changes(list []Change) *UpdateExpr {
	u := &UpdateExpr{}
	for _, c := range list {
		a := action{path: Path{{c.Name, -1}}}
		for i, name := range clauseNames {
			if c.Section == name {
				a.clause = clause(i)
			}
		}
		switch {
		case a.clause == clauseAdd && c.Value.Kind() == attr.KindL:
			a.clause = clauseSet
			old := &node{op: opFunction, name: "if_not_exists", args: []*node{pathTo(c.Name), constant(attr.List(nil))}}
			a.operand = &node{op: opFunction, name: "list_append", args: []*node{old, constant(c.Value)}}
		case a.clause != clauseRemove:
			a.operand = constant(c.Value)
		}
		u.actions = append(u.actions, a)
		u.paths = append(u.paths, a.path)
	}
	u.tree, _, _ = joinPaths(u.paths) // attributes that differ neither overlap nor conflict
	return u
}

func pathTo(name string) *node { return &node{op: opPath, path: Path{{name, -1}}} }

func constant(v attr.Value) *node { return &node{op: opValue, value: v} }

package expr

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// ConditionExpr is a parsed condition or filter expression.
type ConditionExpr struct {
	root *node
}

// ParseCondition parses a condition of the given kind, [Condition] or [Filter].
func ParseCondition(kind Kind, src string, params *Params) (*ConditionExpr, error) {
	root, err := parseCondition(kind, src, params)
	if err != nil {
		return nil, err
	}
	return &ConditionExpr{root}, nil
}

func parseCondition(kind Kind, src string, params *Params) (*node, error) {
	p, err := newParser(kind, src)
	if err != nil {
		return nil, err
	}
	root := p.condition()
	if err := p.end(); err != nil {
		return nil, err
	}
	if p.redundant {
		return nil, &Error{kind, "The expression has redundant parentheses;"}
	}
	c := checker{kind, params}
	if err := c.bindCondition(root); err != nil {
		return nil, err
	}
	return root, nil
}

// Paths returns every document path of the expression in the order of its text.
func (e *ConditionExpr) Paths() []Path {
	var paths []Path
	_ = visit(e.root, func(n *node) error { // the function never fails
		if n.op == opPath {
			paths = append(paths, n.path)
		}
		return nil
	})
	return paths
}

// Eval reports whether the condition holds for the item; nil is an item that does not exist.
//
// A comparison whose operand is missing or of another type is false, except <>, which is true.
func (e *ConditionExpr) Eval(item attr.Item) bool { return e.root.holds(item) }

func (n *node) holds(item attr.Item) bool {
	switch n.op {
	case opAnd:
		return n.args[0].holds(item) && n.args[1].holds(item)
	case opOr:
		return n.args[0].holds(item) || n.args[1].holds(item)
	case opNot:
		return !n.args[0].holds(item)
	case opCompare:
		return compare(n.name, n.args[0].operand(item), n.args[1].operand(item))
	case opBetween:
		v := n.args[0].operand(item)
		return compare(">=", v, n.args[1].operand(item)) && compare("<=", v, n.args[2].operand(item))
	case opIn:
		v := n.args[0].operand(item)
		for _, arg := range n.args[1:] {
			if compare("=", v, arg.operand(item)) {
				return true
			}
		}
		return false
	}
	return n.call(item)
}

func compare(operator string, a, b attr.Value) bool {
	switch operator {
	case "=":
		return !a.IsZero() && attr.Equal(a, b)
	case "<>":
		return a.IsZero() || !attr.Equal(a, b)
	}
	order, ok := attr.Compare(a, b)
	if !ok {
		return false
	}
	switch operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// operand is the value of a path, a placeholder or size(…), a zero Value if there is none; or whether a condition holds,
// which only terms made without text can compare.
func (n *node) operand(item attr.Item) attr.Value {
	switch {
	case n.op == opPath:
		return n.path.Lookup(item)
	case n.op == opValue:
		return n.value
	case !isSize(n):
		return attr.Bool(n.holds(item))
	}
	size, ok := sizeOf(n.args[0].operand(item))
	if !ok {
		return attr.Value{}
	}
	return attr.Num(attr.NumberFromInt64(int64(size)))
}

// sizeOf is what size(…) counts: bytes of a string or binary, members of a set, list or map.
func sizeOf(v attr.Value) (n int, ok bool) {
	switch v.Kind() {
	case attr.KindS, attr.KindB:
		return len(v.Str()), true
	case attr.None, attr.KindN, attr.KindBOOL, attr.KindNULL:
		return 0, false
	}
	return v.Len(), true
}

// call evaluates a function that is a condition.
func (n *node) call(item attr.Item) bool {
	v := n.args[0].operand(item)
	switch n.name {
	case "attribute_exists":
		return !v.IsZero()
	case "attribute_not_exists":
		return v.IsZero()
	case "attribute_type":
		return !v.IsZero() && v.Kind().String() == n.args[1].value.Str()
	}
	with := n.args[1].operand(item)
	if n.name == "begins_with" {
		return isText(v) && v.Kind() == with.Kind() && strings.HasPrefix(v.Str(), with.Str())
	}
	return contains(v, with)
}

func isText(v attr.Value) bool { return v.Kind() == attr.KindS || v.Kind() == attr.KindB }

// contains looks for a piece of a string or binary, a member of a set, or an element of a list.
func contains(v, part attr.Value) bool {
	switch {
	case part.IsZero():
		return false
	case isText(v):
		return v.Kind() == part.Kind() && strings.Contains(v.Str(), part.Str())
	case v.Kind() == attr.KindL:
		for _, element := range v.List() {
			if attr.Equal(element, part) {
				return true
			}
		}
		return false
	}
	return v.Has(part)
}

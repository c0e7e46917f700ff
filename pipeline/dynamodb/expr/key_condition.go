package expr

import "github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"

// KeyOperator is what a key condition demands of a key attribute.
type KeyOperator string

// The operators of key conditions.
const (
	KeyEqual          KeyOperator = "="
	KeyLess           KeyOperator = "<"
	KeyLessOrEqual    KeyOperator = "<="
	KeyGreater        KeyOperator = ">"
	KeyGreaterOrEqual KeyOperator = ">="
	KeyBetween        KeyOperator = "BETWEEN"
	KeyBeginsWith     KeyOperator = "begins_with"
)

// Known reports whether it is one of the operators above, by which an index can be searched.
func (o KeyOperator) Known() bool {
	switch o {
	case KeyEqual, KeyLess, KeyLessOrEqual, KeyGreater, KeyGreaterOrEqual, KeyBetween, KeyBeginsWith:
		return true
	}
	return false
}

// KeyTerm is one condition on one key attribute.
type KeyTerm struct {
	Name     string
	Operator KeyOperator
	Value    attr.Value
	Upper    attr.Value // upper bound of BETWEEN, else absent
}

// KeyConditionExpr is a parsed key condition expression. It is a condition in form; [KeyConditionExpr.Terms] says
// whether it is one on keys, which the service reports later.
type KeyConditionExpr struct {
	root *node
}

// ParseKeyCondition parses a key condition expression.
func ParseKeyCondition(src string, params *Params) (*KeyConditionExpr, error) {
	root, err := parseCondition(KeyCondition, src, params)
	if err != nil {
		return nil, err
	}
	return &KeyConditionExpr{root}, nil
}

// Terms returns the conditions on keys, in the order of the text, each with the attribute on its left. How many there can be, and
// whether the attributes are the table's keys, is for the caller to check.
func (e *KeyConditionExpr) Terms() ([]KeyTerm, error) { return keyTerms(nil, e.root) }

func keyTerms(terms []KeyTerm, n *node) ([]KeyTerm, error) {
	switch {
	case n.op == opAnd:
		terms, err := keyTerms(terms, n.args[0])
		if err != nil {
			return nil, err
		}
		return keyTerms(terms, n.args[1])
	case !isKeyOperator(n):
		return nil, &Error{Reason: "Invalid operator used in KeyConditionExpression: " + n.name}
	case (n.op == opBetween || n.op == opFunction) && n.args[0].op != opPath:
		return nil, &Error{Reason: "Invalid condition in KeyConditionExpression: " + n.name +
			" operator must have the key attribute as its first operand"}
	}
	at, err := keyOperand(n)
	if err != nil {
		return nil, err
	}
	term := KeyTerm{Name: n.args[at].path.Head(), Operator: KeyOperator(n.name), Value: n.args[1-at].value}
	if n.op == opBetween {
		term.Upper = n.args[2].value
	}
	if at == 1 {
		term.Operator = mirrored[term.Operator]
	}
	for _, t := range terms {
		if t.Name == term.Name {
			return nil, &Error{Reason: "KeyConditionExpressions must only contain one condition per key"}
		}
	}
	return append(terms, term), nil
}

func isKeyOperator(n *node) bool {
	switch n.op {
	case opCompare:
		return n.name != "<>"
	case opFunction:
		return n.name == "begins_with"
	}
	return n.op == opBetween
}

// mirrored turns :v < a into a > :v.
var mirrored = map[KeyOperator]KeyOperator{
	KeyEqual: KeyEqual, KeyLess: KeyGreater, KeyLessOrEqual: KeyGreaterOrEqual,
	KeyGreater: KeyLess, KeyGreaterOrEqual: KeyLessOrEqual,
}

// keyOperand finds the one operand that is a top-level attribute; the others must be values. It is operand 0 or, of a
// comparison, 1.
func keyOperand(n *node) (at int, err error) {
	at = -1
	for i, arg := range n.args {
		switch {
		case arg.op == opFunction:
			return 0, &Error{Reason: "KeyConditionExpressions cannot contain nested operations"}
		case arg.op != opPath:
		case at >= 0:
			return 0, &Error{Reason: "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"}
		case len(arg.path) > 1:
			return 0, &Error{Reason: "KeyConditionExpressions cannot have conditions on nested attributes"}
		default:
			at = i
		}
	}
	if at < 0 {
		return 0, &Error{Reason: "Invalid condition in KeyConditionExpression: No key attribute specified"}
	}
	return at, nil
}

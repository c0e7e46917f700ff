package expr

import "github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"

// Term is a piece of a condition or an update that is made without text, for languages other than that of expressions.
// Make one with [PathTerm], [ValueTerm], [Operator] or [Function].
type Term struct{ n *node }

// PathTerm is what stands at a path.
func PathTerm(p Path) Term { return Term{&node{op: opPath, path: p}} }

// ValueTerm is a value.
func ValueTerm(v attr.Value) Term { return Term{&node{op: opValue, value: v}} }

// operators are those that [Operator] knows.
var operators = map[string]op{
	"=": opCompare, "<>": opCompare, "<": opCompare, "<=": opCompare, ">": opCompare, ">=": opCompare,
	"BETWEEN": opBetween, "IN": opIn, "NOT": opNot, "AND": opAnd, "OR": opOr, "+": opArith, "-": opArith,
}

// Operator joins terms: = <> < <= > >= AND OR + and - two, NOT one, BETWEEN three, IN one or more. The caller gives the
// right number of them.
func Operator(name string, args ...Term) Term {
	return join(&node{op: operators[name], name: name}, args)
}

// Function calls a function of conditions or updates by its name in lower case.
func Function(name string, args ...Term) Term { return join(&node{op: opFunction, name: name}, args) }

func join(n *node, args []Term) Term {
	n.args = make([]*node, len(args))
	for i, a := range args {
		n.args[i] = a.n
	}
	return Term{n}
}

// NewCondition makes a condition of a term. The error is an [*Error] without Kind: a wrong number or type of operands.
func NewCondition(t Term) (*ConditionExpr, error) {
	c := checker{kind: Condition}
	for _, check := range []func(*node) error{c.checkCount, c.checkTypes, c.checkInCount} {
		if err := visit(t.n, check); err != nil {
			return nil, bare(err)
		}
	}
	return &ConditionExpr{t.n}, nil
}

// bare takes the name of the expression out of an error.
func bare(err error) error {
	if e, ok := err.(*Error); ok {
		return &Error{Reason: e.Reason}
	}
	return err
}

// Action is one change that an update made without text consists of.
type Action struct {
	Clause  string // SET, REMOVE, ADD or DELETE
	Path    Path
	Operand Term // not of REMOVE
}

// NewUpdate makes an update of at least one action. The error is an [*Error] without Kind: paths that overlap, or a wrong
// number or type of operands.
func NewUpdate(actions []Action) (*UpdateExpr, error) {
	c := &checker{kind: Update}
	u := &UpdateExpr{}
	for _, a := range actions {
		one := action{path: a.Path, operand: a.Operand.n}
		for i, name := range clauseNames {
			if name == a.Clause {
				one.clause = clause(i)
			}
		}
		u.actions = append(u.actions, one)
		u.paths = append(u.paths, a.Path)
	}
	var err error
	if u.tree, err = c.join(u.paths); err != nil {
		return nil, bare(err)
	}
	for _, a := range u.actions {
		if err := c.checkClause(a); err != nil {
			return nil, bare(err)
		}
	}
	return u, bare(u.each(nil, c.checkUpdateFunction))
}

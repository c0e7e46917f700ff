package expr

import (
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// checker looks for mistakes in a syntax tree, in the order in which the service reports them, and binds placeholders.
type checker struct {
	kind   Kind
	params *Params
}

func (c *checker) err(reason string) error { return &Error{c.kind, reason} }

// arity holds the functions of conditions and of updates with the number of their operands.
var (
	conditionArity = map[string]int{
		"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2, "size": 1,
	}
	updateArity = map[string]int{"if_not_exists": 2, "list_append": 2}
)

// visit calls f for the node and all below it, operands first, until f returns an error.
func visit(n *node, f func(*node) error) error {
	for _, arg := range n.args {
		if err := visit(arg, f); err != nil {
			return err
		}
	}
	return f(n)
}

// checkFunction refuses unknown functions and those of the other grammar.
func (c *checker) checkFunction(n *node) error {
	if n.op != opFunction {
		return nil
	}
	mine, other, where := conditionArity, updateArity, "a condition"
	if c.kind == Update {
		mine, other, where = updateArity, conditionArity, "an update"
	}
	if _, ok := mine[n.name]; ok {
		return nil
	}
	if _, ok := other[n.name]; ok {
		return c.err("The function is not allowed in " + where + " expression; function: " + n.name)
	}
	return c.err("Invalid function name; function: " + n.name)
}

func (c *checker) checkReserved(n *node) error { return c.reserved(n.path) }

func (c *checker) reserved(path Path) error {
	for _, s := range path {
		if s.Name != "" && s.Name[0] != '#' && isReserved(s.Name) {
			return c.err("Attribute name is a reserved keyword; reserved keyword: " + s.Name)
		}
	}
	return nil
}

// bind resolves the placeholders of one node. It must see each node once: an attribute may be called #a, too.
func (c *checker) bind(n *node) error {
	if n.op == opValue {
		return c.bindValue(n)
	}
	return c.bindPath(n.path)
}

func (c *checker) bindValue(n *node) error {
	if n.op != opValue {
		return nil
	}
	v, ok := c.params.value(n.name)
	if !ok {
		return c.err("An expression attribute value used in expression is not defined; attribute value: " + n.name)
	}
	n.value = v
	return nil
}

func (c *checker) bindPath(path Path) error {
	if len(path) > attr.MaxNesting {
		return c.err("The document path has too many nesting levels; nesting levels: " + strconv.Itoa(len(path)))
	}
	for i := range path {
		s := &path[i]
		if s.Name == "" || s.Name[0] != '#' {
			continue
		}
		name, ok := c.params.name(s.Name)
		if !ok {
			return c.err("An expression attribute name used in the document path is not defined; attribute name: " + s.Name)
		}
		s.Name = name
	}
	return nil
}

// checkCount refuses a function with the wrong number of operands.
func (c *checker) checkCount(n *node) error {
	if n.op != opFunction {
		return nil
	}
	want, ok := conditionArity[n.name]
	if c.kind == Update {
		want, ok = updateArity[n.name]
	}
	if !ok || want == len(n.args) {
		return nil
	}
	return c.err("Incorrect number of operands for operator or function; operator or function: " + n.name +
		", number of operands: " + strconv.Itoa(len(n.args)))
}

// bindCondition checks a whole condition and binds it.
func (c *checker) bindCondition(root *node) error {
	for _, check := range []func(*node) error{c.checkFunction, c.checkUse, c.checkReserved} {
		if err := visit(root, check); err != nil {
			return err
		}
	}
	if isSize(root) {
		return c.misused(root)
	}
	return c.bindLeaves(root)
}

// bindLeaves goes through the conditions that AND, OR and NOT join; each is checked whole before the next.
func (c *checker) bindLeaves(n *node) error {
	if n.op == opAnd || n.op == opOr || n.op == opNot {
		for _, arg := range n.args {
			if err := c.bindLeaves(arg); err != nil {
				return err
			}
		}
		return nil
	}
	for _, check := range []func(*node) error{c.bind, c.checkCount, c.checkDistinct, c.checkTypes} {
		if err := visit(n, check); err != nil {
			return err
		}
	}
	return nil
}

// checkInCount is for conditions made without text; the parser checks its own.
func (c *checker) checkInCount(n *node) error {
	if count := len(n.args) - 1; n.op == opIn && count > maxInOperands {
		return c.err(tooManyIn(count))
	}
	return nil
}

func isSize(n *node) bool { return n.op == opFunction && n.name == "size" }

func (c *checker) misused(n *node) error {
	return c.err("The function is not allowed to be used this way in an expression; function: " + n.name)
}

// checkUse refuses functions as operands, size excepted, and size as a condition.
func (c *checker) checkUse(n *node) error {
	logical := n.op == opAnd || n.op == opOr || n.op == opNot
	for _, arg := range n.args {
		if arg.op == opFunction && isSize(arg) == logical {
			return c.misused(arg)
		}
	}
	return nil
}

// checkAppend refuses list_append as an operand of another function.
func (c *checker) checkAppend(n *node) error {
	for _, arg := range n.args {
		if n.op == opFunction && arg.op == opFunction && arg.name == "list_append" {
			return c.misused(arg)
		}
	}
	return nil
}

// checkDistinct refuses to compare a path with itself.
func (c *checker) checkDistinct(n *node) error {
	if len(n.args) < 2 || n.args[0].op != opPath {
		return nil
	}
	for _, arg := range n.args[1:] {
		if arg.op == opPath && arg.path.equal(n.args[0].path) {
			return c.err("The first operand must be distinct from the remaining operands for this operator or function; operator: " +
				n.name + ", first operand: " + arg.path.String())
		}
	}
	return nil
}

// typeOf is the kind that is known before evaluation; None for a path.
func typeOf(n *node) attr.Kind {
	switch {
	case n.op == opValue:
		return n.value.Kind()
	case isSize(n):
		return attr.KindN
	case n.op >= opCompare && n.op <= opOr:
		return attr.KindBOOL
	case n.op == opFunction && n.name != "if_not_exists" && n.name != "list_append":
		return attr.KindBOOL
	}
	return attr.None
}

func (c *checker) wrongType(n *node, kind string) error {
	return c.err("Incorrect operand type for operator or function; operator or function: " + n.name + ", operand type: " + kind)
}

// checkTypes refuses operands that can be seen to be of a wrong type.
func (c *checker) checkTypes(n *node) error {
	switch n.op {
	case opCompare:
		if n.name == "=" || n.name == "<>" {
			return nil
		}
		return c.checkOperands(n, attr.KindS, attr.KindN, attr.KindB)
	case opBetween:
		if err := c.checkOperands(n, attr.KindS, attr.KindN, attr.KindB); err != nil {
			return err
		}
		return c.checkBounds(n)
	case opFunction:
		return c.checkFunctionTypes(n)
	}
	return nil
}

func (c *checker) checkOperands(n *node, allowed ...attr.Kind) error {
	for _, arg := range n.args {
		kind := typeOf(arg)
		ok := kind == attr.None
		for _, a := range allowed {
			ok = ok || kind == a
		}
		if !ok {
			return c.wrongType(n, kind.String())
		}
	}
	return nil
}

func (c *checker) checkFunctionTypes(n *node) error {
	switch n.name {
	case "attribute_exists", "attribute_not_exists":
		if n.args[0].op != opPath {
			return c.err("Operator or function requires a document path; operator or function: " + n.name)
		}
	case "begins_with":
		return c.checkOperands(n, attr.KindS, attr.KindB)
	case "size":
		return c.checkOperands(n, attr.KindS, attr.KindB, attr.KindSS, attr.KindNS, attr.KindBS, attr.KindL, attr.KindM)
	case "attribute_type":
		switch kind := typeOf(n.args[1]); {
		case kind == attr.None:
			return c.wrongType(n, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
		case kind != attr.KindS:
			return c.wrongType(n, kind.String())
		}
		if name := n.args[1].value.Str(); attr.KindOf(name) == attr.None {
			return c.err("Invalid attribute type name found; type: " + name + ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}")
		}
	}
	return nil
}

// checkBounds compares the bounds of BETWEEN where both are values.
func (c *checker) checkBounds(n *node) error {
	lower, upper := n.args[1], n.args[2]
	if lower.op != opValue || upper.op != opValue {
		return nil
	}
	bounds := "lower bound operand: AttributeValue: " + Describe(lower.value) +
		", upper bound operand: AttributeValue: " + Describe(upper.value)
	order, same := attr.Compare(lower.value, upper.value)
	switch {
	case !same:
		return c.err("The BETWEEN operator requires same data type for lower and upper bounds; " + bounds)
	case order > 0:
		return c.err("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " + bounds)
	}
	return nil
}

// Describe shows a scalar as messages do: {S:text}. Binaries are shown in base64.
func Describe(v attr.Value) string {
	text := v.Str()
	if v.Kind() == attr.KindB {
		text = strings.TrimSuffix(strings.TrimPrefix(v.String(), `{"B":"`), `"}`)
	}
	return "{" + v.Kind().String() + ":" + text + "}"
}

package expr

import "github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"

// clause is one of the four sections of an update expression.
type clause uint8

const (
	clauseSet clause = iota
	clauseRemove
	clauseAdd
	clauseDelete
)

var clauseNames = [...]string{"SET", "REMOVE", "ADD", "DELETE"}

// action changes what stands at one path.
type action struct {
	clause  clause
	path    Path
	operand *node // nil for REMOVE
}

// UpdateExpr is a parsed update expression.
type UpdateExpr struct {
	actions []action
	paths   []Path
	tree    *tree
}

// ParseUpdate parses an update expression.
func ParseUpdate(src string, params *Params) (*UpdateExpr, error) {
	p, err := newParser(Update, src)
	if err != nil {
		return nil, err
	}
	u := &UpdateExpr{}
	var seen [len(clauseNames)]bool
	repeated := ""
	for p.failed == nil && p.cur.kind != tokEOF {
		c, ok := p.clause()
		if !ok {
			p.syntax()
			break
		}
		if seen[c] && repeated == "" {
			repeated = clauseNames[c]
		}
		seen[c] = true
		u.actions = p.actions(u.actions, c)
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	if err := u.bind(repeated, params); err != nil {
		return nil, err
	}
	return u, nil
}

func (p *parser) clause() (clause, bool) {
	for i, name := range clauseNames {
		if p.keyword(name) {
			p.advance()
			return clause(i), true
		}
	}
	return 0, false
}

// actions parses the list that follows the word of a clause.
func (p *parser) actions(list []action, c clause) []action {
	for p.failed == nil {
		if p.reservedHere() {
			p.syntax()
			break
		}
		a := action{clause: c, path: p.path()}
		switch {
		case p.failed != nil:
		case c == clauseSet:
			p.expect("=")
			a.operand = p.setValue()
		case c != clauseRemove:
			if p.cur.kind != tokValue {
				p.syntax()
				break
			}
			a.operand = p.simple()
		}
		list = append(list, a)
		if !p.accept(",") {
			break
		}
	}
	return list
}

// setValue parses an operand, or a sum or difference of two, with or without parentheses around it.
func (p *parser) setValue() *node {
	if p.failed != nil {
		return &node{}
	}
	var left *node
	if p.accept("(") {
		if left = p.closing(p.setValue()); left.op == opArith {
			return left
		}
	} else {
		left = p.simple()
	}
	if p.failed != nil || !p.is("+") && !p.is("-") {
		return left
	}
	n := p.count(&node{op: opArith, name: p.text()})
	p.advance()
	n.args = []*node{left, p.operand()}
	return n
}

// bind checks the whole expression, in the service's order, and resolves its placeholders.
func (u *UpdateExpr) bind(repeated string, params *Params) error {
	c := &checker{Update, params}
	if err := u.each(c.reserved, c.checkReserved); err != nil {
		return err
	}
	for _, check := range []func(*node) error{c.checkFunction, c.checkAppend} {
		if err := u.each(nil, check); err != nil {
			return err
		}
	}
	if repeated != "" {
		return c.err(`The "` + repeated + `" section can only be used once in an update expression;`)
	}
	if err := u.each(c.bindPath, func(n *node) error { return c.bindPath(n.path) }); err != nil {
		return err
	}
	if err := u.each(nil, c.bindValue); err != nil {
		return err
	}
	for _, a := range u.actions {
		u.paths = append(u.paths, a.path)
	}
	var err error
	if u.tree, err = c.join(u.paths); err != nil {
		return err
	}
	for _, a := range u.actions {
		if err := c.checkClause(a); err != nil {
			return err
		}
	}
	return u.each(nil, c.checkUpdateFunction)
}

// each calls onPath, unless it is nil, for the path of each action and onNode for all nodes of its operand.
func (u *UpdateExpr) each(onPath func(Path) error, onNode func(*node) error) error {
	for _, a := range u.actions {
		if onPath != nil {
			if err := onPath(a.path); err != nil {
				return err
			}
		}
		if a.operand != nil {
			if err := visit(a.operand, onNode); err != nil {
				return err
			}
		}
	}
	return nil
}

// longNames are the types as messages of ADD and DELETE call them.
var longNames = map[attr.Kind]string{
	attr.KindS: "STRING", attr.KindN: "NUMBER", attr.KindB: "BINARY", attr.KindBOOL: "BOOLEAN", attr.KindNULL: "NULL",
	attr.KindM: "MAP", attr.KindL: "LIST",
}

// checkClause refuses what ADD and DELETE cannot take: ADD takes numbers and sets, DELETE sets.
func (c *checker) checkClause(a action) error {
	if a.clause != clauseAdd && a.clause != clauseDelete {
		return nil
	}
	kind := a.operand.value.Kind()
	if kind.IsSet() || a.clause == clauseAdd && kind == attr.KindN {
		return nil
	}
	name := clauseNames[a.clause]
	return c.err("Incorrect operand type for operator or function; operator: " + name + ", operand type: " + longNames[kind] +
		", typeSet: ALLOWED_FOR_" + name + "_OPERAND")
}

// checkUpdateFunction refuses wrong numbers and types of operands in SET.
func (c *checker) checkUpdateFunction(n *node) error {
	if err := c.checkCount(n); err != nil {
		return err
	}
	switch {
	case n.op == opArith:
		return c.checkOperands(n, attr.KindN)
	case n.op != opFunction:
		return nil
	case n.name == "list_append":
		return c.checkOperands(n, attr.KindL)
	case n.args[0].op != opPath:
		return c.err("Operator or function requires a document path; operator or function: " + n.name)
	}
	return nil
}

// Literal returns the value that the expression gives for a whole attribute, zero if it gives none or computes it.
func (u *UpdateExpr) Literal(attribute string) attr.Value {
	for _, a := range u.actions {
		if len(a.path) == 1 && a.path[0].Name == attribute && a.operand != nil && a.operand.op == opValue {
			return a.operand.value
		}
	}
	return attr.Value{}
}

// Paths returns the paths that the expression changes, in the order of its text.
func (u *UpdateExpr) Paths() []Path { return u.paths }

// Operands returns the paths that the expression reads, in the order of its text.
func (u *UpdateExpr) Operands() []Path {
	var paths []Path
	_ = u.each(nil, func(n *node) error { // the function never fails
		if n.op == opPath {
			paths = append(paths, n.path)
		}
		return nil
	})
	return paths
}

// Touched returns the parts of the item before the update that the expression's paths reach, as ReturnValues UPDATED_OLD shows
// them; see [ProjectionExpr.Apply].
func (u *UpdateExpr) Touched(item attr.Item) attr.Item { return u.tree.pickFields(item) }

// Written returns the parts of the item after the update that the expression's paths reach, as UPDATED_NEW shows them. The indexes
// of the paths mean the list as it is then: an element that was set behind the end is where it was appended, and mostly not shown.
//
// Source: answers of the service that ScyllaDB's tests of its DynamoDB interface record.
func (u *UpdateExpr) Written(item attr.Item) attr.Item { return u.tree.pickFields(item) }

// Creates reports whether the expression makes an item that is not there: one that only removes does not.
//
// Source: answers of the service that ScyllaDB's tests of its DynamoDB interface record.
func (u *UpdateExpr) Creates() bool {
	for _, a := range u.actions {
		if a.clause == clauseSet || a.clause == clauseAdd {
			return true
		}
	}
	return false
}

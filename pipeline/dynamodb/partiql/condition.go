package partiql

import (
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
)

// condition parses a whole condition: OR binds weaker than AND, AND weaker than NOT.
func (p *parser) condition() *Expr {
	return p.infix("OR", OpOr, func() *Expr { return p.infix("AND", OpAnd, p.not) })
}

// checkConditions refuses operands where a condition must stand.
func (p *parser) checkConditions(e *Expr) {
	switch {
	case e.Op == OpAnd || e.Op == OpOr || e.Op == OpNot:
		for _, a := range e.Args {
			p.checkConditions(a)
		}
	case e.Op == OpPath || e.Op == OpValue || e.Op == OpCall && e.Name == "size":
		p.refuseAt(envelope+"Unexpected term", e.At)
	}
}

func (p *parser) infix(word string, op Op, operand func() *Expr) *Expr {
	left := operand()
	for p.keyword(word) {
		at := p.cur().at
		p.advance()
		if p.cur().kind == tokEnd || p.is(";") {
			p.fail("Missing right-hand side expression of infix operator")
		}
		left = &Expr{Op: op, Name: word, Args: []*Expr{left, operand()}, At: at}
	}
	return left
}

func (p *parser) not() *Expr {
	if !p.keyword("NOT") {
		return p.comparison()
	}
	if !p.enter() {
		return &Expr{}
	}
	defer p.leave()
	at := p.cur().at
	p.advance()
	return negated(p.not(), at)
}

func negated(e *Expr, at Position) *Expr {
	return &Expr{Op: OpNot, Name: "NOT", Args: []*Expr{e}, At: at}
}

// comparison parses an operand with what may follow it: an operator, BETWEEN, IN or IS, the latter three also negated.
func (p *parser) comparison() *Expr {
	left := p.operand()
	if p.failed != nil {
		return left
	}
	at := p.cur().at
	if p.cur().kind == tokPunct {
		if name := comparator(p.cur().text); name != "" {
			p.advance()
			return &Expr{Op: OpCompare, Name: name, Args: []*Expr{left, p.operand()}, At: at}
		}
	}
	not := p.keyword("NOT") && (strings.EqualFold(p.next().text, "IN") || strings.EqualFold(p.next().text, "BETWEEN"))
	if not {
		p.advance()
	}
	var e *Expr
	switch {
	case p.acceptWord("BETWEEN"):
		lower := p.operand()
		p.expectWord("AND")
		e = &Expr{Op: OpBetween, Name: "BETWEEN", Args: []*Expr{left, lower, p.operand()}, At: at}
	case p.acceptWord("IN"):
		e = &Expr{Op: OpIn, Name: "IN", Args: append([]*Expr{left}, p.members()...), At: at}
	case p.acceptWord("IS"):
		not = p.acceptWord("NOT")
		e = p.typeTest(left)
	default: // whether it may stand alone shows only around it: see checkConditions
		return left
	}
	if not {
		return negated(e, at)
	}
	return e
}

// comparator returns the operator by the name it has in expressions; "" if the sign is none.
func comparator(sign string) string {
	switch sign {
	case "=", "<>", "<", "<=", ">", ">=":
		return sign
	case "!=":
		return "<>"
	}
	return ""
}

// members parses what stands behind IN: a list in brackets or in parentheses.
func (p *parser) members() (list []*Expr) {
	end := "]"
	if p.accept("(") {
		end = ")"
	} else if !p.accept("[") {
		p.fail("Unexpected term")
	}
	for p.failed == nil {
		list = append(list, p.operand())
		if !p.accept(",") {
			break
		}
	}
	p.expect(end)
	return list
}

// typeTest parses what follows IS. A missing attribute is not NULL.
func (p *parser) typeTest(left *Expr) *Expr {
	at := p.cur().at
	switch {
	case p.acceptWord("MISSING"):
		return &Expr{Op: OpCall, Name: "attribute_not_exists", Args: []*Expr{left}, At: at}
	case p.acceptWord("NULL"):
		return &Expr{Op: OpCall, Name: "attribute_type", Args: []*Expr{left, {Op: OpValue, Value: attr.String("NULL"), At: at}}, At: at}
	}
	p.fail("Expected type name")
	return left
}

// operand parses a path, a literal, a parameter, a function, or a condition in parentheses.
func (p *parser) operand() *Expr {
	if !p.enter() {
		return &Expr{}
	}
	defer p.leave()
	t := p.cur()
	switch t.kind {
	case tokEnd:
		p.fail("Unexpected term")
	case tokWord:
		switch word := strings.ToLower(t.text); {
		case word == "true" || word == "false" || word == "null":
			return p.literal("root", 0, true)
		case p.next().kind == tokPunct && p.next().text == "(" && word != "in" && word != "not":
			return p.call()
		case word == "is" || word == "like" || word == "in" || word == "between" || word == "and" || word == "or":
			p.fail("Unexpected operator")
		case keywords[word]:
			p.fail("Unexpected keyword")
		default:
			return &Expr{Op: OpPath, At: t.at, Path: p.path("")}
		}
	case tokQuoted:
		return &Expr{Op: OpPath, At: t.at, Path: p.path("")}
	case tokPunct:
		if p.accept("(") {
			e := p.condition()
			p.expect(")")
			return e
		}
		return p.literal("root", 0, true)
	default:
		return p.literal("root", 0, true)
	}
	return &Expr{At: t.at}
}

// functions are those of conditions; their number of operands is checked with their types.
var functions = map[string]bool{
	"attribute_exists": true, "attribute_not_exists": true, "attribute_type": true, "begins_with": true, "contains": true, "size": true,
}

// call parses a function of conditions.
func (p *parser) call() *Expr {
	t := *p.cur()
	e := &Expr{Op: OpCall, Name: strings.ToLower(t.text), At: t.at}
	if !functions[e.Name] {
		p.refuseAt("Unrecognized function: "+e.Name+" at "+t.at.String(), t.at)
	}
	e.Args = p.arguments(p.operand)
	return e
}

// arguments parses the name of a function, which is known, and its arguments in parentheses.
func (p *parser) arguments(argument func() *Expr) (list []*Expr) {
	p.advance()
	p.expect("(")
	if p.accept(")") {
		return nil
	}
	for p.failed == nil {
		list = append(list, argument())
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	return list
}

// path parses a document path: a name with names behind dots and indexes or names in brackets. missing is the detail for when
// there is no name.
func (p *parser) path(missing string) expr.Path {
	if !p.named() {
		if t := p.cur(); t.kind == tokWord {
			missing = "Unexpected keyword"
		}
		p.fail(missing)
		return expr.Path{{Index: -1}}
	}
	path := expr.Path{{Name: p.cur().text, Index: -1}}
	p.advance()
	for p.failed == nil {
		switch {
		case p.accept("."):
			if !p.named() {
				p.fail("Invalid path dot component")
				break
			}
			path = append(path, expr.Step{Name: p.cur().text, Index: -1})
			p.advance()
		case p.accept("["):
			path = append(path, p.step())
			p.expect("]")
		default:
			return path
		}
	}
	return path
}

// step parses what stands between brackets.
func (p *parser) step() expr.Step {
	if t := p.cur(); t.kind == tokString {
		p.advance()
		return expr.Step{Name: t.text, Index: -1}
	}
	negative := false
	for p.is("-") || p.is("+") {
		negative = negative != p.is("-")
		p.advance()
	}
	t := *p.cur()
	if t.kind != tokNumber || strings.Trim(t.text, "0123456789") != "" {
		p.fail("Unexpected term")
		return expr.Step{}
	}
	p.advance()
	n, err := strconv.ParseInt(t.text, 10, 32)
	if err != nil || negative && n > 0 {
		sign := ""
		if negative {
			sign = "-"
		}
		p.refuseAt("List index is not within the allowable range; index: ["+sign+t.text+"] at "+t.at.String(), t.at)
	}
	return expr.Step{Index: int(n)}
}

// columnName is how the answer calls a path.
func columnName(path expr.Path) string {
	at := len(path) - 1
	for path[at].Index >= 0 {
		at--
	}
	name := path[at].Name
	for _, s := range path[at+1:] {
		name += "[" + strconv.Itoa(s.Index) + "]"
	}
	return name
}

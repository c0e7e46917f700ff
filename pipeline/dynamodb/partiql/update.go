package partiql

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
)

// actions parses one or more clauses SET and REMOVE.
func (p *parser) actions() {
	for p.failed == nil {
		switch {
		case p.acceptWord("SET"):
			for p.failed == nil {
				p.assignment()
				if !p.accept(",") {
					break
				}
			}
		case p.acceptWord("REMOVE"):
			for p.failed == nil {
				p.out.Actions = append(p.out.Actions, expr.Action{Clause: "REMOVE", Path: p.path("Expected identifier for simple path")})
				if !p.accept(",") {
					break
				}
			}
		default:
			if p.out.Actions == nil {
				p.fail("Expected data manipulation")
			}
			return
		}
	}
}

func (p *parser) assignment() {
	path := p.path("Expected identifier for simple path")
	p.expect("=")
	if p.failed != nil {
		return
	}
	a := expr.Action{Clause: "SET", Path: path}
	if name := strings.ToLower(p.cur().text); p.cur().kind == tokWord && (name == "set_add" || name == "set_delete") && p.next().text == "(" {
		a.Clause = map[string]string{"set_add": "ADD", "set_delete": "DELETE"}[name]
		a.Operand = p.setFunction(path).Term()
	} else {
		a.Operand = p.sum().Term()
	}
	p.out.Actions = append(p.out.Actions, a)
}

// setFunction parses set_add and set_delete, of which the first argument must be what is assigned to. It returns the second.
func (p *parser) setFunction(target expr.Path) *Expr {
	t := *p.cur()
	name := strings.ToUpper(t.text)
	args := p.arguments(p.operand)
	switch {
	case p.failed != nil:
	case len(args) != 2:
		p.refuseAt(name+" must have exactly two arguments at "+t.at.String(), t.at)
	case args[0].Op != OpPath || !slices.Equal(args[0].Path, target):
		p.refuseAt("The first argument to "+name+" must equal the assignment value at "+t.at.String(), t.at)
	case args[1].Op != OpValue || !args[1].Value.Kind().IsSet():
		p.refuseAt("The second argument to "+name+" must be a value with type SET at "+args[0].At.String(), args[0].At)
	default:
		return args[1]
	}
	return &Expr{Op: OpValue}
}

// sum parses what SET assigns: an operand, or the sum or difference of two.
func (p *parser) sum() *Expr {
	left := p.term()
	if p.is("+") || p.is("-") {
		t := *p.cur()
		p.advance()
		return &Expr{Op: OpArith, Name: t.text, Args: []*Expr{left, p.term()}, At: t.at}
	}
	return left
}

// term parses a path, a value, list_append(…), or one of them or a sum in parentheses.
func (p *parser) term() *Expr {
	if !p.enter() {
		return &Expr{}
	}
	defer p.leave()
	t := *p.cur()
	switch {
	case p.accept("("):
		e := p.sum()
		p.expect(")")
		return e
	case t.kind == tokWord && p.next().kind == tokPunct && p.next().text == "(":
		name := strings.ToLower(t.text)
		if name != "list_append" {
			p.refuseAt("Unrecognized function: "+name+" at "+t.at.String(), t.at)
		}
		return &Expr{Op: OpCall, Name: name, Args: p.arguments(p.term), At: t.at}
	}
	return p.operand()
}

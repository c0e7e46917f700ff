package expr

import (
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// Limits of the service, from its documentation and messages.
const (
	maxSize       = 4096 // bytes of one expression
	maxOperators  = 300  // operators and functions in one expression
	maxInOperands = 100
	maxListIndex  = 1<<31 - 1
)

// op is what a node does.
type op uint8

const (
	opPath op = iota
	opValue
	opFunction
	opCompare // = <> < <= > >=
	opBetween
	opIn
	opNot
	opAnd
	opOr
	opArith // + and −, in SET only
)

// node is a piece of the syntax tree. Parsing fills all but value; binding resolves placeholders in path and value.
type node struct {
	op     op
	parens bool   // it stood in parentheses of its own
	name   string // function, operator, or :placeholder
	args   []*node
	path   Path
	value  attr.Value
}

// parser builds syntax trees. Its first error sticks: all methods return at once when failed is set.
type parser struct {
	lexer
	kind      Kind
	failed    *Error
	operators int
	redundant bool // parentheses around parentheses; reported after syntax errors
}

// newParser refuses expressions that are empty or too long.
func newParser(kind Kind, src string) (*parser, error) {
	if strings.Trim(src, " \t\r\n") == "" {
		return nil, &Error{kind, "The expression can not be empty;"}
	}
	if len(src) > maxSize {
		return nil, &Error{kind, "Expression size has exceeded the maximum allowed size; expression size: " + strconv.Itoa(len(src))}
	}
	p := &parser{lexer: lexer{src: src}, kind: kind}
	p.advance()
	return p, nil
}

// fail notes the first error.
func (p *parser) fail(reason string) {
	if p.failed == nil {
		p.failed = &Error{p.kind, reason}
	}
}

func (p *parser) syntax() *node {
	p.fail(p.unexpected())
	return &node{}
}

func (p *parser) expect(punct string) {
	if p.failed == nil && !p.accept(punct) {
		p.syntax()
	}
}

// end demands that nothing is left and returns the first error.
func (p *parser) end() error {
	if p.failed == nil && p.cur.kind != tokEOF {
		p.syntax()
	}
	if p.failed == nil {
		return nil
	}
	return p.failed
}

// count notes an operator or function.
func (p *parser) count(n *node) *node {
	if p.operators++; p.operators > maxOperators {
		p.fail("The expression contains too many operators; operator count: " + strconv.Itoa(p.operators))
	}
	return n
}

// path parses a document path.
func (p *parser) path() Path {
	if p.cur.kind != tokWord && p.cur.kind != tokName {
		p.syntax()
		return nil
	}
	path := Path{{p.text(), -1}}
	p.advance()
	return p.steps(path)
}

// steps parses what follows the first name of a path.
func (p *parser) steps(path Path) Path {
	for p.failed == nil {
		switch {
		case p.accept("."):
			if p.cur.kind != tokWord && p.cur.kind != tokName {
				p.syntax()
				return path
			}
			path = append(path, Step{p.text(), -1})
			p.advance()
		case p.accept("["):
			path = append(path, Step{"", p.index()})
			p.expect("]")
		default:
			return path
		}
	}
	return path
}

func (p *parser) index() int {
	if p.cur.kind != tokDigits {
		p.syntax()
		return 0
	}
	i, err := strconv.ParseInt(p.text(), 10, 64)
	if err != nil || i > maxListIndex {
		p.fail("List index is not within the allowable range; index: [" + p.text() + "]")
	}
	p.advance()
	return int(i)
}

// operand parses a path, a value, a function, or one of them in parentheses.
func (p *parser) operand() *node {
	if p.failed != nil {
		return &node{}
	}
	if p.accept("(") {
		return p.continuePath(p.closing(p.operand()))
	}
	return p.simple()
}

// closing ends what stands in parentheses.
func (p *parser) closing(n *node) *node {
	p.expect(")")
	if n.parens {
		p.redundant = true
	}
	n.parens = true
	return n
}

// continuePath parses steps behind a path in parentheses, as in (a.b).c, which condition expressions allow.
func (p *parser) continuePath(n *node) *node {
	if p.kind != Update && p.failed == nil && n.op == opPath && (p.is(".") || p.is("[")) {
		n.path = p.steps(n.path)
		n.parens = false
	}
	return n
}

// simple parses an operand without parentheses.
func (p *parser) simple() *node {
	switch {
	case p.cur.kind == tokValue:
		n := &node{op: opValue, name: p.text()}
		p.advance()
		return n
	case p.cur.kind == tokWord && !p.reservedHere():
		word := p.text()
		p.advance()
		if p.accept("(") {
			return p.function(word)
		}
		return &node{op: opPath, path: p.steps(Path{{word, -1}})}
	case p.cur.kind == tokName:
		return &node{op: opPath, path: p.path()}
	}
	return p.syntax()
}

var conditionWords = [...]string{"AND", "OR", "NOT", "BETWEEN", "IN"}

// reservedHere reports whether the word is one of the grammar itself.
func (p *parser) reservedHere() bool {
	words := conditionWords[:]
	if p.kind == Update {
		words = clauseNames[:]
	}
	for _, w := range words {
		if p.keyword(w) {
			return true
		}
	}
	return false
}

// function parses what follows the opening parenthesis.
func (p *parser) function(name string) *node {
	n := p.count(&node{op: opFunction, name: name})
	n.args = p.operands()
	return n
}

// operands parses a list up to its closing parenthesis.
func (p *parser) operands() (list []*node) {
	for p.failed == nil {
		list = append(list, p.operand())
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	return list
}

// condition parses a whole condition: OR binds weaker than AND, AND weaker than NOT.
func (p *parser) condition() *node { return p.or(false) }

// or parses a disjunction. If bare is set, the whole of it may also be an operand that ends at a closing parenthesis:
// whether (a) is one shows only behind it.
func (p *parser) or(bare bool) *node {
	return p.infix("OR", opOr, bare, func(bare bool) *node {
		return p.infix("AND", opAnd, bare, p.not)
	})
}

func (p *parser) infix(word string, op op, bare bool, operand func(bare bool) *node) *node {
	left := operand(bare)
	for p.failed == nil && p.keyword(word) {
		p.advance()
		left = p.count(&node{op: op, name: word, args: []*node{left, operand(false)}})
	}
	return left
}

func (p *parser) not(bare bool) *node {
	if p.failed != nil {
		return &node{}
	}
	if p.keyword("NOT") {
		p.advance()
		return p.count(&node{op: opNot, name: "NOT", args: []*node{p.not(false)}})
	}
	return p.comparison(bare)
}

func (p *parser) comparison(bare bool) *node {
	var left *node
	if p.accept("(") {
		left = p.continuePath(p.closing(p.or(true)))
		if left.op > opFunction {
			return left
		}
	} else {
		left = p.simple()
	}
	if p.failed != nil {
		return left
	}
	switch {
	case p.cur.kind == tokPunct && isComparator(p.text()):
		n := p.count(&node{op: opCompare, name: p.text()})
		p.advance()
		n.args = []*node{left, p.operand()}
		return n
	case p.keyword("BETWEEN"):
		return p.between(left)
	case p.keyword("IN"):
		return p.in(left)
	case left.op == opFunction, bare && p.is(")"):
		return left
	}
	return p.syntax()
}

func isComparator(s string) bool {
	switch s {
	case "=", "<>", "<", "<=", ">", ">=":
		return true
	}
	return false
}

func (p *parser) between(left *node) *node {
	n := p.count(&node{op: opBetween, name: "BETWEEN"})
	p.advance()
	lower := p.operand()
	if p.failed == nil && !p.keyword("AND") {
		return p.syntax()
	}
	p.advance()
	n.args = []*node{left, lower, p.operand()}
	return n
}

func tooManyIn(count int) string {
	return "The IN operator is provided with too many operands; number of operands: " + strconv.Itoa(count)
}

func (p *parser) in(left *node) *node {
	n := p.count(&node{op: opIn, name: "IN"})
	p.advance()
	p.expect("(")
	n.args = append([]*node{left}, p.operands()...)
	if count := len(n.args) - 1; count > maxInOperands {
		p.fail(tooManyIn(count))
	}
	return n
}

package partiql

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// maxDepth bounds the recursion of the parser. The service's limit on nested values is far lower.
const maxDepth = 400

// parser builds a statement. Its first mistake of form sticks in failed; what is wrong with the meaning waits in refused until
// the statement was read to its end.
type parser struct {
	tokens  []token
	at      int
	params  []attr.Value
	taken   int // of params
	depth   int
	failed  *Error
	refused *Error
	out     Statement
}

// Parse parses a statement. Each ? in it stands for the next of params, which must be valid values. The error is an [*Error].
func Parse(src string, params []attr.Value) (*Statement, error) {
	tokens, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, params: params}
	p.statement()
	p.accept(";")
	if p.failed == nil && p.cur().kind != tokEnd {
		p.fail("Unexpected token after expression")
	}
	if p.failed == nil && p.taken != len(params) {
		p.refuse("Number of parameters in request and statement don't match.")
	}
	switch {
	case p.failed != nil:
		return nil, p.failed
	case p.refused != nil:
		return nil, p.refused
	}
	return &p.out, nil
}

func (p *parser) cur() *token { return &p.tokens[p.at] }

// next is the token behind the current one; the last if there is none.
func (p *parser) next() *token { return &p.tokens[min(p.at+1, len(p.tokens)-1)] }

func (p *parser) advance() {
	if p.at < len(p.tokens)-1 {
		p.at++
	}
}

// fail notes a mistake of form at the current token.
func (p *parser) fail(detail string) {
	if p.failed == nil {
		p.failed = &Error{envelope + detail, p.cur().at}
	}
}

// refuse notes a mistake of meaning.
func (p *parser) refuse(text string) { p.refuseAt(text, p.cur().at) }

func (p *parser) refuseAt(text string, at Position) {
	if p.refused == nil {
		p.refused = &Error{text, at}
	}
}

// is reports whether the current token is the sign.
func (p *parser) is(sign string) bool {
	return p.failed == nil && p.cur().kind == tokPunct && p.cur().text == sign
}

func (p *parser) accept(sign string) bool {
	if !p.is(sign) {
		return false
	}
	p.advance()
	return true
}

// names of signs as messages call them.
var signNames = map[string]string{
	")": "RIGHT_PAREN", "]": "RIGHT_BRACKET", "}": "RIGHT_CURLY", ":": "COLON", "(": "LEFT_PAREN", "{": "LEFT_CURLY", "=": "EQ", "*": "STAR",
}

func (p *parser) expect(sign string) {
	if p.failed == nil && !p.accept(sign) {
		p.fail("Expected " + signNames[sign])
	}
}

// keyword reports whether the current token is the word, in any case.
func (p *parser) keyword(word string) bool {
	return p.failed == nil && p.cur().kind == tokWord && strings.EqualFold(p.cur().text, word)
}

func (p *parser) acceptWord(word string) bool {
	if !p.keyword(word) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expectWord(word string) {
	if p.failed == nil && !p.acceptWord(word) {
		p.fail("Expected keyword " + strings.ToUpper(word))
	}
}

// keywords cannot be names unless they are quoted.
var keywords = map[string]bool{}

func init() {
	const words = "select from where insert into value values update set remove delete returning order by and or not in between is like " +
		"null missing true false exists join inner left right outer cross on as at group having limit union intersect except case when then else end"
	for _, w := range strings.Fields(words) {
		keywords[w] = true
	}
}

// named reports whether the current token is a name.
func (p *parser) named() bool {
	t := p.cur()
	return p.failed == nil && (t.kind == tokQuoted || t.kind == tokWord && !keywords[strings.ToLower(t.text)])
}

// enter counts a nested construct; leave must follow if it reports true.
func (p *parser) enter() bool {
	if p.failed == nil && p.depth == maxDepth {
		p.fail("")
	}
	if p.failed != nil {
		return false
	}
	p.depth++
	return true
}

func (p *parser) leave() { p.depth-- }

func (p *parser) statement() {
	switch {
	case p.acceptWord("SELECT"):
		p.selection()
	case p.keyword("EXISTS") && p.next().text == "(":
		p.advance()
		p.advance()
		p.expectWord("SELECT")
		p.selection()
		p.out.Kind = Exists
		p.expect(")")
	case p.acceptWord("INSERT"):
		p.insertion()
	case p.acceptWord("UPDATE"):
		p.updating()
	case p.acceptWord("DELETE"):
		p.deletion()
	case p.acceptWord("FROM"):
		p.updatingFrom()
	default:
		p.fail("Expected data manipulation")
	}
}

// source parses the name of a table and, behind a dot, of an index. missing is the detail for when there is no name.
func (p *parser) source(missing string) (parts int) {
	for p.failed == nil {
		if !p.named() {
			if parts > 0 {
				missing = "Invalid path dot component"
			}
			p.fail(missing)
			return parts
		}
		name := p.cur().text
		if name == "" {
			p.refuse("Path component cannot be an empty string")
		}
		switch parts {
		case 0:
			p.out.Table = name
		case 1:
			p.out.Index = name
		}
		parts++
		p.advance()
		if !p.accept(".") {
			break
		}
	}
	return parts
}

// alias refuses another name of the table.
func (p *parser) alias() {
	at := p.cur().at
	if p.acceptWord("AS") || p.named() {
		p.refuseAt("Aliasing is not supported", at)
		p.advance()
	}
}

func (p *parser) selection() {
	if !p.accept("*") {
		for p.failed == nil {
			p.column()
			if !p.accept(",") {
				break
			}
		}
	}
	p.expectWord("FROM")
	if p.source("Unexpected term") > 2 {
		p.refuse("A path may contain at most 2 components in the FROM clause")
	}
	p.alias()
	p.where()
	if p.acceptWord("ORDER") {
		p.expectWord("BY")
		for p.failed == nil {
			p.ordering()
			if !p.accept(",") {
				break
			}
		}
	}
	if p.acceptWord("LIMIT") {
		p.refuse("Unsupported clause: LIMIT at " + p.cur().at.String())
		p.operand()
	}
}

func (p *parser) column() {
	at := *p.cur()
	if p.cur().kind == tokWord && p.next().kind == tokPunct && p.next().text == "(" {
		p.call()
		p.refuseAt("Unexpected path component at "+at.at.String(), at.at)
		return
	}
	path := p.path("Unexpected term")
	if p.failed != nil {
		return
	}
	name := columnName(path)
	if slices.ContainsFunc(p.out.Columns, func(c Column) bool { return c.Name == name }) {
		p.refuse("Duplicate identifiers in select clause: " + name)
	}
	p.out.Columns = append(p.out.Columns, Column{name, path})
	p.alias()
}

func (p *parser) ordering() {
	path := p.path("Unexpected term")
	if p.failed != nil {
		return
	}
	o := Order{Name: path.Head()}
	if p.acceptWord("DESC") {
		o.Descending = true
	} else {
		p.acceptWord("ASC")
	}
	p.out.Order = append(p.out.Order, o)
}

func (p *parser) where() {
	if p.acceptWord("WHERE") {
		p.out.Where = p.condition()
		if p.failed == nil {
			p.checkConditions(p.out.Where)
		}
	}
}

func (p *parser) insertion() {
	p.out.Kind = Insert
	p.expectWord("INTO")
	if p.source("Expected identifier for simple path") > 1 {
		p.refuse("FROM clause may only contain a single table name")
	}
	if p.failed == nil && !p.keyword("VALUE") {
		switch {
		case p.cur().kind == tokWord && keywords[strings.ToLower(p.cur().text)], p.is("("):
			p.fail("Unexpected keyword")
		default:
			p.fail("Unexpected token after expression")
		}
	}
	p.advance()
	p.item()
}

// notIndexed refuses an index in a write.
func (p *parser) notIndexed() {
	if p.out.Index != "" {
		p.refuse("This operation is not supported on an index")
	}
}

func (p *parser) updating() {
	p.out.Kind = Update
	p.source("Expected identifier for simple path")
	p.notIndexed()
	p.alias()
	p.actions()
	p.where()
	p.returning()
}

// updatingFrom parses FROM … WHERE … SET …, another form of UPDATE.
func (p *parser) updatingFrom() {
	p.out.Kind = Update
	p.source("Unexpected term")
	p.notIndexed()
	p.alias()
	p.where()
	p.actions()
	p.returning()
}

func (p *parser) deletion() {
	p.out.Kind = Delete
	p.expectWord("FROM")
	p.source("Expected identifier for simple path")
	p.notIndexed()
	p.alias()
	p.where()
	p.returning()
	if r := p.out.Returning; r != "" && r != "ALL OLD" {
		p.refuse("Invalid returning clause: RETURNING " + r + " *. Only RETURNING ALL OLD * is allowed in DELETE statements.")
	}
}

func (p *parser) returning() {
	if !p.acceptWord("RETURNING") {
		return
	}
	which, when := strings.ToUpper(p.cur().text), strings.ToUpper(p.next().text)
	if which != "ALL" && which != "MODIFIED" || when != "OLD" && when != "NEW" {
		p.fail("Expected returning mapping")
		return
	}
	p.advance()
	p.advance()
	p.expect("*")
	p.out.Returning = which + " " + when
}

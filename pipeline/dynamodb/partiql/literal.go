package partiql

import (
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// maxNesting is how deep a literal may go.
const maxNesting = 32

// unsupported are tokens that can stand for no value, by the name that messages give them.
func (p *parser) unsupported(what, path string, at Position) {
	p.refuseAt("Unsupported data type: "+what+" under key "+path+" at "+at.String(), at)
}

// literal parses a value: text, number, true, false, null, [list], {map} or <<set>>, or a parameter, which cannot stand inside
// of another value. path and depth say where in the whole value it stands.
func (p *parser) literal(path string, depth int, parameter bool) *Expr {
	at := p.cur().at
	return &Expr{Op: OpValue, Value: p.value(path, depth, parameter), At: at}
}

func (p *parser) value(path string, depth int, parameter bool) attr.Value {
	if !p.enter() {
		return attr.Value{}
	}
	defer p.leave()
	if depth == maxNesting {
		p.refuse("Nesting Levels have exceeded supported limits under " + path)
	}
	t := *p.cur()
	switch t.kind {
	case tokString:
		p.advance()
		return attr.String(t.text)
	case tokNumber:
		return p.number(path, false)
	case tokEnd:
		p.fail("Unexpected term")
		return attr.Value{}
	case tokWord:
		return p.word(path)
	case tokQuoted:
		p.unsupported("VariableReference", path, t.at)
		p.advance()
		return attr.Value{}
	}
	switch {
	case p.is("-") || p.is("+"):
		return p.signed(path)
	case p.accept("["):
		return p.list(path, depth)
	case p.accept("{"):
		return p.tuple(path, depth)
	case p.accept("<<"):
		return p.bag(path, depth)
	case p.accept("?"):
		if !parameter {
			p.unsupported("Parameter", path, t.at)
		}
		return p.parameter(t.at)
	}
	if comparator(t.text) != "" {
		p.fail("Unexpected operator")
	}
	p.fail("Unexpected term")
	return attr.Value{}
}

func (p *parser) parameter(at Position) attr.Value {
	p.taken++
	if p.taken > len(p.params) {
		p.refuseAt("Number of parameters in request and statement don't match.", at)
		return attr.Value{}
	}
	return p.params[p.taken-1]
}

// word parses true, false and null, and refuses what is no value.
func (p *parser) word(path string) attr.Value {
	t := *p.cur()
	word := strings.ToLower(t.text)
	if p.next().kind == tokPunct && p.next().text == "(" {
		p.arguments(func() *Expr { return p.literal("root", 0, true) })
		p.unsupported(word, path, t.at)
		return attr.Value{}
	}
	p.advance()
	switch {
	case word == "true" || word == "false":
		return attr.Bool(word == "true")
	case word == "null":
		return attr.Null()
	case keywords[word]:
		p.fail("Unexpected keyword")
	default:
		p.unsupported("VariableReference", path, t.at)
	}
	return attr.Value{}
}

// signed parses a number behind its signs.
func (p *parser) signed(path string) attr.Value {
	negative := false
	for p.is("-") || p.is("+") {
		negative = negative != p.is("-")
		p.advance()
	}
	if p.cur().kind != tokNumber {
		p.fail("Unexpected term")
		return attr.Value{}
	}
	return p.number(path, negative)
}

func (p *parser) number(path string, negative bool) attr.Value {
	t := *p.cur()
	p.advance()
	digits := t.text
	if digits[0] == '.' {
		digits = "0" + digits
	}
	n, err := attr.ParseNumber(digits)
	if err != nil {
		p.refuseAt(err.Error()+" under "+path, t.at)
	}
	if negative {
		n = n.Neg()
	}
	return attr.Num(n)
}

func (p *parser) list(path string, depth int) attr.Value {
	list := []attr.Value{}
	for !p.is("]") && p.failed == nil {
		list = append(list, p.value(path+"["+strconv.Itoa(len(list))+"]", depth+1, false))
		if !p.accept(",") {
			break
		}
	}
	p.expect("]")
	return p.sound(attr.List(list))
}

// sound refuses a value that no attribute can have.
func (p *parser) sound(v attr.Value) attr.Value {
	if err := v.Err(); err != nil && p.failed == nil {
		p.refuse(err.Error())
	}
	return v
}

// tuple parses the members of a map up to its end.
func (p *parser) tuple(path string, depth int) attr.Value {
	return p.sound(attr.Map(p.fields(func(key string) attr.Value { return p.value(path+"."+key, depth+1, false) })))
}

func (p *parser) fields(value func(key string) attr.Value) map[string]attr.Value {
	fields := map[string]attr.Value{}
	for !p.is("}") && p.failed == nil {
		t := *p.cur()
		if t.kind != tokString {
			p.fail("Unexpected term")
			break
		}
		p.advance()
		p.expect(":")
		fields[t.text] = value(t.text)
		if !p.accept(",") {
			break
		}
	}
	p.expect("}")
	return fields
}

// item parses what an INSERT stores; each attribute is a value of its own.
func (p *parser) item() {
	p.expect("{")
	p.out.Item = p.fields(func(string) attr.Value { return p.value("root", 0, true) })
}

// bag parses the members of a set up to its end.
func (p *parser) bag(path string, depth int) attr.Value {
	var texts []string
	var strs []string
	var nums []attr.Number
	mixed, seen, double := false, map[string]bool{}, false
	for !p.is(">>") && p.failed == nil {
		at := p.at
		v := p.value(path+"["+strconv.Itoa(len(texts))+"]", depth+1, false)
		var raw strings.Builder
		for _, t := range p.tokens[at:p.at] {
			raw.WriteString(t.text)
		}
		texts = append(texts, raw.String())
		key := raw.String()
		switch v.Kind() {
		case attr.KindS:
			strs = append(strs, v.Str())
		case attr.KindN:
			nums = append(nums, v.Num())
			key = v.Num().String()
		default:
			mixed = true
		}
		double = double || seen[key]
		seen[key] = true
		if !p.accept(",") {
			break
		}
	}
	if p.failed == nil && !p.accept(">>") {
		p.fail("Unexpected term")
	}
	switch {
	case p.failed != nil || p.refused != nil:
		return attr.Value{}
	case len(texts) == 0:
		p.refuse("Empty bags are not supported")
	case mixed || len(strs) > 0 && len(nums) > 0:
		p.refuse("Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags")
	case double:
		end := " contains duplicates."
		if len(nums) > 0 {
			end = " contains duplicates! under " + path
		}
		p.refuse("One or more parameter values were invalid: Input collection [" + strings.Join(texts, ", ") + "]" + end)
	case len(nums) > 0:
		return p.sound(attr.NumberSet(nums))
	default:
		return p.sound(attr.StringSet(strs))
	}
	return attr.Value{}
}

package pattern

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxAlternatives is AWS's limit on the product of the lengths of all $or lists of a pattern.
//
// Source: EventBridge User Guide, "Comparison operators for use in event patterns", $or.
const maxAlternatives = 1000

// A Pattern is a compiled event pattern. It is immutable and safe for concurrent use.
type Pattern struct {
	source       string
	alternatives [][]*leaf // one needs to match; in each all leaves, sorted by path, need to match
}

// leaf is the list of one path.
type leaf struct {
	path      string
	steps     []string
	want      string // the list as JSON
	operators []operator
	absent    bool // the list has {"exists": false}
}

// Compile reads an event pattern.
//
// Errors: *Error, with AWS's message.
func Compile(pattern []byte) (*Pattern, error) {
	text := string(pattern)
	if !utf8.ValidString(text) {
		return nil, &Error{Reason: "Invalid UTF-8", Offset: -1}
	}
	all, err := compileText(text)
	if err != nil {
		return nil, &Error{Reason: err.reason, Offset: err.offset, place: err.place}
	}
	return &Pattern{source: text, alternatives: all}, nil
}

// MustCompile is [Compile] for patterns written in the program; it panics if the pattern is not valid.
func MustCompile(pattern string) *Pattern {
	p, err := Compile([]byte(pattern))
	if err != nil {
		panic("pattern.MustCompile: fix the pattern in the program: " + err.Error())
	}
	return p
}

// String returns the text that was compiled.
func (p *Pattern) String() string { return p.source }

// AppendTexts appends to list the strings that the pattern names at that path ("detail-type") by their whole text: those that are to
// equal, and those that are to be anything but. A nil Pattern has none.
func (p *Pattern) AppendTexts(list []string, path string) []string {
	if p == nil {
		return list
	}
	for _, leaves := range p.alternatives {
		for _, l := range leaves {
			if l.path != path {
				continue
			}
			for _, o := range l.operators {
				switch {
				case o.op == opEquals && o.kind == kindString:
					list = append(list, o.text)
				case o.op == opNotTexts:
					list = slices.AppendSeq(list, maps.Keys(o.texts))
				}
			}
		}
	}
	return list
}

func compileText(text string) ([][]*leaf, *compileError) {
	c := compiler{text: text}
	t, err := c.next()
	if err != nil {
		return nil, err
	}
	if t.kind != tokenObject {
		return nil, c.barf("Filter is not an object")
	}
	rules, err := c.object([]rule{{}}, "", false, 1)
	if err != nil {
		return nil, err
	}
	if t, err = c.next(); err != nil {
		return nil, err
	}
	if t.kind != tokenEnd {
		return nil, c.barf("Unexpected text after the end of the event pattern")
	}
	all := make([][]*leaf, len(rules))
	for i, r := range rules {
		all[i] = slices.SortedFunc(maps.Values(r), func(a, b *leaf) int { return strings.Compare(a.path, b.path) })
	}
	if c.wildcards && overComplex(all) {
		return nil, &compileError{reason: tooComplex, offset: -1}
	}
	return all, nil
}

// rule is one alternative while it is being built. A path named twice keeps its last list, as in event-ruler.
type rule map[string]*leaf

type compileError struct {
	reason, place string
	offset        int
}

// compiler walks the tokens of a pattern and keeps the place that AWS's parser would report.
type compiler struct {
	text  string
	at    int
	place int // Jackson's current location: behind the token, but behind the opening quote of a string not yet read

	wildcards bool // there are any
}

func (c *compiler) next() (token, *compileError) {
	t, err := scan(c.text, c.at)
	if err != nil {
		return t, &compileError{reason: err.reason, place: placeOf(c.text, err.offset), offset: err.offset}
	}
	c.at, c.place = t.end, t.end
	if t.kind == tokenString {
		c.place = t.start + 1
	}
	return t, nil
}

// string returns the value of a string token and moves the place behind it.
func (c *compiler) string(t token) string {
	c.place = t.end
	return stringText(c.text, t)
}

func (c *compiler) raw(t token) string {
	if t.kind == tokenString {
		return c.string(t)
	}
	return c.text[t.start:t.end]
}

func (c *compiler) barf(reason string) *compileError {
	return &compileError{reason: reason, place: placeOf(c.text, c.place), offset: c.place}
}

// barfInList names the place twice: AWS wraps the errors of anything-but lists once more.
func (c *compiler) barfInList(reason string) *compileError {
	err := c.barf(reason)
	err.place += err.place
	return err
}

// nextKey is next where only a field name, a comma or a brace can stand.
func (c *compiler) nextKey() (token, *compileError) {
	at := c.at
	for at < len(c.text) && isSpace(c.text[at]) {
		at++
	}
	if at < len(c.text) && !strings.ContainsRune("\"{}[]:,", rune(c.text[at])) {
		r, _ := utf8.DecodeRuneInString(c.text[at:])
		c.place = at
		return token{}, c.barf("Unexpected character (" + quoteRune(r) + "): was expecting double-quote to start field name")
	}
	return c.next()
}

// key reads the next field name of an object whose brace has been read, and its colon. ok is false at the end. The place
// moves behind the first character of the value, where AWS's parser, which looks one token ahead, stands.
func (c *compiler) key(first bool) (name string, ok bool, err *compileError) {
	t, err := c.nextKey()
	if err != nil {
		return "", false, err
	}
	if !first && t.kind == tokenComma {
		if t, err = c.nextKey(); err != nil {
			return "", false, err
		}
	} else if t.kind == tokenObjectEnd {
		return "", false, nil
	} else if !first {
		return "", false, c.unexpected(t, "was expecting comma to separate Object entries")
	}
	if t.kind != tokenString {
		return "", false, c.unexpected(t, "was expecting double-quote to start field name")
	}
	name = c.string(t)
	if t, err = c.next(); err != nil {
		return "", false, err
	}
	if t.kind != tokenColon {
		return "", false, c.unexpected(t, "was expecting a colon to separate field name and value")
	}
	if ahead, bad := scan(c.text, c.at); bad == nil {
		c.place = ahead.end
		if ahead.kind == tokenString {
			c.place = ahead.start + 1
		}
	}
	return name, true, nil
}

// element reads the next token of an array whose bracket has been read; its kind is tokenArrayEnd at the end.
func (c *compiler) element(first bool) (token, *compileError) {
	t, err := c.next()
	if err != nil || t.kind == tokenArrayEnd {
		return t, err
	}
	if !first {
		if t.kind != tokenComma {
			return t, c.unexpected(t, "was expecting comma to separate Array entries")
		}
		if t, err = c.next(); err != nil {
			return t, err
		}
	}
	switch t.kind {
	case tokenComma, tokenColon, tokenArrayEnd, tokenObjectEnd, tokenEnd:
		return t, c.unexpected(t, "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
	}
	return t, nil
}

func (c *compiler) unexpected(t token, expected string) *compileError {
	if t.kind == tokenEnd {
		return c.barf("Unexpected end-of-input: " + expected)
	}
	c.place = t.start
	return c.barf("Unexpected character (" + quoteRune(rune(c.text[t.start])) + "): " + expected)
}

// object reads the fields of an object into every rule built so far. insideOr forbids operator names as fields.
func (c *compiler) object(rules []rule, path string, insideOr bool, depth int) ([]rule, *compileError) {
	if depth > maxDepth {
		return nil, c.barf("Document nesting depth (1001) exceeds the maximum allowed (1000)")
	}
	for first := true; ; first = false {
		name, ok, err := c.key(first)
		if err != nil {
			return nil, err
		}
		if !ok {
			if first {
				return nil, c.barf("Empty objects are not allowed")
			}
			return rules, nil
		}
		if name == "$or" {
			if rules, err = c.or(rules, path, depth); err != nil {
				return nil, err
			}
			continue
		}
		if insideOr && reserved[name] {
			return nil, c.barf(name + " is Ruler reserved fieldName which cannot be used inside $or.")
		}
		t, err := c.next()
		if err != nil {
			return nil, err
		}
		at := name
		if path != "" {
			at = path + "." + name
		}
		switch t.kind {
		case tokenObject:
			rules, err = c.object(rules, at, insideOr, depth+1)
		case tokenArray:
			err = c.list(rules, at, t.start)
		default:
			err = c.barf(`"` + name + `" must be an object or an array`)
		}
		if err != nil {
			return nil, err
		}
	}
}

// or multiplies the rules built so far by the objects of a $or list.
func (c *compiler) or(rules []rule, path string, depth int) ([]rule, *compileError) {
	t, err := c.next()
	if err != nil {
		return nil, err
	}
	if t.kind != tokenArray {
		return nil, c.barf("It must be an Array followed with $or.")
	}
	var all []rule
	for n := 0; ; n++ {
		if t, err = c.element(n == 0); err != nil {
			return nil, err
		}
		if t.kind == tokenArrayEnd {
			if n < 2 {
				return nil, c.barf("There must have at least 2 Objects in $or relationship.")
			}
			return all, nil
		}
		if t.kind != tokenObject {
			return nil, c.barf("Only JSON object is allowed in array of $or relationship.")
		}
		branch := make([]rule, len(rules))
		for i, r := range rules {
			branch[i] = maps.Clone(r)
		}
		if branch, err = c.object(branch, path, true, depth+1); err != nil {
			return nil, err
		}
		if all = append(all, branch...); len(all) > maxAlternatives {
			return nil, &compileError{reason: "Event pattern has over " + strconv.Itoa(maxAlternatives) +
				" rule combinations through $or", offset: -1}
		}
	}
}

// reserved are the names event-ruler keeps for operators; below $or they cannot be fields.
var reserved = func() map[string]bool {
	names := make(map[string]bool)
	for _, n := range strings.Fields("exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr " +
		"= < <= > >= regex not-wildcard not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before " +
		"in-date-range ip-address-in-range ip-address-not-in-range") {
		names[n] = true
	}
	return names
}()

// list reads the list of one path whose bracket, at start, has been read.
func (c *compiler) list(rules []rule, path string, start int) *compileError {
	l := &leaf{path: path, steps: strings.Split(path, ".")}
	for first := true; ; first = false {
		t, err := c.element(first)
		if err != nil {
			return err
		}
		if t.kind == tokenArrayEnd {
			if first {
				return c.barf("Empty arrays are not allowed")
			}
			l.want = compact(c.text[start:t.end])
			for _, r := range rules {
				r[path] = l
			}
			return nil
		}
		var o operator
		switch t.kind {
		case tokenString:
			o = exactString(c.string(t))
		case tokenNumber:
			o = exactNumber(c.raw(t))
		case tokenLiteral:
			o = operator{op: opEquals, kind: kindLiteral, text: c.raw(t)}
		case tokenObject:
			var absent bool
			if o, absent, err = c.expression(); err != nil {
				return err
			}
			if absent {
				l.absent = true
				continue
			}
		default:
			return c.barf("Match value must be String, number, true, false, or null")
		}
		l.operators = append(l.operators, o)
	}
}

// compact takes the white space out of a list that has been compiled, so it is valid JSON.
func compact(list string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(list)); err != nil {
		return list
	}
	return b.String()
}

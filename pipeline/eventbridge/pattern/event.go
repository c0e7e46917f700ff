package pattern

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// none ends a list inside an [Event].
const none = int32(-1)

// bigObject is the number of children above which a node's children are found through a map.
const bigObject = 16

// An Event is a parsed JSON object, ready to be matched against many patterns. It is immutable: any number of
// goroutines may match it at the same time.
type Event struct {
	nodes   []node
	values  []value
	members []member
	big     map[childKey]int32 // children of nodes with more than bigObject of them
	arrays  int32
}

// node is one step of a path. All objects at one path share their nodes, so a node may hold several values.
type node struct {
	name                string
	child, next         int32
	firstValue, lastVal int32
	children            int32
}

type childKey struct {
	parent int32
	name   string
}

// value is a leaf of the event together with the array elements it lies in.
type value struct {
	text   string // of a string: its value; else its JSON text
	number float64
	next   int32
	member int32 // innermost array element around the value, none if there is none
	kind   valueKind
}

type valueKind uint8

const (
	kindString valueKind = iota
	kindLiteral
	kindNumber    // a number that survives the conversion to a double
	kindBigNumber // a number that is compared by its text only
)

// member says: element index of the array, itself inside the element parent.
type member struct {
	parent, array, index int32
}

// An EventError says why a text is not an event.
type EventError struct {
	Reason string
	Offset int // byte of the text
}

func (e *EventError) Error() string {
	return fmt.Sprintf("event is not a JSON object at byte %d: %s", e.Offset, e.Reason)
}

// Parse reads an event. It copies what it keeps; event may be reused afterwards.
// Duplicate keys are kept, each as a value of its path, as event-ruler does.
//
// Errors: *EventError if event is not one JSON object in valid UTF-8, or is nested deeper than 1000 levels.
func Parse(event []byte) (*Event, error) { return ParseString(string(event)) }

// ParseString is [Parse] without the copy: the Event shares the memory of event.
func ParseString(event string) (*Event, error) {
	if !utf8.ValidString(event) {
		return nil, &EventError{"text is not valid UTF-8", 0}
	}
	guess := len(event)/24 + 8
	p := eventParser{text: event, event: &Event{
		nodes:  make([]node, 1, guess+4),
		values: make([]value, 0, guess),
	}}
	p.event.nodes[0] = node{child: none, next: none, firstValue: none, lastVal: none}
	t, err := scan(event, 0)
	if err == nil && t.kind != tokenObject {
		err = &scanError{"expected an object", t.start}
	}
	if err == nil {
		p.at = t.end
		err = p.object(0, none, 1)
	}
	if err == nil {
		if t, err = scan(event, p.at); err == nil && t.kind != tokenEnd {
			err = &scanError{"text after the event", t.start}
		}
	}
	if err != nil {
		return nil, &EventError{err.reason, err.offset}
	}
	return p.event, nil
}

type eventParser struct {
	text  string
	at    int
	event *Event
}

func (p *eventParser) next() (token, *scanError) {
	t, err := scan(p.text, p.at)
	p.at = t.end
	return t, err
}

// object reads the members of an object whose brace has been read, into the children of parent.
func (p *eventParser) object(parent, within int32, depth int) *scanError {
	if depth > maxDepth {
		return &scanError{"nested deeper than 1000 levels", p.at}
	}
	for first := true; ; first = false {
		t, err := p.next()
		if err != nil {
			return err
		}
		if first && t.kind == tokenObjectEnd {
			return nil
		}
		if t.kind != tokenString {
			return &scanError{"expected a field name", t.start}
		}
		key := stringText(p.text, t)
		if t, err = p.next(); err != nil {
			return err
		}
		if t.kind != tokenColon {
			return &scanError{"expected a colon", t.start}
		}
		if t, err = p.next(); err != nil {
			return err
		}
		if err = p.value(t, p.event.path(parent, key), within, depth); err != nil {
			return err
		}
		if t, err = p.next(); err != nil {
			return err
		}
		if t.kind == tokenObjectEnd {
			return nil
		}
		if t.kind != tokenComma {
			return &scanError{"expected a comma or a closing brace", t.start}
		}
	}
}

// array reads the elements of an array whose bracket has been read; all of them belong to the path at.
// Only objects and arrays inside it get a membership: event-ruler lets scalars of one array match independently.
func (p *eventParser) array(at, within int32, depth int) *scanError {
	if depth > maxDepth {
		return &scanError{"nested deeper than 1000 levels", p.at}
	}
	id := p.event.arrays
	p.event.arrays++
	for index := int32(0); ; index++ {
		t, err := p.next()
		if err != nil {
			return err
		}
		if index == 0 && t.kind == tokenArrayEnd {
			return nil
		}
		element := within
		if t.kind == tokenObject || t.kind == tokenArray {
			element = int32(len(p.event.members))
			p.event.members = append(p.event.members, member{parent: within, array: id, index: index})
		}
		if err = p.value(t, at, element, depth); err != nil {
			return err
		}
		if t, err = p.next(); err != nil {
			return err
		}
		if t.kind == tokenArrayEnd {
			return nil
		}
		if t.kind != tokenComma {
			return &scanError{"expected a comma or a closing bracket", t.start}
		}
	}
}

func (p *eventParser) value(t token, at, within int32, depth int) *scanError {
	v := value{next: none, member: within}
	switch t.kind {
	case tokenObject:
		return p.object(at, within, depth+1)
	case tokenArray:
		return p.array(at, within, depth+1)
	case tokenString:
		v.kind, v.text = kindString, stringText(p.text, t)
	case tokenLiteral:
		v.kind, v.text = kindLiteral, p.text[t.start:t.end]
	case tokenNumber:
		v.kind, v.text = kindBigNumber, p.text[t.start:t.end]
		if n, ok := comparableNumber(v.text); ok {
			v.kind, v.number = kindNumber, n
		}
	default:
		return &scanError{"expected a value", t.start}
	}
	p.event.add(at, v)
	return nil
}

// path returns the node of key below parent, one node per dot-separated step.
func (e *Event) path(parent int32, key string) int32 {
	for {
		step, rest, more := strings.Cut(key, ".")
		parent = e.ensure(parent, step)
		if !more {
			return parent
		}
		key = rest
	}
}

func (e *Event) ensure(parent int32, name string) int32 {
	if found := e.find(parent, name); found != none {
		return found
	}
	added := int32(len(e.nodes))
	e.nodes = append(e.nodes, node{name: name, child: none, next: e.nodes[parent].child, firstValue: none, lastVal: none})
	n := &e.nodes[parent]
	n.child = added
	n.children++
	switch {
	case n.children > bigObject+1:
		e.big[childKey{parent, name}] = added
	case n.children == bigObject+1:
		if e.big == nil {
			e.big = make(map[childKey]int32)
		}
		for c := added; c != none; c = e.nodes[c].next {
			e.big[childKey{parent, e.nodes[c].name}] = c
		}
	}
	return added
}

func (e *Event) find(parent int32, name string) int32 {
	if e.nodes[parent].children > bigObject {
		if found, ok := e.big[childKey{parent, name}]; ok {
			return found
		}
		return none
	}
	for c := e.nodes[parent].child; c != none; c = e.nodes[c].next {
		if e.nodes[c].name == name {
			return c
		}
	}
	return none
}

func (e *Event) add(at int32, v value) {
	added := int32(len(e.values))
	e.values = append(e.values, v)
	if n := &e.nodes[at]; n.firstValue == none {
		n.firstValue, n.lastVal = added, added
	} else {
		e.values[n.lastVal].next = added
		n.lastVal = added
	}
}

// first returns the first value at a path, none if the path is absent or not a leaf.
func (e *Event) first(steps []string) int32 {
	at := int32(0)
	for _, step := range steps {
		if at = e.find(at, step); at == none {
			return none
		}
	}
	return e.nodes[at].firstValue
}

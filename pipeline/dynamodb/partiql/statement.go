package partiql

import (
	"strconv"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
)

// Kind says what a statement does.
type Kind uint8

// The kinds of statements.
const (
	Select Kind = iota
	Exists      // EXISTS(SELECT …), a condition in a transaction
	Insert
	Update
	Delete
)

// Statement is a parsed statement.
type Statement struct {
	Kind      Kind
	Table     string
	Index     string        // of a SELECT or EXISTS, after the table's name and a dot; else ""
	Columns   []Column      // of a SELECT; nil is *
	Item      attr.Item     // of an INSERT
	Actions   []expr.Action // of an UPDATE
	Where     *Expr         // nil if there is none
	Order     []Order       // of a SELECT
	Returning string        // "ALL OLD", "MODIFIED OLD", "ALL NEW", "MODIFIED NEW" or ""
}

// Column is what a SELECT returns of an item.
type Column struct {
	Name string // of the attribute in the answer: the end of the path, from its last name on
	Path expr.Path
}

// Order is one part of ORDER BY.
type Order struct {
	Name       string
	Descending bool
}

// Position is where a token stands in a statement.
type Position struct {
	Line, Column, Length int // from 1, in characters
}

// String returns the position as it stands in messages: 1:15:3.
func (p Position) String() string {
	return strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column) + ":" + strconv.Itoa(p.Length)
}

// Error is a mistake in a statement.
type Error struct {
	Text string // the message of the ValidationException
	At   Position
}

// Error returns the message.
func (e *Error) Error() string { return e.Text }

// envelope is how messages about the form of a statement begin.
const envelope = "Statement wasn't well formed, can't be processed: "

// Op is what a node of a condition does.
type Op uint8

// The kinds of nodes.
const (
	OpPath Op = iota
	OpValue
	OpCall    // a function
	OpCompare // Name is = <> < <= > or >=
	OpBetween
	OpIn
	OpNot
	OpAnd
	OpOr
	OpArith // Name is + or -
)

// Expr is a node of a condition or of a value that an UPDATE sets.
type Expr struct {
	Op    Op
	Name  string // of the function, in lower case, or the operator
	Args  []*Expr
	Path  expr.Path
	Value attr.Value
	At    Position
}

// Term returns the node and all below it for package expr.
func (e *Expr) Term() expr.Term {
	switch e.Op {
	case OpPath:
		return expr.PathTerm(e.Path)
	case OpValue:
		return expr.ValueTerm(e.Value)
	}
	args := make([]expr.Term, len(e.Args))
	for i, a := range e.Args {
		args[i] = a.Term()
	}
	if e.Op == OpCall {
		return expr.Function(e.Name, args...)
	}
	return expr.Operator(e.Name, args...)
}

// And joins conditions; a nil one is left out. It returns nil if all are.
func And(conditions ...*Expr) *Expr {
	var all *Expr
	for _, c := range conditions {
		switch {
		case c == nil:
		case all == nil:
			all = c
		default:
			all = &Expr{Op: OpAnd, Name: "AND", Args: []*Expr{all, c}}
		}
	}
	return all
}

// AttributeExists is the condition that an item has a top-level attribute; if not exists, that it has not.
func AttributeExists(name string, exists bool) *Expr {
	function := "attribute_exists"
	if !exists {
		function = "attribute_not_exists"
	}
	return &Expr{Op: OpCall, Name: function, Args: []*Expr{{Path: expr.Path{{Name: name, Index: -1}}}}}
}

// Conjuncts returns the conditions that AND joins, in the order of the text.
func (e *Expr) Conjuncts() []*Expr {
	if e == nil {
		return nil
	}
	if e.Op != OpAnd {
		return []*Expr{e}
	}
	return append(e.Args[0].Conjuncts(), e.Args[1].Conjuncts()...)
}

// Names returns the top-level attributes that the condition reads, each once, in the order of the text.
func (e *Expr) Names() []string {
	var names []string
	seen := map[string]bool{}
	var walk func(*Expr)
	walk = func(e *Expr) {
		if e.Op == OpPath && !seen[e.Path.Head()] {
			seen[e.Path.Head()] = true
			names = append(names, e.Path.Head())
		}
		for _, a := range e.Args {
			walk(a)
		}
	}
	if e != nil {
		walk(e)
	}
	return names
}

// Attribute returns the top-level attribute that the node is, if it is one.
func (e *Expr) Attribute() (name string, ok bool) {
	if e.Op != OpPath || len(e.Path) != 1 {
		return "", false
	}
	return e.Path.Head(), true
}

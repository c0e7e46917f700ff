package dynamodb

import (
	"maps"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// How ExclusiveStartKey is checked, and in which order with the key condition, is as the service's answers that dynalite's tests record;
// that of a table without sort key as ScyllaDB's tests of its DynamoDB interface do.

const msgWrongStart = "The provided starting key is invalid"

// checkStartValues checks the values of the start. What is wrong with numbers, and with elements of a set that are there twice, the
// service says without saying where.
func checkStartValues(start attr.Item) error {
	err := attr.CheckItem(start)
	if err == nil {
		return nil
	}
	for _, part := range [...]string{"contains duplicates", "number set", "numeric value", "significant digits", "number with magnitude"} {
		if strings.Contains(err.Error(), part) {
			return asInvalid(err)
		}
	}
	return invalid(msgWrongStart + ": " + err.Error())
}

// checkStartLength checks how many attributes the start has: those of the table's key, and of the index's. The scope must be locked.
func (p *page) checkStartLength() error {
	if p.start == nil {
		return nil
	}
	want := len(p.table.keys.all)
	for _, a := range p.keys().all {
		if !p.table.keys.names(a.name) {
			want++
		}
	}
	switch {
	case len(p.start) == want:
		return nil
	case p.operation == "Scan" && p.index == nil:
		return invalid(msgWrongStart + ": " + msgKeyMismatch)
	}
	return invalid(msgWrongStart)
}

// checkStartPart checks attribute number i of the key that is searched by.
func (p *page) checkStartPart(i int) error {
	if p.start == nil {
		return nil
	}
	a := p.keys().all[i]
	switch v, found := p.start[a.name]; {
	case !found:
		return invalid(msgWrongStart)
	case v.Kind() != a.kind:
		return invalid(msgKeyMismatch)
	default:
		return p.keys().checkValue(i, v)
	}
}

// checkStartParts is checkStartPart for all of them.
func (p *page) checkStartParts() error {
	for i := range p.keys().all {
		if err := p.checkStartPart(i); err != nil {
			return err
		}
	}
	return nil
}

// startAt checks what of the start is the table's key and returns where it stands in the tree. The scope must be locked.
func (p *page) startAt(start attr.Item) (string, error) {
	t := p.table
	err := error(nil)
	if !t.keys.fit(start) {
		err = invalid(msgKeyMismatch)
	} else {
		err = t.keys.checkValues(start)
	}
	if err != nil {
		return "", invalid(msgWrongStart + ": " + err.(*wire.Error).Message)
	}
	at, _ := t.keys.appendKey(nil, start)
	if p.index != nil {
		at, _ = p.index.appendEntryKey(nil, &record{key: string(at), item: attr.Pack(start)})
	}
	return string(at), nil
}

// restart checks that a Query can go on behind its start, and moves its range there. partition is what the keys of the partition begin
// with, sorted whether there is a condition on the sort key. The scope must be locked.
func (p *page) restart(partition string, sorted bool, terms []expr.KeyTerm) error {
	at, err := p.startAt(p.start)
	if err != nil {
		return err
	}
	keys := p.keys()
	inside := at >= partition && at < after(partition)
	if sorted && !keys.several() {
		here := maps.Clone(p.start) // the start with the partition of the condition
		for _, term := range terms {
			if term.Name == keys.hash.name {
				here[term.Name] = term.Value
			}
		}
		place, err := p.startAt(here)
		switch {
		case err != nil:
			return err
		case !p.reaches(place):
			return invalid("The provided starting key does not match the range key predicate")
		case !inside:
			return invalid("The query can return at most one row and cannot be restarted")
		}
	}
	switch {
	case !inside:
		return invalid("The provided starting key is outside query boundaries based on provided conditions")
	case !p.reaches(at):
		return invalid("The provided starting key does not match the range key predicate")
	case p.index == nil && !keys.hasSort():
		return invalid("The provided exclusive start key is invalid: ExclusiveStartKey: {" + keys.hash.name + "=AttributeValue: " +
			expr.Describe(p.start[keys.hash.name]) + "}")
	}
	p.startBehind(at)
	return nil
}

// reaches reports whether the key is in the range.
func (p *page) reaches(key string) bool { return key >= p.from && (p.to == "" || key < p.to) }

// startBehind moves the range to behind the key.
func (p *page) startBehind(key string) {
	if p.backwards {
		p.to = key
		return
	}
	p.from = key + "\x00"
}

package dynamodb

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// pageSize is how many bytes of items a Query or Scan looks at for one answer.
//
// Source: Amazon DynamoDB Developer Guide, "Paginating table query results".
const pageSize = 1 << 20

// page is what Query and Scan have in common: a range of a tree that is read up to a limit, filtered and shown.
type page struct {
	operation  string // "Query" or "Scan", for messages
	table      *table
	index      *index // nil reads the table
	from, to   string // keys, to is exclusive
	backwards  bool
	limit      int // items looked at; 0 is no limit
	consistent bool
	choice     string // Select
	view       view
	exprs      expressions
	start      attr.Item // ExclusiveStartKey; nil is the beginning
	fetch      bool      // what a local index does not have is read from the table

	records []*record
	bytes   int     // looked at
	last    *record // where the page ended; nil if the range did
}

// after returns the smallest string behind all that begin with prefix; "" if there is none.
func after(prefix string) string {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			b := []byte(prefix[:i+1])
			b[i]++
			return string(b)
		}
	}
	return ""
}

// keys returns the schema by which the page is ordered.
func (p *page) keys() *keySchema {
	if p.index != nil {
		return &p.index.keys
	}
	return &p.table.keys
}

// useIndex finds the index of the request. The scope must be locked.
func (p *page) useIndex(name wire.Opt[string]) error {
	if !name.OK {
		return nil
	}
	p.index = p.table.index(name.V)
	switch {
	case p.index == nil || p.index.status == IndexStatusDeleting:
		return invalid("The table does not have the specified index: " + name.V)
	case p.index.status == IndexStatusCreating:
		return backfilling(name.V)
	case p.index.global && p.consistent:
		return invalid("Consistent reads are not supported on global secondary indexes")
	}
	return nil
}

// checkSelect checks what can be said of Select and the projection without the table.
//
// Source: answers of the service that moto's tests record; a Scan speaks of Querying, too.
func (p *page) checkSelect(projection bool, index wire.Opt[string]) error {
	if text := p.wrongSelect(projection, index.OK); text != "" {
		if p.operation == "Query" {
			text = "1 validation error detected: " + text
		}
		return invalid(text)
	}
	return nil
}

func (p *page) wrongSelect(projection, index bool) string {
	member := "ProjectionExpression"
	if p.view.attributes != nil {
		member = "AttributesToGet"
	}
	projected := projection || p.view.attributes != nil
	switch {
	case p.choice == "":
	case p.choice == SelectSpecificAttributes && !projected:
		return "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
	case p.choice == SelectSpecificAttributes:
	case p.choice == SelectCount && projected:
		return "Cannot specify the " + member + " when choosing to get only the Count"
	case projected:
		return "Cannot specify the " + member + " when choosing to get " + p.choice
	case p.choice == SelectAllProjectedAttributes && !index:
		return "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
	}
	return ""
}

// checkReach checks that the index has what is asked for, and decides whether the table must be read, too.
func (p *page) checkReach() error {
	x := p.index
	if x == nil || x.attributes == nil {
		return nil
	}
	if p.choice == SelectAllAttributes {
		if x.global {
			return invalid(prefixInvalid + "Select type ALL_ATTRIBUTES is not supported for global secondary index " + x.name + " because its projection type is not ALL")
		}
		p.fetch = true
		return nil
	}
	names := slices.Clone(p.view.attributes)
	if p.view.projection != nil {
		for _, path := range p.view.projection.Paths() {
			names = append(names, path.Head())
		}
	}
	var missing []string
	for _, name := range names {
		if !x.covers(name) && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if x.global {
		return invalid(prefixInvalid + "Global secondary index " + x.name + " does not project [" + strings.Join(missing, ", ") + "]")
	}
	p.fetch = true
	return nil
}

// collect reads the records of the page. The scope must be locked.
func (p *page) collect() {
	tree := &p.table.items
	if p.index != nil {
		tree = &p.index.entries
	}
	if p.to != "" && p.from >= p.to {
		return
	}
	walk := tree.ascend
	if p.backwards {
		walk = tree.descend
	}
	var previous *record
	if n := len(p.records); n > 0 {
		previous = p.records[n-1] // of another range: see readAll
	}
	walk(p.from, p.to, func(_ string, rec *record) bool {
		size := rec.size
		if p.index != nil {
			size = p.index.sizeOf(rec)
		}
		if len(p.records) > 0 && p.bytes+size > pageSize {
			p.last = previous
			return false
		}
		p.records = append(p.records, rec)
		p.bytes += size
		previous = rec
		if len(p.records) == p.limit {
			p.last = rec
			return false
		}
		return true
	})
}

// show filters and projects the records that were collected; it needs no lock. items is nil if only the count was asked for.
func (p *page) show() (items []attr.Packed, count int) {
	if p.choice != SelectCount {
		items = make([]attr.Packed, 0, len(p.records))
	}
	project := p.index != nil && p.index.attributes != nil && !p.fetch
	for _, rec := range p.records {
		item := rec.item
		if project {
			item = p.index.project(item)
		}
		if p.exprs.filter != nil && !p.exprs.filter.Eval(item.Item()) {
			continue
		}
		count++
		if p.choice != SelectCount {
			items = append(items, p.view.of(item))
		}
	}
	return items, count
}

// lastKey returns LastEvaluatedKey, nil at the end of the range.
func (p *page) lastKey() attr.Item {
	if p.last == nil {
		return nil
	}
	return p.last.item.Pick(func(name string) bool { return p.table.keys.names(name) || p.keys().names(name) }).Item()
}

// tell returns the consumed capacity of the page: the bytes that were looked at, as one read, and each item that had to be
// fetched from the table beside.
func (p *page) tell(option wire.Opt[string]) *ConsumedCapacity {
	if !option.OK {
		return nil
	}
	var c cost
	n := readUnits(p.bytes, p.consistent)
	if p.index == nil {
		c.table = n
	} else {
		c.addIndex(p.index, n)
	}
	if p.fetch {
		for _, rec := range p.records {
			c.table += readUnits(rec.size, p.consistent)
		}
	}
	return c.tell(p.table.name, option, plainUnits)
}

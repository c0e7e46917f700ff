package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Sizes of capacity units, in bytes.
//
// Source: Amazon DynamoDB Developer Guide, "Read and write operations": a read unit is one consistent read of up to 4 KB, half
// as much if eventually consistent, twice as much in a transaction; a write unit is one write of up to 1 KB, twice as much in a
// transaction; an item that does not exist costs the least.
const (
	readUnit  = 4096
	writeUnit = 1024
)

// cost is what a request consumed of one table.
type cost struct {
	table  float64
	local  map[string]float64
	global map[string]float64
}

func units(size, unit int) float64 { return float64(max(1, (size+unit-1)/unit)) }

// readUnits is the cost of reading so many bytes at once.
func readUnits(size int, consistent bool) float64 {
	if consistent {
		return units(size, readUnit)
	}
	return units(size, readUnit) / 2
}

func (c *cost) addIndex(x *index, n float64) {
	m := &c.local
	if x.global {
		m = &c.global
	}
	if *m == nil {
		*m = map[string]float64{}
	}
	(*m)[x.name] += n
}

// addWrite adds a decided write, times factor. The larger of the item before and after counts; an index costs a write for an
// entry that is added, removed or changed, and two for one whose key changes.
func (c *cost) addWrite(w *write, factor float64) {
	size := 0
	if w.old != nil {
		size = w.old.size
	}
	if w.next != nil {
		size = max(size, w.next.size)
	}
	c.table += factor * units(size, writeUnit)
	if w.action == check {
		return
	}
	for _, x := range w.table.indexes {
		if n := x.writeCost(w.old, w.next); n > 0 {
			c.addIndex(x, factor*n)
		}
	}
}

func (x *index) writeCost(old, next *record) float64 {
	var before, after []byte
	wasIn, isIn := false, false
	if old != nil {
		before, wasIn = x.appendEntryKey(nil, old)
	}
	if next != nil {
		after, isIn = x.appendEntryKey(nil, next)
	}
	switch {
	case wasIn && isIn && string(before) != string(after):
		return units(x.sizeOf(old), writeUnit) + units(x.sizeOf(next), writeUnit)
	case wasIn && isIn:
		if x.sameEntry(old.item, next.item) {
			return 0
		}
		return units(max(x.sizeOf(old), x.sizeOf(next)), writeUnit)
	case wasIn:
		return units(x.sizeOf(old), writeUnit)
	case isIn:
		return units(x.sizeOf(next), writeUnit)
	}
	return 0
}

// unitKind says which of the totals beside CapacityUnits a transaction tells.
type unitKind uint8

const (
	plainUnits unitKind = iota
	readOfTransaction
	writeOfTransaction
)

// tell returns what ReturnConsumedCapacity asks for: nil, the total, or the total by table and index.
func (c *cost) tell(t string, option wire.Opt[string], kind unitKind) *ConsumedCapacity {
	if option.V != ReturnConsumedCapacityTotal && option.V != ReturnConsumedCapacityIndexes {
		return nil
	}
	total := c.table
	for _, n := range c.local {
		total += n
	}
	for _, n := range c.global {
		total += n
	}
	out := &ConsumedCapacity{TableName: wire.Some(t), CapacityUnits: wire.Some(total)}
	switch kind {
	case readOfTransaction:
		out.ReadCapacityUnits = wire.Some(total)
	case writeOfTransaction:
		out.WriteCapacityUnits = wire.Some(total)
	}
	if option.V == ReturnConsumedCapacityIndexes {
		table := capacity(c.table, kind)
		out.Table = &table
		out.LocalSecondaryIndexes = capacities(c.local, kind)
		out.GlobalSecondaryIndexes = capacities(c.global, kind)
	}
	return out
}

func capacity(n float64, kind unitKind) Capacity {
	c := Capacity{CapacityUnits: wire.Some(n)}
	switch kind {
	case readOfTransaction:
		c.ReadCapacityUnits = wire.Some(n)
	case writeOfTransaction:
		c.WriteCapacityUnits = wire.Some(n)
	}
	return c
}

func capacities(m map[string]float64, kind unitKind) map[string]Capacity {
	if m == nil {
		return nil
	}
	out := make(map[string]Capacity, len(m))
	for name, n := range m {
		out[name] = capacity(n, kind)
	}
	return out
}

// tellWrite is tell for one write.
func (w *write) tell(option wire.Opt[string]) *ConsumedCapacity {
	if !option.OK || option.V == ReturnConsumedCapacityNone {
		return nil
	}
	var c cost
	c.addWrite(w, 1)
	return c.tell(w.table.name, option, plainUnits)
}

// collection returns the ItemCollectionMetrics of a write, nil if they were not asked for or the table has no local index.
func (s *Service) collection(w *write, option wire.Opt[string]) *ItemCollectionMetrics {
	if option.V != ReturnItemCollectionMetricsSize || !w.table.hasLocalIndexes() {
		return nil
	}
	item := w.item
	prefix := string(appendPartition(nil, item[w.table.keys.hash.name]))
	hold := s.scope.Hold()
	defer hold.End()
	bytes := 0
	w.table.items.ascend(prefix, after(prefix), func(_ string, rec *record) bool {
		bytes += rec.size
		for _, x := range w.table.indexes {
			if !x.global {
				bytes += x.sizeOf(rec)
			}
		}
		return true
	})
	hold.End()
	gigabytes := float64(bytes >> 30)
	return &ItemCollectionMetrics{
		ItemCollectionKey:   attr.Item{w.table.keys.hash.name: item[w.table.keys.hash.name]},
		SizeEstimateRangeGB: []float64{gigabytes, gigabytes + 1},
	}
}

// addCollection adds the metrics of the collection that a write of several affected, unless they are there already.
//
// Source: Amazon DynamoDB API Reference, BatchWriteItem: "for each table, information about any item collections that were affected".
func (s *Service) addCollection(all map[string][]ItemCollectionMetrics, w *write, option wire.Opt[string]) map[string][]ItemCollectionMetrics {
	name, hash := w.table.name, w.table.keys.hash.name
	for _, m := range all[name] {
		if attr.Equal(m.ItemCollectionKey[hash], w.item[hash]) {
			return all
		}
	}
	m := s.collection(w, option)
	if m == nil {
		return all
	}
	if all == nil {
		all = map[string][]ItemCollectionMetrics{}
	}
	all[name] = append(all[name], *m)
	return all
}

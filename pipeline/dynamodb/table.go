package dynamodb

import (
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// record is one stored item. It is never changed, so that it can be read without the lock once it was found.
type record struct {
	key  string // in the table's tree
	item attr.Packed
	size int // of the item, by the documented rules
}

func newRecord(key string, item attr.Item) *record {
	return &record{key: key, item: attr.Pack(item), size: attr.ItemSize(item)}
}

// table is one table with its items. The scope's lock guards it, but for its names, keys and indexes: those never change, and may
// be read without the lock. UpdateTable puts another table in its place.
type table struct {
	name       string
	arn        string
	id         string
	created    time.Time
	place      event.Place
	keys       keySchema
	attributes []AttributeDefinition
	items      tree
	bytes      int64
	indexes    []*index // local ones first, each kind in the order of the request

	status          string // of a change under way; "" is ACTIVE
	onDemand        bool
	onDemandSince   time.Time
	reads, writes   int64 // provisioned units; 0 when on demand
	maximum         *OnDemandThroughput
	warm            warm
	increased       time.Time // provisioned units, last
	decreased       time.Time
	class           string // "" is STANDARD, never told otherwise
	protected       bool   // from deletion
	tags            map[string]string
	timeToLive      string // attribute name; "" is disabled
	expiries        expiries
	expiryArmed     time.Time // for when the next deletion is scheduled; zero is not at all
	stream          *stream
	lastStreamLabel string // of the newest stream, also after it was disabled
	lastStreamARN   string
	encryption      *SSEDescription // nil is by the service's own key
	restored        *RestoreSummary // from what; nil for a table that was created
	recoveryDays    int32           // of point-in-time recovery; 0 is off
	recoverySince   time.Time
	insights        map[string]insight // by index, "" is the table; only those that were ever set
}

// index is one secondary index. Its tree points to the table's records; what it projects is picked when it is read.
type index struct {
	name       string
	arn        string
	global     bool
	keys       keySchema
	projection Projection
	attributes map[string]struct{} // projected ones; nil is all
	entries    tree
	bytes      int64
	status     string // of a change under way; "" is ACTIVE

	reads, writes int64
	maximum       *OnDemandThroughput
	warm          warm

	lag *lag // of a global index; nil while it was never behind
}

// appendEntryKey appends where the record stands in the index: by the index's key, then by the table's. ok is false if
// the record is not in the index.
func (x *index) appendEntryKey(dst []byte, rec *record) (key []byte, ok bool) {
	dst, ok = x.keys.appendKeyOf(dst, rec.item)
	if !ok {
		return dst, false
	}
	return append(dst, rec.key...), true
}

// covers reports whether the index has the attribute.
func (x *index) covers(attribute string) bool {
	if x.attributes == nil {
		return true
	}
	_, ok := x.attributes[attribute]
	return ok
}

// project returns what the index has of an item.
func (x *index) project(item attr.Packed) attr.Packed {
	if x.attributes == nil {
		return item
	}
	return item.Pick(x.covers)
}

// sizeOf returns the size of what the index has of the record.
func (x *index) sizeOf(rec *record) int {
	if x.attributes == nil {
		return rec.size
	}
	n := 0
	for name := range x.attributes {
		if v := rec.item.Get(name); !v.IsZero() {
			n += len(name) + v.Size()
		}
	}
	return n
}

// sameEntry reports whether the index has the same of both items.
func (x *index) sameEntry(a, b attr.Packed) bool {
	if x.attributes == nil {
		return a == b
	}
	for name := range x.attributes {
		if !attr.Equal(a.Get(name), b.Get(name)) {
			return false
		}
	}
	return true
}

func (t *table) index(name string) *index {
	for _, x := range t.indexes {
		if x.name == name {
			return x
		}
	}
	return nil
}

func (t *table) hasLocalIndexes() bool {
	return slices.ContainsFunc(t.indexes, func(x *index) bool { return !x.global })
}

// kindOf returns the type of an attribute that is part of some key.
func (t *table) kindOf(attribute string) attr.Kind {
	for _, a := range t.attributes {
		if a.AttributeName == attribute {
			return attr.KindOf(a.AttributeType)
		}
	}
	return attr.None
}

// checkIndexKeys refuses an item that has a key attribute of an index with another type, or empty. Of several indexes it names the
// first in alphabetical order.
//
// Source: answers of the service recorded in the public suite dynamodb-conformance.
func (t *table) checkIndexKeys(item attr.Item) error {
	var first *index
	var found error
	for _, x := range t.indexes {
		if err := x.checkItem(t, item); err != nil && (first == nil || x.name < first.name) {
			first, found = x, err
		}
	}
	return found
}

func (x *index) checkItem(t *table, item attr.Item) error {
	hashes, sorts := 0, 0
	for i := range x.keys.all {
		a := &x.keys.all[i]
		v, ok := item[a.name]
		if !ok {
			continue
		}
		if ofTable := t.keys.names(a.name); !ofTable {
			if err := x.checkKeyValue(a, v); err != nil {
				return err
			}
		} else if !x.keys.several() {
			continue
		}
		if i < x.keys.hashes {
			hashes += v.Size()
		} else {
			sorts += v.Size()
		}
	}
	switch {
	case hashes > maxHashKey:
		return invalid(prefixInvalid + "Size of hashkey has exceeded the maximum size limit of2048 bytes")
	case sorts > maxSortKey:
		return invalid(prefixInvalid + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
	}
	return nil
}

// checkKeyValue refuses a value of another type than the key of the index has, or an empty one.
func (x *index) checkKeyValue(a *keyAttribute, v attr.Value) error {
	switch {
	case v.Kind() != a.kind:
		return invalid(prefixInvalid + "Type mismatch for Index Key " + a.name + " Expected: " + a.kind.String() + " Actual: " + v.Kind().String() + " IndexName: " + x.name)
	case a.kind != attr.KindN && len(v.Str()) == 0:
		return invalid("One or more parameter values are not valid. A value specified for a secondary index key is not supported. " +
			"The AttributeValue for a key attribute cannot contain an empty " + kindWord(a.kind) + " value. IndexName: " + x.name + ", IndexKey: " + a.name)
	}
	return nil
}

// store puts next, which may be nil, in the place of old, which may be nil, in the table and its indexes.
func (t *table) store(old, next *record) {
	t.storeItem(old, next)
	for _, x := range t.indexes {
		x.store(old, next)
	}
}

// storeItem is store without the indexes.
func (t *table) storeItem(old, next *record) {
	switch {
	case next != nil:
		t.items.put(next.key, next)
		t.bytes += int64(next.size)
	case old != nil:
		t.items.delete(old.key)
	}
	if old != nil {
		t.bytes -= int64(old.size)
	}
}

func (x *index) store(old, next *record) {
	var a, b [256]byte
	var before, after []byte
	wasIn, isIn := false, false
	if old != nil {
		before, wasIn = x.appendEntryKey(a[:0], old)
	}
	if next != nil {
		after, isIn = x.appendEntryKey(b[:0], next)
	}
	if wasIn {
		x.bytes -= int64(x.sizeOf(old))
		if !isIn || string(before) != string(after) {
			x.entries.delete(string(before))
		}
	}
	if isIn {
		x.bytes += int64(x.sizeOf(next))
		x.entries.put(string(after), next)
	}
}

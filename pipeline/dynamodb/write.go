package dynamodb

import (
	"errors"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// action is what a write does.
type action uint8

const (
	put action = iota
	update
	erase
	check // a condition only
)

// write is one item's part of a request: PutItem, UpdateItem, DeleteItem, an entry of BatchWriteItem or an action of
// TransactWriteItems. It is made without the lock and carried out under it.
type write struct {
	action action
	item   attr.Item // of a put; else the Key
	size   int       // of a put's item
	expr   expressions

	table  *table
	key    string
	old    *record
	before attr.Item // of old, once it was asked for
	next   *record
}

// locate finds the table's record that the write is about, and checks the key. The scope must be locked.
func (w *write) locate(t *table) error {
	w.table = t
	var err error
	if w.action == put {
		if err = t.keys.checkItem(w.item); err == nil {
			err = t.checkIndexKeys(w.item)
		}
	} else {
		err = t.keys.checkKey(w.item)
	}
	if err != nil {
		return err
	}
	if w.expr.update != nil {
		if err := t.checkUpdate(w.expr.update); err != nil {
			return err
		}
		if err := t.checkPaths(w.expr.update.Operands()); err != nil {
			return err
		}
	}
	if w.expr.condition != nil {
		if err := t.checkPaths(w.expr.condition.Paths()); err != nil {
			return err
		}
	}
	var buf [256]byte
	key, _ := t.keys.appendKey(buf[:0], w.item)
	w.key = string(key)
	w.old = t.items.get(w.key)
	return nil
}

// checkUpdate checks what an update changes: no part of the table's key, no key of an index to a value of another type, nothing in keys.
func (t *table) checkUpdate(u *expr.UpdateExpr) error {
	paths := u.Paths()
	for _, p := range paths {
		if t.keys.names(p.Head()) {
			return invalid(prefixInvalid + "Cannot update attribute " + p.Head() + ". This attribute is part of the key")
		}
	}
	var first *index
	var found error
	for _, x := range t.indexes {
		for i := range x.keys.all {
			a := &x.keys.all[i]
			if v := u.Literal(a.name); !v.IsZero() && v.Kind() != a.kind && (first == nil || x.name < first.name) {
				first, found = x, x.checkKeyValue(a, v)
			}
		}
	}
	if found != nil {
		return found
	}
	return t.checkPaths(paths)
}

// holds reports whether the condition of the write, if it has one, is met. The write must be located.
func (w *write) holds() bool {
	return w.expr.condition == nil || w.expr.condition.Eval(w.oldItem())
}

// oldItem returns the attributes of the item that is there, nil if there is none.
func (w *write) oldItem() attr.Item {
	if w.old != nil && w.before == nil {
		w.before = w.old.item.Item()
	}
	return w.before
}

// oldImage is oldItem as it is answered.
func (w *write) oldImage() attr.Packed {
	if w.old == nil {
		return ""
	}
	return w.old.item
}

// decide makes the record that is to be there afterwards. The write must be located; nothing is changed yet.
func (w *write) decide() error {
	switch w.action {
	case put:
		w.next = &record{key: w.key, item: attr.Pack(w.item), size: w.size}
	case update:
		return w.decideUpdate()
	case erase:
		w.next = nil
	case check:
		w.next = w.old
	}
	return nil
}

func (w *write) decideUpdate() error {
	before := w.oldItem()
	if before == nil {
		if w.expr.update != nil && !w.expr.update.Creates() {
			return nil // not even its paths are looked at
		}
		before = w.table.keys.pick(w.item)
	}
	after := before
	if w.expr.update != nil {
		var err error
		if after, err = w.expr.update.Apply(before); err != nil {
			if w.expr.legacy && errors.Is(err, expr.ErrOperandType) {
				return invalid(msgUpdateMismatch)
			}
			return asInvalid(err)
		}
	}
	w.next = newRecord(w.key, after)
	if w.next.size > attr.MaxItemSize {
		return invalid(msgUpdateTooLarge)
	}
	err := w.table.checkIndexKeys(after)
	switch {
	case err == nil || w.expr.legacy:
	case isWrongIndexKey(err):
		return invalid("The update expression attempted to update the secondary index key to unsupported type")
	case isEmptyKey(err):
		_, rest, _ := strings.Cut(err.(*wire.Error).Message, "The AttributeValue ")
		rest, _, _ = strings.Cut(rest, " IndexName: ")
		return invalid("One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not " +
			"supported. The AttributeValue " + rest)
	}
	return err
}

// isWrongIndexKey reports whether the error is about the type of an index's key.
func isWrongIndexKey(err error) bool {
	e, ok := err.(*wire.Error)
	return ok && strings.Contains(e.Message, "Type mismatch for Index Key")
}

// changes reports whether anything is different afterwards.
func (w *write) changes() bool {
	if w.old == nil || w.next == nil {
		return w.old != w.next
	}
	return w.action != check && (w.old.item != w.next.item)
}

// commit stores the decided record and appends to the stream. A write that changes nothing leaves no record in it.
func (s *Service) commit(w *write, l event.Lineage, now time.Time) {
	if !w.changes() {
		return
	}
	s.store(w.table, w.old, w.next, l, now)
	if w.table.timeToLive != "" && w.next != nil {
		s.watch(w.table, w.next, l, now)
	}
	if w.table.stream != nil {
		s.appendRecord(w.table.stream, w.old, w.next, nil, l, now)
	}
}

// single is what the operations on one item ask for beside the write.
type single struct {
	table     string // name or ARN
	returnOld bool   // the item as it is when the condition fails
}

// run carries out the write of an operation on one item and returns the stream to flush, which may be nil.
func (s *Service) run(w *write, req single, lineage func(event.Place) event.Lineage) (*stream, error) {
	name, err := s.tableName(req.table)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if err := w.locate(t); err != nil {
		return nil, err
	}
	if !w.holds() {
		if req.returnOld {
			return nil, conditionFailed(w.oldImage())
		}
		return nil, conditionFailed("")
	}
	if err := w.decide(); err != nil {
		return nil, err
	}
	s.commit(w, lineage(t.place), s.scope.Engine.Now())
	return t.stream, nil
}

// checkPut checks the Item of a put and returns its size.
func checkPut(item attr.Item) (size int, err error) {
	if err := attr.CheckItem(item); err != nil {
		return 0, asInvalid(err)
	}
	if size = attr.ItemSize(item); size > attr.MaxItemSize {
		return 0, invalid(msgItemTooLarge)
	}
	return size, nil
}

// wantsOld reports whether a failed condition is to be answered with the item.
func wantsOld(option wire.Opt[string]) bool {
	return option.V == ReturnValuesOnConditionCheckFailureAllOld
}

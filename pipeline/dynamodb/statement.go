package dynamodb

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/expr"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/partiql"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Texts of the operations on PartiQL. They are the service's own, as its users and public conformance suites record them.
const (
	msgDuplicateItem  = "Duplicate primary key exists in table"
	msgNoKey          = "Where clause does not contain a mandatory equality on all key attributes"
	msgExistsOutside  = "EXISTS can only be used in ExecuteTransaction write requests."
	codeDuplicateItem = "DuplicateItem"
)

// statement is a statement of PartiQL that was found well formed.
type statement struct {
	*partiql.Statement
	condition *expr.ConditionExpr // the whole WHERE; nil if there is none
	update    *expr.UpdateExpr    // of an UPDATE
}

// parseStatement checks the parameters, then the statement, as far as it can be done without the table.
func parseStatement(text string, params []attr.Value) (*statement, error) {
	for _, v := range params {
		if err := v.Err(); err != nil {
			return nil, asInvalid(err)
		}
	}
	parsed, err := partiql.Parse(text, params)
	if err != nil {
		return nil, asInvalid(err)
	}
	st := &statement{Statement: parsed}
	if st.Actions != nil {
		if st.update, err = expr.NewUpdate(st.Actions); err != nil {
			return nil, asInvalid(err)
		}
	}
	if st.Where != nil {
		st.condition, err = expr.NewCondition(st.Where.Term())
	}
	return st, asInvalid(err)
}

// reads reports whether the statement returns items without changing any.
func (st *statement) reads() bool { return st.Kind == partiql.Select }

// tableFor returns the table of a statement, of which names, keys and indexes may be read without the lock.
func (s *Service) tableFor(st *statement) (*table, error) {
	name := st.Table
	if strings.HasPrefix(name, "arn:") {
		var err error
		if name, err = s.tableName(name); err != nil {
			return nil, err
		}
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	return s.find(name)
}

// keyEquality returns the key attribute that a condition sets equal to a value; IN with one value is as good if in allows it.
func (k *keySchema) keyEquality(e *partiql.Expr, in bool) (name string, v attr.Value, ok bool) {
	if !(e.Op == partiql.OpCompare && e.Name == "=" || in && e.Op == partiql.OpIn && len(e.Args) == 2) {
		return "", attr.Value{}, false
	}
	a, b := e.Args[0], e.Args[1]
	if a.Op == partiql.OpValue && e.Op == partiql.OpCompare {
		a, b = b, a
	}
	name, ok = a.Attribute()
	if !ok || b.Op != partiql.OpValue || !k.names(name) {
		return "", attr.Value{}, false
	}
	return name, b.Value, true
}

// splitKey takes the key out of a condition. rest is what else it demands; clash is a key attribute that is to have two values.
func (k *keySchema) splitKey(where *partiql.Expr, in bool) (key attr.Item, rest *partiql.Expr, clash string) {
	key = attr.Item{}
	for _, e := range where.Conjuncts() {
		name, v, ok := k.keyEquality(e, in)
		switch have := key[name]; {
		case !ok:
			rest = partiql.And(rest, e)
		case have.IsZero():
			key[name] = v
		case !attr.Equal(have, v):
			rest, clash = partiql.And(rest, e), name
		}
	}
	return key, rest, clash
}

// complete reports whether the key has all attributes of the schema.
func (k *keySchema) complete(key attr.Item) bool {
	return len(key) == len(k.elements())
}

// checkKinds refuses values for key attributes that no key can have.
func (k *keySchema) checkKinds(key attr.Item) error {
	for _, name := range wire.SortedKeys(key) {
		if kind := key[name].Kind(); kind != attr.KindS && kind != attr.KindN && kind != attr.KindB {
			return invalid("Key value must be of type S, N, or B. Key name: " + name + ", Key type: " + kind.String())
		}
	}
	return nil
}

// checkNamed refuses an item of which a key attribute is missing or has another type than the schema's.
func (k *keySchema) checkNamed(item attr.Item) error {
	for _, a := range [...]keyAttribute{k.hash, k.sort} {
		switch v := item[a.name]; {
		case a.name == "":
		case v.IsZero():
			return invalid("Key attribute should be present in the item: Key " + a.name)
		case v.Kind() != a.kind:
			return invalid("Key attribute's data type should match its data type in table's schema: Key " + a.name)
		}
	}
	return nil
}

// writeFor returns the write that a statement is. unkeyed is why it does not name one item, err any other mistake.
//
// An INSERT demands that the item is not there, an UPDATE that it is; a DELETE of what is not there succeeds, whatever else it
// demands of it.
func (st *statement) writeFor(t *table) (w write, unkeyed, err error) {
	hash := t.keys.hash.name
	if st.Kind == partiql.Insert {
		w = write{action: put, item: st.Item}
		if w.size, err = checkPut(st.Item); err == nil {
			w.expr.condition, err = conditionOf(partiql.AttributeExists(hash, false))
		}
		return w, t.keys.checkNamed(st.Item), err
	}
	key, rest, clash := t.keys.splitKey(st.Where, false)
	w = write{item: key}
	switch {
	case !t.keys.complete(key):
		unkeyed = invalid(msgNoKey)
	case t.keys.checkKinds(key) != nil:
		return w, nil, t.keys.checkKinds(key)
	case t.keys.checkNamed(key) != nil:
		unkeyed = t.keys.checkNamed(key)
	case clash != "" && st.Kind != partiql.Exists:
		unkeyed = invalid("Multiple conditions on same key " + clash + ". Only single item Update/Insert/Delete are supported")
	}
	switch st.Kind {
	case partiql.Update:
		w.action, w.expr.update = update, st.update
		rest = partiql.And(partiql.AttributeExists(hash, true), rest)
	case partiql.Delete:
		w.action = erase
		if rest != nil {
			rest = &partiql.Expr{Op: partiql.OpOr, Name: "OR", Args: []*partiql.Expr{partiql.AttributeExists(hash, false), rest}}
		}
	default:
		w.action = check
		if rest == nil || unkeyed != nil {
			return w, nil, invalid("EXISTS() must contain a single item read with additional condition")
		}
		rest = partiql.And(partiql.AttributeExists(hash, true), rest)
	}
	w.expr.condition, err = conditionOf(rest)
	return w, unkeyed, err
}

func conditionOf(e *partiql.Expr) (*expr.ConditionExpr, error) {
	if e == nil {
		return nil, nil
	}
	condition, err := expr.NewCondition(e.Term())
	return condition, asInvalid(err)
}

// change carries out an INSERT, UPDATE or DELETE. located tells that the answer is about the item, not about the statement.
func (s *Service) change(c *engine.Call, st *statement, returnOld bool) (w write, located bool, err error) {
	if st.Kind == partiql.Exists {
		return write{}, false, invalid(msgExistsOutside)
	}
	t, err := s.tableFor(st)
	if err != nil {
		return write{}, false, err
	}
	w, unkeyed, err := st.writeFor(t)
	if err == nil {
		err = unkeyed
	}
	if err != nil {
		return w, false, err
	}
	stream, err := s.run(&w, single{table: t.name, returnOld: returnOld}, c.Lineage)
	if e, ok := err.(*wire.Error); ok && st.Kind == partiql.Insert && e.Code == "ConditionalCheckFailedException" {
		err = ErrDuplicateItemException(msgDuplicateItem)
	}
	if err != nil {
		return w, true, err
	}
	s.flush(stream)
	return w, true, nil
}

// returnedBy is what the RETURNING of a statement asks of its write; no item is nothing.
func (st *statement) returnedBy(w *write) attr.Packed {
	switch st.Returning {
	case "ALL OLD":
		return w.returned(ReturnValueAllOld)
	case "ALL NEW":
		return w.returned(ReturnValueAllNew)
	case "MODIFIED OLD":
		return w.returned(ReturnValueUpdatedOld)
	case "MODIFIED NEW":
		return w.returned(ReturnValueUpdatedNew)
	}
	return ""
}

// readKey returns the key of a SELECT that names one item and demands nothing else of it.
func (st *statement) readKey(t *table) (attr.Item, bool) {
	key, rest, _ := t.keys.splitKey(st.Where, true)
	return key, rest == nil && t.keys.complete(key)
}

// pickColumns returns the columns that an item has.
func pickColumns(columns []partiql.Column, item attr.Item) attr.Item {
	out := make(attr.Item, len(columns))
	for _, c := range columns {
		if v := c.Path.Lookup(item); !v.IsZero() {
			out[c.Name] = v
		}
	}
	return out
}

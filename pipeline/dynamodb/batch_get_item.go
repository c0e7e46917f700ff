// Implements: BatchGetItem from several tables with projection, AttributesToGet, consumed capacity and, beyond 16 MB,
// UnprocessedKeys.
// Differs from AWS: items come in the order of their keys in the request.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Limits of BatchGetItem.
const (
	maxBatchKeys  = 100
	maxBatchBytes = 16 << 20
)

// wanted is what a batch asks of one table.
type wanted struct {
	given string // the table's name or ARN in the request
	name  string
	in    KeysAndAttributes
	expr  expressions
	table *table
	recs  []*record // by key; nil where there is no item
	read  int       // keys that were looked up
}

// BatchGetItem returns up to 100 items.
//
// Source: Amazon DynamoDB API Reference, BatchGetItem.
func (s *Service) BatchGetItem(_ *engine.Call, in *BatchGetItemInput) (*BatchGetItemOutput, error) {
	all := make([]wanted, 0, len(in.RequestItems))
	keys := 0
	for _, given := range wire.SortedKeys(in.RequestItems) {
		w := wanted{given: given, in: in.RequestItems[given]}
		if err := w.prepare(s); err != nil {
			return nil, err
		}
		keys += len(w.in.Keys)
		all = append(all, w)
	}
	if keys > maxBatchKeys {
		return nil, invalid("Too many items requested for the BatchGetItem call")
	}
	if err := s.getAll(all); err != nil {
		return nil, err
	}
	out := &BatchGetItemOutput{Responses: map[string][]attr.Packed{}, UnprocessedKeys: map[string]KeysAndAttributes{}}
	costs := map[string]*cost{}
	for i := range all {
		w := &all[i]
		v := view{projection: w.expr.projection, attributes: w.in.AttributesToGet}
		items := []attr.Packed{}
		c := &cost{}
		for _, rec := range w.recs[:w.read] {
			size := 0
			if rec != nil {
				size = rec.size
				items = append(items, v.of(rec.item))
			}
			c.table += readUnits(size, w.in.ConsistentRead.V)
		}
		out.Responses[w.given] = items
		if w.read > 0 {
			costs[w.table.name] = c
		}
		if w.read < len(w.in.Keys) {
			left := w.in
			left.Keys = left.Keys[w.read:]
			out.UnprocessedKeys[w.given] = left
		}
	}
	out.ConsumedCapacity = tellAll(costs, in.ReturnConsumedCapacity, plainUnits)
	return out, nil
}

// prepare does what needs no lock.
func (w *wanted) prepare(s *Service) error {
	src := sources{projection: w.in.ProjectionExpression, names: w.in.ExpressionAttributeNames}
	if w.in.AttributesToGet != nil {
		src.legacy = []string{"AttributesToGet"}
	}
	if err := src.checkMix(); err != nil {
		return err
	}
	if err := checkAttributesToGet(w.in.AttributesToGet); err != nil {
		return err
	}
	var err error
	if w.expr, err = src.parse(); err != nil {
		return err
	}
	seen := make(map[string]struct{}, len(w.in.Keys))
	for _, key := range w.in.Keys {
		if err := asInvalid(attr.CheckItem(key)); err != nil {
			return err
		}
		text := string(attr.AppendItem(nil, key))
		if _, twice := seen[text]; twice {
			return invalid(msgDuplicateKeys)
		}
		seen[text] = struct{}{}
	}
	w.name, err = s.tableName(w.given)
	return err
}

func (s *Service) getAll(all []wanted) error {
	s.scope.Lock()
	defer s.scope.Unlock()
	for i := range all {
		t, err := s.find(all[i].name)
		if err != nil {
			return err
		}
		all[i].table = t
	}
	bytes := 0
	for i := range all {
		w := &all[i]
		w.recs = make([]*record, len(w.in.Keys))
		for n, key := range w.in.Keys {
			rec, err := w.table.lookup(key, &w.expr)
			if err != nil {
				return err
			}
			w.recs[n] = rec
			if rec != nil {
				bytes += rec.size
			}
			if bytes <= maxBatchBytes {
				w.read++
			}
		}
	}
	return nil
}

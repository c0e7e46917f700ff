// Implements: TransactGetItems with projection, cancellation reasons and consumed capacity.
// Differs from AWS: never conflicts with a write.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// look is one Get of a transaction.
type look struct {
	tableName string
	key       attr.Item
	expr      expressions
	table     *table
	rec       *record
}

// TransactGetItems returns up to 100 items as they are at one moment.
//
// Source: Amazon DynamoDB API Reference, TransactGetItems.
func (s *Service) TransactGetItems(_ *engine.Call, in *TransactGetItemsInput) (*TransactGetItemsOutput, error) {
	looks := make([]look, len(in.TransactItems))
	for i := range in.TransactItems {
		get := &in.TransactItems[i].Get
		src := sources{projection: get.ProjectionExpression, names: get.ExpressionAttributeNames}
		err := src.checkMix()
		if err == nil {
			err = asInvalid(attr.CheckItem(get.Key))
		}
		if err == nil {
			looks[i].expr, err = src.parse()
		}
		if err == nil {
			looks[i].tableName, err = s.tableName(get.TableName)
		}
		if err != nil {
			return nil, err
		}
		looks[i].key = get.Key
	}
	if err := s.lookAll(looks); err != nil {
		return nil, err
	}
	out := &TransactGetItemsOutput{Responses: make([]ItemResponse, len(looks))}
	costs := map[string]*cost{}
	for i := range looks {
		l := &looks[i]
		size := 0
		if l.rec != nil {
			v := view{projection: l.expr.projection}
			out.Responses[i].Item, size = v.of(l.rec.item), l.rec.size
		}
		if costs[l.table.name] == nil {
			costs[l.table.name] = &cost{}
		}
		costs[l.table.name].table += 2 * readUnits(size, true)
	}
	out.ConsumedCapacity = tellAll(costs, in.ReturnConsumedCapacity, readOfTransaction)
	return out, nil
}

func (s *Service) lookAll(looks []look) error {
	s.scope.Lock()
	defer s.scope.Unlock()
	for i := range looks {
		t, err := s.find(looks[i].tableName)
		if err != nil {
			return err
		}
		looks[i].table = t
	}
	reasons := make([]CancellationReason, len(looks))
	seen := make(map[string]struct{}, len(looks))
	failed := false
	for i := range looks {
		l := &looks[i]
		reasons[i] = CancellationReason{Code: wire.Some("None")}
		rec, err := l.table.lookup(l.key, &l.expr)
		if err != nil {
			reasons[i] = reason(codeTransactionValid, err)
			failed = true
			continue
		}
		l.rec = rec
		key, _ := l.table.keys.appendKey([]byte(l.table.name+"\x00"), l.key)
		if _, twice := seen[string(key)]; twice {
			return invalid("Transaction request cannot include multiple operations on one item")
		}
		seen[string(key)] = struct{}{}
	}
	if failed {
		return canceled(reasons)
	}
	return nil
}

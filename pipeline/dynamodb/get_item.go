// Implements: GetItem with projection, AttributesToGet and consumed capacity.
// Differs from AWS: every read is consistent.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// GetItem returns the item with a key; an answer without Item means there is none.
//
// Source: Amazon DynamoDB API Reference, GetItem.
func (s *Service) GetItem(_ *engine.Call, in *GetItemInput) (*GetItemOutput, error) {
	src := sources{projection: in.ProjectionExpression, names: in.ExpressionAttributeNames}
	if in.AttributesToGet != nil {
		src.legacy = []string{"AttributesToGet"}
	}
	if err := src.checkMix(); err != nil {
		return nil, err
	}
	if err := asInvalid(attr.CheckItem(in.Key)); err != nil {
		return nil, err
	}
	if err := checkAttributesToGet(in.AttributesToGet); err != nil {
		return nil, err
	}
	exprs, err := src.parse()
	if err != nil {
		return nil, err
	}
	t, rec, err := s.read(in.TableName, in.Key, &exprs)
	if err != nil {
		return nil, err
	}
	out, size := &GetItemOutput{}, 0
	if rec != nil {
		v := view{projection: exprs.projection, attributes: in.AttributesToGet}
		out.Item, size = v.of(rec.item), rec.size
	}
	if in.ReturnConsumedCapacity.OK {
		c := cost{table: readUnits(size, in.ConsistentRead.V)}
		out.ConsumedCapacity = c.tell(t.name, in.ReturnConsumedCapacity, plainUnits)
	}
	return out, nil
}

// read finds one record, nil if there is none.
func (s *Service) read(tableName string, key attr.Item, exprs *expressions) (*table, *record, error) {
	name, err := s.tableName(tableName)
	if err != nil {
		return nil, nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.find(name)
	if err != nil {
		return nil, nil, err
	}
	rec, err := t.lookup(key, exprs)
	return t, rec, err
}

// lookup checks the key and the projection against the schema and finds the record. The scope must be locked.
func (t *table) lookup(key attr.Item, exprs *expressions) (*record, error) {
	if err := t.keys.checkKey(key); err != nil {
		return nil, err
	}
	if exprs.projection != nil {
		if err := t.checkPaths(exprs.projection.Paths()); err != nil {
			return nil, err
		}
	}
	var buf [256]byte
	k, _ := t.keys.appendKey(buf[:0], key)
	return t.items.get(string(k)), nil
}

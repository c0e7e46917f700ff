// Implements: BatchWriteItem with puts and deletes in several tables and consumed capacity.
// Differs from AWS: nothing is ever left unprocessed, and a request with one bad entry changes nothing.
// Not implemented: nothing known.

package dynamodb

import (
	"slices"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxBatchWrites is how many puts and deletes one BatchWriteItem may have in all its tables.
const maxBatchWrites = 25

// BatchWriteItem carries out up to 25 puts and deletes, table by table in the order of the names.
//
// Source: Amazon DynamoDB API Reference, BatchWriteItem.
func (s *Service) BatchWriteItem(c *engine.Call, in *BatchWriteItemInput) (*BatchWriteItemOutput, error) {
	var parts []part
	for _, given := range wire.SortedKeys(in.RequestItems) {
		name, err := s.tableName(given)
		if err != nil {
			return nil, err
		}
		for i := range in.RequestItems[given] {
			p := part{tableName: name}
			if err := p.fillBatch(&in.RequestItems[given][i]); err != nil {
				return nil, err
			}
			parts = append(parts, p)
		}
	}
	if len(parts) > maxBatchWrites {
		return nil, invalid("Too many items requested for the BatchWriteItem call")
	}
	streams, err := s.batch(c, parts)
	if err != nil {
		return nil, err
	}
	s.flush(streams...)
	return s.batchOutput(in, parts), nil
}

func (p *part) fillBatch(in *WriteRequest) error {
	var err error
	switch put1, delete1 := in.PutRequest, in.DeleteRequest; {
	case put1 != nil && delete1 == nil:
		p.action, p.item = put, put1.Item
		p.size, err = checkPut(p.item)
	case delete1 != nil && put1 == nil:
		p.action, p.item = erase, delete1.Key
		err = asInvalid(attr.CheckItem(p.item))
	default:
		err = invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	}
	return err
}

func (s *Service) batch(c *engine.Call, parts []part) (streams []*stream, err error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	for i := range parts {
		if _, err := s.find(parts[i].tableName); err != nil {
			return nil, err
		}
	}
	for i := range parts {
		p := &parts[i]
		t, _ := s.find(p.tableName)
		if p.action == put && !t.keys.fit(p.item) {
			return nil, invalid(msgKeyMismatch) // for an item, too
		}
		if err := p.locate(t); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(parts[:i], func(o part) bool { return o.table == t && o.key == p.key }) {
			return nil, invalid(msgDuplicateKeys)
		}
		if err := p.decide(); err != nil {
			return nil, err
		}
	}
	now := s.scope.Engine.Now()
	l := c.Lineage(parts[0].table.place)
	for i := range parts {
		s.commit(&parts[i].write, l, now)
		if st := parts[i].table.stream; st != nil && !slices.Contains(streams, st) {
			streams = append(streams, st)
		}
	}
	return streams, nil
}

func (s *Service) batchOutput(in *BatchWriteItemInput, parts []part) *BatchWriteItemOutput {
	out := &BatchWriteItemOutput{UnprocessedItems: map[string][]WriteRequest{}}
	costs := map[string]*cost{}
	for i := range parts {
		w := &parts[i].write
		name := w.table.name
		if costs[name] == nil {
			costs[name] = &cost{}
		}
		if in.ReturnConsumedCapacity.OK {
			costs[name].addWrite(w, 1)
		}
		out.ItemCollectionMetrics = s.addCollection(out.ItemCollectionMetrics, w, in.ReturnItemCollectionMetrics)
	}
	out.ConsumedCapacity = tellAll(costs, in.ReturnConsumedCapacity, plainUnits)
	return out
}

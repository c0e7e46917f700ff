// Implements: DeleteItem with condition or Expected, ReturnValues, ReturnValuesOnConditionCheckFailure, consumed capacity and collection
// metrics; deleting what is not there succeeds.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// DeleteItem removes the item with a key.
//
// Source: Amazon DynamoDB API Reference, DeleteItem.
func (s *Service) DeleteItem(c *engine.Call, in *DeleteItemInput) (*DeleteItemOutput, error) {
	src := sources{condition: in.ConditionExpression, names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues, taking: takesCondition}
	if in.Expected != nil {
		src.legacy = append(src.legacy, "Expected")
	}
	if in.ConditionalOperator.OK {
		src.legacy = append(src.legacy, "ConditionalOperator")
	}
	if err := src.checkMix(); err != nil {
		return nil, err
	}
	if err := asInvalid(attr.CheckItem(in.Key)); err != nil {
		return nil, err
	}
	if v := in.ReturnValues.V; v != "" && v != ReturnValueNone && v != ReturnValueAllOld {
		return nil, invalid("ReturnValues can only be ALL_OLD or NONE")
	}
	w := write{action: erase, item: in.Key}
	var err error
	if w.expr, err = src.parseWrite(nil, in.Expected, in.ConditionalOperator); err != nil {
		return nil, err
	}
	stream, err := s.run(&w, single{table: in.TableName, returnOld: wantsOld(in.ReturnValuesOnConditionCheckFailure)}, c.Lineage)
	if err != nil {
		return nil, err
	}
	s.flush(stream)
	out := &DeleteItemOutput{ConsumedCapacity: w.tell(in.ReturnConsumedCapacity), ItemCollectionMetrics: s.collection(&w, in.ReturnItemCollectionMetrics)}
	if in.ReturnValues.V == ReturnValueAllOld {
		out.Attributes = w.oldImage()
	}
	return out, nil
}

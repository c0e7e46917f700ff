// Implements: PutItem with condition or Expected, ReturnValues, ReturnValuesOnConditionCheckFailure, consumed capacity and collection metrics.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// PutItem stores an item in place of the one with its key.
//
// Source: Amazon DynamoDB API Reference, PutItem.
func (s *Service) PutItem(c *engine.Call, in *PutItemInput) (*PutItemOutput, error) {
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
	size, err := checkPut(in.Item)
	if err != nil {
		return nil, err
	}
	if v := in.ReturnValues.V; v != "" && v != ReturnValueNone && v != ReturnValueAllOld {
		return nil, invalid("ReturnValues can only be ALL_OLD or NONE")
	}
	w := write{action: put, item: in.Item, size: size}
	if w.expr, err = src.parseWrite(nil, in.Expected, in.ConditionalOperator); err != nil {
		return nil, err
	}
	stream, err := s.run(&w, single{table: in.TableName, returnOld: wantsOld(in.ReturnValuesOnConditionCheckFailure)}, c.Lineage)
	if err != nil {
		return nil, err
	}
	s.flush(stream)
	out := &PutItemOutput{ConsumedCapacity: w.tell(in.ReturnConsumedCapacity), ItemCollectionMetrics: s.collection(&w, in.ReturnItemCollectionMetrics)}
	if in.ReturnValues.V == ReturnValueAllOld {
		out.Attributes = w.oldImage()
	}
	return out, nil
}

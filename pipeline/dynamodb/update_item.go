// Implements: UpdateItem with update and condition expressions or AttributeUpdates and Expected, all ReturnValues, ReturnValuesOnConditionCheckFailure, consumed
// capacity and collection metrics; an item that is not there is made, unless nothing but removals is asked for.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// UpdateItem changes attributes of the item with a key.
//
// Source: Amazon DynamoDB API Reference, UpdateItem.
func (s *Service) UpdateItem(c *engine.Call, in *UpdateItemInput) (*UpdateItemOutput, error) {
	src := sources{
		update: in.UpdateExpression, condition: in.ConditionExpression, names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues, taking: takesUpdate,
	}
	if in.AttributeUpdates != nil {
		src.legacy = append(src.legacy, "AttributeUpdates")
	}
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
	w := write{action: update, item: in.Key}
	var err error
	if w.expr, err = src.parseWrite(in.AttributeUpdates, in.Expected, in.ConditionalOperator); err != nil {
		return nil, err
	}
	stream, err := s.run(&w, single{table: in.TableName, returnOld: wantsOld(in.ReturnValuesOnConditionCheckFailure)}, c.Lineage)
	if err != nil {
		return nil, err
	}
	s.flush(stream)
	return &UpdateItemOutput{
		Attributes: w.returned(in.ReturnValues.V), ConsumedCapacity: w.tell(in.ReturnConsumedCapacity),
		ItemCollectionMetrics: s.collection(&w, in.ReturnItemCollectionMetrics),
	}, nil
}

// returned picks what ReturnValues asks of an update; no item is nothing.
func (w *write) returned(option string) attr.Packed {
	var part attr.Item
	switch option {
	case ReturnValueAllOld:
		return w.oldImage()
	case ReturnValueAllNew:
		if w.next != nil {
			return w.next.item
		}
	case ReturnValueUpdatedOld:
		if w.expr.update != nil && w.old != nil {
			part = w.expr.update.Touched(w.oldItem())
		}
	case ReturnValueUpdatedNew:
		if w.expr.update != nil && w.next != nil {
			part = w.expr.update.Written(w.next.item.Item())
		}
	}
	if len(part) == 0 {
		return ""
	}
	return attr.Pack(part)
}

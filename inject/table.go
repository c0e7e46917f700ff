package inject

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
)

// tableBytes is the most that an item may have, keys and names included.
//
// Source: DynamoDB Developer Guide, "Quotas". How DynamoDB counts is its own to check; the item as JSON may be somewhat larger.
const tableBytes = 2 * 400 << 10

// ErrNotNew is why an event is refused that would replace or delete an item, with [Options.OnlyNew].
var ErrNotNew = errors.New("only new items may be written")

const typeRemove = "REMOVE"

// image is an item, or its key, in DynamoDB's own JSON: each value with its type, {"S": "L-17"}.
type image = map[string]any

// write is a change of one item.
type write struct {
	remove  bool
	onlyNew bool
	item    image // to be written; of a removal what has the key
}

// written is what became of a write, for Remove.
type written struct {
	table string
	key   image
	old   image // nil: there was no item
}

type tableSender struct{}

func (tableSender) most() (entries, bytes int) { return 1, tableBytes }

func (tableSender) prepare(t *transaction, e *event.Event, to event.Place, marks []mark) (any, int, error) {
	if len(e.Attributes) > 0 {
		return nil, 0, fmt.Errorf("a %s has no message attributes, and the event has %q", to.Kind(), sortedNames(e.Attributes)[0])
	}
	w, err := writeOf(e)
	if err != nil {
		return nil, 0, err
	}
	if w.onlyNew = t.OnlyNew; w.onlyNew && w.remove {
		return nil, 0, fmt.Errorf("it would delete an item, and %w", ErrNotNew)
	}
	for _, m := range marks {
		if w.remove {
			break // what is deleted carries nothing
		}
		if _, ok := m.attribute(); ok {
			return nil, 0, fmt.Errorf("a %s has no message attributes, and so nothing can be put at %s", to.Kind(), m.at)
		}
		if err := setAttribute(w.item, strings.Split(m.at, "."), m.value, t.Keep); err != nil {
			return nil, 0, err
		}
	}
	text, err := encode(w.item)
	if len(marks) > 0 && !w.remove {
		e.Body, _ = encode(awsapi.Document(w.item)) // has been written just now
	}
	return w, len(text), err
}

// writeOf reads a body as a stream record or as an item in plain JSON.
func writeOf(e *event.Event) (*write, error) {
	d, err := event.Decode(e.Body)
	if err != nil {
		return nil, err
	}
	if d.Codec != event.CodecStream {
		fields, ok := d.Root.(map[string]any)
		if !ok {
			return nil, errors.New("the body is neither an item, which is a JSON object, nor a stream record")
		}
		return &write{remove: e.Type == typeRemove, item: awsapi.Attributes(fields)}, nil
	}
	name := "NewImage"
	if d.Type == typeRemove {
		name = "Keys"
	}
	found, _ := event.Lookup(d.Root, "dynamodb."+name)
	item, ok := found.(map[string]any)
	if !ok || len(item) == 0 {
		return nil, fmt.Errorf("the stream record %s has no %s: what it wrote is known only with the stream view NEW_IMAGE or NEW_AND_OLD_IMAGES", d.Type, name)
	}
	return &write{remove: d.Type == typeRemove, item: item}, nil
}

// setAttribute puts a text at a path of an item.
func setAttribute(item image, path []string, value string, keep bool) error {
	for i, name := range path {
		there, found := item[name].(map[string]any)
		if i == len(path)-1 {
			if !found || !keep {
				item[name] = map[string]any{"S": value}
			}
			return nil
		}
		if !found {
			there = map[string]any{"M": image{}}
			item[name] = there
		}
		below, ok := there["M"].(map[string]any)
		if !ok {
			return fmt.Errorf("nothing can be put at %s: %s of the item is not an object", strings.Join(path, "."), strings.Join(path[:i+1], "."))
		}
		item = below
	}
	return nil
}

// openTable is what is known of a table.
type openTable struct {
	name string
	keys []string
	feed bool // its stream is what the write is for
}

// open asks for the table's keys and, if it is for its stream, whether it has one.
func (tableSender) open(ctx context.Context, c awsapi.Client, to event.Place) (any, error) {
	var out struct {
		Table struct {
			KeySchema           []struct{ AttributeName string }
			StreamSpecification struct{ StreamEnabled bool }
		}
	}
	if err := c.JSON(ctx, awsapi.DynamoDB, "DescribeTable", map[string]any{"TableName": to.Name()}, &out); err != nil {
		return nil, err
	}
	t := &openTable{name: to.Name(), feed: to.Kind() == event.PlaceStream}
	for _, k := range out.Table.KeySchema {
		t.keys = append(t.keys, k.AttributeName)
	}
	if t.feed && !out.Table.StreamSpecification.StreamEnabled {
		return nil, fmt.Errorf("table %s has no stream, so that a write to it would reach nobody: enable its stream, or put the events on table:%[1]s", to.Name())
	}
	return t, nil
}

func (tableSender) send(ctx context.Context, c awsapi.Client, opened any, batch []*job) error {
	t, w, r := opened.(*openTable), batch[0].load.(*write), batch[0].result
	key := image{}
	for _, name := range t.keys {
		v, ok := w.item[name]
		if !ok {
			r.Err = fmt.Errorf("the item has no %q, which is part of the key of table %s", name, t.name)
			return nil
		}
		key[name] = v
	}
	old, err := t.write(ctx, c, w, key)
	if e, ok := errors.AsType[*awsapi.Error](err); ok && e.Code == "ConditionalCheckFailedException" {
		r.Err = fmt.Errorf("table %s has an item with this key already, and %w", t.name, ErrNotNew)
		if r.Doubtful {
			r.Err = fmt.Errorf("%w; it may be this very event: the answer to its first call was lost", r.Err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if r.written == nil {
		r.written = &written{table: t.name, key: key, old: old}
	}
	if t.feed && !r.Doubtful && (old == nil && w.remove || !w.remove && reflect.DeepEqual(old, w.item)) {
		r.Err = fmt.Errorf("table %s was like that already: a write that changes nothing has no record on the stream", t.name)
	}
	return nil
}

// write returns the item that was there before, or nil.
func (t *openTable) write(ctx context.Context, c awsapi.Client, w *write, key image) (old image, err error) {
	operation, in := "PutItem", map[string]any{"TableName": t.name, "Item": w.item, "ReturnValues": "ALL_OLD"}
	if w.onlyNew && len(t.keys) > 0 {
		in["ConditionExpression"], in["ExpressionAttributeNames"] = "attribute_not_exists(#key)", map[string]string{"#key": t.keys[0]}
	}
	if w.remove {
		delete(in, "Item")
		operation, in["Key"] = "DeleteItem", key
	}
	var out struct{ Attributes image }
	err = c.JSON(ctx, awsapi.DynamoDB, operation, in, &out)
	return out.Attributes, err
}

// Remove takes back what an injection left behind for good: items that it made are deleted, whatever became of them since; items
// that it replaced or deleted are as they were before. It begins with the newest. Events on buses, queues and topics are on their
// way and leave nothing that could be told from others. Removing again does no harm: what is as it should be is left so.
//
// The error tells which items could not be put back.
func (r *Report) Remove(ctx context.Context, at backend.Endpoint) error {
	c := awsapi.New(at)
	var failed []error
	for i := len(r.Results) - 1; i >= 0; i-- {
		result := &r.Results[i]
		w := result.written
		if w == nil {
			continue
		}
		var err error
		switch {
		case result.Doubtful:
			err = errors.New("the answer to the first write was lost, so that it is not known what was there before")
		case w.old == nil:
			err = c.JSON(ctx, awsapi.DynamoDB, "DeleteItem", map[string]any{"TableName": w.table, "Key": w.key}, nil)
		default:
			err = c.JSON(ctx, awsapi.DynamoDB, "PutItem", map[string]any{"TableName": w.table, "Item": w.old}, nil)
		}
		if e, ok := errors.AsType[*awsapi.Error](err); ok && e.Missing() {
			err = nil // with its table the item is gone, too
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", result.where(), err))
		}
	}
	return errors.Join(failed...)
}

package feed

import (
	"fmt"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Invoke calls a function with a payload made of a batch and waits for its answer.
func (o *Options) Invoke(to Address, arn string, b *Batch, payload []byte, done func(answer []byte, err error)) {
	functions := o.Scope.Engine.Scope(to.Account, to.Region).Functions()
	if functions == nil {
		o.schedule(&engine.Task{What: "no functions", Run: func() {
			done(nil, &engine.NoReceiverError{To: to.Place, Account: to.Account, Region: to.Region})
		}})
		return
	}
	in := engine.Invocation{Function: arn, Payload: payload}
	for _, r := range b.Records {
		in.Deliveries = append(in.Deliveries, event.Delivery{
			Lineage: r.Lineage, Account: to.Account, Region: to.Region, From: o.Place, To: to.Place, Event: r.Event, Attempt: b.Attempt,
		})
	}
	functions.Invoke(in, done)
}

// List returns the records of a batch as a JSON list.
func (b *Batch) List() []byte {
	list := []byte{'['}
	for i, r := range b.Records {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, r.Event.Body...)
	}
	return append(list, ']')
}

// partialError says that a function reported items of its batch as failed.
type partialError struct{ text string }

func (e *partialError) Error() string { return e.text }

// ErrorCode names the error in hops.
func (*partialError) ErrorCode() string { return "BatchItemFailures" }

// Outcome reads a function's answer to a batch: which items it reports as failed. An answer without any reports none; an answer
// that is no JSON object, or names an item that is not in the batch, fails the batch.
//
// Source: Lambda Developer Guide, "Configuring partial batch response with DynamoDB and Lambda", success and failure conditions.
func (b *Batch) Outcome(answer []byte) Result {
	d := wire.NewDecoder(answer)
	if len(answer) == 0 || d.Null() {
		return Result{}
	}
	if d.Peek() == wire.String {
		if text, err := d.String(); err == nil && text == "" {
			return Result{}
		}
		return Result{Err: &partialError{"the function's answer is not a JSON object with batchItemFailures"}}
	}
	failed := map[string]bool{}
	err := d.Object(func(key string) error {
		if key != "batchItemFailures" || d.Null() {
			if key == "batchItemFailures" {
				return nil
			}
			return d.Skip()
		}
		return d.Array(func(int) error { return readFailure(&d, failed) })
	})
	if err != nil {
		return Result{Err: &partialError{"the function's answer is not what a report of failed items must be: " + err.Error()}}
	}
	known := 0
	for _, r := range b.Records {
		if failed[r.ID] {
			known++
		}
	}
	switch {
	case len(failed) == 0:
		return Result{}
	case known < len(failed):
		return Result{Err: &partialError{"the function reports an item as failed that is not in the batch"}}
	}
	return Result{Failed: failed, Err: &partialError{fmt.Sprintf("the function reports %d of %d items as failed", known, len(b.Records))}}
}

func readFailure(d *wire.Decoder, failed map[string]bool) error {
	id := ""
	err := d.Object(func(key string) error {
		if key != "itemIdentifier" {
			return d.Skip()
		}
		var err error
		id, err = d.String()
		return err
	})
	if err == nil && id == "" {
		err = fmt.Errorf("an itemIdentifier is missing or empty")
	}
	failed[id] = true
	return err
}

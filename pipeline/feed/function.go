package feed

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Call is a function that a batch is handed to.
type Call struct {
	To     Address
	ARN    string
	Bodies []string                 // of the events; one for each record, or else all descend from the first
	Wrap   func(list []byte) []byte // makes the payload of the list of events; nil: the list is the payload
}

// Invoke calls a function with the events of a batch and waits for its answer. The hop interceptors are asked for each event: one
// that they lose is not in the payload, and for nobody but the history; one that they hold up comes later, alone.
func (o *Options) Invoke(c Call, b *Batch, done func(answer []byte, err error)) {
	e := o.Scope.Engine
	functions := e.Scope(c.To.Account, c.To.Region).Functions()
	if functions == nil {
		o.schedule(&engine.Task{What: "no functions", Run: func() {
			done(nil, &engine.NoReceiverError{To: c.To.Place, Account: c.To.Account, Region: c.To.Region})
		}})
		return
	}
	var now []event.Delivery
	collected := false
	for i, body := range c.Bodies {
		r := b.Records[min(i, len(b.Records)-1)]
		ev := *r.Event
		ev.Body = body
		e.Through(event.Delivery{
			Lineage: r.Lineage, Account: c.To.Account, Region: c.To.Region, From: o.Place, To: c.To.Place, Event: &ev, Attempt: b.Attempt,
		}, func(d event.Delivery) {
			if !collected {
				now = append(now, d)
				return
			}
			functions.Invoke(c.invocation([]event.Delivery{d}), func(_ []byte, err error) {
				if err != nil {
					o.lost(d, err)
				}
			})
		})
	}
	collected = true
	if len(now) == 0 {
		o.schedule(&engine.Task{What: "nothing is left of the batch", Run: func() { done(nil, nil) }})
		return
	}
	functions.Invoke(c.invocation(now), done)
}

func (c *Call) invocation(list []event.Delivery) engine.Invocation {
	payload := []byte{'['}
	for i, d := range list {
		if i > 0 {
			payload = append(payload, ',')
		}
		payload = append(payload, d.Event.Body...)
	}
	payload = append(payload, ']')
	if c.Wrap != nil {
		payload = c.Wrap(payload)
	}
	return engine.Invocation{Function: c.ARN, Payload: payload, Deliveries: list}
}

// partialError says that a function reported items of its batch as failed.
type partialError struct{ text string }

func (e *partialError) Error() string { return e.text }

// ErrorCode names the error in hops.
func (*partialError) ErrorCode() string { return "BatchItemFailures" }

// Answered reports whether a failed batch is one of which the function gave an answer, if not a good one.
func Answered(err error) bool {
	_, answered := errors.AsType[*partialError](err)
	return answered
}

// Outcome reads a function's answer to a batch: which items it reports as failed. An answer without any reports none; an answer
// that is no JSON object, or names an item that is not in the batch, fails the batch.
//
// Source: Lambda Developer Guide, "Configuring partial batch response with DynamoDB and Lambda", success and failure conditions; that an
// empty list reports none was recorded against AWS by LocalStack.
func (b *Batch) Outcome(answer []byte) Result {
	d := wire.NewDecoder(answer)
	if len(answer) == 0 || d.Null() {
		return Result{}
	}
	if list := bytes.TrimSpace(answer); len(list) == 2 && list[0] == '[' && list[1] == ']' {
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

package sqs

import "time"

// interval is how long a FIFO queue remembers deduplication ids and receive attempts.
//
// Source: Amazon SQS API Reference, SendMessage (MessageDeduplicationId) and ReceiveMessage (ReceiveRequestAttemptId).
const interval = int64(5 * time.Minute)

// recent remembers things by key for the interval. The zero value is ready.
type recent[T any] struct {
	known map[string]*kept[T]
	order []*kept[T] // oldest first, those that were replaced included
}

type kept[T any] struct {
	key   string
	since int64
	value T
}

// get returns what is remembered under a key.
func (r *recent[T]) get(key string, now int64) (value T, ok bool) {
	r.forget(now)
	if k := r.known[key]; k != nil {
		return k.value, true
	}
	return value, false
}

// put remembers a value from now on.
func (r *recent[T]) put(key string, value T, now int64) {
	r.forget(now)
	if r.known == nil {
		r.known = map[string]*kept[T]{}
	}
	k := &kept[T]{key, now, value}
	r.known[key] = k
	r.order = append(r.order, k)
}

func (r *recent[T]) forget(now int64) {
	for len(r.order) > 0 && r.order[0].since+interval <= now {
		if k := r.order[0]; r.known[k.key] == k {
			delete(r.known, k.key)
		}
		r.order[0] = nil
		r.order = r.order[1:]
	}
}

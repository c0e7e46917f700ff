package sqs

import (
	"crypto/sha256"
	"time"
)

// interval is how long a FIFO queue remembers deduplication ids and receive attempts.
//
// Source: Amazon SQS API Reference, SendMessage (MessageDeduplicationId) and ReceiveMessage (ReceiveRequestAttemptId).
const interval = int64(5 * time.Minute)

// recent remembers things by key for the interval. The zero value is ready.
//
// A busy queue remembers a million ids, and the garbage collector visits every pointer each time. So there are none, unless T has
// some: a key is kept as its hash, and what is remembered has a number, counted from 0, by which it is found in its chunk.
type recent[T any] struct {
	known  map[keyHash]uint64 // number of the latest of each key
	chunks [][]kept[T]        // oldest first, those that were replaced included
	passed uint64             // chunks dropped before these
	oldest uint64             // number of the first that is not forgotten
	next   uint64             // number of the next to come
}

const keptChunk = 64

// keyHash is the first half of a key's SHA-256: enough that no two keys share it.
type keyHash [sha256.Size / 2]byte

type kept[T any] struct {
	key   keyHash
	since int64
	value T
}

func hashOf(key string) keyHash {
	sum := sha256.Sum256([]byte(key))
	return keyHash(sum[:])
}

func (r *recent[T]) at(number uint64) *kept[T] {
	return &r.chunks[number/keptChunk-r.passed][number%keptChunk]
}

// get returns what is remembered under a key.
func (r *recent[T]) get(key keyHash, now int64) (value T, ok bool) {
	r.forget(now)
	if number, ok := r.known[key]; ok {
		return r.at(number).value, true
	}
	return value, false
}

// put remembers a value from now on.
func (r *recent[T]) put(key keyHash, value T, now int64) {
	r.forget(now)
	if r.known == nil {
		r.known = map[keyHash]uint64{}
	}
	if r.next%keptChunk == 0 {
		r.chunks = append(r.chunks, make([]kept[T], keptChunk))
	}
	k := kept[T]{key, now, value}
	*r.at(r.next) = k
	r.known[key] = r.next
	r.next++
}

func (r *recent[T]) forget(now int64) {
	for ; r.oldest < r.next; r.oldest++ {
		if r.oldest/keptChunk > r.passed {
			r.chunks[0] = nil
			r.chunks = r.chunks[1:]
			r.passed++
		}
		k := r.at(r.oldest)
		if k.since+interval > now {
			return
		}
		if r.known[k.key] == r.oldest {
			delete(r.known, k.key)
		}
		*k = kept[T]{}
	}
}

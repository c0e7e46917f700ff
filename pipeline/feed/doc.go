// Package feed carries records from a stream or a queue, batch by batch, to whatever processes them: a pipe, or an event source
// mapping of a function. Batching, filters, retries, bisecting, partial failures and giving up are the same for both.
//
// A [Stream] is read in order, in lanes: one for each shard, or several for different partition keys of it. A batch that fails is
// tried again until it is processed, given up, or 24 hours old, and holds up its lane only. The position moves behind a record when
// that and all before it are done. A [Queue] is received from by several batches at a time; a message is deleted when it is
// processed or filtered out, and what fails becomes visible again when its visibility timeout runs out.
//
// Each record leaves hops: its arrival at the reader, what the filters said of it with every leaf that did not match, each
// failure with its reason, and its end if it is given up.
//
// # Concurrency
//
// Look must be called with the scope locked, everything else without. Work is done by tasks of the engine; they run one
// after the other, also those of batches that are processed at the same time.
package feed

// Package lambda is the event source mappings of AWS Lambda as a state machine: they bring messages of SQS queues and records of
// DynamoDB streams, in batches, to the in-process functions that the pipeline's user registered. Functions themselves are not made
// through AWS's API.
//
// Batching, filters, retries, bisecting and giving up are those of [github.com/dyetrace/dyetrace/pipeline/feed].
//
// # Concurrency
//
// The scope's lock guards the mappings. Everything else happens in tasks of the engine.
package lambda

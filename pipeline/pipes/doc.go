// Package pipes is Amazon EventBridge Pipes as a state machine: pipes from DynamoDB streams and SQS queues, through filters and an
// enrichment, to event buses, queues, topics and functions.
//
// A running pipe reads its source in batches ([github.com/dyetrace/dyetrace/pipeline/feed]). Each batch is filtered, enriched,
// transformed and delivered; the position of a stream moves on, or a message is deleted, only behind what the target has taken, so
// nothing is lost, and in a stream nothing is overtaken by what comes behind it. Buses, queues and topics get events one by one,
// functions the batch as a list.
//
// Each record leaves hops: its arrival at the pipe, what the filters said of it with every leaf that did not match, and each
// retry with its reason.
//
// # Concurrency
//
// The scope's lock guards the pipes. Reading, filtering and transforming happen without it, on the goroutine that runs tasks.
package pipes

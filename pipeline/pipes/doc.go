// Package pipes is Amazon EventBridge Pipes as a state machine: pipes from DynamoDB streams to event buses.
//
// A running pipe reads its stream in order, one batch at a time. Each record is looked at by the filters, transformed, and
// delivered to the bus; the next record follows when the bus has taken it, and only then the stream position moves on. A
// delivery that fails is tried again from the same position, so nothing is lost or overtaken by what comes behind it.
//
// Each record leaves hops: its arrival at the pipe, what the filters said of it with every leaf that did not match, and each
// retry with its reason.
//
// # Concurrency
//
// The scope's lock guards the pipes. Reading, filtering and transforming happen without it, on the goroutine that runs tasks;
// at most one flow of tasks is at work for a pipe.
package pipes

// Package function runs Go functions inside the pipeline in the place of AWS Lambda functions: as targets of rules and topics, as
// enrichment and targets of pipes, and behind event source mappings.
//
// A function is anything that the Go runtime of AWS Lambda (aws-lambda-go) takes as a handler; its JSON contract is applied through
// reflection, so that module is not needed here. Functions are code, not state: they are registered in a [Registry] that all
// accounts and regions of a pipeline share, and a reset keeps them.
//
// An invocation runs on a goroutine of its own that the engine counts as work under way. Its context carries the correlation id and
// the hop that led to it, so that the calls which the function makes with that context belong to the same flow.
//
//   - A delivery to the place "function:NAME" is an asynchronous invocation: it is accepted at once, and a failed one is tried again
//     twice, after one and after two minutes. Then the event goes to the function's dead-letter queue, or is lost with a hop that
//     says so.
//   - [Service.Invoke] is a synchronous one: the caller gets the response or the error, and decides.
//
// All types are safe for concurrent use.
package function

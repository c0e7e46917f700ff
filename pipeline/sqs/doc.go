// Package sqs is Amazon SQS as a state machine: the queues of one account in one region, standard and FIFO.
//
// Visibility, delay and retention are never moved along by a worker: every operation first looks at the clock and settles what
// became due since the last look, in the order in which it became due. A parked long poll is woken by what makes a message
// visible: a send, a visibility timeout set to zero, or a wake-up scheduled for the earliest moment something in its queue
// becomes visible.
//
// By default a standard queue delivers once and in the order in which its messages were sent; groups that hold more than
// their share of the messages in flight come last (fair queues). What the contract of a standard queue allows beyond that
// (duplicates, other orders) is the business of interceptors: see [Hostile].
//
// A FIFO queue delivers each group in order, and nothing of a group behind a message that is in flight or delayed.
//
// # Concurrency
//
// The scope's lock guards everything. It is held for one state change, and never while a call waits or an interceptor runs.
package sqs

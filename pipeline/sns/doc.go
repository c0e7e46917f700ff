// Package sns is the state machine of Amazon SNS: topics, standard and FIFO, their subscriptions, and what becomes of each message
// that is published.
//
// A [Service] is one account in one region. Every subscription of a topic leaves a hop for every message, also one whose filter
// policy does not match: its reason names each leaf of the policy with what the message has there. A delivery that does not come
// about leaves a hop with its reason: the way to the subscription's dead-letter queue, or the loss.
//
// # What a queue receives
//
// A delivery to a queue is an event whose Body is SNS's envelope as JSON or, with raw delivery, the message itself with its
// attributes. From a FIFO topic the message group is in the event's Key, and the deduplication id is in its attributes under
// event.AttributeDeduplicationID.
//
// A *Service is safe for concurrent use.
package sns

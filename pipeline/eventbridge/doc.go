// Package eventbridge is the state machine of Amazon EventBridge: event buses, rules, targets, and what becomes of each
// event that is put on a bus.
//
// A [Service] is one account in one region. It answers the API of the generated interface and receives deliveries to its
// buses from pipes and from rules of other buses. Every rule that looks at an event leaves a hop, also one that does not
// match: its reason names each leaf of the pattern with what the event has there. Every delivery to a target that fails
// leaves a hop for the retry, for the way to the dead-letter queue, or for the loss.
//
// # The event at a bus
//
// The Body of an event at a bus is the whole EventBridge envelope as JSON, the text a target without input receives. A
// delivery to a bus whose event has no ID is an entry, as PutEvents takes it: its Body is the detail, Source and Type
// must be set, Time may be, and the attribute "resources" may hold a JSON array of strings.
//
// # Another kind of bus
//
// Whoever delivers to a bus (a pipe, a schedule, a rule of another account) knows it as a place and as the
// [github.com/dyetrace/dyetrace/pipeline/engine.Receiver] of that place's kind, and nothing else of this package. A second kind
// of bus, such as AWS's ordered one, is a service of its own with a kind of place of its own; what it has in common with this one
// is in packages beside it: pattern, jsonpath, schedule, outbound.
//
// A *Service is safe for concurrent use.
package eventbridge

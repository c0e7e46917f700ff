// Package dyetrace is the map of the project; the code lives in the packages below it.
//
// dyetrace tests event-driven systems the way dye is used to trace water: it colours one business action, lets everything that
// follows from it run to the end, and says where each event arrived, where it did not, and why. The pipeline
// (DynamoDB, Streams, Pipes, EventBridge, SQS) is embedded: a test needs no container, no socket and no waiting, because hours of
// retries and visibility timeouts pass in virtual time, and "nothing arrived" is proved by quiescence instead of waited for.
//
// # The line
//
// Everything hangs on one line, and a package may only know what is to its left:
//
//	event ──► pipeline ─┐
//	          backend ──┴─► observe ──► expect ──► report
//
// Read the folders in that order, each one's doc.go first:
//
//   - [github.com/dyetrace/dyetrace/event]: the envelope of an event and the words all others share: Hop, Delivery, Place.
//   - [github.com/dyetrace/dyetrace/pipeline]: the embedded AWS-compatible system; usable without any test.
//   - [github.com/dyetrace/dyetrace/backend]: the port that every event system offers, and its conformance suite.
//   - [github.com/dyetrace/dyetrace/observe]: hops become the flow that one stimulus set off.
//   - [github.com/dyetrace/dyetrace/expect]: expectations over a flow become a verdict, absence with its grade.
//   - [github.com/dyetrace/dyetrace/report]: a verdict becomes text, a sequence diagram, JSON.
//   - [github.com/dyetrace/dyetrace/dye]: the façade that a Go test imports. Start here to write a test.
//
// # Modules
//
// This module requires nothing at run time. What needs a client library is a module of its own: dye/dyeaws (an aws.Config for the
// AWS SDK for Go v2), cmd/dyetrace (the binary), examples/crm (a system under test), internal/e2e (end-to-end tests).
//
// docs/architecture.md has the whole picture, docs/glossary.md the words, docs/requirements.md what is met and what is not yet.
package dyetrace

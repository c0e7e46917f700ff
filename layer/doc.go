// Package layer has the tests that each layer of an event-driven system needs, ready to call: that a payload survives its way
// through JSON and its envelopes ([RoundTrip]) and through versions of its type ([Evolution]); that a producer emits exactly what
// it promises ([Producer]); that a consumer bears what its queue may do to it ([Consumer], [Cases]); and that a recorded flow, fed
// in again, leads to what it led to before ([Replay]).
//
// The package knows nothing of package testing: checks return errors and verdicts, which a Go test, an example or a command
// prints. Package dye runs the tables as subtests in virtual time (dye.Consumer, T.Produces, T.Replay).
package layer

// Package tap puts an observer beside a system under test, never in its path: [Attach] adds a rule, a subscription or a reader of
// its own to a bus, a topic, a queue or a stream, proves that it sees what comes, and removes everything again.
//
// A [Tap] is an observe.Source, so observe.Collect takes events from it; [Tap.Received] lists what came so far, and [Tap.All] is the
// live view. [Tap.Fence] says how strongly it can be stated that nothing else came. What a test leaves behind when its process dies
// is found by tag and age: [Sweep].
//
// The endpoint is that of a backend, or of anything compatible, or AWS itself: awsapi.Open makes one whose calls are signed.
//
// # Where it attaches
//
//   - bus:NAME: a rule with a queue of its own, of all events or of those that [Options.Pattern] matches.
//   - topic:NAME: a subscription with a queue of its own, raw delivery.
//   - queue:NAME: on a backend that records hops ([Options.Backend]) by what it recorded, so that nothing is added to the account. On
//     any other endpoint by fan-out: beside each rule and each subscription that feeds the queue, a second one with the same pattern,
//     transformation and filter policy. What is sent to the queue directly cannot be seen there without taking it away; a queue that
//     nothing else feeds is an *[UnobservableError].
//   - table:NAME, stream:NAME: the table's stream, by iterators of its own. AWS lets two readers share a shard without throttling.
//
// # How it is shown to be attached
//
// A fence, an event with a fresh id, is sent in at the bus or topic and must come out of the tap before Attach returns. Its source is
// dyetrace.tap, its detail-type Fence, and as a message it has the attribute dyetrace-tap. Rules that match every source and
// subscriptions without a filter policy would hand it to the system under test, too. So Attach first asks whom else it would reach: if
// anybody, a backend that records hops, whose configuration takes effect at once, is believed its configuration, and at any other
// endpoint Attach ends with a *[DisturbError] that says who it is; [Options.Fencing] decides then. A reader of recorded hops or of a
// stream needs no fence: it has a position.
package tap

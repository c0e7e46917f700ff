// Package dye is what a Go test imports to follow events through an event-driven system and to say what must, and what must
// never, come of a stimulus.
//
//	func TestLeadConversion(t *testing.T) {
//		dye.Test(t, func(d *dye.T) {
//			app := crm.Start(d.Context(), dyeaws.Config(d, "crm"))
//			flow := d.Dye(func(ctx context.Context) error { return app.ConvertLead(ctx, "acme", "L-17") })
//			flow.Expect(
//				dye.Type("LeadConverted").On("bus:crm"),
//				dye.Never(dye.Tenant("rival"), dye.On("dlq:*")),
//				dye.NothingElse(),
//			)
//		})
//	}
//
// [Test] gives each body a pipeline of its own, in process and in virtual time: hours of retries and visibility timeouts pass in
// milliseconds, and concurrent consumers are served in an order that a seed decides and repeats. [T.Dye] runs a stimulus whose
// context carries a correlation id; [Flow.Expect] lets everything that follows from it happen and then judges all expectations
// in one report. The system under test uses its ordinary AWS SDK with an endpoint of the test ([T.AWS], package dyeaws) and
// knows nothing of dyetrace.
//
// # What there is for what
//
//   - A stimulus: [T.Dye] runs code of yours, [T.Inject] puts events straight on a bus, queue, topic or table.
//   - What came of it: [Flow.Expect] with selectors ([Type], [On], [Tenant]), whose With and Where take matchers (package
//     expect, [Pattern]); [One] for a payload, [T.Diff] to compare it, [Flow.Golden] for a page to compare the whole flow with.
//   - State: [T.Eventually] and [T.Consistently] with the looks of package probe, [Flow.LagBelow] for how far a read model is behind.
//   - Messages themselves: [T.Collect] takes them out of a queue, [T.Observe] looks at them beside whoever consumes them.
//   - What the system has around it: [T.Function] in the place of Lambda, [T.Service] in the place of services and webhooks, package
//     dyesocket for WebSockets, [T.Fixtures] for payloads that are valid and nobody else's.
//   - Tables ready to call: [Consumer] hands a consumer its messages twice, out of order, poisoned and more; [T.Produces] and [T.Replay]
//     (package layer).
//   - Time: [T.Settle], [T.Advance]; [Within] for an Expect that is not to wait an hour for what may still come.
//   - What the test has to be told: where events name their tenant, flow and cause ([TenantAt], [CorrelationAt], [CausationAt]), and
//     [T.Known] names.
//   - A flow to keep: [Flow.Save], or DYETRACE_RECORD=DIR for those of every test; "dyetrace trace FILE" shows it.
//
// The pages in docs/guide have an example for each.
//
// # What absence rests on
//
// [Never] and [NothingElse] print the grade at which they were shown. In virtual time it is PROVED: no work is under way, and
// nothing that is scheduled falls before the horizon. The proof is relative to code in the bubble, that is to goroutines that the
// body started. On a running server it is SETTLED: nothing is in flight, and every consumer that received something has asked
// again.
//
// # What the seed decides
//
// The order of calls to the pipeline and every choice the pipeline makes. Not Go channels and mutexes of the system under test,
// and not traffic that does not go through the pipeline.
package dye

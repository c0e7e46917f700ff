// Package inject puts events into a system from outside, as a synthetic transaction: one event, a batch, a file of them, or what
// once set off a recorded flow, on a bus, a queue, a topic or a table.
//
//	report, err := inject.Put(ctx, endpoint, inject.At("bus:crm", event.Event{
//		Source: "crm.lead", Type: "LeadQualified", Body: `{"lead_id":"L-17"}`,
//	}), inject.Options{})
//
// [Put] checks everything before it sends anything, and then tells of each event what became of it: nothing is lost silently.
// What fails for a moment is tried again, what is refused is not. All events of one Put are of one transaction, which has a
// correlation id of its own: a fresh one, unless the caller or the context names one.
//
// # What an event is at a place
//
//   - bus: PutEvents. The Body is the detail, with Source and Type beside it; or it is a whole EventBridge envelope, of which
//     source, detail-type, detail, time and resources are taken, and the bus gives it a new id. A bus carries no attributes but the
//     trace header AWSTraceHeader, and no message group.
//   - queue: SendMessageBatch. The Body is the message, Attributes are its message attributes, Key its message group, and the
//     attribute [event.AttributeDeduplicationID] its deduplication id. On a FIFO queue an event without one is given a fresh one, so
//     that injecting it again is not taken for a repetition.
//   - topic: Publish, likewise. Its name is that of the endpoint's account, or else of a topic that the endpoint lists.
//   - table: PutItem. The Body is the item, as plain JSON (strings, numbers, booleans, lists and objects become attributes of these
//     types) or as a stream record, whose new image is written; a record REMOVE, or an event of type REMOVE, deletes the item.
//     [Options.OnlyNew] refuses what replaces or deletes one.
//   - stream: nobody can put a record on a stream, so this writes to its table in the same way, and makes sure that the write
//     changes something: else there would be no record.
package inject

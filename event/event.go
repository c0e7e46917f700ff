package event

import "time"

// Event is a fact as it looks at one place: the same fact is an item image on a stream, an entry on a bus and a message in a
// queue, and each of these is an Event of its own with the same [Lineage.Fact].
//
// An Event is immutable once it was handed to the pipeline; it may be shared between hops and goroutines.
type Event struct {
	ID         string            `json:"id,omitempty"`         // of the envelope: EventBridge id, SQS MessageId, stream eventID
	Source     string            `json:"source,omitempty"`     // who states the fact, e.g. "crm.contact"
	Type       string            `json:"type,omitempty"`       // what happened, e.g. "ContactCreated"; "" if the envelope names none
	Time       time.Time         `json:"time,omitzero"`        // when it happened, by its envelope
	Key        string            `json:"key,omitempty"`        // ordering key: message group, partition key; "" means unordered
	Body       string            `json:"body,omitempty"`       // the payload as it is on the wire at this place, not necessarily JSON
	Attributes map[string]string `json:"attributes,omitempty"` // message attributes and the like, as text; binary ones in base64

	// AttributeTypes has the data types of attributes that are not of type String ("Number", "Binary.jpg"), by name.
	AttributeTypes map[string]string `json:"attributeTypes,omitempty"`
}

// AttributeDeduplicationID is the attribute under which the deduplication id of an event for a FIFO queue or topic travels: those
// that deliver to such a place set it, and the place takes it out. No user's attribute can have this name: SQS and SNS keep names
// that begin with "AWS." for themselves.
const AttributeDeduplicationID = "AWS.MessageDeduplicationId"

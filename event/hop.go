package event

import "time"

// Kind says what sort of step a [Hop] is.
type Kind string

// The kinds of hop. Those that bring an event to a new place are told apart by [Hop.Arrives].
const (
	KindCall       Kind = "call"       // a client called the pipeline and something changed, or the call failed
	KindRecord     Kind = "record"     // a write appended a record to a table's stream
	KindArrive     Kind = "arrive"     // an event came to a bus, a pipe, a queue, a topic or a function, or late to an index
	KindMatch      Kind = "match"      // a rule, a filter or a subscription looked at the event
	KindReceive    Kind = "receive"    // a consumer was handed a message
	KindDelete     Kind = "delete"     // a consumer deleted a message: its acknowledgement
	KindReturn     Kind = "return"     // a message became visible again without having been deleted
	KindRetry      Kind = "retry"      // a delivery failed and will be tried again at Due
	KindDeadLetter Kind = "deadletter" // an event was moved to a dead-letter queue
	KindExpire     Kind = "expire"     // an event outlived its retention or its maximum age
	KindDrop       Kind = "drop"       // an event ends here, and Reason says why
)

// Outcome says how a step ended.
type Outcome string

// The outcomes of a hop.
const (
	Delivered    Outcome = "delivered"    // it is there
	Filtered     Outcome = "filtered"     // it did not match, or what would have delivered it is disabled
	Delayed      Outcome = "delayed"      // it will be there at Due
	Failed       Outcome = "failed"       // the step failed; Reason has the error
	DeadLettered Outcome = "deadlettered" // it went to a dead-letter queue instead
	Expired      Outcome = "expired"      // it is gone because it was too old
	Lost         Outcome = "lost"         // it is gone, and nothing else will tell
)

// Hop is one step of one event, with its reason. Hops are ordered by Seq, never by clock: many hops share an instant.
type Hop struct {
	Seq           uint64    `json:"seq"`                     // 1, 2, 3 … in the order the pipeline did them
	At            time.Time `json:"at"`                      // by the pipeline's clock
	Account       string    `json:"account"`                 // 12 digits
	Region        string    `json:"region"`                  //
	Kind          Kind      `json:"kind"`                    //
	From          Place     `json:"from,omitempty"`          //
	To            Place     `json:"to,omitempty"`            //
	Outcome       Outcome   `json:"outcome"`                 //
	Reason        *Reason   `json:"reason,omitempty"`        // why it ended as it did; nil where there is nothing to explain
	Operation     string    `json:"operation,omitempty"`     // of a call: "sqs:SendMessage"
	Fact          uint64    `json:"fact,omitempty"`          // Seq of the hop that first stated this fact; copies of a fact share it
	Cause         uint64    `json:"cause,omitempty"`         // Seq of the hop that led to this one; 0 is unknown
	CorrelationID string    `json:"correlationId,omitempty"` // of the whole flow; "" is unattributed
	Inferred      bool      `json:"inferred,omitempty"`      // cause or correlation were concluded from what the client held
	Attempt       int       `json:"attempt,omitempty"`       // receive count, or number of the delivery attempt; from 1
	Due           time.Time `json:"due,omitzero"`            // of Delayed and KindRetry: when it goes on
	Event         *Event    `json:"event,omitempty"`         // as it is at To
}

// Arrives reports whether the hop brought its event to the place To.
func (h *Hop) Arrives() bool {
	switch h.Kind {
	case KindRecord, KindArrive, KindDeadLetter:
		return h.Outcome == Delivered || h.Outcome == Delayed || h.Outcome == DeadLettered
	}
	return false
}

// Lineage returns what a hop caused by this one inherits.
func (h *Hop) Lineage() Lineage {
	return Lineage{Cause: h.Seq, Fact: h.Fact, CorrelationID: h.CorrelationID}
}

// Reason says why a hop ended as it did, for people (Text) and for programs (Code, Mismatches).
type Reason struct {
	Code       string     `json:"code"`                 // stable, e.g. "PatternMismatch", "RuleDisabled", "NoSuchBus", "MaxReceiveCountExceeded"
	Text       string     `json:"text"`                 // one sentence without a full stop
	Mismatches []Mismatch `json:"mismatches,omitempty"` // of a pattern or a filter: each leaf that did not match
}

// Because returns the reason with that code and sentence.
func Because(code, text string) *Reason { return &Reason{Code: code, Text: text} }

// Mismatch is one leaf of a pattern that did not match.
type Mismatch struct {
	Path string `json:"path"`          // in the event, e.g. "detail.tenant_id"
	Want string `json:"want"`          // the leaf of the pattern, as JSON
	Got  string `json:"got,omitempty"` // what the event has there, as JSON; "" is absent
}

// Lineage ties a delivery or a stored thing to what caused it.
type Lineage struct {
	Cause         uint64 `json:"cause,omitempty"`         // Seq of the hop that led here; 0 is unknown
	Fact          uint64 `json:"fact,omitempty"`          // Seq of the hop that first stated the fact; 0: a new fact
	CorrelationID string `json:"correlationId,omitempty"` // of the whole flow; "" is unattributed
	Inferred      bool   `json:"inferred,omitempty"`      // concluded from what the client held, not told
}

// Delivery is one handing-over of an event to a place. A redelivery is a second Delivery of the same fact.
type Delivery struct {
	Lineage
	Account string    // where To lives; may differ from the account it comes from
	Region  string    //
	From    Place     //
	To      Place     //
	Event   *Event    //
	Due     time.Time // not before; zero is now
	Attempt int       // from 1
}

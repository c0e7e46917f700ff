package event

import "time"

// Grade says how strongly the absence of an event is established. Higher is stronger.
type Grade int

// The grades of absence, weakest first.
const (
	Inconclusive Grade = iota // something was still under way, or nothing was looked at
	Waited                    // only time passed; never a proof
	Statistical               // fences on an unordered channel; bounded probability
	Fenced                    // a fence event came out behind everything sent before it
	Settled                   // nothing in flight and every consumer asked again, in other processes
	Proved                    // nothing under way and nothing due before the horizon
)

// String returns the grade as reports print it.
func (g Grade) String() string {
	switch g {
	case Waited:
		return "WAITED"
	case Statistical:
		return "STATISTICAL"
	case Fenced:
		return "FENCED"
	case Settled:
		return "SETTLED"
	case Proved:
		return "PROVED"
	}
	return "INCONCLUSIVE"
}

// Pending is something that is still to happen.
type Pending struct {
	What  string    `json:"what"`           // e.g. "message 5f… in queue:acme-contacts is in flight"
	Place Place     `json:"place"`          //
	Due   time.Time `json:"due,omitzero"`   // zero: whenever a consumer acts
	Count int       `json:"count"`          // how many of them
	Work  bool      `json:"work,omitempty"` // a consumer or a call is at work right now; false: it rests until Due
	Fact  uint64    `json:"fact,omitempty"` // of a single event
}

// Quiescence is the pipeline's answer to "is anything under way?".
type Quiescence struct {
	Quiet   bool      `json:"quiet"`             // nothing is due now and nobody is at work
	At      time.Time `json:"at"`                // by the pipeline's clock
	LastHop time.Time `json:"lastHop,omitzero"`  // when something last happened
	Seq     uint64    `json:"seq"`               // of the last hop
	Pending []Pending `json:"pending,omitempty"` // what is due later, or what keeps it from being quiet
}

package event

// Topology is what exists in an account: the places an event can get to and how they are joined.
type Topology struct {
	Places []Place `json:"places"`          // sorted
	DLQs   []Place `json:"dlqs,omitempty"`  // the queues that some redrive or dead-letter configuration names; sorted
	Edges  []Edge  `json:"edges,omitempty"` // sorted by From, then To

	// What the patterns of rules ask for by its whole name, sorted: it is known here, whether such an event came or not.
	Types   []string `json:"types,omitempty"`   // values of detail-type
	Sources []string `json:"sources,omitempty"` //
}

// Edge says that events can go from one place to another.
type Edge struct {
	From Place  `json:"from"`
	To   Place  `json:"to"`
	Why  string `json:"why,omitempty"` // "target", "redrive", "target dead-letter", "source"
}

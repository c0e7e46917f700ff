package reasons

var findings = []Explanation{
	{"absence", nil, Finding, "An expectation that nothing of a kind comes: Never.",
		"An event came that must never come; or something was still under way, so that its absence could not be shown; or the absence would prove nothing, since what it names does not exist or is misspelt.",
		"Read how the first one got there; if something is still to happen, let time run to it (Within) or end it, and look at the grade: only PROVED and SETTLED say that nothing can come."},
	{"chain", nil, Finding, "An expectation that facts caused one another, in that order: Chain.",
		"A consumer failed, acknowledged without going on, or sent the next event without the context of the one before.",
		"Look at the last hop seen and the consumer's error; if the next event is there, but of another cause, hand the event's context on, or declare where events name their cause (CausationAt) or their flow (CorrelationAt)."},
	{"lag", nil, Finding, "An expectation that something follows soon enough: LagBelow.",
		"The slowest took longer than the bound: a delay, a batching window, retries, or a slow consumer.",
		"Look at the diagram for the step that took the time; in virtual time only delays that somebody configured count."},
	{"order", nil, Finding, "An expectation that things come in that order: InOrder.",
		"The channel keeps no order (a standard queue, a bus), or two writes raced.",
		"Ask for order only where the channel keeps it: a FIFO queue's message group, the stream of one item; else compare as a set."},
	{"presence", nil, Finding, "An expectation that something comes, or so and so often.",
		"It did not come: a rule's pattern, a filter or a failed call stopped it, or it came with other values.",
		"Read the nearest events field by field and what stopped them."},
	{"surplus", nil, Finding, "An expectation that nothing else comes: NothingElse.",
		"More events came than the other expectations speak of: a second copy by another rule, or a side effect.",
		"Expect them, too, or find out by their way what sends them."},
}

package pattern

// Match parses an event and matches it. To match one event against several patterns use [Parse] and [Pattern.MatchEvent].
//
// Errors: *EventError if event is not a JSON object.
func (p *Pattern) Match(event []byte) (bool, error) {
	e, err := Parse(event)
	if err != nil {
		return false, err
	}
	return p.MatchEvent(e), nil
}

// MatchEvent reports whether the event matches: whether one alternative has all its leaves matched by values that can
// stand in the same array elements.
func (p *Pattern) MatchEvent(e *Event) bool {
	for _, leaves := range p.alternatives {
		if matchLeaves(leaves, e) {
			return true
		}
	}
	return false
}

func matchLeaves(leaves []*leaf, e *Event) bool {
	inArrays := false
	for _, l := range leaves {
		found, nested := l.find(e)
		if !found {
			return false
		}
		inArrays = inArrays || nested
	}
	return !inArrays || consistent(leaves, e) == len(leaves)
}

// find reports whether the leaf can match when taken alone, and whether array elements have a say in it.
func (l *leaf) find(e *Event) (found, nested bool) {
	first := e.first(l.steps)
	if first == none {
		return l.absent, false
	}
	for at := first; at != none; at = e.values[at].next {
		v := &e.values[at]
		nested = nested || v.member != none
		if !found {
			found = l.match(v)
		}
		if found && !nested {
			return true, e.nested(v.next)
		}
	}
	return found || l.absent && nested, nested
}

// nested reports whether any value from at on lies in an array element.
func (e *Event) nested(at int32) bool {
	for ; at != none; at = e.values[at].next {
		if e.values[at].member != none {
			return true
		}
	}
	return false
}

func (l *leaf) match(v *value) bool {
	for i := range l.operators {
		if l.operators[i].match(v) {
			return true
		}
	}
	return false
}

package expect

// Source matches an event whose envelope states a source that matches: EventBridge's and CloudEvents' source, or that of the entry
// that was put. It is for [Selector.Where].
func Source(value any) Matcher {
	m := ofEnvelope("source", value, func(s subject) string {
		if s.document != nil && s.document.Source != "" {
			return s.document.Source
		}
		return s.event.Source
	})
	m.source, _ = value.(string)
	return m
}

// Key matches an event whose ordering key matches: the message group of a FIFO queue, the partition key of a stream. It is for
// [Selector.Where], in a flow: what [Selector.Match] looks at has no key.
func Key(value any) Matcher {
	return ofEnvelope("key", value, func(s subject) string { return s.event.Key })
}

func ofEnvelope(name string, value any, of func(s subject) string) Matcher {
	m := matching(value)
	return Matcher{text: name + " " + m.text, problem: m.problem, size: m.size, misses: func(s subject) []Difference {
		s.path, s.value, s.found = name, nil, false
		if s.event != nil {
			if text := of(s); text != "" {
				s.value, s.found = text, true
			}
		}
		return m.misses(s)
	}}
}

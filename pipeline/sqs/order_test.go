package sqs

import "testing"

func TestLine_survives_deletions_in_its_middle(t *testing.T) {
	var l line
	all := make([]*message, 500)
	for i := range all {
		all[i] = &message{seq: uint64(i)}
		l.push(all[i])
		if i%7 == 3 {
			l.pop()
		}
	}
	first := all[len(all)-l.len()].seq
	for i := int(first); i < len(all); i++ {
		if i%3 != 0 {
			all[i].state = gone
			l.bury()
		}
	}
	if len(l.ring) > 512 {
		t.Errorf("%d places for %d messages: tombstones are kept", len(l.ring), l.len())
	}
	for i := int(first); i < len(all); i++ {
		if i%3 != 0 {
			continue
		}
		if m := l.pop(); m == nil || m.seq != uint64(i) {
			t.Fatalf("popped %+v, want %d", m, i)
		}
	}
	if l.pop() != nil || l.len() != 0 {
		t.Error("something is left")
	}
}

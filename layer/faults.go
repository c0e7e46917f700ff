package layer

import (
	"fmt"
	"sync"
	"time"
)

// faults is what a case does to a consumer, and what of it was done. Safe for concurrent use.
type faults struct {
	loseAcks bool          // the first acknowledgement of each message is answered, and not done
	crash    bool          // the consumer dies at the first acknowledgement of each message
	after    bool          // of crash: behind it, else before it
	hold     time.Duration // the first message ever received is kept from its receiver for that long

	mu      sync.Mutex
	acked   map[string]bool   // message ids that were acknowledged once
	handles map[string]string // receipt handle → message id
	held    bool
	order   []string // message ids in the order sent, for answers with several
}

// received notes which message a receipt handle is of.
func (f *faults) received(handle, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.handles == nil {
		f.handles, f.acked = map[string]string{}, map[string]bool{}
	}
	f.handles[handle] = id
}

// firstAck reports whether this is the first acknowledgement of a message.
func (f *faults) firstAck(handle string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, known := f.handles[handle]
	if !known || f.acked[id] {
		return false
	}
	f.acked[id] = true
	return true
}

// holds reports whether what was just received is to be held.
func (f *faults) holds() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.hold == 0 || f.held {
		return false
	}
	f.held = true
	return true
}

// undone says what of the case did not happen, although that many messages were sent: then it showed nothing.
func (f *faults) undone(messages int) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case (f.loseAcks || f.crash) && len(f.acked) < messages:
		return fmt.Sprintf("%d of %d messages were not acknowledged where the case could disturb it", messages-len(f.acked), messages)
	case f.hold > 0 && !f.held:
		return "no message was received where the case could hold it"
	}
	return ""
}

// sent notes the order of messages.
func (f *faults) sent(ids []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.order = append(f.order[:0:0], ids...)
}

// place returns where a message is in the order sent.
func (f *faults) place(id string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, s := range f.order {
		if s == id {
			return i
		}
	}
	return len(f.order)
}

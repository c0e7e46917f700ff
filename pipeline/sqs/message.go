package sqs

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

type messageState uint8

const (
	visible  messageState = iota
	delayed               // sent, not yet visible
	inFlight              // received, neither deleted nor visible again
	gone                  // deleted, expired or moved: whoever still points here drops it
)

// message is one stored message. A million of them must fit into memory, so times are nanoseconds since 1970, everything that few
// messages have is behind extras, and the fields leave no gaps: 144 bytes, and the next larger piece of memory has 160.
type message struct {
	body        string
	id          engine.ID
	extras      *extras // nil: none
	cause       uint64  // this and the next two: of its next hop
	fact        uint64
	correlation string
	sent        int64 // first enqueued, which a move to a dead-letter queue does not change
	first       int64 // first received; 0: never
	handed      int64 // last received
	due         int64 // delayed, inFlight: when it becomes visible
	seq         uint64
	md5         [md5.Size]byte
	count       int32 // receives, in all queues it was in
	carried     int32 // of these, receives before it came to this queue
	index       int32 // in its heap
	state       messageState
	aside       bool // visible, but in its noisy group instead of in line
	inferred    bool // cause or correlation were concluded, not told
}

// lineage returns what the next hop of the message inherits.
func (m *message) lineage() event.Lineage {
	return event.Lineage{Cause: m.cause, Fact: m.fact, CorrelationID: m.correlation, Inferred: m.inferred}
}

// follow makes a hop that was recorded the one before the message's next.
func (m *message) follow(l event.Lineage) {
	m.cause, m.fact, m.correlation, m.inferred = l.Cause, l.Fact, l.CorrelationID, l.Inferred
}

// extras is what most messages of standard queues do not have.
type extras struct {
	group  string // MessageGroupId
	dedup  string // MessageDeduplicationId, on FIFO queues only
	number uint64 // of SequenceNumber, on FIFO queues only
	rare   *rare  // nil: none
}

// rare is what most messages of FIFO queues do not have, either. It is not changed once a message has it: copies share it.
type rare struct {
	attributes map[string]MessageAttributeValue
	texts      map[string]string // attributes as text, for hops
	types      map[string]string // their data types that are not String, likewise
	trace      string            // AWSTraceHeader
	source     string            // ARN of the queue it was dead-lettered from
	sender     string            // account, where it is not the queue's own
	envelope   *event.Event      // as it was delivered by another service
}

var nothing = &rare{}

// more returns what is rare of the message, for reading.
func (m *message) more() *rare {
	if m.extras == nil || m.extras.rare == nil {
		return nothing
	}
	return m.extras.rare
}

// with gives the message extras of its own, with what change makes of those that are rare.
func (m *message) with(change func(*rare)) {
	var x extras
	if m.extras != nil {
		x = *m.extras
	}
	r := *m.more()
	change(&r)
	x.rare = &r
	m.extras = &x
}

// event returns the message as an event at its queue.
func (m *message) event() *event.Event {
	ev := &event.Event{ID: m.id.String(), Time: instant(m.sent), Body: m.body}
	if x := m.extras; x != nil {
		r := m.more()
		ev.Attributes, ev.AttributeTypes, ev.Key = r.texts, r.types, x.group
		if r.envelope != nil {
			ev.Source, ev.Type, ev.Time = r.envelope.Source, r.envelope.Type, r.envelope.Time
			if ev.Time.IsZero() {
				ev.Time = instant(m.sent)
			}
		}
	}
	return ev
}

func instant(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds).UTC() }

// answer returns the message as ReceiveMessage hands it out; id is its own, as text.
func (m *message) answer(id, handle string, want *wanted, account string) Message {
	out := Message{
		MessageId: wire.Some(id), ReceiptHandle: wire.Some(handle), MD5OfBody: wire.Some(hex.EncodeToString(m.md5[:])), Body: wire.Some(m.body),
		Attributes: m.systemAttributes(want, account),
	}
	if sent := m.more().attributes; len(sent) > 0 {
		// The checksum covers what is handed out, not what was sent: SDKs check it against the answer.
		if picked := want.pick(sent); len(picked) > 0 {
			out.MessageAttributes = picked
			out.MD5OfMessageAttributes = wire.Some(attributesMD5(picked))
		}
	}
	return out
}

func (m *message) systemAttributes(want *wanted, account string) map[string]string {
	if !want.system() {
		return nil
	}
	all := map[string]string{}
	put := func(name, value string) {
		if value != "" && want.hasSystem(name) {
			all[name] = value
		}
	}
	x := m.extras
	if x == nil {
		x = &extras{}
	}
	r := m.more()
	sender := r.sender
	if sender == "" {
		sender = account
	}
	put(MessageSystemAttributeNameSenderId, sender)
	put(MessageSystemAttributeNameSentTimestamp, milliseconds(m.sent))
	put(MessageSystemAttributeNameApproximateReceiveCount, strconv.Itoa(int(m.count)))
	put(MessageSystemAttributeNameApproximateFirstReceiveTimestamp, milliseconds(m.first))
	put(MessageSystemAttributeNameAWSTraceHeader, r.trace)
	put(MessageSystemAttributeNameDeadLetterQueueSourceArn, r.source)
	put(MessageSystemAttributeNameMessageGroupId, x.group)
	put(MessageSystemAttributeNameMessageDeduplicationId, x.dedup)
	put(MessageSystemAttributeNameSequenceNumber, sequenceNumber(x.number))
	if len(all) == 0 {
		return nil
	}
	return all
}

// sequenceNumber returns the message's number as the answer to its sender tells it; messages of standard queues have none.
func (m *message) sequenceNumber() wire.Opt[string] {
	if m.extras == nil || m.extras.number == 0 {
		return wire.Opt[string]{}
	}
	return wire.Some(sequenceNumber(m.extras.number))
}

func milliseconds(nanoseconds int64) string { return strconv.FormatInt(nanoseconds/1e6, 10) }

package inject

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"

	"github.com/dyetrace/dyetrace/event"
)

// Options of [Put] and [Check]. The zero value puts events as they are, as one transaction with a fresh id.
type Options struct {
	// CorrelationID is the id of the transaction. "" is the one that the context carries (event.WithCorrelation), else a fresh one
	// of 32 hexadecimal digits, which is also a trace id. Every call carries it, for the backends that listen to it.
	CorrelationID string
	// Each says that each event is a transaction of its own: its id is the one above with -1, -2, … behind it.
	Each bool

	// CorrelationAt is where the system under test expects the id: paths of the body ("detail.correlation_id"), and message
	// attributes ("@attribute.correlation_id"). What is called traceparent gets a W3C trace context, and AWSTraceHeader an X-Ray
	// header, both with a trace id made from the correlation id.
	CorrelationAt []string
	// IDAt is where each event is given an id of its own, a UUID that no other injection gives, in the same terms: "id".
	IDAt []string
	// Keep leaves what an event has there already.
	Keep bool

	// OnlyNew protects what is in tables: an event whose item is there already, and one that would delete an item, is refused
	// with an [ErrNotNew].
	OnlyNew bool

	Attempts int           // at most as many calls for one event; 0 means 5
	Pause    time.Duration // before a second call; doubles up to 2s, drawn from [d/2, d]; 0 means 50ms
	Seed     uint64        // of fresh ids and of pauses; 0 draws one, which the report names
}

const (
	defaultAttempts = 5
	defaultPause    = 50 * time.Millisecond
	longestPause    = 2 * time.Second
)

// transaction is what the events of one injection have in common.
type transaction struct {
	Options
	random *rand.Rand
}

func newTransaction(ctx context.Context, o Options) (*transaction, error) {
	if o.Attempts < 0 || o.Pause < 0 {
		return nil, fmt.Errorf("inject: negative Attempts or Pause: %d, %v", o.Attempts, o.Pause)
	}
	o.Attempts, o.Pause = cmp.Or(o.Attempts, defaultAttempts), cmp.Or(o.Pause, defaultPause)
	for o.Seed == 0 {
		var b [8]byte
		_, _ = crand.Read(b[:]) // never fails
		o.Seed = binary.LittleEndian.Uint64(b[:])
	}
	t := &transaction{Options: o, random: rand.New(rand.NewPCG(o.Seed, 0x1d))}
	t.CorrelationID = cmp.Or(o.CorrelationID, event.Correlation(ctx))
	if id := t.CorrelationID; strings.TrimSpace(id) != id || strings.ContainsFunc(id, unicode.IsControl) { // it goes in a header of HTTP
		return nil, fmt.Errorf("inject: the correlation id %q must not have control characters, nor spaces at its ends", id)
	}
	if t.CorrelationID == "" {
		id := t.bytes()
		t.CorrelationID = hex.EncodeToString(id[:])
	}
	return t, nil
}

func (t *transaction) bytes() (b [16]byte) {
	binary.LittleEndian.PutUint64(b[:8], t.random.Uint64())
	binary.LittleEndian.PutUint64(b[8:], t.random.Uint64())
	return b
}

// uuid returns a fresh UUID of version 4.
func (t *transaction) uuid() string {
	b := t.bytes()
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// correlation returns the id of the nth event, from 1.
func (t *transaction) correlation(n int) string {
	if t.Each {
		return fmt.Sprintf("%s-%d", t.CorrelationID, n)
	}
	return t.CorrelationID
}

package dynamodb

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// retention is how long a stream keeps its records, and a disabled stream stays readable.
//
// Source: Amazon DynamoDB Developer Guide, "Change data capture for DynamoDB Streams".
const retention = 24 * time.Hour

const (
	insert = "INSERT"
	modify = "MODIFY"
	remove = "REMOVE"
)

// stream is the change log of one table while its stream was enabled. The scope's lock guards it.
type stream struct {
	arn       string
	label     string
	tableName string
	from      event.Place
	place     event.Place
	view      string
	keys      keySchema
	created   time.Time
	disabled  time.Time // zero while enabled
	gone      bool      // nobody can read it any more

	shards []*shard // by id: parents before their children
	named  int64    // milliseconds in the id of the newest shard
	next   uint64   // ordinal of the next change

	queue    []*change // changes that interceptors have not seen yet
	draining bool      // somebody is showing them

	readers []*reader
	waking  bool // a task is scheduled that wakes the readers
}

// change is one stream record.
type change struct {
	ordinal uint64 // makes the sequence number
	at      time.Time
	keys    attr.Packed
	old     attr.Packed // none if there was none, or the view leaves it out
	new     attr.Packed // none likewise
	size    int
	user    *Identity    // who did it, if it was the service itself
	event   *event.Event // Body is the record as a pipe receives it
	lineage event.Lineage
}

// sequenceNumber writes an ordinal as 21 digits, the fewest that a sequence number has, so that texts order as numbers do.
func sequenceNumber(ordinal uint64) string {
	var b [21]byte
	b[0] = '1'
	for i := 20; i > 0; i-- {
		b[i] = byte('0' + ordinal%10)
		ordinal /= 10
	}
	return string(b[:])
}

// ordinalOf is the inverse of sequenceNumber.
func ordinalOf(number string) (uint64, bool) {
	if len(number) != 21 || number[0] != '1' {
		return 0, false
	}
	n, err := strconv.ParseUint(number[1:], 10, 64)
	return n, err == nil
}

// enableStream gives the table a new stream. The scope must be locked.
func (s *Service) enableStream(t *table, view string, now time.Time) {
	const layout = "2006-01-02T15:04:05.000"
	label := now.Format(layout)
	for s.streams[t.arn+"/stream/"+label] != nil { // two within a millisecond
		now = now.Add(time.Millisecond)
		label = now.Format(layout)
	}
	st := &stream{
		arn: t.arn + "/stream/" + label, label: label, tableName: t.name, from: t.place, place: event.At(event.PlaceStream, t.name),
		view: view, keys: t.keys, created: now, next: 1,
	}
	s.addShards(st, "", 0, math.MaxUint64, 1, now)
	s.streams[st.arn] = st
	t.stream, t.lastStreamARN, t.lastStreamLabel = st, st.arn, label
}

// disableStream closes the table's stream; what is in it can be read for a day. The scope must be locked.
func (s *Service) disableStream(t *table, now time.Time) {
	st := t.stream
	t.stream = nil
	st.disabled = now
	for _, sh := range st.shards {
		if !sh.isClosed() {
			sh.closed = now
		}
	}
	s.wakeReaders(st)
}

// appendRecord makes the record of one write and appends it to the stream. The scope must be locked.
//
// With hop interceptors a record must not be appended under the lock: it waits in the stream's queue until flush, which the
// writer calls when it has released the lock, shows it to them. One caller at a time does so, in the order of the writes.
func (s *Service) appendRecord(st *stream, old, next *record, user *Identity, l event.Lineage, now time.Time) {
	c := st.newChange(old, next, now)
	c.user = user
	c.lineage = event.Lineage{Cause: l.Cause, CorrelationID: l.CorrelationID, Inferred: l.Inferred}
	c.event.ID = hex(s.scope.Uint64()) + hex(s.scope.Uint64())
	c.event.Body = string(s.appendBody(make([]byte, 0, 512), st, c))
	if s.scope.Engine.Intercepted() {
		st.queue = append(st.queue, c)
		return
	}
	s.land(st, c)
}

func (st *stream) newChange(old, next *record, now time.Time) *change {
	c := &change{ordinal: st.next, at: now}
	st.next++
	name := modify
	switch {
	case old == nil:
		name = insert
		c.keys = st.keys.of(next.item)
	case next == nil:
		name = remove
		c.keys = st.keys.of(old.item)
	default:
		c.keys = st.keys.of(next.item)
	}
	c.size = st.keys.keySize(c.keys)
	if old != nil && (st.view == StreamViewTypeOldImage || st.view == StreamViewTypeNewAndOldImages) {
		c.old = old.item
		c.size += old.size
	}
	if next != nil && (st.view == StreamViewTypeNewImage || st.view == StreamViewTypeNewAndOldImages) {
		c.new = next.item
		c.size += next.size
	}
	c.event = &event.Event{Source: "aws:dynamodb", Type: name, Time: now, Key: st.keys.text(c.keys)}
	return c
}

// text writes a key for people and as an ordering key: its values, joined by a slash.
func (k *keySchema) text(key attr.Packed) string {
	text := valueText(key.Get(k.hash.name))
	if k.hasSort() {
		text += "/" + valueText(key.Get(k.sort.name))
	}
	return text
}

func valueText(v attr.Value) string {
	if v.Kind() == attr.KindB {
		return base64.StdEncoding.EncodeToString([]byte(v.Str()))
	}
	return v.Str()
}

// appendBody writes a record as EventBridge Pipes and Lambda receive it: as GetRecords returns it, and the stream's ARN.
//
// Source: Amazon EventBridge User Guide, "Amazon DynamoDB stream as a source"; AWS Lambda Developer Guide, "Using AWS Lambda
// with Amazon DynamoDB". The creation time is a number of whole seconds.
func (s *Service) appendBody(dst []byte, st *stream, c *change) []byte {
	dst = append(append(dst, `{"eventID":"`...), c.event.ID...)
	dst = append(append(dst, `","eventName":"`...), c.event.Type...)
	dst = append(append(dst, `","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"`...), s.scope.Region...)
	dst = wire.AppendInt(append(dst, `","dynamodb":{"ApproximateCreationDateTime":`...), c.at.Unix())
	dst = c.keys.AppendJSON(append(dst, `,"Keys":`...))
	if c.new != "" {
		dst = c.new.AppendJSON(append(dst, `,"NewImage":`...))
	}
	if c.old != "" {
		dst = c.old.AppendJSON(append(dst, `,"OldImage":`...))
	}
	dst = append(append(dst, `,"SequenceNumber":"`...), sequenceNumber(c.ordinal)...)
	dst = wire.AppendInt(append(dst, `","SizeBytes":`...), int64(c.size))
	dst = append(append(dst, `,"StreamViewType":"`...), st.view...)
	dst = append(dst, `"}`...)
	if c.user != nil {
		dst = append(append(dst, `,"userIdentity":{"type":"`...), c.user.Type.V...)
		dst = append(append(append(dst, `","principalId":"`...), c.user.PrincipalId.V...), `"}`...)
	}
	dst = append(append(dst, `,"eventSourceARN":"`...), st.arn...)
	return append(dst, `"}`...)
}

// flush shows the interceptors what writes put into the queues of global indexes and of these streams, which may be nil, and
// carries out what they make of it. Call it without the lock after each write.
func (s *Service) flush(streams ...*stream) {
	if !s.scope.Engine.Intercepted() {
		return
	}
	s.offerEffects()
	for _, st := range streams {
		if st != nil {
			s.flushStream(st)
		}
	}
}

func (s *Service) flushStream(st *stream) {
	s.scope.Lock()
	defer s.scope.Unlock()
	if st.draining {
		return
	}
	st.draining = true
	defer func() { st.draining = false }()
	for len(st.queue) > 0 {
		c := st.queue[0]
		st.queue = st.queue[1:]
		s.show(st, c)
	}
}

// show takes the lock off, and on again when it returns.
func (s *Service) show(st *stream, c *change) {
	s.scope.Unlock()
	defer s.scope.Lock()
	d := event.Delivery{Lineage: c.lineage, Account: s.scope.Account, Region: s.scope.Region, From: st.from, To: st.place, Event: c.event, Attempt: 1}
	s.scope.Engine.Through(d, func(d event.Delivery) {
		s.scope.Lock()
		defer s.scope.Unlock()
		s.arrive(st, c, d)
	})
}

// arrive appends what an interceptor made of a record: the record itself, or a duplicate, late or altered one. One that does
// not come in its turn gets a sequence number of its own, because numbers only grow. The scope must be locked.
func (s *Service) arrive(st *stream, c *change, d event.Delivery) {
	if st.gone {
		return
	}
	copied := *c
	copied.lineage, copied.event = d.Lineage, d.Event
	if c.ordinal < st.end() {
		copied.ordinal, copied.at = st.next, s.scope.Engine.Now()
		st.next++
		if d.Event == c.event {
			ev := *d.Event
			copied.event = &ev
			copied.event.Body = string(s.appendBody(nil, st, &copied))
		}
	}
	if d.Event.Body != c.event.Body {
		copied.take(d.Event.Body)
	}
	s.land(st, &copied)
}

// take reads keys and images from a body that an interceptor altered, so that GetRecords tells what a pipe is told. What is
// not there as DynamoDB writes it stays as it was.
func (c *change) take(body string) {
	d := wire.NewDecoder([]byte(body))
	altered := *c
	altered.old, altered.new = "", ""
	err := d.Object(func(name string) error {
		if name != "dynamodb" {
			return d.Skip()
		}
		return d.Object(func(name string) (err error) {
			image := map[string]*attr.Packed{"Keys": &altered.keys, "NewImage": &altered.new, "OldImage": &altered.old}[name]
			if image == nil {
				return d.Skip()
			}
			item, err := attr.DecodeItem(&d)
			if err == nil {
				err = attr.CheckItem(item)
			}
			*image = attr.Pack(item)
			return err
		})
	})
	if err == nil {
		*c = altered
	}
}

func noSuchStream(arn string) error {
	return ErrResourceNotFoundException(msgNoSuchResource + ": Stream: " + arn + " not found")
}

// findStream returns the stream; the scope must be locked.
func (s *Service) findStream(arn string) (*stream, error) {
	if err := checkStreamARN(arn); err != nil {
		return nil, err
	}
	st := s.streams[arn]
	if st != nil {
		s.trim(st, s.scope.Engine.Now())
	}
	if st == nil || st.gone {
		return nil, noSuchStream(arn)
	}
	return st, nil
}

// checkStreamARN refuses what has not the form of a stream's ARN.
func checkStreamARN(arn string) error {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" && parts[2] == "dynamodb" && strings.HasPrefix(parts[5], "table/") && strings.Contains(parts[5], "/stream/") {
		return nil
	}
	return invalid("Invalid StreamArn: " + arn)
}

const hexDigits = "0123456789abcdef"

func hex(n uint64) string {
	var b [16]byte
	for i := range b {
		b[i] = hexDigits[n>>(60-4*i)&15]
	}
	return string(b[:])
}

func itoa(n int) string { return strconv.Itoa(n) }

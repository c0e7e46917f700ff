package pipes

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/feed"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const timeFormat = "2006-01-02T15:04:05.000Z"

// process takes a batch through enrichment to the target.
func (m *plan) process(b *feed.Batch, done func(feed.Result)) {
	items := make([]item, len(b.Records))
	for i, r := range b.Records {
		items[i] = item{record: r, raw: r.Event.Body, text: r.Text}
	}
	if m.enrich == nil {
		m.hand(b, items, done)
		return
	}
	answered := func(answer []byte, err error) {
		if err != nil {
			done(feed.Result{Err: err})
			return
		}
		if answer == nil { // the batch was lost on its way
			done(feed.Result{})
			return
		}
		m.hand(b, m.enriched(b, answer), done)
	}
	if m.enrich.to.Place.Kind() == event.PlaceHTTP {
		m.enrichOne(b, items[0], answered)
		return
	}
	m.options.Invoke(feed.Call{To: m.enrich.to, ARN: m.enrich.arn, Bodies: m.bodies(m.enrich.template, items)}, b, answered)
}

// bodies are the events in the payload of a function: always a list, as AWS does.
func (m *plan) bodies(t *template, items []item) []string {
	list := make([]string, len(items))
	for i, it := range items {
		list[i] = m.body(t, it)
	}
	return list
}

// enriched reads the answer of an enrichment: a list of events, or one event. Nothing is delivered for an empty answer, "", {} or [].
//
// Source: EventBridge User Guide, "Event enrichment in Amazon EventBridge Pipes".
func (m *plan) enriched(b *feed.Batch, answer []byte) []item {
	items := []item{}
	add := func(raw []byte) {
		// An event descends from its record if there is one for each, else from the first.
		it := item{record: b.Records[0], raw: string(raw), text: raw}
		if n := len(items); n < len(b.Records) {
			it.record = b.Records[n]
		}
		items = append(items, it)
	}
	d := wire.NewDecoder(answer)
	switch text := string(bytes.TrimSpace(answer)); {
	case text == "" || text == `""` || text == "{}":
	case d.Peek() != wire.Array:
		add(answer)
	default:
		_ = d.Array(func(int) error { // an answer is JSON
			raw, err := d.Raw()
			if err == nil {
				add(raw)
			}
			return err
		})
	}
	if len(items) == 0 {
		for _, r := range b.Records {
			m.options.Note(r, event.Hop{
				Kind: event.KindMatch, From: m.options.Place, To: m.to.Place, Outcome: event.Filtered,
				Reason: event.Because("EmptyEnrichment", "the enrichment returned nothing"),
			})
		}
	}
	return items
}

// hand delivers events to the target.
func (m *plan) hand(b *feed.Batch, items []item, done func(feed.Result)) {
	switch {
	case len(items) == 0:
		done(feed.Result{})
	case m.most > 0 && len(items) > m.most:
		done(feed.Result{Err: &responseError{"the enrichment returned " + strconv.Itoa(len(items)) + " events, more than the target takes at once"}})
	case m.wait:
		m.options.Invoke(feed.Call{To: m.to, ARN: m.target, Bodies: m.bodies(m.template, items)}, b, func(answer []byte, err error) {
			if err != nil {
				done(feed.Result{Err: err})
				return
			}
			done(b.Outcome(answer))
		})
	default:
		if m.to.Place.Kind() == event.PlaceFunction { // an asynchronous call has the whole batch, too
			one := items[0]
			one.raw = "[" + strings.Join(m.bodies(m.template, items), ",") + "]"
			items = []item{one}
		}
		(&handing{plan: m, batch: b, items: items, done: done, exact: len(items) == len(b.Records)}).next()
	}
}

// handing is a batch that is delivered event by event.
type handing struct {
	plan   *plan
	batch  *feed.Batch
	items  []item
	at     int
	exact  bool // item i is what became of record i
	err    error
	failed map[string]bool
	done   func(feed.Result)
}

// next delivers the next event and goes on when it is there, or is known not to come: an event that an interceptor loses or holds
// up is lost or late on the way, not stuck in the pipe.
func (h *handing) next() {
	if h.at == len(h.items) {
		h.done(feed.Result{Err: h.err, Failed: h.failed})
		return
	}
	m, it := h.plan, h.items[h.at]
	attempt := 1
	if h.at == 0 {
		attempt = h.batch.Attempt
	}
	d := event.Delivery{Lineage: it.record.Lineage, Account: m.to.Account, Region: m.to.Region, From: m.options.Place, To: m.to.Place, Attempt: attempt}
	var err error
	switch m.to.Place.Kind() {
	case event.PlaceHTTP:
		h.post(it, attempt)
		return
	case event.PlaceFunction:
		d.Event = &event.Event{Body: it.raw}
	default:
		d.Event, err = m.transform(it)
	}
	if err != nil {
		h.delivered(err)
		return
	}
	m.options.Scope.Engine.Relay(d, h.delivered, func(d event.Delivery, err error) {
		if err != nil {
			m.late(d, err)
		}
	})
}

// post delivers an event to an API destination.
func (h *handing) post(it item, attempt int) {
	m := h.plan
	q, err := m.question(m.target, m.to, &m.request, it, m.body(m.template, it))
	if err != nil {
		h.delivered(err)
		return
	}
	q.Delivery.Attempt = attempt
	m.ask(q, func(_ []byte, err error) { h.delivered(err) })
}

// delivered goes on with the next event. In an ordered batch nothing may overtake an event that failed.
func (h *handing) delivered(err error) {
	if err == nil {
		h.at++
		h.next()
		return
	}
	h.err = err
	if !h.exact {
		h.done(feed.Result{Err: err})
		return
	}
	if h.failed == nil {
		h.failed = map[string]bool{}
	}
	h.failed[h.batch.Records[h.at].ID] = true
	if h.batch.Ordered {
		for _, r := range h.batch.Records[h.at:] {
			h.failed[r.ID] = true
		}
		h.done(feed.Result{Err: err, Failed: h.failed, Alone: true})
		return
	}
	h.at++
	h.next()
}

// late tries a delivery again that failed after an interceptor had held it up: the pipe is far behind it.
func (m *plan) late(d event.Delivery, err error) {
	e := m.options.Scope.Engine
	now := e.Now()
	wait := feed.Backoff(d.Attempt)
	hop := event.Hop{
		Account: d.Account, Region: d.Region, Kind: event.KindRetry, From: d.From, To: d.To, Outcome: event.Failed, Reason: feed.Because(err), Attempt: d.Attempt,
		Due: now.Add(wait), Event: d.Event, Fact: d.Fact, Cause: d.Cause, CorrelationID: d.CorrelationID, Inferred: d.Inferred,
	}
	if m.feed.Retries >= 0 && d.Attempt > m.feed.Retries {
		hop.Kind, hop.Outcome, hop.Due = event.KindDrop, event.Lost, time.Time{}
		e.Record(hop)
		return
	}
	lineage := e.Record(hop)
	lineage.Inferred = d.Inferred
	d.Lineage, d.Due = lineage, hop.Due
	d.Attempt++
	e.Send(d, func(d event.Delivery, err error) {
		if err != nil {
			m.late(d, err)
		}
	})
}

// word is the message about records that were given up.
//
// Source: EventBridge User Guide, "Amazon EventBridge Pipes error handling and troubleshooting".
func (m *plan) word(batchInfo []byte, up feed.GivenUp) string {
	var b strings.Builder
	b.Write(wire.AppendString([]byte(`{"context":{"partnerResourceArn":`), m.arn))
	b.Write(wire.AppendString([]byte(`,"condition":`), up.Condition))
	b.Write(wire.AppendString([]byte(`},"version":"1.0","timestamp":`), m.options.Scope.Engine.Now().Format(timeFormat)))
	b.WriteString(`,"DDBStreamBatchInfo":`)
	b.Write(batchInfo[:len(batchInfo)-1]) // its members are completed
	b.Write(wire.AppendString([]byte(`,"streamArn":`), m.origin))
	b.WriteString("}}")
	return b.String()
}

package pipes

import (
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// flow is where a pipe stands in its stream. Only the tasks of one flow use it, one after the other.
type flow struct {
	batch    []engine.StreamRecord
	next     int // in batch
	record   engine.StreamRecord
	known    string        // sequence number of the record whose arrival is recorded
	since    time.Time     // when it arrived
	lineage  event.Lineage // of what happened to it last
	attempts int           // failed deliveries of it
}

// look schedules a look into the stream, unless the flow is at work; then it will look again. The scope must be locked.
func (s *Service) look(p *pipe) {
	if p.gone || p.current != PipeStateRunning {
		return
	}
	if p.busy {
		p.again = true
		return
	}
	p.busy, p.again = true, false
	s.schedule(p, &engine.Task{What: string(p.place) + " reads its stream", Run: func() { s.read(p) }})
}

func (s *Service) schedule(p *pipe, t *engine.Task) {
	t.Scope, t.Place, t.Channel = s.scope, p.place, string(p.place)+"@"+s.scope.Account+"/"+s.scope.Region
	s.scope.Engine.Schedule(t)
}

// rest ends the flow until something comes.
func (s *Service) rest(p *pipe) {
	s.scope.Lock()
	defer s.scope.Unlock()
	p.busy = false
	p.flow.batch, p.flow.next = nil, 0
	if p.again {
		s.look(p)
	}
}

// ready returns the plan of a pipe that is still to run.
func (s *Service) ready(p *pipe) (*plan, bool) {
	s.scope.Lock()
	defer s.scope.Unlock()
	return p.plan, !p.gone && p.current == PipeStateRunning
}

func (s *Service) read(p *pipe) {
	plan, ok := s.ready(p)
	if !ok {
		s.rest(p)
		return
	}
	records, trimmed, err := p.reader.Read(plan.batch)
	if err != nil {
		s.scope.Lock()
		p.reason = err.Error()
		s.scope.Unlock()
		s.rest(p)
		return
	}
	s.scope.Lock()
	trimmed, p.trimmed = trimmed+p.trimmed, 0
	s.scope.Unlock()
	if trimmed > 0 {
		s.scope.Engine.Record(event.Hop{
			Account: s.scope.Account, Region: s.scope.Region, Kind: event.KindDrop, From: p.reader.Place(), To: p.place, Outcome: event.Expired,
			Reason: event.Because("TrimmedRecords", strconv.Itoa(trimmed)+" record(s) outlived the stream's retention before the pipe read them"),
		})
	}
	if len(records) == 0 {
		s.rest(p)
		return
	}
	p.flow.batch, p.flow.next = records, 0
	s.step(p)
}

// step works through the batch until a delivery is under way.
func (s *Service) step(p *pipe) {
	f := &p.flow
	for {
		plan, ok := s.ready(p)
		if !ok {
			s.rest(p)
			return
		}
		if f.next == len(f.batch) {
			s.scope.Lock()
			p.again = true // there may be more
			s.scope.Unlock()
			s.rest(p)
			return
		}
		f.record = f.batch[f.next]
		s.arrive(p)
		if !s.passes(p, plan) {
			s.done(p)
			continue
		}
		d, err := s.transform(p, plan)
		if err != nil {
			s.failed(p, plan, d, err)
			return
		}
		s.deliver(p, plan, d)
		return
	}
}

// done moves on behind the current record.
func (s *Service) done(p *pipe) {
	p.reader.Acknowledge(p.flow.record.SequenceNumber)
	p.flow.next++
	p.flow.attempts = 0
}

// record records a hop of the current record; later ones are caused by it.
func (s *Service) record(p *pipe, h event.Hop) {
	f := &p.flow
	h.Account, h.Region = s.scope.Account, s.scope.Region
	h.Fact, h.Cause, h.CorrelationID, h.Inferred = f.lineage.Fact, f.lineage.Cause, f.lineage.CorrelationID, f.lineage.Inferred
	inferred := h.Inferred
	f.lineage = s.scope.Engine.Record(h)
	f.lineage.Inferred = inferred
}

func (s *Service) arrive(p *pipe) {
	f := &p.flow
	if f.known == f.record.SequenceNumber {
		return // a retry
	}
	f.known, f.since, f.attempts, f.lineage = f.record.SequenceNumber, s.scope.Engine.Now(), 0, f.record.Lineage
	s.record(p, event.Hop{Kind: event.KindArrive, From: p.reader.Place(), To: p.place, Outcome: event.Delivered, Event: f.record.Event})
}

// passes asks the filters: one that matches is enough. What they say is recorded, of the one that came closest leaf by leaf.
func (s *Service) passes(p *pipe, plan *plan) bool {
	if len(plan.filters) == 0 || p.flow.attempts > 0 {
		return true
	}
	hop := event.Hop{Kind: event.KindMatch, From: p.place, To: plan.to, Outcome: event.Filtered, Event: p.flow.record.Event}
	parsed, err := pattern.ParseString(p.flow.record.Event.Body)
	if err != nil {
		hop.Reason = event.Because("NotJSON", "the filters cannot look into the record: "+err.Error())
		s.record(p, hop)
		return false
	}
	var closest []pattern.Mismatch
	for i, f := range plan.filters {
		if f.pattern.MatchEvent(parsed) {
			hop.Outcome = event.Delivered
			s.record(p, hop)
			return true
		}
		if why := f.pattern.Explain(parsed); i == 0 || len(why) < len(closest) {
			closest = why
		}
	}
	text := "the filter of " + string(p.place) + " does not match"
	if n := len(plan.filters); n > 1 {
		text = "none of the " + strconv.Itoa(n) + " filters of " + string(p.place) + " matches"
	}
	hop.Reason = event.Because("PatternMismatch", text)
	for _, m := range closest {
		hop.Reason.Mismatches = append(hop.Reason.Mismatches, event.Mismatch{Path: m.Path, Want: m.Want, Got: strings.Join(m.Got, ", ")})
	}
	s.record(p, hop)
	return false
}

// dynamicError says that a JSON path in the target's parameters finds nothing in a record.
type dynamicError struct{ parameter, path string }

func (e *dynamicError) Error() string {
	return "the path " + e.path + " of the parameter " + e.parameter + " finds nothing in the record"
}

// ErrorCode names the error in hops.
func (e *dynamicError) ErrorCode() string { return "InvalidDynamicPath" }

// transform makes what is put on the bus. Dynamic parameters look into the record, not into what the template made of it.
//
// Source: Amazon EventBridge User Guide, "Amazon EventBridge Pipes targets"; that the source is "Pipe NAME" and the detail type
// "Event from aws:dynamodb" unless set is seen in many recorded events.
func (s *Service) transform(p *pipe, plan *plan) (event.Delivery, error) {
	record := []byte(p.flow.record.Event.Body)
	ev := &event.Event{Body: p.flow.record.Event.Body}
	d := event.Delivery{
		Lineage: p.flow.lineage, Account: s.scope.Account, Region: s.scope.Region, From: p.place, To: plan.to, Event: ev, Attempt: p.flow.attempts + 1,
	}
	if plan.template != nil {
		ev.Body = plan.template.render(record, func(name string) []byte { return p.variable(name, plan, record) })
	}
	var found bool
	if ev.Source, found = plan.source.of(record); !found {
		return d, &dynamicError{"Source", plan.source.path.text}
	}
	if ev.Type, found = plan.detailType.of(record); !found {
		return d, &dynamicError{"DetailType", plan.detailType.path.text}
	}
	if text, found := plan.at.of(record); !found {
		return d, &dynamicError{"Time", plan.at.path.text}
	} else if ev.Time, found = timeOf(text); !found {
		return d, &dynamicError{"Time (as a time)", plan.at.path.text}
	}
	if len(plan.resources) > 0 {
		list := []byte("[")
		for i, v := range plan.resources {
			text, found := v.of(record)
			if !found {
				return d, &dynamicError{"Resources", v.path.text}
			}
			if i > 0 {
				list = append(list, ',')
			}
			list = wire.AppendString(list, text)
		}
		ev.Attributes = map[string]string{"resources": string(append(list, ']'))}
	}
	return d, nil
}

// timeOf reads RFC 3339, or seconds since 1970; "" is no time.
func timeOf(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), true
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0).UTC(), err == nil
}

// variable returns a reserved variable as JSON.
func (p *pipe) variable(name string, plan *plan, record []byte) []byte {
	text := ""
	switch name {
	case "aws.pipes.event", "aws.pipes.event.json":
		return record
	case "aws.pipes.pipe-arn":
		text = p.arn
	case "aws.pipes.pipe-name":
		text = plan.name
	case "aws.pipes.source-arn":
		text = plan.origin
	case "aws.pipes.target-arn":
		text = plan.target
	case "aws.pipes.event.ingestion-time":
		text = p.service.scope.Engine.Now().Format("2006-01-02T15:04:05.000Z")
	}
	return wire.AppendString(nil, text)
}

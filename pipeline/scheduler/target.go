package scheduler

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// address is where a delivery goes; zero is nowhere.
type address struct {
	account, region string
	place           event.Place
}

// target is what a schedule delivers and where, compiled from what its owner set. It is immutable.
type target struct {
	address
	arn        string
	input      string // "" is the default notification
	group      string // message group of a FIFO queue
	source     string // of an entry on a bus
	detailType string //
	retries    int
	maxAge     time.Duration
	deadLetter address
	universal  *universal // nil: the target is what the ARN names
	function   string     // of lambda:invoke
}

// Defaults and limits of the retry policy: EventBridge Scheduler API Reference, RetryPolicy; the defaults are those that
// GetSchedule tells where none was set.
const (
	defaultRetries = 185
	defaultMaxAge  = 86400
	maxInput       = 256 << 10
)

func parseAddress(text string) (to address, ok bool) {
	a, ok := arn.Parse(text)
	if !ok || len(a.Account) != 12 || a.Region == "" || a.Resource == "" {
		return to, false
	}
	to.region, to.account = a.Region, a.Account
	bus, isBus := strings.CutPrefix(a.Resource, "event-bus/")
	function, isFunction := strings.CutPrefix(a.Resource, "function:")
	switch {
	case a.Service == "sqs":
		to.place = event.At(event.PlaceQueue, a.Resource)
	case a.Service == "sns":
		to.place = event.At(event.PlaceTopic, a.Resource)
	case a.Service == "events" && isBus:
		to.place = event.At(event.PlaceBus, bus)
	case a.Service == "lambda" && isFunction:
		to.place = event.At(event.PlaceFunction, function)
	default:
		return to, false
	}
	return to, true
}

// compileTarget checks what the model cannot.
func (s *Service) compileTarget(in *Target) (target, error) {
	t := target{arn: in.Arn, input: in.Input.V}
	isUniversal := strings.HasPrefix(in.Arn, sdkARN)
	var ok bool
	if t.address, ok = parseAddress(in.Arn); !ok && !isUniversal {
		return t, invalid("dyetrace delivers from schedules to SQS queues, SNS topics, event buses and Lambda functions by their ARN, and to operations of its services (" +
			sdkARN + "SERVICE:ACTION) only, not to " + in.Arn + ".")
	}
	if isUniversal {
		if err := s.compileUniversal(in, &t); err != nil {
			return t, err
		}
	}
	if in.EcsParameters != nil || in.KinesisParameters != nil || in.SageMakerPipelineParameters != nil || in.EventBridgePutEventsV2Parameters != nil ||
		in.EventBridgePutRawEventsParameters != nil {
		return t, invalid("Only parameters of the target's own service may be specified for the target " + in.Arn + ".")
	}
	if len(t.input) > maxInput {
		return t, invalid("The Input of a target can have at most 256 KB.")
	}
	kind := t.place.Kind()
	if isUniversal {
		kind = "" // its parameters are all in its input
	}
	if needsJSON := kind == event.PlaceBus || kind == event.PlaceFunction; needsJSON && t.input != "" && !json.Valid([]byte(t.input)) {
		return t, invalid("The Input of the target " + in.Arn + " must be well-formed JSON.")
	}
	switch p := in.EventBridgeParameters; {
	case (p != nil) != (kind == event.PlaceBus):
		return t, invalid("EventBridgeParameters must be specified for event buses, and for them only.")
	case p != nil:
		t.source, t.detailType = p.Source, p.DetailType
	}
	if p := in.SqsParameters; p != nil {
		if kind != event.PlaceQueue {
			return t, invalid("SqsParameters can be specified for SQS queues only.")
		}
		t.group = p.MessageGroupId.V
	}
	if d := in.DeadLetterConfig; d != nil && d.Arn.V != "" {
		t.deadLetter, _ = parseAddress(d.Arn.V) // the model demands the ARN of a queue
	}
	t.retries, t.maxAge = int(in.RetryPolicy.MaximumRetryAttempts.V), time.Duration(in.RetryPolicy.MaximumEventAgeInSeconds.V)*time.Second
	return t, nil
}

// body is what an attempt delivers: the input with its context attributes filled in, or the default notification.
//
// Source: EventBridge Scheduler User Guide, "Adding context attributes". The default notification was not compared with a recorded one.
func (f *firing) body(id string, attempt string) string {
	x := f.schedule
	at := f.scheduled.Format("2006-01-02T15:04:05Z")
	if f.target.input != "" {
		if !strings.Contains(f.target.input, "<aws.scheduler.") {
			return f.target.input
		}
		return strings.NewReplacer("<aws.scheduler.schedule-arn>", x.arn, "<aws.scheduler.scheduled-time>", at,
			"<aws.scheduler.execution-id>", id, "<aws.scheduler.attempt-number>", attempt).Replace(f.target.input)
	}
	scope := x.service.scope
	b := wire.AppendString([]byte(`{"version":"0","id":`), f.id)
	b = append(b, `,"detail-type":"Scheduled Event","source":"aws.scheduler","account":`...)
	b = wire.AppendString(b, scope.Account)
	b = wire.AppendString(append(b, `,"time":`...), at)
	b = wire.AppendString(append(b, `,"region":`...), scope.Region)
	b = wire.AppendString(append(b, `,"resources":[`...), x.arn)
	return string(append(b, `],"detail":"{}"}`...))
}

// event is what an attempt delivers, in the form that the target's service takes.
func (f *firing) event(id, attempt string) *event.Event {
	ev := &event.Event{Body: f.body(id, attempt), Time: f.scheduled, Key: f.target.group, Source: f.target.source, Type: f.target.detailType}
	if f.target.place.Kind() == event.PlaceBus {
		ev.Attributes = map[string]string{"resources": string(append(wire.AppendString([]byte("["), f.schedule.arn), ']'))}
	}
	return ev
}

package scheduler

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// universal is a target that is an operation of an API, with the schedule's input as its request.
type universal struct{ service, action string }

const sdkARN = "arn:aws:scheduler:::aws-sdk:"

func (u universal) arn() string { return sdkARN + u.service + ":" + u.action }

// readOnly are the beginnings of actions that no schedule can have.
//
// Source: EventBridge Scheduler User Guide, "Using universal targets", unsupported actions.
var readOnly = []string{
	"get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover", "validate", "batchGet", "batchDescribe",
	"batchRead", "transactGet", "adminGet", "adminList", "testMigration", "retrieve", "testConnection", "translateDocument", "isAuthorized", "invokeModel",
}

// required are the members without which AWS refuses a schedule, of the operations that schedules call most.
var required = map[string][]string{
	"sqs:sendMessage": {"MessageBody", "QueueUrl"}, "sns:publish": {"Message"}, "eventbridge:putEvents": {"Entries"}, "lambda:invoke": {"FunctionName"},
	"dynamodb:putItem": {"Item", "TableName"}, "dynamodb:updateItem": {"Key", "TableName"}, "dynamodb:deleteItem": {"Key", "TableName"},
}

// compileUniversal checks a universal target.
//
// Source: the text for services was told to users of Terraform (issue 29339 of terraform-provider-aws), that for missing fields to users
// of universal targets of EKS and ECS.
func (s *Service) compileUniversal(in *Target, t *target) error {
	service, action, _ := strings.Cut(strings.TrimPrefix(in.Arn, sdkARN), ":")
	if slices.ContainsFunc(readOnly, func(prefix string) bool { return strings.HasPrefix(action, prefix) }) {
		return invalid(action + " is not a supported api action for service " + service + ".")
	}
	u := universal{service, action}
	known, implemented := service == "lambda", service == "lambda" && action == "invoke"
	if operations := s.scope.Operations(); operations != nil && !implemented {
		known, implemented = operations.Operates(service, action)
	}
	switch {
	case !known:
		return invalid(service + " is not a supported service for a target.")
	case !implemented:
		return invalid(action + " is not a supported api action for service " + service + ", or dyetrace does not implement it.")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(t.input), &members); err != nil || members == nil {
		return invalid("Invalid RequestJson provided. Reason The Input must be a JSON object.")
	}
	var missing []string
	for _, name := range required[service+":"+action] {
		if members[name] == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return invalid("Invalid RequestJson provided. Reason Request payload is missing the following field(s): " + strings.Join(missing, ", ") + ".")
	}
	t.universal = &u
	t.address = address{account: s.scope.Account, region: s.scope.Region, place: u.place(t.input)}
	if u == (universal{"lambda", "invoke"}) {
		return t.compileInvoke(s.scope, members)
	}
	return nil
}

// place is where the operation works, as far as its request tells: the service, unless it names a queue, a topic, a bus or a table.
func (u universal) place(input string) event.Place {
	var named struct {
		QueueUrl, TopicArn, TableName string
		Entries                       []struct{ EventBusName string }
	}
	_ = json.Unmarshal([]byte(input), &named) // what is of another type is not there
	last := func(text, separator string) string { return text[strings.LastIndex(text, separator)+1:] }
	switch {
	case u.service == "sqs" && named.QueueUrl != "":
		return event.At(event.PlaceQueue, last(named.QueueUrl, "/"))
	case u.service == "sns" && named.TopicArn != "":
		return event.At(event.PlaceTopic, last(named.TopicArn, ":"))
	case u.service == "dynamodb" && named.TableName != "":
		return event.At(event.PlaceTable, named.TableName)
	case u.service == "eventbridge" && len(named.Entries) > 0:
		if name := last(named.Entries[0].EventBusName, "/"); name != "" {
			return event.At(event.PlaceBus, name)
		}
		return event.At(event.PlaceBus, "default")
	}
	return event.At("service", u.service)
}

// compileInvoke finds the function of lambda:invoke.
func (t *target) compileInvoke(scope *engine.Scope, members map[string]json.RawMessage) error {
	var name string
	if err := json.Unmarshal(members["FunctionName"], &name); err != nil {
		return invalid("Invalid RequestJson provided. Reason FunctionName must be a string.")
	}
	if !strings.HasPrefix(name, "arn:") {
		name = "arn:aws:lambda:" + scope.Region + ":" + scope.Account + ":function:" + name
	}
	to, ok := parseAddress(name)
	if !ok {
		return invalid("Invalid RequestJson provided. Reason FunctionName is not the name of a function.")
	}
	t.address, t.function = to, name
	return nil
}

// operate calls the operation of a universal target.
func (f *firing) operate(d event.Delivery) error {
	s := f.schedule.service
	c := &engine.Call{Context: context.Background(), Scope: s.scope, From: d.From, CorrelationID: d.CorrelationID, Cause: d.Cause}
	u := f.target.universal
	return s.scope.Operations().Operate(c, u.service, u.action, []byte(d.Event.Body))
}

// invoke calls the function of lambda:invoke and waits for it, unless it is to be invoked as an event. A function that fails is
// invoked all the same.
func (f *firing) invoke(d event.Delivery) {
	var in struct {
		InvocationType, Payload string
	}
	_ = json.Unmarshal([]byte(d.Event.Body), &in) // what is of another type is not there
	ev := *d.Event
	ev.Body = in.Payload
	if ev.Body == "" {
		ev.Body = "{}"
	}
	d.Event = &ev
	if in.InvocationType == "Event" {
		f.relay(d)
		return
	}
	e := f.schedule.service.scope.Engine
	functions := e.Scope(d.Account, d.Region).Functions()
	if functions == nil {
		f.attempted(d, &engine.NoReceiverError{To: d.To, Account: d.Account, Region: d.Region})
		return
	}
	e.Schedule(&engine.Task{
		Due: d.Due, Scope: f.schedule.service.scope, Channel: string(d.From), What: "invocation of " + string(d.To), Place: d.To, Event: d.Event, Fact: d.Fact,
		Run: func() {
			waited := false // for the answer of one invocation, not of those that an interceptor adds or holds up
			e.Through(d, func(d event.Delivery) {
				done := func(error) {}
				if !waited {
					waited, done = true, func(err error) { f.attempted(d, err) }
				}
				functions.Invoke(engine.Invocation{Function: f.target.function, Payload: []byte(d.Event.Body), Deliveries: []event.Delivery{d}}, func(_ []byte, err error) {
					if err != nil && because(err).Code == "FunctionError" {
						err = nil
					}
					done(err)
				})
			})
			if !waited {
				waited = true
				f.done() // lost or held up on its way, which the schedule cannot know
			}
		},
	})
}

// request is the call that an attempt makes, as the dead-letter queue is told: the operation of the target's service, and its input.
//
// Source: EventBridge Scheduler User Guide, "Configuring a dead-letter queue": the message shown for a schedule with the ARN of a queue
// as its target. Of other templated targets no message is shown.
func (f *firing) request(d event.Delivery) (arn, body string) {
	t := &f.target
	if t.universal != nil {
		return t.universal.arn(), d.Event.Body
	}
	member := func(b []byte, name, value string) []byte {
		if len(b) > 1 {
			b = append(b, ',')
		}
		return wire.AppendString(append(wire.AppendString(b, name), ':'), value)
	}
	b := []byte{'{'}
	switch t.place.Kind() {
	case event.PlaceQueue:
		b = member(b, "MessageBody", d.Event.Body)
		if t.group != "" {
			b = member(b, "MessageGroupId", t.group)
		}
		b = member(b, "QueueUrl", "https://sqs."+t.region+".amazonaws.com/"+t.account+"/"+t.place.Name())
		return sdkARN + "sqs:sendMessage", string(append(b, '}'))
	case event.PlaceTopic:
		b = member(member(b, "Message", d.Event.Body), "TopicArn", t.arn)
		return sdkARN + "sns:publish", string(append(b, '}'))
	case event.PlaceBus:
		b = member(member(b, "Detail", d.Event.Body), "DetailType", t.detailType)
		b = member(member(b, "EventBusName", t.arn), "Source", t.source)
		return sdkARN + "eventbridge:putEvents", `{"Entries":[` + string(append(b, '}')) + `]}`
	}
	b = member(member(member(b, "FunctionName", t.arn), "InvocationType", "Event"), "Payload", d.Event.Body)
	return sdkARN + "lambda:invoke", string(append(b, '}'))
}

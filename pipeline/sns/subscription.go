package sns

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/sns/filter"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// subscription is immutable; a change makes a new one.
type subscription struct {
	arn, protocol, endpoint string
	topicARN, owner         string
	to                      address           // where deliveries go
	attributes              map[string]string // as they were set
	raw                     bool
	policy                  *filter.Policy // nil: every message
	redrive                 *address       // dead-letter queue
	retries                 retryPolicy    // over HTTP
	content                 string         // content type of what is posted over HTTP
	base                    string         // of URLs that lead back here, as the subscriber reached the pipeline
	token                   string         // that confirms it
	asked                   time.Time      // when the endpoint was asked to
	confirmed               bool
	authenticated           bool // confirmed by somebody who signed the request
	guarded                 bool // ended by somebody who signs the request only
}

// The protocols, by what becomes of a delivery.
const (
	protocolSQS    = "sqs"
	protocolLambda = "lambda"
	protocolHTTP   = "http"
	protocolHTTPS  = "https"
)

var protocols = map[string]bool{
	protocolSQS: true, protocolLambda: true, protocolHTTP: true, protocolHTTPS: true,
	"email": true, "email-json": true, "sms": true, "application": true, "firehose": true,
}

// asks tells whether the endpoint must confirm the subscription.
func asks(protocol string) bool {
	return protocol == protocolHTTP || protocol == protocolHTTPS || protocol == "email" || protocol == "email-json"
}

// aim checks an endpoint and returns where deliveries to it go. A queue or function that does not exist is no error, as at AWS; an
// endpoint of a mobile application must. The scope must be locked.
//
// Source: moto, test_publish_to_deleted_platform_endpoint, verified on AWS.
func (s *Service) aim(t *topic, protocol, endpoint string) (address, error) {
	here := address{account: s.scope.Account, region: s.scope.Region}
	a, ok := arn.Parse(endpoint)
	there := address{account: a.Account, region: a.Region}
	switch protocol {
	case protocolSQS:
		if !ok || a.Service != "sqs" || a.Resource == "" {
			return here, invalid("SQS endpoint ARN")
		}
		if strings.HasSuffix(a.Resource, ".fifo") && !t.fifo {
			return here, invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
		}
		there.place = event.At(event.PlaceQueue, a.Resource)
		return there, nil
	case protocolLambda:
		if !ok || a.Service != "lambda" {
			return here, invalid("Lambda endpoint ARN")
		}
		there.place = event.At(event.PlaceFunction, strings.TrimPrefix(a.Resource, "function:"))
	case protocolHTTP, protocolHTTPS:
		if !strings.HasPrefix(endpoint, protocol+"://") || len(endpoint) == len(protocol)+3 {
			return here, invalid("Endpoint must match the specified protocol")
		}
		here.place, there = event.At(event.PlaceHTTP, endpoint), here
		there.place = here.place
	case "sms":
		if !validPhone(endpoint) {
			return here, ErrInvalidParameterException("Invalid SMS endpoint: " + endpoint)
		}
		here.place, there = event.At(protocol, endpoint), here
		there.place = event.At(protocol, endpoint)
	case "email", "email-json":
		if at := strings.IndexByte(endpoint, '@'); at <= 0 || at == len(endpoint)-1 {
			return here, invalid("Email address")
		}
		there = address{place: event.At("email", endpoint), account: here.account, region: here.region}
	default:
		if !ok {
			return here, invalid("Endpoint")
		}
		if ours := a.Service == "sns" && a.Account == s.scope.Account && a.Region == s.scope.Region; ours && s.endpoints[endpoint] == nil {
			return here, invalid("Endpoint Reason: Endpoint does not exist for endpoint arn" + endpoint)
		}
		there.place = event.At(protocol, endpoint)
	}
	if t.fifo {
		return here, invalid("Invalid parameter: Endpoint Reason: FIFO topics deliver to SQS queues only")
	}
	return there, nil
}

// apart are the characters that may set parts of a phone number apart.
//
// Source: recorded against AWS by LocalStack, test_subscribe_sms_obscure_phone_number: "+12/34-567.890" is taken.
const apart = " -()./"

// validPhone holds for a number in the form E.164; parts may be set apart by one of those characters.
func validPhone(text string) bool {
	text = strings.TrimPrefix(text, "+")
	digits, between := 0, true
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= '0' && c <= '9':
			digits++
			between = false
		case strings.IndexByte(apart, c) >= 0 && !between:
			between = true
		default:
			return false
		}
	}
	return digits >= 7 && digits <= 15 && !between
}

// with returns the subscription, of a topic that is FIFO or not, with other attributes, checked and read. The error lacks "Invalid
// parameter: " in front.
func (sub *subscription) with(attributes map[string]string, fifo bool) (*subscription, error) {
	changed := *sub
	fifo = fifo && strings.HasSuffix(sub.to.place.Name(), ".fifo") // a standard queue of a FIFO topic has a standard dead-letter queue
	changed.attributes, changed.raw, changed.policy, changed.redrive = attributes, false, nil, nil
	for _, name := range wire.SortedKeys(attributes) {
		if err := changed.read(name, attributes[name], fifo); err != nil {
			return nil, err
		}
	}
	return &changed, nil
}

// read checks one attribute and takes what it says. An empty filter policy is none.
//
// Source: SNS Developer Guide, "Removing a subscription filter policy": FilterPolicy is set to {}.
func (sub *subscription) read(name, value string, fifo bool) (err error) {
	switch name {
	case attributeRaw:
		if err := checkBool(name, value); err != nil {
			return err
		}
		sub.raw = strings.EqualFold(value, "true")
	case attributeFilterOver:
		if value != filter.MessageAttributes && value != filter.MessageBody {
			return errors.New(name + ": Invalid value [" + value + "]. Please use either MessageBody or MessageAttributes")
		}
	case attributeFilter:
		if value != "" {
			sub.policy, err = filter.Compile(value, sub.scope())
		}
		if err == nil && sub.policy.Empty() {
			sub.policy = nil
		}
	case attributeRedrive:
		if value != "" {
			sub.redrive, err = readRedrive(value, fifo)
		}
	case attributeDelivery:
		if value != "" {
			return checkDelivery(value, subscriptionMembers, &subscriptionDelivery{})
		}
	case attributeRole:
		if _, ok := arn.Parse(value); !ok {
			return errors.New(name)
		}
	case "ReplayPolicy":
		return errors.New(name + ": dyetrace does not replay the messages of an archive")
	default:
		return errors.New("AttributeName")
	}
	return err
}

// scope returns what the filter policy looks at.
func (sub *subscription) scope() string {
	if scope := sub.attributes[attributeFilterOver]; scope != "" {
		return scope
	}
	return filter.MessageAttributes
}

// readRedrive reads {"deadLetterTargetArn": "…"}.
func readRedrive(text string, fifo bool) (*address, error) {
	var policy struct {
		Target string `json:"deadLetterTargetArn"`
	}
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		return nil, errors.New(attributeRedrive + ": " + filter.Unparsable(text))
	}
	a, ok := arn.Parse(policy.Target)
	if !ok || a.Service != "sqs" || a.Resource == "" {
		return nil, errors.New(attributeRedrive + ": deadLetterTargetArn is an invalid arn")
	}
	if fifo && !strings.HasSuffix(a.Resource, ".fifo") {
		//lint:ignore ST1005 the text is AWS's, full stop included
		return nil, errors.New(attributeRedrive + ": must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")
	}
	return &address{place: event.At(event.PlaceQueue, a.Resource), account: a.Account, region: a.Region}, nil
}

// answer returns the attributes as GetSubscriptionAttributes does.
func (sub *subscription) answer(topic *topic) map[string]string {
	out := maps.Clone(sub.attributes)
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" })
	delete(out, attributeFilterOver)
	if sub.policy != nil {
		out[attributeFilterOver] = sub.scope()
	} else {
		delete(out, attributeFilter)
	}
	yes := map[bool]string{true: "true", false: "false"}
	out["SubscriptionArn"], out["TopicArn"], out["Owner"] = sub.arn, sub.topicARN, sub.owner
	out["Protocol"], out["Endpoint"] = sub.protocol, sub.endpoint
	out["SubscriptionPrincipal"] = "arn:aws:iam::" + sub.owner + ":root"
	out["PendingConfirmation"], out["ConfirmationWasAuthenticated"] = yes[!sub.confirmed], yes[sub.authenticated]
	out[attributeRaw] = yes[sub.raw]
	if text := out[attributeDelivery]; text != "" {
		out[attributeDelivery] = rewritten(text, &shownSubscriptionDelivery{})
	}
	if sub.protocol == protocolHTTP || sub.protocol == protocolHTTPS {
		out["EffectiveDeliveryPolicy"] = sub.effectiveDelivery(topic)
	}
	return out
}

// listed returns the subscription as lists show it.
func (sub *subscription) listed() Subscription {
	out := Subscription{
		SubscriptionArn: wire.Some(sub.arn), Owner: wire.Some(sub.owner), Protocol: wire.Some(sub.protocol), Endpoint: wire.Some(sub.endpoint),
		TopicArn: wire.Some(sub.topicARN),
	}
	if !sub.confirmed {
		out.SubscriptionArn = wire.Some("PendingConfirmation")
	}
	return out
}

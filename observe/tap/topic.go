package tap

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
)

func (t *Tap) attachTopic(ctx context.Context, name string) error {
	arn, err := t.findTopic(ctx, name)
	if err != nil {
		return err
	}
	attributes := map[string]string{}
	if strings.HasSuffix(arn, fifoSuffix) {
		attributes["FifoQueue"] = "true"
	}
	q, err := t.makeQueue(ctx, attributes)
	if err != nil {
		return err
	}
	return t.addSubscription(ctx, q, beside{topic: arn, raw: true, policy: t.o.FilterPolicy, scope: t.o.FilterScope})
}

const fifoSuffix = ".fifo"

// findTopic returns the ARN of a topic by its name, or checks it.
func (t *Tap) findTopic(ctx context.Context, name string) (string, error) {
	if strings.HasPrefix(name, "arn:") {
		err := t.client.Query(ctx, awsapi.SNS, "GetTopicAttributes", url.Values{"TopicArn": {name}}, nil)
		if err != nil {
			return "", t.absent("topic", err)
		}
		return name, nil
	}
	arn, err := t.client.Topic(ctx, name)
	switch {
	case err != nil:
		return "", t.failed("the topics could not be listed", err)
	case arn == "":
		return "", t.refuse("the topic does not exist: make it before a tap is attached, and attach the tap before the stimulus")
	}
	return arn, nil
}

// lastPart returns what follows the last colon of an ARN.
func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// beside is a subscription to be made for the tap.
type beside struct {
	topic         string // ARN
	raw           bool
	policy, scope string // "": everything, message attributes
}

const (
	attributeFilter = "FilterPolicy"
	attributeScope  = "FilterPolicyScope"
	attributeRaw    = "RawMessageDelivery"
	scopeBody       = "MessageBody"
)

func (t *Tap) addSubscription(ctx context.Context, q *ownQueue, s beside) error {
	attributes := map[string]string{attributeRaw: strconv.FormatBool(s.raw)}
	if s.policy != "" {
		wide, err := t.policyWithFences(s.policy)
		if err != nil {
			return t.failed("the filter policy is not a JSON object", err)
		}
		attributes[attributeFilter] = wide
		if s.scope != "" {
			attributes[attributeScope] = s.scope
		}
	}
	if err := t.admit(ctx, q, "sns.amazonaws.com", s.topic); err != nil {
		return err
	}
	form := url.Values{"TopicArn": {s.topic}, "Protocol": {"sqs"}, "Endpoint": {q.arn}, "ReturnSubscriptionArn": {"true"}}
	for i, name := range slices.Sorted(maps.Keys(attributes)) {
		entry := fmt.Sprintf("Attributes.entry.%d.", i+1)
		form.Set(entry+"key", name)
		form.Set(entry+"value", attributes[name])
	}
	var out struct {
		SubscriptionArn string `xml:"SubscriptionArn"`
	}
	if err := t.client.Query(ctx, awsapi.SNS, "Subscribe", form, &out); err != nil {
		return t.failed("the queue of the tap could not be subscribed to "+lastPart(s.topic), err)
	}
	t.keep(made{"subscription", out.SubscriptionArn, func(ctx context.Context) error {
		return t.client.Query(ctx, awsapi.SNS, "Unsubscribe", url.Values{"SubscriptionArn": {out.SubscriptionArn}}, nil)
	}})
	t.feeders = append(t.feeders, t.topicFeeder(s, out.SubscriptionArn))
	return nil
}

func (t *Tap) topicFeeder(s beside, subscription string) feeder {
	f := feeder{
		place:  placeOfARN(event.PlaceTopic, s.topic),
		send:   func(ctx context.Context, id string) error { return t.publishFence(ctx, s.topic, id) },
		others: func(ctx context.Context) ([]event.Place, error) { return t.subscribersThatMatch(ctx, s.topic) },
		check: func(ctx context.Context) error {
			attributes, err := t.subscription(ctx, subscription)
			if err == nil && attributes["PendingConfirmation"] == "true" {
				err = fmt.Errorf("the subscription is not confirmed")
			}
			return err
		},
		grade: event.Statistical,
		bound: "if SNS and SQS delay events and fences alike and lose none; a delivery that SNS has to retry comes later than that",
	}
	if strings.HasSuffix(s.topic, fifoSuffix) {
		f.sendTo = func(ctx context.Context, group, id string) error { return t.publishInGroup(ctx, s.topic, group, id) }
		f.grade, f.bound = event.Waited, "a FIFO topic keeps order within a message group only: Fence says more about groups that it is given"
	}
	return f
}

// policyWithFences widens a filter policy so that it accepts this tap's fences, too, in the attribute and in the body.
func (t *Tap) policyWithFences(policy string) (string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(policy), &fields); err != nil {
		return "", err
	}
	fences := map[string]any{FenceAttribute: []any{map[string]string{"prefix": fenceMark + t.o.Run + ":"}}}
	wide, err := json.Marshal(map[string]any{"$or": []any{json.RawMessage(policy), fences}})
	return string(wide), err
}

// fenceGroup is the message group of fences that are not sent into a group of the system's.
const fenceGroup = "dyetrace-tap"

func (t *Tap) publishFence(ctx context.Context, topic, id string) error {
	return t.publishInGroup(ctx, topic, fenceGroup, id)
}

func (t *Tap) publishInGroup(ctx context.Context, topic, group, id string) error {
	body, err := json.Marshal(map[string]string{FenceAttribute: id})
	if err != nil {
		return err
	}
	form := url.Values{
		"TopicArn": {topic}, "Message": {string(body)}, "MessageAttributes.entry.1.Name": {FenceAttribute},
		"MessageAttributes.entry.1.Value.DataType": {"String"}, "MessageAttributes.entry.1.Value.StringValue": {id},
	}
	if strings.HasSuffix(topic, fifoSuffix) {
		form.Set("MessageGroupId", group)
		form.Set("MessageDeduplicationId", id)
	}
	return t.client.Query(ctx, awsapi.SNS, "Publish", form, nil)
}

// subscribed is a subscription as SNS lists it.
type subscribed struct {
	SubscriptionArn string `xml:"SubscriptionArn"`
	Protocol        string `xml:"Protocol"`
	Endpoint        string `xml:"Endpoint"`
	TopicArn        string `xml:"TopicArn"`
}

// subscriptions lists those of a topic, or of all topics if the ARN is "".
func subscriptions(ctx context.Context, c awsapi.Client, topic string) ([]subscribed, error) {
	operation, in := "ListSubscriptions", url.Values{}
	if topic != "" {
		operation = "ListSubscriptionsByTopic"
		in.Set("TopicArn", topic)
	}
	var all []subscribed
	for {
		var page struct {
			Subscriptions []subscribed `xml:"Subscriptions>member"`
			NextToken     string       `xml:"NextToken"`
		}
		if err := c.Query(ctx, awsapi.SNS, operation, in, &page); err != nil {
			return all, err
		}
		all = append(all, page.Subscriptions...)
		if page.NextToken == "" {
			return all, nil
		}
		in.Set("NextToken", page.NextToken)
	}
}

// subscription returns the attributes of a subscription.
func (t *Tap) subscription(ctx context.Context, arn string) (map[string]string, error) {
	var out struct {
		Entries []struct {
			Key   string `xml:"key"`
			Value string `xml:"value"`
		} `xml:"Attributes>entry"`
	}
	err := t.client.Query(ctx, awsapi.SNS, "GetSubscriptionAttributes", url.Values{"SubscriptionArn": {arn}}, &out)
	attributes := map[string]string{}
	for _, e := range out.Entries {
		attributes[e.Key] = e.Value
	}
	return attributes, err
}

// confirmed reports whether a listed subscription has an ARN; in place of it one that is not confirmed has words.
func (s *subscribed) confirmed() bool { return strings.HasPrefix(s.SubscriptionArn, "arn:") }

// subscribersThatMatch returns the endpoints of the system under test that a fence would be sent to.
func (t *Tap) subscribersThatMatch(ctx context.Context, topic string) ([]event.Place, error) {
	list, err := subscriptions(ctx, t.client, topic)
	if err != nil {
		return nil, err
	}
	var places []event.Place
	for i := range list {
		s := &list[i]
		if !s.confirmed() || s.Protocol == "sqs" && strings.HasPrefix(lastPart(s.Endpoint), Prefix) {
			continue
		}
		attributes, err := t.subscription(ctx, s.SubscriptionArn)
		if err != nil {
			return nil, err
		}
		if !needsOther(json.RawMessage(attributes[attributeFilter])) {
			places = append(places, endpointPlace(s))
		}
	}
	return places, nil
}

func endpointPlace(s *subscribed) event.Place {
	switch s.Protocol {
	case "sqs":
		return placeOfARN(event.PlaceQueue, s.Endpoint)
	case "lambda":
		return placeOfARN(event.PlaceFunction, s.Endpoint)
	case "http", "https":
		return event.At(event.PlaceHTTP, s.Endpoint)
	}
	return event.At(s.Protocol, s.Endpoint)
}

// needsOther reports whether a filter policy asks for anything that a fence does not have, and so refuses it. An attribute that is
// not there matches only where a policy says that it must not be.
//
// Source: SNS Developer Guide, "Filter policy logic" and "Key matching".
func needsOther(policy json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(policy, &fields) != nil {
		return false
	}
	for name, value := range fields {
		if name == FenceAttribute {
			continue
		}
		var list []json.RawMessage
		if json.Unmarshal(value, &list) != nil {
			if needsOther(value) {
				return true
			}
			continue
		}
		if name == "$or" && !slices.ContainsFunc(list, func(p json.RawMessage) bool { return !needsOther(p) }) {
			return true
		}
		if name != "$or" && !slices.ContainsFunc(list, wantsAbsence) {
			return true
		}
	}
	return false
}

func wantsAbsence(condition json.RawMessage) bool {
	var c struct{ Exists *bool }
	return json.Unmarshal(condition, &c) == nil && c.Exists != nil && !*c.Exists
}

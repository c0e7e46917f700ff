package tap

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dyetrace/dyetrace/backend/awsapi"
)

// attachQueue stands beside whatever feeds the queue. It finds the rules and subscriptions, and copies how they shape messages.
func (t *Tap) attachQueue(ctx context.Context, name string) error {
	address, has, err := t.queueByName(ctx, name)
	if err != nil {
		return err
	}
	t.findRedrives(ctx, address)
	arn := has["QueueArn"]
	siblings, err := t.rulesBeside(ctx, arn)
	if err != nil {
		return err
	}
	besides, err := t.subscriptionsBeside(ctx, arn)
	if err != nil {
		return err
	}
	if len(siblings)+len(besides) == 0 {
		return &UnobservableError{Place: t.place, Why: t.blind}
	}
	t.blind = append(t.blind, "what is sent to the queue with SendMessage, comes out of a pipe or is moved there by a redrive")
	attributes := map[string]string{}
	if has["FifoQueue"] == "true" {
		attributes["FifoQueue"] = "true"
		attributes["ContentBasedDeduplication"] = has["ContentBasedDeduplication"]
	}
	q, err := t.makeQueue(ctx, attributes)
	if err != nil {
		return err
	}
	if len(besides) == 0 {
		t.single = byEnvelope
	}
	for i, s := range siblings {
		s.name = fmt.Sprintf("%s-%d", strings.TrimSuffix(q.name, fifoSuffix), i+1)
		if err := t.addRule(ctx, q, s); err != nil {
			return err
		}
	}
	for _, s := range besides {
		if err := t.addSubscription(ctx, q, s); err != nil {
			return err
		}
	}
	return nil
}

// findRedrives notes the queues whose dead letters come here. An endpoint that cannot tell has none.
func (t *Tap) findRedrives(ctx context.Context, address string) {
	var out struct {
		QueueUrls []string `json:"queueUrls"`
	}
	if t.client.JSON(ctx, awsapi.SQS, "ListDeadLetterSourceQueues", map[string]any{"QueueUrl": address}, &out) != nil {
		return
	}
	for _, source := range out.QueueUrls {
		t.blind = append(t.blind, "dead letters of the queue "+source[strings.LastIndexByte(source, '/')+1:]+": they are moved and not sent")
	}
}

// rulesBeside returns a rule to be made for each target that the queue is, on whatever bus.
func (t *Tap) rulesBeside(ctx context.Context, queue string) ([]sibling, error) {
	buses, err := allBuses(ctx, t.client)
	if err != nil {
		return nil, t.failed("the buses could not be listed", err)
	}
	var list []sibling
	for _, bus := range buses {
		names, err := t.rulesOfTarget(ctx, bus, queue)
		if err != nil {
			return nil, t.failed("the rules of bus "+bus+" could not be listed", err)
		}
		for _, name := range names {
			if strings.HasPrefix(name, Prefix) {
				continue
			}
			found, err := t.besideRule(ctx, bus, name, queue)
			if err != nil {
				return nil, t.failed("the rule "+bus+"/"+name+" could not be looked up", err)
			}
			list = append(list, found...)
		}
	}
	return list, nil
}

func allBuses(ctx context.Context, c awsapi.Client) ([]string, error) {
	var names []string
	in := map[string]any{}
	for {
		var page struct {
			EventBuses []struct{ Name string }
			NextToken  string
		}
		if err := c.JSON(ctx, awsapi.EventBridge, "ListEventBuses", in, &page); err != nil {
			return names, err
		}
		for _, b := range page.EventBuses {
			names = append(names, b.Name)
		}
		if page.NextToken == "" {
			return names, nil
		}
		in["NextToken"] = page.NextToken
	}
}

func (t *Tap) rulesOfTarget(ctx context.Context, bus, target string) ([]string, error) {
	var names []string
	in := map[string]any{"TargetArn": target, "EventBusName": bus}
	for {
		var page struct {
			RuleNames []string
			NextToken string
		}
		if err := t.client.JSON(ctx, awsapi.EventBridge, "ListRuleNamesByTarget", in, &page); err != nil {
			return names, err
		}
		names = append(names, page.RuleNames...)
		if page.NextToken == "" {
			return names, nil
		}
		in["NextToken"] = page.NextToken
	}
}

// besideRule returns a sibling for each way in which a rule feeds the queue.
func (t *Tap) besideRule(ctx context.Context, bus, name, queue string) ([]sibling, error) {
	var r rule
	if err := t.client.JSON(ctx, awsapi.EventBridge, "DescribeRule", map[string]any{"Name": name, "EventBusName": bus}, &r); err != nil {
		return nil, err
	}
	if r.ScheduleExpression != "" {
		t.blind = append(t.blind, fmt.Sprintf("what the rule %s/%s sends by its schedule: a second schedule would fire at other times", bus, name))
	}
	if r.State == "DISABLED" {
		t.blind = append(t.blind, fmt.Sprintf("the rule %s/%s: it is disabled", bus, name))
		return nil, nil
	}
	if r.EventPattern == "" {
		return nil, nil
	}
	targets, err := t.targets(ctx, bus, name)
	if err != nil {
		return nil, err
	}
	var list []sibling
	for _, target := range targets {
		var arn string
		if json.Unmarshal(target["Arn"], &arn) != nil || arn != queue {
			continue
		}
		s := sibling{bus: bus, pattern: r.EventPattern, target: map[string]any{}}
		for _, member := range []string{"Input", "InputPath", "InputTransformer", "SqsParameters"} {
			if value, ok := target[member]; ok {
				s.target[member] = value
			}
		}
		if s.target["Input"] != nil || s.target["InputTransformer"] != nil {
			s.opaque = fmt.Sprintf("the target of rule %s/%s replaces the text, and a fence would not be known in it", bus, name)
		}
		list = append(list, s)
	}
	return list, nil
}

// subscriptionsBeside returns a subscription to be made for each that the queue has.
func (t *Tap) subscriptionsBeside(ctx context.Context, queue string) ([]beside, error) {
	all, err := subscriptions(ctx, t.client, "")
	if err != nil {
		return nil, t.failed("the subscriptions could not be listed", err)
	}
	var list []beside
	for i := range all {
		s := &all[i]
		if s.Protocol != "sqs" || s.Endpoint != queue || !s.confirmed() {
			continue
		}
		has, err := t.subscription(ctx, s.SubscriptionArn)
		if err != nil {
			return nil, t.failed("the subscription of the queue to "+lastPart(s.TopicArn)+" could not be looked up", err)
		}
		list = append(list, beside{topic: s.TopicArn, raw: has[attributeRaw] == "true", policy: has[attributeFilter], scope: has[attributeScope]})
	}
	return list, nil
}

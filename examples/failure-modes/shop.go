package failuremodes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Shop is the system under test: it says what was ordered on the bus shop, from where each tenant's orders get to a queue of the
// tenant's own, to be packed.
type Shop struct {
	queues *sqs.Client
	events *eventbridge.Client
}

// Order is what the event OrderPlaced says.
type Order struct {
	Tenant string `json:"tenant_id"`
	Number int    `json:"number"`
}

const bus = "shop"

// Open creates what a shop with these tenants needs, and can be called again. Messages get to the queues with that delay, as they
// do at a busy time. A shop that leaks has the rules of someone who forgot to ask for the tenant.
func Open(ctx context.Context, cfg aws.Config, delaySeconds int, leaks bool, tenants ...string) (*Shop, error) {
	s := &Shop{sqs.NewFromConfig(cfg), eventbridge.NewFromConfig(cfg)}
	_, err := s.events.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: aws.String(bus)})
	if _, exists := errors.AsType[*types.ResourceAlreadyExistsException](err); err != nil && !exists {
		return nil, err
	}
	for _, tenant := range tenants {
		pattern := fmt.Sprintf(`{"detail-type":["OrderPlaced"],"detail":{"tenant_id":[%q]}}`, tenant)
		if leaks {
			pattern = `{"detail-type":["OrderPlaced"]}`
		}
		if err := s.route(ctx, tenant, pattern, delaySeconds); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Shop) route(ctx context.Context, tenant, pattern string, delaySeconds int) error {
	queue, err := s.queues.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: aws.String(tenant + "-packing"), Attributes: map[string]string{"DelaySeconds": fmt.Sprint(delaySeconds)},
	})
	if err != nil {
		return err
	}
	about, err := s.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: queue.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	if err != nil {
		return err
	}
	rule := &eventbridge.PutRuleInput{EventBusName: aws.String(bus), Name: aws.String(tenant), EventPattern: aws.String(pattern)}
	if _, err := s.events.PutRule(ctx, rule); err != nil {
		return err
	}
	_, err = s.events.PutTargets(ctx, &eventbridge.PutTargetsInput{
		EventBusName: aws.String(bus), Rule: aws.String(tenant),
		Targets: []types.Target{{Id: aws.String("packing"), Arn: aws.String(about.Attributes["QueueArn"])}},
	})
	return err
}

// Place places orders.
func (s *Shop) Place(ctx context.Context, orders ...Order) error {
	var entries []types.PutEventsRequestEntry
	for _, o := range orders {
		detail, err := json.Marshal(o)
		if err != nil {
			return err
		}
		entries = append(entries, types.PutEventsRequestEntry{
			EventBusName: aws.String(bus), Source: aws.String("shop"), DetailType: aws.String("OrderPlaced"), Detail: aws.String(string(detail)),
		})
	}
	out, err := s.events.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
	if err == nil && out.FailedEntryCount > 0 {
		err = fmt.Errorf("%d of %d orders were refused", out.FailedEntryCount, len(orders))
	}
	return err
}

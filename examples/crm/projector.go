package crm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Projector keeps the read model of one tenant's contacts from the tenant's queue. Several may run for one tenant.
type Projector struct {
	tenant string
	queues *sqs.Client
	model  *Contacts
	log    *slog.Logger
}

// NewProjector returns a projector for a tenant; log may be nil.
func NewProjector(cfg aws.Config, tenant string, log *slog.Logger) *Projector {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Projector{tenant: tenant, queues: sqs.NewFromConfig(cfg), model: NewContacts(cfg), log: log.With("tenant", tenant)}
}

// retryPause is how long Run waits after AWS could not be reached.
const retryPause = time.Second

// Run applies events until ctx ends; it then returns ctx's error. An event is deleted from the queue when the read model has
// it; one that failed comes again after the visibility timeout, and goes to the dead-letter queue in the end (CRM-1.5).
func (p *Projector) Run(ctx context.Context) error {
	got, err := p.queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(QueueName(p.tenant))})
	if err != nil {
		return fmt.Errorf("projector of %s: %w", p.tenant, err)
	}
	for {
		batch, err := p.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: got.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			p.log.Error("receive", "error", err)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(retryPause):
			}
			continue
		}
		for _, m := range batch.Messages {
			p.handle(ctx, aws.ToString(got.QueueUrl), m)
		}
	}
}

func (p *Projector) handle(ctx context.Context, url string, m types.Message) {
	err := p.apply(ctx, aws.ToString(m.Body))
	if early, ok := errors.AsType[*tooEarlyError](err); ok {
		p.log.Info("an event overtook the one before it", "error", early)
		// Its turn comes when the queue hands out the earlier event: look again soon, not after the whole visibility timeout.
		_, err = p.queues.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 1})
	} else if err == nil {
		_, err = p.queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
	}
	if err != nil && ctx.Err() == nil {
		p.log.Error("event not applied", "message", aws.ToString(m.MessageId), "error", err)
	}
}

// apply brings one event into the read model.
func (p *Projector) apply(ctx context.Context, body string) error {
	var envelope struct {
		Type   string          `json:"detail-type"`
		Detail json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal([]byte(body), &envelope); err != nil {
		return fmt.Errorf("envelope: %w", err)
	}
	change, meta, err := contactChange(envelope.Type, envelope.Detail)
	if err != nil {
		return fmt.Errorf("%s: %w", envelope.Type, err)
	}
	if meta.TenantID != p.tenant {
		return fmt.Errorf("%s of tenant %s came to the projector of %s", envelope.Type, meta.TenantID, p.tenant)
	}
	return p.model.apply(ctx, meta, change)
}

// contactChange decodes an event into what it does to a contact.
func contactChange(typ string, detail []byte) (change func(*Contact), meta Meta, err error) {
	switch typ {
	case typeContactCreated:
		var e ContactCreated
		err = json.Unmarshal(detail, &e)
		return func(c *Contact) { c.Name, c.Email, c.AccountID = e.Name, e.Email, e.AccountID }, e.Meta, err
	case typeContactUpdated:
		var e ContactUpdated
		err = json.Unmarshal(detail, &e)
		return func(c *Contact) {
			replace(&c.Name, e.Name)
			replace(&c.Email, e.Email)
			replace(&c.Phone, e.Phone)
		}, e.Meta, err
	case typeContactMerged:
		var e ContactMerged
		err = json.Unmarshal(detail, &e)
		return func(c *Contact) {
			replace(&c.Phone, e.Phone)
			replace(&c.AccountID, e.AccountID)
		}, e.Meta, err
	case typeContactDeactivated:
		var e ContactDeactivated
		err = json.Unmarshal(detail, &e)
		return func(c *Contact) { c.Deactivated, c.Reason, c.MergedInto = true, e.Reason, e.MergedInto }, e.Meta, err
	}
	return nil, Meta{}, errors.New("no such event of a contact")
}

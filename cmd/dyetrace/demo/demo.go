package demo

import (
	"bytes"
	"context"
	_ "embed" // for the sample contacts
	"errors"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/examples/crm"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

//go:embed contacts.csv
var sample []byte

// Options of a run.
type Options struct {
	Input io.Reader // contacts as CSV; nil: the sample in this package
	Out   io.Writer //
	JSON  bool      // JSON Lines instead of text
	Color bool      //
	Seed  uint64    //
}

// ErrNotAsExpected says that an act did not end as it should; what was printed says how.
var ErrNotAsExpected = errors.New("the demo did not go as it should; please report it with the output above")

// Run plays all acts. Errors: *InputError, ErrNotAsExpected, ctx.Err(), or what the AWS SDK reports.
func Run(ctx context.Context, o Options) error {
	if o.Input == nil {
		o.Input = bytes.NewReader(sample)
	}
	list, err := readContacts(o.Input)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	began := time.Now()
	s, err := newStage(ctx, o.Seed, tenantsOf(list))
	if err != nil {
		return err
	}
	defer s.pipeline.Close()
	v := newView(o)
	v.opening(s.tenants, len(list), time.Since(began))
	good, err := s.importContacts(ctx, v, list)
	if err != nil {
		return err
	}
	retried, err := s.poison(ctx, v)
	if err != nil {
		return err
	}
	leaked, err := s.breakIt(ctx, v)
	if err != nil {
		return err
	}
	v.closing(time.Since(began))
	if !good || !retried || !leaked {
		return ErrNotAsExpected
	}
	return nil
}

// importContacts is the first act: each line becomes a flow, judged on its own.
func (s *stage) importContacts(ctx context.Context, v *view, list []contact) (ok bool, err error) {
	v.act("Contacts of " + quantity(len(s.tenants), "tenant") + " flow from a table to each tenant's queue and read model")
	accounts := map[[2]string]string{}
	ok = true
	for i, c := range list {
		if key := [2]string{c.tenant, c.account}; c.account != "" && accounts[key] == "" {
			if accounts[key], err = s.commands.OpenAccount(ctx, c.tenant, c.account); err != nil {
				return false, err
			}
			s.settle(ctx)
		}
		var refused *crm.ValidationError
		show := v.diagram(s, c.tenant, i == 0)
		r, err := s.stimulus(ctx, func(ctx context.Context) error {
			_, err := s.commands.CreateContact(ctx, c.tenant, crm.NewContact{Name: c.name, Email: c.email, AccountID: accounts[[2]string{c.tenant, c.account}]})
			if errors.As(err, &refused) {
				return nil
			}
			return err
		}, show)
		if err != nil {
			return false, err
		}
		flow, err := s.record(ctx, r)
		if err != nil {
			return false, err
		}
		verdict := expect.Judge(flow, s.imported(c, refused != nil)...)
		ok = ok && verdict.OK
		v.imported(c, refused, verdict)
	}
	for _, tenant := range s.tenants {
		model, err := s.contacts.List(ctx, tenant)
		if err != nil {
			return false, err
		}
		v.readModel(tenant, model)
	}
	return ok, nil
}

// imported is what must be true of one contact: it came to its own tenant's queue once and nowhere else; a refused one nowhere
// at all.
func (s *stage) imported(c contact, refused bool) []expect.Expectation {
	var others []expect.Selector
	for _, tenant := range s.tenants {
		if tenant != c.tenant {
			others = append(others, expect.Tenant(tenant))
		}
	}
	if refused {
		return []expect.Expectation{expect.Never(append(others, expect.On("bus:*"), expect.On("queue:*"))...)}
	}
	queue := "queue:" + crm.QueueName(c.tenant)
	return []expect.Expectation{
		expect.InOrder(expect.Type("ContactCreated").On("bus:crm").With("detail.tenant_id", c.tenant), expect.Type("ContactCreated").On(queue).Exactly(1)),
		expect.Never(append(others, expect.On("dlq:*"))...),
		expect.NothingElse(),
	}
}

// poison is the second act: an event that cannot be applied is tried five times, 30 s apart, and ends in the dead-letter queue.
func (s *stage) poison(ctx context.Context, v *view) (ok bool, err error) {
	tenant := s.tenants[0]
	v.act("A poisoned event is tried five times, 30 s apart, and ends in the dead-letter queue")
	bus := eventbridge.NewFromConfig(s.config("intruder"))
	wall := time.Now()
	r, err := s.stimulus(ctx, func(ctx context.Context) error {
		_, err := bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
			EventBusName: aws.String("crm"), Source: aws.String(crm.SourceContact), DetailType: aws.String("ContactCreated"),
			Detail: aws.String(`{"tenant_id":"` + tenant + `","version":"one"}`),
		}}})
		return err
	}, nil)
	if err != nil {
		return false, err
	}
	flow, err := s.record(ctx, r)
	if err != nil {
		return false, err
	}
	took := time.Since(wall)
	verdict := expect.Judge(flow,
		expect.On("queue:"+crm.QueueName(tenant)).Exactly(1).Deliveries(5),
		expect.On("queue:"+crm.DLQName(tenant)).Exactly(1),
		expect.Never(expect.Tenant(s.tenants[1])),
	)
	v.retries(s, flow, verdict, untilDLQ(flow), took)
	return verdict.OK, nil
}

func untilDLQ(flow *observe.Flow) time.Duration {
	for _, h := range flow.Hops {
		if h.Kind == event.KindDeadLetter {
			return h.At.Sub(flow.Start)
		}
	}
	return 0
}

// breakIt is the third act: a rule sends a copy to the wrong tenant, and the expectations of the first act must notice.
func (s *stage) breakIt(ctx context.Context, v *view) (noticed bool, err error) {
	v.act("Now the flow is broken on purpose: a copy leaks to " + s.tenants[1] + ". This is what a failing test shows")
	c := contact{tenant: s.tenants[0], name: "Luigi Menabrea", email: "luigi@torino.example"}
	s.leak.Store(true)
	defer s.leak.Store(false)
	r, err := s.stimulus(ctx, func(ctx context.Context) error {
		_, err := s.commands.CreateContact(ctx, c.tenant, crm.NewContact{Name: c.name, Email: c.email})
		return err
	}, nil)
	if err != nil {
		return false, err
	}
	flow, err := s.record(ctx, r)
	if err != nil {
		return false, err
	}
	verdict := expect.Judge(flow, s.imported(c, false)...)
	v.failure(verdict)
	return !verdict.OK, nil
}

package demo

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/examples/crm"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

const (
	account  = "000000000000"
	region   = "us-east-1"
	horizon  = time.Hour // of pipeline time, behind each stimulus
	patience = 20 * time.Second
)

// stage is the CRM running on an embedded pipeline whose clock only moves when the demo moves it.
type stage struct {
	pipeline *pipeline.Pipeline
	commands *crm.Commands
	contacts *crm.Contacts
	tenants  []string
	flows    int
	leak     atomic.Bool // while true, what comes to the first tenant's queue also comes to the second's
}

func newStage(ctx context.Context, seed uint64, tenants []string) (*stage, error) {
	s := &stage{tenants: tenants}
	s.pipeline = pipeline.New(pipeline.Options{
		Seed: seed, Clock: engine.NewManualClock(time.Now()), Interceptors: []engine.Interceptor{{Hop: s.leakHop}},
	})
	cfg := s.config("crm")
	if err := crm.Provision(ctx, cfg, tenants...); err != nil {
		return nil, err
	}
	for _, tenant := range tenants {
		projector := crm.NewProjector(s.config("projector-"+tenant), tenant, nil)
		s.pipeline.Engine().Go(ctx, "projector-"+tenant, func(ctx context.Context) { projector.Run(ctx) })
	}
	s.commands, s.contacts = crm.NewCommands(cfg), crm.NewContacts(cfg)
	return s, nil
}

// config is an ordinary AWS configuration whose HTTP client calls the pipeline in this process.
func (s *stage) config(client string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String("http://localhost"),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: account, SecretAccessKey: "demo"}, nil
		}),
		HTTPClient: &http.Client{Transport: s.pipeline.RoundTripper(client)},
	}
}

// leakHop is the fault of the last act: a second copy goes to the wrong tenant.
func (s *stage) leakHop(_ context.Context, _ event.Hop, d event.Delivery) []event.Delivery {
	if !s.leak.Load() || d.To != event.At(event.PlaceQueue, crm.QueueName(s.tenants[0])) {
		return []event.Delivery{d}
	}
	wrong := d
	wrong.To = event.At(event.PlaceQueue, crm.QueueName(s.tenants[1]))
	return []event.Delivery{d, wrong}
}

// stimulus runs do as the beginning of a flow and returns what belongs to the flow once nothing is under way. Each hop is shown
// as it is recorded.
func (s *stage) stimulus(ctx context.Context, do func(context.Context) error, show func(event.Hop)) (observe.Recording, error) {
	s.flows++
	id := "demo-" + strconv.Itoa(s.flows)
	before, _ := s.pipeline.Engine().LastSeq()
	r := observe.Recording{CorrelationID: id, After: before, Start: s.pipeline.Engine().Now(), Horizon: horizon}
	stop := s.follow(id, before, show)
	defer stop()
	if err := do(event.WithCorrelation(ctx, id)); err != nil {
		return r, err
	}
	if q := s.settle(ctx); !q.Quiet {
		return r, fmt.Errorf("the pipeline did not come to rest within %v: %s", patience, pendingText(q.Pending))
	}
	return r, nil
}

func (s *stage) settle(ctx context.Context) event.Quiescence {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.pipeline.Settle(ctx)
}

// advance moves the pipeline's clock.
func (s *stage) advance(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	q, err := s.pipeline.Advance(ctx, d)
	if err == nil && !q.Quiet {
		err = fmt.Errorf("the pipeline did not come to rest within %v: %s", patience, pendingText(q.Pending))
	}
	return err
}

// record lets the horizon pass and returns the whole flow. Its consumers run under the engine's labels, so that absence up to
// there is proved.
func (s *stage) record(ctx context.Context, r observe.Recording) (*observe.Flow, error) {
	if err := s.advance(ctx, r.Horizon); err != nil {
		return nil, err
	}
	r.Quiescence = s.settle(ctx)
	if r.Quiescence.Quiet {
		r.Grade = event.Proved
	}
	r.Hops, r.Lost = s.pipeline.Hops(r.After)
	r.Topology = s.pipeline.Topology(account)
	return observe.NewFlow(r), nil
}

const look = time.Millisecond

// follow shows the hops of a flow while they happen, until the returned function is called, which shows the rest.
func (s *stage) follow(id string, after uint64, show func(event.Hop)) (stop func()) {
	if show == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	catchUp := func() {
		hops, _ := s.pipeline.Hops(after)
		for _, h := range hops {
			after = h.Seq
			if h.CorrelationID == id {
				show(h)
			}
		}
	}
	go func() {
		defer close(ended)
		tick := time.NewTicker(look)
		defer tick.Stop()
		for {
			catchUp()
			select {
			case <-done:
				catchUp()
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(done); <-ended }
}

func pendingText(list []event.Pending) string {
	if len(list) == 0 {
		return "nothing is known to be under way"
	}
	text := list[0].What
	if len(list) > 1 {
		text += fmt.Sprintf(" (and %d more)", len(list)-1)
	}
	return text
}

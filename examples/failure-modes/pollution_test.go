package failuremodes

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
	"github.com/dyetrace/dyetrace/pipeline"
)

// shared is the emulator that everybody uses, started once for all tests: an account, its queues, and what is left in them.
var shared = sync.OnceValue(func() aws.Config {
	p := pipeline.New(pipeline.Options{})
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String("http://localhost:4566"), HTTPClient: &http.Client{Transport: p.RoundTripper("app")},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
})

// The first test is about what is placed, and does not care to receive it.
func TestNaive_pollution_places_an_order(t *testing.T) {
	naive(t)
	shop := open(t, shared(), 0, false)
	if err := shop.Place(t.Context(), Order{"acme", 1}); err != nil {
		t.Error(err)
	}
}

// The second is right on its own, and red after the first.
func TestNaive_pollution_receives_an_order(t *testing.T) {
	naive(t)
	shop := open(t, shared(), 0, false)
	if err := shop.Place(t.Context(), Order{"acme", 2}); err != nil {
		t.Fatal(err)
	}
	got := receive(t.Context(), t, shop, "acme", 5)
	if len(got) != 1 || !strings.Contains(got[0], `"number":2`) {
		t.Errorf("want order 2, got %s", got)
	}
}

// The same two tests, each with a pipeline of its own: in any order, in parallel, a hundred times.
func TestPollution_places_an_order_R2_7(t *testing.T) {
	t.Parallel()
	dye.Test(t, func(d *dye.T) {
		shop := open(d, dyeaws.Config(d), 0, false)
		d.Dye(func(ctx context.Context) error { return shop.Place(ctx, Order{"acme", 1}) }).
			Expect(dye.Type("OrderPlaced").On("bus:shop").Exactly(1))
	})
}

func TestPollution_receives_an_order_R2_7(t *testing.T) {
	t.Parallel()
	dye.Test(t, func(d *dye.T) {
		shop := open(d, dyeaws.Config(d), 0, false)
		flow := d.Dye(func(ctx context.Context) error { return shop.Place(ctx, Order{"acme", 2}) })
		d.Collect("acme-packing", 1, dye.Type("OrderPlaced").With("detail.number", 2))
		flow.Expect(dye.On("queue:acme-packing").Exactly(1), dye.NothingElse())
	})
}

package dye_test

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/pipeline"
)

// shared is what a suite that was written in a hurry keeps in a package variable.
var shared struct {
	endpoint dye.Endpoint
	made     chan struct{}
	sent     chan struct{}
}

// The consumer finds the other test's order in its queue: state pollution between tests, which passes or fails with their timing.
func TestChildShared(t *testing.T) {
	onlyInChild(t)
	shared.made, shared.sent = make(chan struct{}), make(chan struct{})
	t.Run("consumer", func(t *testing.T) {
		t.Parallel()
		dye.Test(t, func(d *dye.T) {
			orders(d, 0)
			shared.endpoint = d.AWS("shop")
			close(shared.made)
			<-shared.sent
			if bodies, err := (backendtest.SQS{}).Receive(d.Context(), d.AWS("worker"), "orders"); err != nil || len(bodies) != 1 {
				d.Errorf("%v, %v", bodies, err)
			}
		})
	})
	t.Run("producer", func(t *testing.T) {
		t.Parallel()
		dye.Test(t, func(d *dye.T) {
			<-shared.made
			d.Dye(func(ctx context.Context) error {
				return backendtest.SQS{}.Send(ctx, shared.endpoint, "orders", placed(1), 0)
			})
			close(shared.sent)
		})
	})
}

func TestStrangers_fail_the_test_that_consumes_them_R2_7(t *testing.T) {
	got := child(t, "^TestChildShared$", serve(t, pipeline.Options{}))
	got.fails(t, `dye: TestChildShared/consumer consumed an event of TestChildShared/producer: OrderPlaced from queue:orders, received by client:worker, is of its flow dye-[0-9a-f]{8}`)
	got.says(t, `--- FAIL: TestChildShared/consumer`)
	got.says(t, `--- PASS: TestChildShared/producer`)
}

// kept is an application that was made once, in a package variable, with the endpoint of the test that happened to be first.
var kept struct {
	once     sync.Once
	endpoint dye.Endpoint
}

func keptEndpoint(d *dye.T) dye.Endpoint {
	kept.once.Do(func() {
		orders(d, 0, placed(1))
		kept.endpoint = d.AWS("shop")
	})
	return kept.endpoint
}

func TestChildKept(t *testing.T) {
	onlyInChild(t)
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			dye.Test(t, func(d *dye.T) {
				bodies, err := (backendtest.SQS{}).Receive(d.Context(), keptEndpoint(d), "orders")
				d.Logf("got %d, %v", len(bodies), err)
			}, dye.Patience(childPatience))
		})
	}
}

// In virtual time the other test's pipeline would never answer: the test would hang, or end with it. On a server it would take the
// other one's messages away.
func TestStrangers_fail_the_test_that_uses_an_endpoint_of_another_R2_7(t *testing.T) {
	const names = `dye: TestChildKept/second calls ReceiveMessage through the endpoint "shop" of TestChildKept/first, and so would consume events that are not its own`
	for _, backend := range []struct {
		name string
		env  []string
	}{{"embedded", nil}, {"server", serve(t, pipeline.Options{})}} {
		t.Run(backend.name, func(t *testing.T) {
			got := child(t, "^TestChildKept$", backend.env)
			got.fails(t, "got 1, <nil>", names, "got 0, sqs ReceiveMessage: TestChildKept/second calls")
			got.says(t, `--- PASS: TestChildKept/first`)
			if n := strings.Count(got.output, "dye: TestChildKept/second calls"); n != 1 {
				t.Errorf("told %d times:\n%s", n, got.output)
			}
		})
	}
	child(t, "^TestChildKept$/^first$", nil, "-dye.seeds=2").fails(t, "dye: TestChildKept/first calls ReceiveMessage through the endpoint \"shop\" of an earlier run of itself")
}

func TestChildID(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		d.Logf("id %s", d.Dye(func(context.Context) error { return nil }).CorrelationID())
	})
}

// In virtual time a run that is repeated is the same to the letter. On a server, which others use, each run has ids of its own.
func TestCorrelationID_is_unique_where_accounts_meet_R2_12(t *testing.T) {
	id := func(env []string) string {
		return regexp.MustCompile(`dye-[0-9a-f]{8}`).FindString(child(t, "^TestChildID$", env).output)
	}
	if a, b := id(nil), id(nil); a == "" || a != b {
		t.Errorf("embedded: %q, then %q", a, b)
	}
	server := serve(t, pipeline.Options{})
	if a, b := id(server), id(server); a == "" || a == b {
		t.Errorf("on a server: %q twice", a)
	}
}

func TestChildFixedAccount(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		fixed := d.AWS("shop")
		fixed.AccountID = "123456789012" // written down in the application's configuration
		for range 2 {
			if err := (backendtest.SQS{}).CreateQueue(d.Context(), fixed, "orders"); err != nil {
				d.Error(err)
			}
		}
	})
}

func TestStrangers_tell_of_an_account_that_tests_share_R2_7(t *testing.T) {
	got := child(t, "^TestChildFixedAccount$", serve(t, pipeline.Options{}))
	got.says(t, `dye: client "shop" calls with access key id 123456789012, and so not in the account of the test, \d{12}`, "--- PASS")
	if n := strings.Count(got.output, "123456789012"); n != 1 {
		t.Errorf("told %d times:\n%s", n, got.output)
	}
	if got := child(t, "^TestChildFixedAccount$", nil); strings.Contains(got.output, "123456789012") {
		t.Errorf("in a bubble the pipeline is the test's own:\n%s", got.output)
	}
}

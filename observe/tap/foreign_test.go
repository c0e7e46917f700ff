package tap_test

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe/tap"
)

// foreignVariable names the endpoint of an AWS emulator that is not ours.
const foreignVariable = "DYETRACE_TEST_MOTO"

// keysVariable has keys for it, as KEY:SECRET, if it checks signatures.
const keysVariable = "DYETRACE_TEST_MOTO_KEYS"

// elsewhere is a backend of which nothing is known but its endpoint.
type elsewhere struct {
	backend.Backend
	at backend.Endpoint
}

func (e elsewhere) Endpoint(string) backend.Endpoint { return e.at }

// foreignEndpoint returns the emulator's endpoint, whose calls are signed if there are keys.
func foreignEndpoint(t *testing.T) backend.Endpoint {
	t.Helper()
	url := os.Getenv(foreignVariable)
	if url == "" {
		t.Skipf("needs an emulator: internal/clients/moto/run.sh starts one, and sets %s to its endpoint", foreignVariable)
	}
	key, secret, found := strings.Cut(os.Getenv(keysVariable), ":")
	if !found {
		return backend.Endpoint{URL: url, Region: "us-east-1", AccountID: "123456789012", Transport: http.DefaultTransport}
	}
	at, err := awsapi.Open(awsapi.Options{URL: url, Region: "us-east-1", Credentials: awsapi.Credentials{AccessKeyID: key, SecretAccessKey: secret}})
	if err != nil {
		t.Fatal(err)
	}
	if at.AccountID, err = awsapi.Identify(t.Context(), at); err != nil || at.AccountID != "123456789012" {
		t.Fatal(at.AccountID, err)
	}
	wrong, err := awsapi.Open(awsapi.Options{URL: url, Region: "us-east-1", Credentials: awsapi.Credentials{AccessKeyID: key, SecretAccessKey: secret + "x"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := awsapi.Identify(t.Context(), wrong); err == nil {
		t.Fatal("it does not check signatures")
	}
	return at
}

// The same taps at an endpoint that was not written by us: moto.
func TestTaps_at_a_foreign_endpoint_R4_1(t *testing.T) {
	r := newRig(t.Context(), t, elsewhere{at: foreignEndpoint(t)})
	r.bus("shop")
	orders, mail := r.queue("orders"), r.queue("mail")
	r.rule("shop", "orders", ofShop, orders)
	topic := r.topic("news")
	r.subscribe(topic, mail, "FilterPolicy", `{"kind":["sale"]}`, "RawMessageDelivery", "true")
	r.table("stock")

	taps := map[event.Place]*tap.Tap{}
	for _, place := range []event.Place{"bus:shop", "topic:news", "queue:orders", "queue:mail", "table:stock"} {
		tp, err := tap.Attach(r.ctx, r.b.Endpoint("observer"), place, tap.Options{Test: t.Name(), FenceWithin: 5 * time.Second, Fences: 4})
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		taps[place] = tp
		t.Log(place, tp.Shown())
	}
	r.put("shop", "shop", "Placed", `{"n":1}`)
	r.put("shop", "other", "Noise", `{"n":1}`)
	r.publish(topic, "sale", "", "kind", "sale")
	r.publish(topic, "news", "", "kind", "other")
	r.item("stock", "a")
	for place, want := range map[event.Place]string{
		"bus:shop": "Placed Noise", "topic:news": "sale news", "queue:orders": "Placed", "queue:mail": "sale", "table:stock": "INSERT",
	} {
		tp := taps[place]
		if tp == nil {
			continue
		}
		a, err := tp.Fence(r.ctx)
		t.Log(place, a, err)
		got, err := tp.Received(r.ctx)
		if err != nil || texts(got) != want {
			t.Errorf("%s: %q, %v", place, texts(got), err)
		}
	}
	list, err := tap.Sweep(r.ctx, r.b.Endpoint("observer"), time.Hour, true)
	if err != nil || len(list) > 0 {
		t.Errorf("%v, %v", outlineOf(list), err)
	}
	list, err = tap.Sweep(r.ctx, r.b.Endpoint("observer"), 0, true)
	t.Log(outlineOf(list), err)
	var errs []error
	for _, tp := range taps {
		errs = append(errs, tp.Close(r.ctx))
	}
	r.must(errors.Join(errs...))
	list, err = tap.Sweep(r.ctx, r.b.Endpoint("observer"), 0, true)
	if err != nil || len(list) > 0 {
		t.Errorf("left behind: %v, %v", outlineOf(list), err)
	}
	got := r.receive("orders", true)
	if len(got) != 1 || !strings.Contains(got[0], "Placed") || !slices.Equal(r.receive("mail", true), []string{"sale"}) {
		t.Errorf("the system got %q", got)
	}
}

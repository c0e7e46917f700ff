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
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe/tap"
)

// foreignVariable names the endpoint of an AWS emulator that is not ours.
const foreignVariable = "DYETRACE_TEST_MOTO"

// elsewhere is a backend of which nothing is known but its endpoint.
type elsewhere struct {
	backend.Backend
	url string
}

func (e elsewhere) Endpoint(string) backend.Endpoint {
	return backend.Endpoint{URL: e.url, Region: "us-east-1", AccountID: "123456789012", Transport: http.DefaultTransport}
}

// The same taps at an endpoint that was not written by us: moto.
func TestTaps_at_a_foreign_endpoint_R4_1(t *testing.T) {
	url := os.Getenv(foreignVariable)
	if url == "" {
		t.Skipf("needs an emulator: internal/clients/moto/run.sh starts one, and sets %s to its endpoint", foreignVariable)
	}
	r := newRig(t.Context(), t, elsewhere{url: url})
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

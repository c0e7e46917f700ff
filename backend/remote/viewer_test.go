package remote_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/backend/remote"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
)

// tenants opens two accounts of a server, each with a queue, and returns them.
func tenants(t *testing.T, url string) (list [2]*remote.Backend) {
	t.Helper()
	for i := range list {
		b, err := remote.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() }) // the server may be gone before it
		if err := (backendtest.SQS{}).CreateQueue(t.Context(), b.Endpoint("app"), fmt.Sprintf("orders-%d", i)); err != nil {
			t.Fatal(err)
		}
		list[i] = b
	}
	return list
}

func TestViewer_sees_every_account_R2_9(t *testing.T) {
	url := backendtest.Serve(t, pipeline.New(pipeline.Options{}))
	accounts := tenants(t, url)
	v, err := remote.View(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	before, err := v.Hops(t.Context(), remote.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range accounts {
		if err := (backendtest.SQS{}).Send(event.WithCorrelation(t.Context(), "flow-1"), b.Endpoint("app"), fmt.Sprintf("orders-%d", i), "{}", 0); err != nil {
			t.Fatal(err)
		}
	}
	own := accounts[0].Endpoint("").AccountID
	for _, c := range []struct {
		reason string
		query  remote.Query
		want   int
	}{
		{"all", remote.Query{After: before.Last}, 4},
		{"of an account", remote.Query{After: before.Last, Account: own}, 2},
		{"of a flow", remote.Query{CorrelationID: "flow-1"}, 4},
		{"in pages of one", remote.Query{CorrelationID: "flow-1", Account: own, Limit: 1}, 2},
	} {
		hops, lost, err := v.All(t.Context(), c.query)
		if err != nil || lost != 0 || len(hops) != c.want {
			t.Errorf("%s: %d hops, %d lost, %v; want %d", c.reason, len(hops), lost, err, c.want)
		}
	}
	for account, want := range map[string]int{own: 1, "": 2} {
		topology, err := v.Topology(t.Context(), account)
		if err != nil || len(topology.Places) != want+1 {
			t.Errorf("account %q: %+v, %v; want the default bus and %d queues", account, topology, err, want)
		}
		if q, err := v.Pending(t.Context(), account); err != nil || !q.Quiet || q.Seq == 0 {
			t.Errorf("account %q: pending %+v, %v", account, q, err)
		}
	}
}

func TestViewer_follows_without_asking_again_and_again_R2_9(t *testing.T) {
	url := backendtest.Serve(t, pipeline.New(pipeline.Options{}))
	b := tenants(t, url)[0]
	v, err := remote.View(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	page, err := v.Hops(t.Context(), remote.Query{})
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() { sent <- (backendtest.SQS{}).Send(t.Context(), b.Endpoint("app"), "orders-0", "{}", 0) }()
	next, err := v.Hops(t.Context(), remote.Query{After: page.Last, Wait: time.Minute})
	if err != nil || len(next.Hops) == 0 || next.Hops[0].Operation != "sqs:SendMessage" {
		t.Errorf("%+v, %v", next, err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := v.Hops(ctx, remote.Query{After: next.Last + 10, Wait: time.Minute}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
}

func TestView_says_why_it_cannot(t *testing.T) {
	locked := backendtest.Serve(t, pipeline.New(pipeline.Options{Token: "s3cret"}))
	for url, code := range map[string]string{"http://127.0.0.1:1": "", "127.0.0.1": "", locked: "TokenNeeded"} {
		_, err := remote.View(t.Context(), url)
		if _, ok := errors.AsType[*backend.UnavailableError](err); !ok {
			t.Errorf("%s: error %v, want a *backend.UnavailableError", url, err)
		}
		if refusal, ok := errors.AsType[*remote.RefusedError](err); code != "" && (!ok || refusal.Code != code) {
			t.Errorf("%s: error %v, want code %s", url, err, code)
		}
	}
	if _, err := remote.View(t.Context(), "http://s3cret@"+locked[len("http://"):]); err != nil {
		t.Error(err)
	}
}

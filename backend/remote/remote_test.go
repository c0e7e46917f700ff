package remote_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/backend/remote"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

func TestBackend_is_conformant_R1_1(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, options := range map[string]pipeline.Options{
		"real clock":   {},
		"manual clock": {Clock: engine.NewManualClock(start)},
	} {
		t.Run(name, func(t *testing.T) {
			url := backendtest.Serve(t, pipeline.New(options))
			open := func() (backend.Backend, error) { return remote.Open(t.Context(), url) }
			if err := backendtest.Check(t.Context(), open, backendtest.SQS{}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOpen_with_a_token(t *testing.T) {
	url := backendtest.Serve(t, pipeline.New(pipeline.Options{Token: "s3cret"}))
	if _, err := remote.Open(t.Context(), url); err == nil {
		t.Error("opened without the token")
	} else if refusal, ok := errors.AsType[*remote.RefusedError](err); !ok || refusal.Code != "TokenNeeded" {
		t.Errorf("the error does not say that the token is needed: %v", err)
	}
	b, err := remote.Open(t.Context(), "http://s3cret@"+url[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	if e := b.Endpoint("app"); e.URL != url {
		t.Errorf("the endpoint %s gives the token away", e.URL)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpen_says_what_is_wrong(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) }))
	defer stranger.Close()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"edition":"community"}`)) }))
	defer other.Close()
	for name, url := range map[string]string{
		"no URL":           "127.0.0.1",
		"nobody there":     "http://127.0.0.1:1",
		"no control API":   stranger.URL,
		"another emulator": other.URL,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := remote.Open(t.Context(), url)
			if _, ok := errors.AsType[*backend.UnavailableError](err); !ok {
				t.Errorf("error %v (%T), want a *backend.UnavailableError", err, err)
			}
		})
	}
}

// listener is a server that remembers the last request which is not of the control API.
func listener(t *testing.T) (b *remote.Backend, last func() *http.Request) {
	t.Helper()
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			got = r
		case "/_dyetrace/health":
			w.Write([]byte(`{"edition":"dyetrace"}`))
			return
		}
		w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	b, err := remote.Open(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, func() *http.Request { return got }
}

func TestEndpoint_tells_client_and_flow_and_leaves_the_request_alone(t *testing.T) {
	b, last := listener(t)
	e := b.Endpoint("shop")
	r, err := http.NewRequestWithContext(event.WithCorrelation(t.Context(), "flow-1"), http.MethodGet, e.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if got := last().Header; got.Get("X-Dyetrace-Client") != "shop" || got.Get("X-Dyetrace-Correlation") != "flow-1" {
		t.Errorf("headers %v", got)
	}
	if len(r.Header) != 0 {
		t.Errorf("the caller's request was changed: %v", r.Header)
	}
}

func TestEndpoint_reaches_its_server_only(t *testing.T) {
	for _, c := range []struct {
		reason, url string
		served      bool
	}{
		{"a client without an endpoint must not reach AWS", "https://sqs.eu-west-1.amazonaws.com/", true},
		{"an endpoint as LocalStack's users write it", "http://sqs.us-east-1.localhost.localstack.cloud:4566/", true},
		{"loopback by another name", "http://localhost:4566/", true},
		{"the metadata service, which SDKs ask for credentials", "http://169.254.169.254/latest/meta-data/", false},
		{"anything else", "http://amazonaws.com.example.test/", false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			b, last := listener(t)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := b.Endpoint("shop").Transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if served := last() != nil; served != c.served || answer.StatusCode == http.StatusOK != c.served {
				t.Errorf("served: %t, status %d; want %t", served, answer.StatusCode, c.served)
			}
		})
	}
}

func TestOpen_says_that_AWS_itself_records_nothing(t *testing.T) {
	for _, address := range []string{"aws:", "https://sqs.eu-central-1.amazonaws.com"} {
		_, err := remote.Open(t.Context(), address)
		if _, ok := errors.AsType[*backend.UnavailableError](err); !ok || !strings.Contains(err.Error(), "AWS itself keeps no record") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

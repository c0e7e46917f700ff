package remote

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/dyetrace/dyetrace/backend"
)

// canned answers every request with the same bytes.
type canned struct {
	status int
	body   []byte
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: c.status, Body: io.NopCloser(bytes.NewReader(c.body)), Header: http.Header{}, Request: r}, nil
}

func answering(status int, body []byte) *Backend {
	carrier := canned{status, body}
	return &Backend{url: "http://127.0.0.1:4566", server: &url.URL{Scheme: "http", Host: "127.0.0.1:4566"}, account: "123456789012",
		movable: true, client: &http.Client{Transport: carrier}, carrier: carrier}
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(`{"hops":[{"seq":1,"at":"2026-01-01T00:00:00Z","kind":"call","event":{"body":"{}"}}],"lost":0,"last":1,"more":true}`))
	f.Add(200, []byte(`{"places":["queue:a"],"quiet":true,"pending":[{"what":"x","due":"2026-01-01T00:00:00Z"}]}`))
	f.Add(409, []byte(`{"__type":"ClockNotManual","message":"no"}`))
	f.Add(500, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		b := answering(status, body)
		_, _, hops := b.Hops(t.Context(), 0)
		_, topology := b.Topology(t.Context())
		_, settle := b.Settle(t.Context())
		_, advance := b.Advance(t.Context(), 0)
		for _, err := range []error{hops, topology, settle, advance} {
			if _, ok := errors.AsType[*backend.UnavailableError](err); err != nil && !ok {
				t.Errorf("error %v (%T), want a *backend.UnavailableError", err, err)
			}
			if status != http.StatusOK && err == nil {
				t.Errorf("status %d was taken for an answer", status)
			}
		}
	})
}

package fake

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/internal/inprocess"
)

// Client returns a client that reaches the service, and nothing else, in process. Each request is a visit by the client of that name:
// recorded with the correlation id of its context, else with that which its header traceparent tells. With a nil visitor nothing is
// recorded. An answer of 400 or more is a failed visit, and still an answer.
func (s *Service) Client(visitor backend.Visitor, name string) *http.Client {
	return &http.Client{Transport: &transport{service: s, visitor: visitor, client: name}}
}

type transport struct {
	service *Service
	visitor backend.Visitor
	client  string
}

// RoundTrip answers r by the service's script.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	at := r.URL.Scheme + "://" + r.URL.Host
	if at != t.service.url {
		closeBody(r)
		return nil, fmt.Errorf("this client reaches the fake service %s only, not %s", t.service.url, at)
	}
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		closeBody(r)
		if err != nil {
			return nil, err
		}
	}
	var answer *http.Response
	serve := func(ctx context.Context) error {
		var err error
		answer, err = t.serve(ctx, r, body)
		if err == nil && answer.StatusCode >= http.StatusBadRequest {
			return fmt.Errorf("answered %s", answer.Status)
		}
		return err
	}
	err := t.service.visit(t.visitor, t.client, r, body, serve)
	if answer != nil {
		return answer, nil
	}
	return nil, err
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}

// serve runs the service as a server would, on the caller's goroutine.
func (t *transport) serve(ctx context.Context, r *http.Request, body []byte) (answer *http.Response, err error) {
	in := r.Clone(ctx)
	in.Body, in.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	in.RequestURI, in.RemoteAddr, in.Host = r.URL.RequestURI(), "127.0.0.1:0", r.URL.Host
	w := &inprocess.Answer{}
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p == http.ErrAbortHandler:
			answer, err = nil, cmp.Or(context.Cause(ctx), io.ErrUnexpectedEOF)
		default:
			panic(p)
		}
	}()
	t.service.ServeHTTP(w, in)
	return w.Response(r), nil
}

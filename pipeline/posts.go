package pipeline

import (
	"net/http"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/outbound"
	"github.com/dyetrace/dyetrace/pipeline/sns"
)

// posts lets the topics of a scope use the pipeline's port to the outside.
type posts struct {
	port  *outbound.Port
	scope *engine.Scope
}

// Post sends one request to a subscription's endpoint.
func (p posts) Post(r sns.Post, done func(status int, err error)) {
	header := make(http.Header, len(r.Header))
	for name, value := range r.Header {
		header.Set(name, value)
	}
	p.port.Send(p.scope, event.At(event.PlaceHTTP, r.URL), 0, outbound.Request{URL: r.URL, Header: header, Body: r.Body}, func(answer outbound.Response, err error) {
		done(answer.Status, err)
	})
}

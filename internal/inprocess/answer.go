// Package inprocess keeps what an http.Handler answers that is called without a socket.
package inprocess

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// Answer is an http.ResponseWriter that keeps the answer, as a client would get it from a server: the header is that of the moment
// when the status was sent, and a status below 200 is no answer yet. The zero Answer is empty. It is for one goroutine.
type Answer struct {
	Most int // bytes of the body that are kept, what comes after them is dropped; 0 keeps all

	header http.Header
	sent   http.Header // as it was when the status was
	status int
	body   bytes.Buffer
}

// Header returns the header to be sent.
func (a *Answer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

// WriteHeader sends the status, once.
func (a *Answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status, a.sent = status, a.Header().Clone()
	}
}

// Write keeps p.
func (a *Answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	kept := p
	if a.Most > 0 {
		kept = p[:min(len(p), a.Most-a.body.Len())]
	}
	a.body.Write(kept)
	return len(p), nil
}

// Flush has nothing to hurry: the answer is looked at when it is whole.
func (a *Answer) Flush() { a.WriteHeader(http.StatusOK) }

// Status returns the status; 200 where the handler sent none, as a server does.
func (a *Answer) Status() int {
	a.WriteHeader(http.StatusOK)
	return a.status
}

// Sent returns the header as it was sent.
func (a *Answer) Sent() http.Header {
	a.WriteHeader(http.StatusOK)
	return a.sent
}

// Body returns what is kept of the body, until the next Write.
func (a *Answer) Body() []byte { return a.body.Bytes() }

// Response returns the answer to r in the form of a client's. The Answer must not be used any more.
func (a *Answer) Response(r *http.Request) *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.Status(), http.StatusText(a.Status())), StatusCode: a.Status(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.Sent(), Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r,
	}
}

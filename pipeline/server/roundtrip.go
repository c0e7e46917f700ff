package server

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/dyetrace/dyetrace/internal/inprocess"
)

// RoundTripper returns a transport that hands requests to the server on the caller's goroutine: no socket, no goroutine. Calls
// made through it belong to the client of that name, and to the flow whose correlation id the request's context carries
// ([event.WithCorrelation]).
//
// It takes requests that are addressed to this server's names and, so that a client whose endpoint is not set reaches the
// pipeline too, to those of AWS. Any other address, such as that of a metadata service, is answered 404 at once: nothing leaves
// the process. The error of a request whose context ended is the context's.
func (s *Server) RoundTripper(client string) http.RoundTripper {
	return &roundTripper{server: s, client: client}
}

type roundTripper struct {
	server *Server
	client string
}

// awsSuffixes are the names below which AWS's endpoints are.
var awsSuffixes = []string{".amazonaws.com", ".api.aws", ".amazonaws.com.cn"}

// RoundTrip answers r.
func (t *roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	if !t.server.guard.allows(host) && !isAWS(host) {
		return t.unreachable(r, host), nil
	}
	if strings.HasPrefix(r.URL.Path, "/_") {
		w := inprocess.Answer{}
		if t.server.control(&w, r) {
			return response(r, w.Status(), w.Sent(), w.Body()), nil
		}
	}
	b := takeBuffers()
	a := t.server.answer(r, b, t.client, origin(r.URL, host))
	header := make(http.Header, 6)
	a.header(header)
	body := bytes.Clone(a.body)
	b.release()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return response(r, a.status, header, body), nil
}

func isAWS(host string) bool {
	name := hostName(host)
	for _, suffix := range awsSuffixes {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

func origin(u *url.URL, host string) string {
	switch {
	case u.Scheme == "http" && host == "127.0.0.1:4566":
		return "http://127.0.0.1:4566"
	case u.Scheme == "":
		return "http://" + host
	}
	return u.Scheme + "://" + host
}

func (t *roundTripper) unreachable(r *http.Request, host string) *http.Response {
	text := fmt.Sprintf("dyetrace's transport reaches its own pipeline only, not %s\n", host)
	return response(r, http.StatusNotFound, http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, []byte(text))
}

// statusLines saves building the common ones.
var statusLines = map[int]string{200: "200 OK", 400: "400 Bad Request", 404: "404 Not Found"}

func response(r *http.Request, status int, header http.Header, body []byte) *http.Response {
	line := statusLines[status]
	if line == "" {
		line = fmt.Sprintf("%d %s", status, http.StatusText(status))
	}
	return &http.Response{
		Status: line, StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(body)), Body: newBody(body), Request: r,
	}
}

// body reads an answer; unlike io.NopCloser's it is one allocation and nothing comes after Close.
type body struct{ bytes.Reader }

func newBody(b []byte) io.ReadCloser {
	r := &body{}
	r.Reset(b)
	return r
}

// Close ends the body.
func (b *body) Close() error {
	b.Reset(nil)
	return nil
}

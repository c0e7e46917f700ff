package remote

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

// transport tells the server who calls, and in which flow. Like the embedded pipeline's it takes calls to AWS's own endpoints to
// the server, too, so that a client whose endpoint is not set never reaches AWS, and answers 404 for any other host, such as
// that of a metadata service.
type transport struct {
	server *url.URL
	client string
	next   http.RoundTripper
}

// RoundTrip sends r with up to three headers more. They are not signed; the server verifies no signature.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != t.server.Host && !isLocal(r.URL.Hostname()) && !isAWS(r.URL.Hostname()) {
		return t.unreachable(r)
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = t.server.Scheme, t.server.Host, ""
	r.Header.Set("X-Dyetrace-Client", t.client)
	if id := event.Correlation(r.Context()); id != "" {
		r.Header.Set("X-Dyetrace-Correlation", id)
	}
	if seq := event.Cause(r.Context()); seq != 0 {
		r.Header.Set("X-Dyetrace-Cause", strconv.FormatUint(seq, 10))
	}
	return t.next.RoundTrip(r)
}

func (t *transport) unreachable(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body.Close()
	}
	text := fmt.Sprintf("this transport reaches the dyetrace server at %s only, not %s\n", t.server, r.URL.Host)
	return &http.Response{
		Status: "404 Not Found", StatusCode: http.StatusNotFound, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, ContentLength: int64(len(text)),
		Body: io.NopCloser(strings.NewReader(text)), Request: r,
	}, nil
}

func isLocal(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".localhost.localstack.cloud") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func isAWS(host string) bool {
	for _, suffix := range []string{".amazonaws.com", ".api.aws", ".amazonaws.com.cn"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}

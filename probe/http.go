package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/internal/inprocess"
)

// HTTPOptions say how [HTTP] asks. The zero value is a GET over the network.
type HTTPOptions struct {
	Method    string            // "" means GET
	Header    http.Header       // of the request
	Body      string            // of the request
	Handler   http.Handler      // answers in process, without a socket; nil: Transport does
	Transport http.RoundTripper // nil means http.DefaultTransport
	Timeout   time.Duration     // of one look; 0 means 10s
	Headers   []string          // names of headers of the answer that the document is to have
}

const (
	defaultTimeout = 10 * time.Second
	maxAnswer      = 16 << 20
	anyHost        = "http://handler"
)

// HTTP asks a URL. The document is {"status": 200, "header": {…}, "body": …}: header has what Headers names, and the body is JSON if
// it is JSON, else a text; it is not there if it is empty. Any status is an answer; redirects are followed. With a Handler the URL
// may be the path alone: "/leads/L-17".
func HTTP(url string, o HTTPOptions) Probe {
	if o.Method == "" {
		o.Method = http.MethodGet
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	full := url
	client := &http.Client{Transport: o.Transport}
	if o.Handler != nil {
		client.Transport = inProcess{o.Handler}
		if strings.HasPrefix(url, "/") {
			full = anyHost + url
		}
	}
	return Func(o.Method+" "+url, func(ctx context.Context) (any, error) {
		ctx, stop := context.WithTimeout(ctx, o.Timeout)
		defer stop()
		r, err := http.NewRequestWithContext(ctx, o.Method, full, strings.NewReader(o.Body))
		if err != nil {
			return nil, Final(err)
		}
		for name, values := range o.Header {
			r.Header[http.CanonicalHeaderKey(name)] = values
		}
		answer, err := client.Do(r)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
		if err == nil && len(body) > maxAnswer {
			err = Final(fmt.Errorf("the answer has more than %d bytes", maxAnswer))
		}
		return documentOf(answer, body, o.Headers), err
	})
}

func documentOf(answer *http.Response, body []byte, headers []string) map[string]any {
	document := map[string]any{"status": answer.StatusCode}
	if len(headers) > 0 {
		shown := map[string]any{}
		for _, name := range headers {
			if values := answer.Header.Values(name); len(values) > 0 {
				shown[name] = strings.Join(values, ", ")
			}
		}
		document["header"] = shown
	}
	switch {
	case len(body) == 0:
	case json.Valid(body) && utf8.Valid(body):
		document["body"] = json.RawMessage(body)
	default:
		document["body"] = string(body)
	}
	return document
}

// inProcess carries requests to a handler on the caller's goroutine: nothing of it is left behind, and in a bubble it waits by
// virtual time.
type inProcess struct{ handler http.Handler }

// RoundTrip answers r.
func (t inProcess) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := &inprocess.Answer{}
	incoming := r.Clone(r.Context())
	incoming.RequestURI = r.URL.RequestURI()
	incoming.RemoteAddr = "192.0.2.1:1" // of a documentation network, RFC 5737
	if incoming.Host == "" {
		incoming.Host = r.URL.Host
	}
	if incoming.Body == nil {
		incoming.Body = http.NoBody
	}
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, fmt.Errorf("the handler panicked: %v", p)
		}
	}()
	t.handler.ServeHTTP(w, incoming)
	if r.Context().Err() != nil {
		return nil, errors.Join(errors.New("the handler took too long"), r.Context().Err())
	}
	return w.Response(r), nil
}

package fake

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
)

// visit runs serve as a visit of the service, if there is somebody to record it.
func (s *Service) visit(visitor backend.Visitor, client string, r *http.Request, body []byte, serve func(context.Context) error) error {
	ctx := r.Context()
	if visitor == nil {
		return serve(ctx)
	}
	if event.Correlation(ctx) == "" {
		if t, ok := event.ParseTrace(r.Header.Get("Traceparent")); ok {
			ctx = event.WithCorrelation(ctx, cmp.Or(t.Correlation(), t.ID))
		}
	}
	return visitor.Visit(ctx, backend.Visit{
		Client: client, Operation: r.Method + " " + r.URL.Path, To: s.at(r.URL.Path),
		Event: &event.Event{Body: string(body), Attributes: attributes(r)}, Serve: serve,
	})
}

// secrets are what the names of headers and of parameters have in them whose values are not recorded: a recording is kept and shown.
var secrets = []string{"authorization", "cookie", "token", "secret", "password", "signature", "api-key", "apikey", "api_key"}

func isSecret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(secrets, func(part string) bool { return strings.Contains(name, part) })
}

// attributes are the method, the query and the headers of a request.
func attributes(r *http.Request) map[string]string {
	list := map[string]string{"method": r.Method}
	if r.URL.RawQuery != "" {
		list["query"] = shownQuery(r.URL.RawQuery)
	}
	for name, values := range r.Header {
		if !isSecret(name) {
			list[name] = strings.Join(values, ", ")
		}
	}
	return list
}

// shownQuery leaves out the values of secret parameters, and all else as it is.
func shownQuery(raw string) string {
	parameters := strings.Split(raw, "&")
	for i, p := range parameters {
		name, _, _ := strings.Cut(p, "=")
		if plain, err := url.QueryUnescape(name); err != nil || isSecret(plain) {
			parameters[i] = name + "=…"
		}
	}
	return strings.Join(parameters, "&")
}

// agents are what the pipeline itself calls its requests: it records them where they come from, as deliveries of an event.
var agents = []string{"Amazon Simple Notification Service Agent", "Amazon/EventBridge/ApiDestinations"}

// Handler returns the service for a server that other processes reach. Each request is a visit by the client of that name, but those
// of a pipeline's deliveries, which the pipeline records.
func (s *Service) Handler(visitor backend.Visitor, client string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, agent := range agents {
			if r.UserAgent() == agent {
				s.ServeHTTP(w, r)
				return
			}
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "the body could not be read: "+err.Error(), http.StatusBadRequest)
			return
		}
		var broken any
		served := false
		err = s.visit(visitor, client, r, body, func(ctx context.Context) (err error) {
			served = true
			defer func() {
				if broken = recover(); broken != nil {
					err = errors.New("the connection was cut")
				}
			}()
			in := r.Clone(ctx)
			in.Body = io.NopCloser(bytes.NewReader(body))
			status := &statusWriter{ResponseWriter: w}
			s.ServeHTTP(status, in)
			if status.code >= http.StatusBadRequest {
				return fmt.Errorf("answered %d %s", status.code, http.StatusText(status.code))
			}
			return nil
		})
		switch {
		case broken != nil:
			panic(broken)
		case !served:
			http.Error(w, "the request could not be recorded: "+err.Error(), http.StatusInternalServerError)
		}
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	code int
}

// WriteHeader sends the status.
func (w *statusWriter) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

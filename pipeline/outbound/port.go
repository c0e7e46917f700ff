package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/internal/inprocess"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Options say what may be reached. The zero value reaches this machine only.
type Options struct {
	// Allow names further hosts, with or without a port: "crm.example.test", "10.1.2.3:8080"; "*.example.test" is any name below.
	Allow []string
	// Handlers serve requests to hosts in process, by host with or without a port. A handler must end with the request's context.
	Handlers map[string]http.Handler
}

// Port makes requests. Make one with [New]. Safe for concurrent use.
type Port struct {
	options Options
	client  http.Client

	mu       sync.RWMutex
	handlers map[string]http.Handler // by host in lower case, with or without a port
}

// Request is one request. It is not changed afterwards.
type Request struct {
	Method  string // "" is POST
	URL     string
	Header  http.Header
	Body    string
	Timeout time.Duration // 0 means 15 s
}

// Response is what came back.
type Response struct {
	Status int
	Header http.Header
	Body   []byte // at most 1 MiB of it
}

const (
	defaultTimeout = 15 * time.Second
	maxBody        = 1 << 20
)

// RefusedError says that a request leads where the port may not go.
type RefusedError struct {
	Host    string
	Address string // that the host resolved to, "" before
}

// Error names the host and what to do.
func (e *RefusedError) Error() string {
	at := ""
	if e.Address != "" && e.Address != e.Host {
		at = " (" + e.Address + ")"
	}
	return fmt.Sprintf("%s%s is not on this machine: allow the host, or give a handler for it, in the pipeline's outbound options", e.Host, at)
}

// ErrorCode is "OutboundRefused".
func (e *RefusedError) ErrorCode() string { return "OutboundRefused" }

// New returns a port.
func New(o Options) *Port {
	p := &Port{options: o, handlers: map[string]http.Handler{}}
	for host, h := range o.Handlers {
		p.Handle(host, h)
	}
	p.client = http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DialContext: p.dial, DisableKeepAlives: true, DisableCompression: true},
	}
	return p
}

// dial connects to the address that the host resolves to, if that is this machine or the host is allowed. The check is made on the
// very address of the connection: a second look at the name could be answered differently.
func (p *Port) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	d := net.Dialer{}
	if !p.allowed(hostPort) {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !at.Addr().Unmap().IsLoopback() {
				return &RefusedError{Host: hostPort, Address: address}
			}
			return nil
		}
	}
	return d.DialContext(ctx, network, hostPort)
}

func (p *Port) allowed(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort
	}
	for _, a := range p.options.Allow {
		if below, wild := strings.CutPrefix(a, "*"); strings.EqualFold(a, host) || strings.EqualFold(a, hostPort) ||
			wild && strings.HasPrefix(below, ".") && strings.HasSuffix(strings.ToLower(host), strings.ToLower(below)) {
			return true
		}
	}
	return false
}

// Do makes one request and blocks until it is answered, fails, or ctx ends.
//
// Errors: *RefusedError, *url.Error.
func (p *Port) Do(ctx context.Context, r Request) (Response, error) {
	if r.Timeout <= 0 {
		r.Timeout = defaultTimeout
	}
	ctx, stop := context.WithTimeout(ctx, r.Timeout)
	defer stop()
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	out, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.Body))
	if err != nil {
		return Response{}, err
	}
	if out.URL.Scheme != "http" && out.URL.Scheme != "https" || out.URL.Host == "" {
		return Response{}, fmt.Errorf("%q is not an http or https URL", r.URL)
	}
	for name, values := range r.Header {
		out.Header[http.CanonicalHeaderKey(name)] = values
	}
	if h := p.handler(out.URL); h != nil {
		return serve(h, out)
	}
	in, err := p.client.Do(out)
	if err != nil {
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			return Response{}, refused
		}
		return Response{}, err
	}
	defer in.Body.Close()
	body, err := io.ReadAll(io.LimitReader(in.Body, maxBody))
	return Response{Status: in.StatusCode, Header: in.Header, Body: body}, err
}

// Handle has requests to the host, with or without a port, served by h in process; nil takes the host's handler away. A handler must
// end with the request's context.
func (p *Port) Handle(host string, h http.Handler) {
	p.mu.Lock()
	defer p.mu.Unlock()
	host = strings.ToLower(host)
	if h == nil {
		delete(p.handlers, host)
		return
	}
	p.handlers[host] = h
}

func (p *Port) handler(u *url.URL) http.Handler {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if h := p.handlers[strings.ToLower(u.Host)]; h != nil {
		return h
	}
	return p.handlers[strings.ToLower(u.Hostname())]
}

// serve answers a request from a handler in process.
func serve(h http.Handler, r *http.Request) (Response, error) {
	r.RequestURI = r.URL.RequestURI()
	r.RemoteAddr = "127.0.0.1:0"
	w := &inprocess.Answer{Most: maxBody}
	h.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return Response{}, err
	}
	return Response{Status: w.Status(), Header: w.Sent(), Body: w.Body()}, nil
}

// Send makes a request as work of the scope: it counts as under way until it is answered. done is called once as a task of the
// engine, without any lock; it must not block. A nil Port refuses.
func (p *Port) Send(scope *engine.Scope, place event.Place, fact uint64, r Request, done func(Response, error)) {
	tell := func(answer Response, err error) {
		scope.Engine.Schedule(&engine.Task{
			Scope: scope, Channel: string(place), What: "answer of " + string(place), Place: place, Fact: fact, Run: func() { done(answer, err) },
		})
	}
	if p == nil {
		tell(Response{}, &RefusedError{Host: r.URL})
		return
	}
	scope.Start(engine.Work{What: "HTTP request to " + string(place), Place: place, Fact: fact, Run: func(ctx context.Context) {
		defer func() {
			if f := recover(); f != nil {
				tell(Response{}, fmt.Errorf("the handler panicked: %v", f))
			}
		}()
		tell(p.Do(ctx, r))
	}})
}

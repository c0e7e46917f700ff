package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Headers by which a client tells more than AWS's protocols have room for.
const (
	HeaderClient      = "X-Dyetrace-Client"      // name of the client in traces
	HeaderCorrelation = "X-Dyetrace-Correlation" // correlation id of the flow; else the trace id of traceparent is taken
	HeaderCause       = "X-Dyetrace-Cause"       // seq of the hop that led to the call
	HeaderToken       = "X-Dyetrace-Token"       // the run's token, for the control API
)

// maxBody is the largest request body that is read. No AWS service here takes more: DynamoDB's batches end at 16 MiB.
const maxBody = 16 << 20

// Timeouts of the server. A long poll lasts 20 s at most, and both reading and writing limits count while it waits.
const (
	readHeaderTimeout = 10 * time.Second
	requestTimeout    = 60 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeaderBytes    = 64 << 10
)

// Options configure a Server.
type Options struct {
	Engine  *engine.Engine // its Build returns *Services
	Hosts   []string       // host names that requests may be addressed to, beside those of this machine; "*.example.test" is a name below it
	Token   string         // that the control API demands; "" demands none
	Version string         // that health answers
	// Documents are served to everybody by path, which must begin with /_dyetrace/; a document is made when it is asked for.
	Documents map[string]func() (contentType string, body []byte)
	// Pages are shown by path, which must begin with /_, to whoever may use the control API.
	Pages  map[string]Page
	Logger *slog.Logger // for panics and other faults of the pipeline; nil logs nothing
}

// Server answers requests. Make one with [New].
type Server struct {
	engine  *engine.Engine
	guard   guard
	version string
	files   map[string]func() (contentType string, body []byte)
	pages   map[string]Page
	log     *slog.Logger
	panics  atomic.Uint64
	http    http.Server
	over    chan struct{} // closed when nobody should wait any longer
	end     func()        // closes it
}

// New returns a server of the services that o.Engine builds.
func New(o Options) *Server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{engine: o.Engine, guard: newGuard(o.Hosts, o.Token), version: o.Version, files: o.Documents, pages: o.Pages, log: o.Logger, over: make(chan struct{})}
	s.end = sync.OnceFunc(func() { close(s.over) })
	s.http = http.Server{
		Handler:           s,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
	return s
}

// Serve answers requests that come in over l until [Server.Shutdown]; then it returns [http.ErrServerClosed]. It closes l.
func (s *Server) Serve(l net.Listener) error { return s.http.Serve(corkingListener{l}) }

// Shutdown stops listening and waits until every request under way is answered, or until ctx ends; then it cuts the
// connections and returns ctx.Err().
func (s *Server) Shutdown(ctx context.Context) error {
	s.end()
	err := s.http.Shutdown(ctx)
	if err != nil {
		s.http.Close()
	}
	return err
}

// Panics returns how many panics there were ([Server.Panicked]), those of requests included: each of these was answered as
// InternalFailure. A test should fail if it is not 0.
func (s *Server) Panics() uint64 { return s.panics.Load() }

// ServeHTTP answers one request: of an AWS API, or of the control API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if problem := s.guard.check(r); problem != nil {
		refuse(w, problem)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/_") && s.control(w, r) {
		return
	}
	b := takeBuffers()
	defer b.release()
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	a := s.answer(r, b, r.Header.Get(HeaderClient), scheme+r.Host)
	a.write(w, r)
}

package dyesocket

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/observe"
)

// Server is a fake WebSocket server of one test.
type Server struct {
	end    *end
	url    string
	client *http.Client

	mu    sync.Mutex
	conns []*Conn
}

// Script is what a fake server does with one connection: it sends and receives until it returns, and the connection is closed. ctx
// ends with the test.
type Script func(ctx context.Context, c *Conn) error

// Serve starts a WebSocket server that the system under test connects to, by [Server.URL] and with [Server.Client]. It runs script
// for each connection; nil keeps what comes. A script that fails, but for a connection that was closed, fails the test.
func Serve(d *dye.T, name string, script Script, o ...Option) *Server {
	d.Helper()
	m := newMemory()
	s := &Server{end: newEnd(d, name, o), url: "ws://" + name, client: m.client()}
	if script == nil {
		script = func(ctx context.Context, c *Conn) error { return c.listen(ctx) }
	}
	serve(d, m, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.accept(w, r, script) }), s.closeAll)
	return s
}

func (s *Server) accept(w http.ResponseWriter, r *http.Request, script Script) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // the Origin of a page does not matter in memory
	if err != nil {
		s.end.failed("a connection that is none", err)
		return
	}
	c := newConn(s.end, ws)
	s.mu.Lock()
	s.conns = append(s.conns, c)
	s.mu.Unlock()
	ctx := s.end.d.Context()
	if err := script(ctx, c); !ended(ctx, err) {
		s.end.failed("the script of the server", err)
	}
	ws.Close(websocket.StatusNormalClosure, "")
}

func (s *Server) closeAll() {
	s.mu.Lock()
	conns := slices.Clone(s.conns)
	s.mu.Unlock()
	for _, c := range conns {
		c.ws.CloseNow()
	}
}

// URL returns what the system connects to: "ws://NAME". A path may be appended.
func (s *Server) URL() string { return s.url }

// Client returns the HTTP client that reaches the server, for the options of the system's WebSocket library
// (websocket.DialOptions.HTTPClient) or, by its Transport's DialContext, for a dialer.
func (s *Server) Client() *http.Client { return s.client }

// Place returns "socket:NAME".
func (s *Server) Place() string { return string(s.end.place) }

// Messages returns what the system sent so far.
func (s *Server) Messages() []string { return s.end.inbox.messages() }

// Collect takes count messages that one of the selectors selects, or any if none is given, as [dye.T.Collect] does for a queue.
func (s *Server) Collect(count int, selectors ...dye.Selector) []*observe.Received {
	s.end.d.Helper()
	return s.end.collect(count, selectors)
}

// serve serves h over l until the test is over, when it calls closing first.
func serve(d *dye.T, l net.Listener, h http.Handler, closing func()) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	over := make(chan error, 1)
	go func() { over <- server.Serve(l) }()
	d.Cleanup(func() {
		closing()
		server.Close()
		if err := <-over; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			d.Errorf("dye: the server of a socket ended: %v", err)
		}
	})
}

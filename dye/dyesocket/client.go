package dyesocket

import (
	"context"
	"net/http"

	"github.com/coder/websocket"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/observe"
)

// Client is the test's client of the system's WebSocket: it takes down what the system sends.
type Client struct {
	*Conn
	over chan struct{}
}

// Dial connects to a WebSocket handler of the system under test, in process, with a path ("/feed?tenant=acme") and headers such as a
// token; and keeps every message that comes until the test is over. A handler that refuses ends the test.
func Dial(d *dye.T, name string, handler http.Handler, path string, header http.Header, o ...Option) *Client {
	d.Helper()
	m := newMemory()
	e := newEnd(d, name, o)
	c := &Client{over: make(chan struct{})}
	serve(d, m, handler, func() {
		if c.Conn != nil {
			c.ws.CloseNow()
			<-c.over
		}
	})
	return c.dial(e, "ws://"+name+path, &websocket.DialOptions{HTTPClient: m.client(), HTTPHeader: header})
}

// DialURL is Dial for a server at a URL: ws:// or wss://. It needs real time, and so a running server as backend.
func DialURL(d *dye.T, name, url string, header http.Header, o ...Option) *Client {
	d.Helper()
	c := &Client{over: make(chan struct{})}
	d.Cleanup(func() {
		if c.Conn != nil {
			c.ws.CloseNow()
			<-c.over
		}
	})
	return c.dial(newEnd(d, name, o), url, &websocket.DialOptions{HTTPHeader: header})
}

func (c *Client) dial(e *end, url string, o *websocket.DialOptions) *Client {
	e.d.Helper()
	ctx := e.d.Context()
	ws, _, err := websocket.Dial(ctx, url, o)
	if err != nil {
		e.d.Fatalf("dye: %s: no WebSocket at %s: %v", e.place, url, err)
	}
	c.Conn = newConn(e, ws)
	go func() {
		defer close(c.over)
		if err := c.listen(context.WithoutCancel(ctx)); !ended(ctx, err) {
			e.failed("the connection", err)
		}
	}()
	return c
}

// Place returns "socket:NAME".
func (c *Client) Place() string { return string(c.end.place) }

// Messages returns what the system sent so far.
func (c *Client) Messages() []string { return c.end.inbox.messages() }

// Collect takes count messages that one of the selectors selects, or any if none is given, as [dye.T.Collect] does for a queue.
func (c *Client) Collect(count int, selectors ...dye.Selector) []*observe.Received {
	c.end.d.Helper()
	return c.end.collect(count, selectors)
}

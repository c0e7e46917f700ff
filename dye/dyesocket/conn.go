package dyesocket

import (
	"context"

	"github.com/coder/websocket"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// Conn is the test's end of one connection. Its methods may be called from several goroutines, but Receive from one at a time.
type Conn struct {
	end *end
	ws  *websocket.Conn
}

// maxMessage bounds a message of the system, which is kept whole.
const maxMessage = 16 << 20

func newConn(e *end, ws *websocket.Conn) *Conn {
	ws.SetReadLimit(maxMessage) // the library's own is 32 KiB, which says nothing about the system
	return &Conn{e, ws}
}

// end is what the connections of one place share.
type end struct {
	d      *dye.T
	place  event.Place
	system string // the system's client in traces
	inbox  *inbox
}

func newEnd(d *dye.T, name string, o []Option) *end {
	e := &end{d: d, place: event.At(event.PlaceSocket, name), system: "app"}
	for _, option := range o {
		option(e)
	}
	e.inbox = newInbox(e.place)
	d.End(string(e.place))
	return e
}

// Option changes an end.
type Option func(*end)

// System names the client of the system under test that is at the other side of the socket, as its endpoint is called: "app" if it is
// not told. What it sends while it holds a message of a queue under that name belongs to the message's flow.
func System(client string) Option { return func(e *end) { e.system = client } }

// Send sends a text message to the system.
func (c *Conn) Send(ctx context.Context, text string) error {
	e := c.end
	return e.d.Visit(ctx, backend.Visit{Client: e.place.Name(), Operation: "send", To: e.place, Serve: func(ctx context.Context) error {
		return c.ws.Write(ctx, websocket.MessageText, []byte(text))
	}})
}

// Receive returns the next message of the system, text or binary, and records it. The error is a websocket.CloseError when the system
// closed the connection.
func (c *Conn) Receive(ctx context.Context) (string, error) {
	_, data, err := c.ws.Read(ctx)
	if err != nil {
		return "", err
	}
	e, text := c.end, string(data)
	err = e.d.Visit(ctx, backend.Visit{
		Client: e.system, Operation: "message", To: e.place, Event: &event.Event{Body: text},
		Serve: func(context.Context) error { e.inbox.put(text); return nil },
	})
	return text, err
}

// Close closes the connection with a status ("1000: normal closure") and a reason.
func (c *Conn) Close(code websocket.StatusCode, reason string) error { return c.ws.Close(code, reason) }

// listen receives until the connection ends.
func (c *Conn) listen(ctx context.Context) error {
	for {
		if _, err := c.Receive(ctx); err != nil {
			return err
		}
	}
}

// collect is [dye.T.Collect] for a socket.
func (e *end) collect(count int, selectors []dye.Selector) []*observe.Received {
	e.d.Helper()
	return e.d.CollectFrom(string(e.place), e.inbox, count, selectors...)
}

// ended reports whether the end of a connection is how it should be: closed by either side, or the test is over.
func ended(ctx context.Context, err error) bool {
	status := websocket.CloseStatus(err)
	return err == nil || ctx.Err() != nil || status == websocket.StatusNormalClosure || status == websocket.StatusGoingAway || status == websocket.StatusNoStatusRcvd
}

func (e *end) failed(what string, err error) {
	e.d.Errorf("dye: %s: %s: %v", report.Clean(string(e.place)), what, err)
}

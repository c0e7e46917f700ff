package dyesocket

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// memory is a listener without a socket: what dial returns, Accept returns the other side of.
type memory struct {
	conns chan net.Conn
	done  chan struct{}
	close sync.Once
}

func newMemory() *memory { return &memory{conns: make(chan net.Conn), done: make(chan struct{})} }

// Accept returns the next connection.
func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and dial.
func (m *memory) Close() error {
	m.close.Do(func() { close(m.done) })
	return nil
}

// Addr returns a name that is no address.
func (m *memory) Addr() net.Addr { return address{} }

type address struct{}

func (address) Network() string { return "memory" }
func (address) String() string  { return "memory" }

// dial connects to the listener. It does not select on a context, which may be of outside the bubble: a listener that is served
// accepts at once.
func (m *memory) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case m.conns <- there:
		return here, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// client returns a client whose every connection is to the listener.
func (m *memory) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: m.dial, DisableKeepAlives: true}}
}

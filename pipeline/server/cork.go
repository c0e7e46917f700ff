package server

import (
	"bytes"
	"net"
)

// connKey finds the connection of a request in its context.
type connKey struct{}

// corkingListener wraps what it accepts in corkedConn.
type corkingListener struct{ net.Listener }

// Accept waits for the next connection.
func (l corkingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &corkedConn{Conn: c}, nil
}

// corkFrom is the length of a body from which head and body no longer fit into net/http's own buffer of 4 KiB, head included.
const corkFrom = 2 << 10

// keptCork is how much a connection keeps for its next large answer.
const keptCork = 64 << 10

// corkedConn lets a large answer leave in one write. net/http sends the head with the first 4 KiB and then the rest, and a
// client that reads the first part while the second is still being written wakes twice.
//
// cork is called on the goroutine that writes the answer, which is the only one that writes to the connection.
type corkedConn struct {
	net.Conn
	held []byte
	body int // bytes of body that are to come; 0: not corked
}

// cork holds back what is written until a head and n bytes of body are together. The caller owes exactly that.
func (c *corkedConn) cork(n int) { c.body = n }

var headEnd = []byte("\r\n\r\n")

// Write sends p, or holds it back.
func (c *corkedConn) Write(p []byte) (int, error) {
	if c.body == 0 {
		return c.Conn.Write(p)
	}
	c.held = append(c.held, p...)
	head := bytes.Index(c.held, headEnd)
	if head < 0 || len(c.held) < head+len(headEnd)+c.body {
		return len(p), nil
	}
	_, err := c.Conn.Write(c.held)
	c.body = 0
	c.held = c.held[:0]
	if cap(c.held) > keptCork {
		c.held = nil
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

package server

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// countingListener tells the sizes of all writes to its connections.
type countingListener struct {
	net.Listener
	mu     sync.Mutex
	writes []int
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &countingConn{c, l}, err
}

func (l *countingListener) take() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.writes
	l.writes = nil
	return w
}

type countingConn struct {
	net.Conn
	l *countingListener
}

func (c *countingConn) Write(p []byte) (int, error) {
	c.l.mu.Lock()
	c.l.writes = append(c.l.writes, len(p))
	c.l.mu.Unlock()
	return c.Conn.Write(p)
}

// listening serves s on a port of its own.
func listening(t testing.TB, s *Server) (*countingListener, string) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &countingListener{Listener: inner}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		s.engine.Close()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
	return l, "http://" + inner.Addr().String()
}

func post(t testing.TB, url, target, body string) string {
	t.Helper()
	r, err := http.NewRequest("POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", target)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestServe_sends_head_and_body_in_one_write(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	l, url := listening(t, s)
	for _, size := range []int{0, 1, 1024, 2047, 2048, 2049, 3500, 3800, 4096, 30 << 10, 1 << 20, 5} {
		got := post(t, url, "AmazonSQS.Big", strconv.Itoa(size))
		if len(got) != size || strings.Trim(got, "b") != "" {
			t.Errorf("%d bytes: %d came", size, len(got))
		}
		if writes := l.take(); len(writes) != 1 {
			t.Errorf("%d bytes left in writes of %v", size, writes)
		}
	}
}

func TestServe_does_not_wait_for_a_body_that_HEAD_has_not(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	_, url := listening(t, s)
	for range 2 {
		r, _ := http.NewRequest("HEAD", url+"/v1/pipes/"+strings.Repeat("x", 4000)+"/start", nil)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
}

// raw sends text and returns the status of the answer, 0 if the connection was closed without one.
func raw(t *testing.T, url, text string) int {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Logf("the server stopped reading: %v", err)
	}
	if half, ok := c.(*net.TCPConn); ok {
		half.CloseWrite()
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	return answer.StatusCode
}

func TestServe_survives_broken_HTTP(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	_, url := listening(t, s)
	const head = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.Echo\r\nConnection: close\r\n"
	for _, row := range []struct {
		reason, text string
		status       int
	}{
		{"HTTP/1.0", "POST / HTTP/1.0\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.Echo\r\nContent-Length: 2\r\n\r\n{}", 200},
		{"HTTP/1.0 without a host", "POST / HTTP/1.0\r\nX-Amz-Target: AmazonSQS.Echo\r\nContent-Length: 2\r\n\r\n{}", 403},
		{"HTTP/1.1 without a host", "POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.Echo\r\n\r\n", 400},
		{"two hosts", "POST / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400},
		{"chunked", head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 200},
		{"a chunk with a size that is none", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400},
		{"chunked beyond the end", head + "Transfer-Encoding: chunked\r\n\r\nff\r\n{}", 400},
		{"a length that is too long", head + "Content-Length: 9\r\n\r\n{}", 400},
		{"two lengths", head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400},
		{"a negative length", head + "Content-Length: -1\r\n\r\n{}", 400},
		{"2 GiB announced", head + "Content-Length: 2147483648\r\n\r\n{}", 413},
		{"100-continue", head + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", 100},
		{"a header of 1 MiB", head + "X-Long: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", 431},
		{"NUL in a header", head + "X-Nul: \x00\r\n\r\n", 400},
		{"not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400},
	} {
		if got := raw(t, url, row.text); got != row.status {
			t.Errorf("%s: status %d, want %d", row.reason, got, row.status)
		}
		if got := post(t, url, "AmazonSQS.Echo", `{"next":1}`); got != `{"next":1}` {
			t.Errorf("the request after %s: %s", row.reason, got)
		}
	}
}

func TestServe_has_every_timeout_and_none_shorter_than_a_long_poll(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	for name, limit := range map[string]time.Duration{"ReadTimeout": s.http.ReadTimeout, "WriteTimeout": s.http.WriteTimeout, "IdleTimeout": s.http.IdleTimeout} {
		if limit <= 25*time.Second {
			t.Errorf("%s is %v: a long poll of 20 s would be cut", name, limit)
		}
	}
	if s.http.ReadHeaderTimeout <= 0 || s.http.MaxHeaderBytes <= 0 {
		t.Error("headers may come as slowly, or as large, as a client likes")
	}
}

func TestServe_tells_a_poll_that_its_client_went_away_R1_2(t *testing.T) {
	began, ended := make(chan struct{}, 1), make(chan error, 1)
	s := serving(t, Options{}, engine.Options{Interceptors: []engine.Interceptor{{
		Call: func(_ context.Context, _ *engine.Call, next func() ([]byte, error)) ([]byte, error) {
			began <- struct{}{}
			answer, err := next()
			ended <- err
			return answer, err
		},
	}}})
	_, url := listening(t, s)
	ctx, leave := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader("{}"))
	r.Header.Set("X-Amz-Target", "AmazonSQS.Wait")
	gone := make(chan error, 1)
	go func() {
		_, err := http.DefaultClient.Do(r)
		gone <- err
	}()
	<-began
	leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the poll ended with %v", err)
	}
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the client saw %v", err)
	}
}

package backendtest

import (
	"errors"
	"net"
	"net/http"
)

// TB is what Serve needs of a test: *testing.T has it, *dye.T, too.
type TB interface {
	Helper()
	Fatal(args ...any)
	Error(args ...any)
	Cleanup(f func())
}

// Server answers requests until it is closed: a *pipeline.Pipeline.
type Server interface {
	Serve(l net.Listener) error
	Close() error
}

// Serve has s answer on a free port of loopback until the test is over, and returns its URL.
func Serve(t TB, s Server) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

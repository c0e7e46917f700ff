package dye

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/fake"
	"github.com/dyetrace/dyetrace/report"
)

// Service is a fake HTTP service of one test; see [T.Service] and package fake.
type Service struct {
	*fake.Service
	d *T
}

// Service starts a fake HTTP service in the place of one that the system under test calls, or that is delivered to. On the embedded
// pipeline it has the URL http://HOST and no socket: give the system its [Service.Client], and its URL to whatever makes the pipeline
// call it (a subscription of SNS, an API destination). With a running server it listens on a port of this machine.
//
// Every request is an arrival in the flow, at http:URL/PATH: expect it with On(billing.Place()). A request that no script answers
// gets 501, and fails the test.
func (d *T) Service(host string) *Service {
	d.Helper()
	if host == "" || strings.ContainsAny(host, "/?#@ ") {
		d.Fatalf("dye: Service(%q): name a host alone, as in billing.example.test", host)
	}
	local, here := d.backend.(backend.Local)
	s := &Service{d: d}
	if here {
		s.Service = fake.NewService("http://" + host)
		local.Handle(host, s.Service)
		d.Cleanup(func() { local.Handle(host, nil) })
	} else {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		d.must(err)
		s.Service = fake.NewService("http://" + l.Addr().String())
		d.serve(l, s.Handler(d.visitor(), host))
	}
	d.mu.Lock()
	d.services = append(d.services, s)
	d.mu.Unlock()
	d.Cleanup(func() {
		if text := unscripted(s.Unscripted()); text != "" {
			d.Errorf("dye: the service %s was asked for what no script answers:%s\n  script it with On(\"METHOD /path\", …), or On(\"/\", …) for all the rest", host, text)
		}
	})
	return s
}

// serve serves h until the test is over.
func (d *T) serve(l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	d.Cleanup(func() {
		server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			d.Errorf("dye: the service at %s ended: %v", l.Addr(), err)
		}
	})
}

// On scripts the answers to requests that match a pattern of net/http's ServeMux; see [fake.Service.On]. A pattern that ServeMux
// refuses ends the test.
func (s *Service) On(pattern string, answers ...fake.Answer) *Service {
	s.d.Helper()
	if err := s.Service.On(pattern, answers...); err != nil {
		s.d.Fatalf("dye: %v", err)
	}
	return s
}

// Client returns a client for the system under test that reaches this service only, without a socket; "app" in traces if no name is
// given. What it asks belongs to the flow of its request's context, else of its header traceparent.
func (s *Service) Client(name ...string) *http.Client {
	client := "app"
	if len(name) > 0 {
		client = name[0]
	}
	return s.Service.Client(s.d.visitor(), client)
}

func unscripted(list []fake.Request) string {
	const most = 3
	var b strings.Builder
	for i, r := range list {
		if i == most {
			b.WriteString("\n  …")
			break
		}
		b.WriteString("\n  " + report.Clean(r.Method+" "+r.Path))
	}
	return b.String()
}

package outbound

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Method", r.Method)
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, r.URL.RequestURI()+" "+r.Header.Get("X-Api-Key")+" "+string(body))
}

func TestDo_reaches_this_machine_and_nothing_else(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(echo))
	defer srv.Close()
	p := New(Options{})
	got, err := p.Do(t.Context(), Request{Method: "PUT", URL: srv.URL + "/a?b=c", Header: http.Header{"X-Api-Key": {"k"}}, Body: "hello"})
	if err != nil || got.Status != http.StatusAccepted || string(got.Body) != "/a?b=c k hello" || got.Header.Get("X-Method") != "PUT" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, url := range []string{"http://192.0.2.1/", "http://169.254.169.254/latest/meta-data", "http://[2001:db8::1]/"} {
		_, err := p.Do(t.Context(), Request{URL: url, Timeout: time.Second})
		if _, ok := errors.AsType[*RefusedError](err); !ok {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"ftp://localhost/", "file:///etc/passwd", "http://", ":"} {
		if _, err := p.Do(t.Context(), Request{URL: url}); err == nil {
			t.Errorf("%s is taken", url)
		}
	}
}

func TestAllow_names_hosts(t *testing.T) {
	p := New(Options{Allow: []string{"crm.example.test", "*.partner.test", "10.1.2.3:8080"}})
	for _, c := range []struct {
		hostPort string
		want     bool
	}{
		{"crm.example.test:443", true}, {"CRM.example.test:443", true}, {"x.crm.example.test:443", false}, {"a.partner.test:80", true},
		{"partner.test:80", false}, {"evilpartner.test:80", false}, {"10.1.2.3:8080", true}, {"10.1.2.3:80", false},
	} {
		if got := p.allowed(c.hostPort); got != c.want {
			t.Errorf("%s: %v", c.hostPort, got)
		}
	}
	if _, err := p.dial(t.Context(), "tcp", net.JoinHostPort("192.0.2.1", "80")); err == nil {
		t.Error("192.0.2.1 was reached")
	}
}

func TestDo_follows_no_redirect(t *testing.T) {
	srv := httptest.NewServer(http.RedirectHandler("http://192.0.2.1/", http.StatusFound))
	defer srv.Close()
	if got, err := New(Options{}).Do(t.Context(), Request{URL: srv.URL}); err != nil || got.Status != http.StatusFound {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSend_in_a_bubble_is_work_under_way(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := engine.New(engine.Options{})
		defer e.Close()
		p := New(Options{Handlers: map[string]http.Handler{"crm.example.test": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Minute)
			echo(w, r)
		})}})
		scope := e.Scope("111111111111", "us-east-1")
		var got Response
		var failed, refused error
		p.Send(scope, "http:crm", 0, Request{URL: "https://crm.example.test/x", Timeout: time.Hour}, func(r Response, err error) { got, failed = r, err })
		p.Send(scope, "http:crm", 0, Request{URL: "https://crm.example.test/x", Timeout: time.Second}, func(_ Response, err error) { refused = err })
		synctest.Wait()
		if q := e.Quiescent(); q.Quiet || len(q.Pending) != 2 {
			t.Errorf("%+v", q)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if failed != nil || string(got.Body) != "/x  " || !errors.Is(refused, context.DeadlineExceeded) {
			t.Errorf("%+v, %v, %v", got, failed, refused)
		}
		if q := e.Quiescent(); !q.Quiet {
			t.Errorf("%+v", q)
		}
		var none *Port
		none.Send(scope, "http:crm", 0, Request{URL: "http://localhost/"}, func(_ Response, err error) { refused = err })
		synctest.Wait()
		if refused == nil || !strings.Contains(refused.Error(), "allow the host") {
			t.Errorf("%v", refused)
		}
	})
}

func TestHandle_changes_who_answers(t *testing.T) {
	p := New(Options{Handlers: map[string]http.Handler{"a.test": http.HandlerFunc(echo)}})
	ask := func(url string) int {
		t.Helper()
		answer, err := p.Do(t.Context(), Request{URL: url, Timeout: time.Second})
		if _, refused := errors.AsType[*RefusedError](err); refused {
			return 0
		}
		return answer.Status
	}
	p.Handle("192.0.2.1:8080", http.NotFoundHandler())
	p.Handle("A.test:81", http.NotFoundHandler())
	for url, want := range map[string]int{"http://a.test/": 202, "http://A.TEST:80/": 202, "http://a.test:81/": 404, "http://192.0.2.1:8080/": 404, "http://192.0.2.1/": 0} {
		if got := ask(url); got != want {
			t.Errorf("%s: %d, want %d", url, got, want)
		}
	}
	p.Handle("192.0.2.1:8080", nil)
	if got := ask("http://192.0.2.1:8080/"); got != 0 {
		t.Errorf("the handler that was taken away answered %d", got)
	}
}

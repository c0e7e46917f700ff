package fake_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/fake"
)

// A service that fails once, then not.
func Example() {
	billing := fake.NewService("http://billing.example.test")
	if err := billing.On("POST /charges", fake.Status(503), fake.JSON(201, map[string]string{"id": "ch_1"})); err != nil {
		fmt.Println(err)
	}
	client := billing.Client(nil, "shop")
	for range 2 {
		answer, err := client.Post("http://billing.example.test/charges", "application/json", strings.NewReader(`{"amount":900}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(answer.Body)
		fmt.Printf("%d %q\n", answer.StatusCode, body)
	}
	for _, r := range billing.Requests() {
		fmt.Println(r.Method, r.Path, r.Body, r.Status)
	}
	// Output:
	// 503 ""
	// 201 "{\"id\":\"ch_1\"}"
	// POST /charges {"amount":900} 503
	// POST /charges {"amount":900} 201
}

// visits keeps what is recorded.
type visits struct {
	mu   sync.Mutex
	list []backend.Visit
	errs []error
	ids  []string
}

func (v *visits) Visit(ctx context.Context, visit backend.Visit) error {
	err := visit.Serve(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.list, v.errs, v.ids = append(v.list, visit), append(v.errs, err), append(v.ids, event.Correlation(ctx))
	return err
}

func ask(t *testing.T, client *http.Client, method, url, body string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

func script(t *testing.T, s *fake.Service, pattern string, answers ...fake.Answer) {
	t.Helper()
	if err := s.On(pattern, answers...); err != nil {
		t.Fatal(err)
	}
}

func TestService_answers_by_its_script_R2_15(t *testing.T) {
	s := fake.NewService("http://crm.test/")
	script(t, s, "GET /leads/{id}", fake.Text(200, "one"), fake.Text(200, "two").Header("X-Lead", "17"))
	script(t, s, "POST /leads", fake.Func(func(r fake.Request) fake.Answer { return fake.JSON(202, map[string]int{"length": len(r.Body)}) }))
	script(t, s, "PUT /leads", fake.JSON(200, func() {}))
	client := s.Client(nil, "app")
	for i, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "/leads/17", "", 200, "one"},
		{"GET", "/leads/18", "", 200, "two"},
		{"GET", "/leads/19", "", 200, "two"},
		{"POST", "/leads", "four", 202, `{"length":4}`},
		{"PUT", "/leads", "", 500, "unsupported type: func()"},
		{"DELETE", "/leads/17", "", 501, `script one with On("DELETE /leads/17", …)`},
	} {
		status, said, err := ask(t, client, c.method, "http://crm.test"+c.path, c.body)
		if err != nil || status != c.status || !strings.Contains(said, c.says) {
			t.Errorf("%d: %s %s: %d %q %v, want %d %q", i, c.method, c.path, status, said, err, c.status, c.says)
		}
	}
	if list := s.Unscripted(); len(list) != 1 || list[0].Method != "DELETE" || list[0].Status != 501 || len(s.Requests()) != 6 {
		t.Errorf("without a script: %+v", list)
	}
	if got := fmt.Sprint(s.Places()); got != "[http:http://crm.test http:http://crm.test/leads http:http://crm.test/leads/17 http:http://crm.test/leads/18 http:http://crm.test/leads/19]" {
		t.Error(got)
	}
	script(t, s, "GET /leads/{id}", fake.Status(410))
	if status, _, _ := ask(t, client, "GET", "http://crm.test/leads/17", ""); status != 410 {
		t.Errorf("the new script answered %d", status)
	}
	for pattern, answers := range map[string][]fake.Answer{"GET /none": nil, "GET /odd": {fake.Status(9999)}, "GET /early": {fake.Status(103)}, "GET  /{": {fake.Status(200)}, "GET /leads/{name}": {fake.Status(200)}} {
		if err := s.On(pattern, answers...); err == nil || !strings.Contains(err.Error(), "On(") {
			t.Errorf("On(%q): %v", pattern, err)
		}
	}
	if _, _, err := ask(t, client, "GET", "http://other.test/", ""); err == nil || !strings.Contains(err.Error(), "http://crm.test only") {
		t.Errorf("another host: %v", err)
	}
}

func TestAnswer_takes_its_time_in_virtual_time_R2_15(t *testing.T) {
	outside := t.Context()
	outside.Done() // its channel is made at the first call, which is to be out here
	synctest.Test(t, func(t *testing.T) {
		s := fake.NewService("http://slow.test")
		script(t, s, "GET /late", fake.Text(200, "late").After(time.Minute))
		script(t, s, "GET /never", fake.Hang())
		script(t, s, "GET /cut", fake.Broken())
		client := s.Client(nil, "app")
		start := time.Now()
		if status, said, err := ask(t, client, "GET", "http://slow.test/late", ""); status != 200 || said != "late" || err != nil || time.Since(start) != time.Minute {
			t.Errorf("late: %d %q %v after %v", status, said, err, time.Since(start))
		}
		for path, want := range map[string]error{"/never": context.DeadlineExceeded, "/late": context.DeadlineExceeded, "/cut": io.ErrUnexpectedEOF} {
			ctx, stop := context.WithTimeout(outside, 5*time.Second)
			r, err := http.NewRequestWithContext(ctx, "GET", "http://slow.test"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Do(r); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", path, err, want)
			}
			stop()
		}
		for _, r := range s.Requests()[1:] {
			if r.Status != 0 {
				t.Errorf("%s got an answer: %d", r.Path, r.Status)
			}
		}
	})
}

func TestClient_records_visits_R2_15(t *testing.T) {
	s, v := fake.NewService("http://billing.test"), &visits{}
	script(t, s, "/", fake.Status(200), fake.Status(409), fake.Broken())
	client := s.Client(v, "shop")
	for range 3 {
		r, err := http.NewRequestWithContext(event.WithCorrelation(t.Context(), "flow-1"), "POST", "http://billing.test/charges?try=1&access_token=t0p", strings.NewReader(`{"amount":900}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer secret")
		r.Header.Set("X-Amz-Security-Token", "secret, too")
		r.Header.Set("Idempotency-Key", "k1")
		client.Do(r)
	}
	if len(v.list) != 3 || v.errs[0] != nil || v.errs[1].Error() != "answered 409 Conflict" || !errors.Is(v.errs[2], io.ErrUnexpectedEOF) {
		t.Fatalf("visits: %v", v.errs)
	}
	got := v.list[0]
	if got.Client != "shop" || got.Operation != "POST /charges" || got.To != "http:http://billing.test/charges" || got.Event.Body != `{"amount":900}` || v.ids[0] != "flow-1" {
		t.Errorf("%+v, flow %q", got, v.ids[0])
	}
	if a := got.Event.Attributes; a["method"] != "POST" || a["query"] != "try=1&access_token=…" || a["Idempotency-Key"] != "k1" || a["Authorization"]+a["X-Amz-Security-Token"] != "" {
		t.Errorf("attributes: %v", a)
	}
}

func TestHandler_records_what_others_ask_and_not_what_the_pipeline_delivers_R2_15(t *testing.T) {
	s, v := fake.NewService("http://127.0.0.1"), &visits{}
	script(t, s, "POST /hook", fake.Status(204))
	script(t, s, "POST /cut", fake.Broken())
	srv := httptest.NewServer(s.Handler(v, "outside"))
	t.Cleanup(srv.Close)
	post := func(path, agent string) (*http.Response, error) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+path, strings.NewReader(`{"a":1}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("User-Agent", agent)
		r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		if path == "/none" {
			r.Header.Set("Traceparent", event.TraceFor("dye-0a1b2c3d").Traceparent()) // as a system hands it on
		}
		return srv.Client().Do(r)
	}
	for _, agent := range []string{"Amazon Simple Notification Service Agent", "curl/8"} {
		if answer, err := post("/hook", agent); err != nil || answer.StatusCode != 204 {
			t.Errorf("%s: %v", agent, err)
		}
	}
	if answer, err := post("/none", "curl/8"); err != nil || answer.StatusCode != 501 {
		t.Errorf("no script: %v", err)
	}
	if _, err := post("/cut", "curl/8"); err == nil {
		t.Error("the connection was not cut")
	}
	srv.Close() // waits for the handlers
	if len(v.list) != 3 || v.ids[0] != "0af7651916cd43dd8448eb211c80319c" || v.ids[1] != "dye-0a1b2c3d" || v.errs[0] != nil || v.errs[1].Error() != "answered 501 Not Implemented" ||
		v.errs[2].Error() != "the connection was cut" || v.list[0].Client != "outside" {
		t.Errorf("visits: %+v %v %v", v.list, v.errs, v.ids)
	}
	if list := s.Requests(); len(list) != 4 || list[1].Body != `{"a":1}` || list[1].Status != 204 {
		text, _ := json.Marshal(list)
		t.Errorf("%s", text)
	}
}

package server

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

func control(t *testing.T, s *Server, method, path string, into any) int {
	t.Helper()
	w := get(s, httptest.NewRequest(method, "http://localhost"+path, nil))
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatalf("%s %s: %v: %s", method, path, err, w.Body)
	}
	return w.Code
}

func TestControl_health_is_what_LocalStacks_clients_wait_for(t *testing.T) {
	s := serving(t, Options{Version: "1.2.3"}, engine.Options{})
	for _, path := range []string{"/_localstack/health", "/_dyetrace/health"} {
		var got struct {
			Services map[string]string
			Edition  string
			Version  string
		}
		if status := control(t, s, "GET", path, &got); status != 200 || got.Edition != "dyetrace" || got.Version != "1.2.3" ||
			got.Services["sqs"] != "running" || got.Services["dynamodbstreams"] != "running" {
			t.Errorf("%s: %d %+v", path, status, got)
		}
	}
}

func TestControl_hops_selects_and_pages_R1_6(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	for i, correlation := range []string{"a", "b", "a", "a"} {
		account := "111111111111"
		if i == 3 {
			account = "222222222222"
		}
		get(s, ask("AmazonSQS.Fail", `{}`, set(HeaderCorrelation, correlation), set("Authorization", signed(account, "us-east-1", "sqs"))))
	}
	for _, row := range []struct {
		reason, query string
		seqs          []uint64
		last          uint64
		more          bool
	}{
		{"all", "", []uint64{1, 2, 3, 4}, 4, false},
		{"of one flow", "?correlation=a", []uint64{1, 3, 4}, 4, false},
		{"of one flow in one account", "?correlation=a&account=111111111111", []uint64{1, 3}, 4, false},
		{"after the second", "?after=2", []uint64{3, 4}, 4, false},
		{"after the last", "?after=4", []uint64{}, 4, false},
		{"the first page of two", "?correlation=a&limit=2", []uint64{1, 3}, 3, true},
		{"the second page", "?correlation=a&limit=2&after=3", []uint64{4}, 4, false},
	} {
		var got Hops
		if status := control(t, s, "GET", "/_dyetrace/hops"+row.query, &got); status != 200 {
			t.Fatalf("%s: %d", row.reason, status)
		}
		seqs := []uint64{}
		for _, h := range got.Hops {
			seqs = append(seqs, h.Seq)
			if h.Reason == nil || !strings.Contains(h.Reason.Text, "no such queue") {
				t.Errorf("%s: hop %d has reason %+v", row.reason, h.Seq, h.Reason)
			}
		}
		if len(seqs) != len(row.seqs) || got.Last != row.last || got.More != row.more {
			t.Errorf("%s: hops %v up to %d, more %v; want %v up to %d, more %v", row.reason, seqs, got.Last, got.More, row.seqs, row.last, row.more)
		}
	}
}

func TestControl_settle_and_advance_R1_7(t *testing.T) {
	clock := engine.NewManualClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	s := serving(t, Options{}, engine.Options{Clock: clock})
	ran := 0
	s.engine.Schedule(&engine.Task{Due: clock.Now().Add(20 * time.Second), What: "a retry", Run: func() { ran++ }})
	var q event.Quiescence
	if control(t, s, "POST", "/_dyetrace/settle?timeout=5s", &q); !q.Quiet || len(q.Pending) != 1 || q.Pending[0].What != "a retry" {
		t.Errorf("settle: %+v", q)
	}
	if control(t, s, "POST", "/_dyetrace/advance?by=30s", &q); !q.Quiet || ran != 1 || !q.At.Equal(time.Date(2026, 1, 2, 3, 4, 35, 0, time.UTC)) {
		t.Errorf("advance: %+v, ran %d", q, ran)
	}
	q = event.Quiescence{}
	if control(t, s, "GET", "/_dyetrace/pending", &q); !q.Quiet || len(q.Pending) != 0 {
		t.Errorf("pending: %+v", q)
	}
}

func TestControl_says_what_to_do_about_a_wrong_command(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	for _, row := range []struct {
		method, path string
		status       int
		code, text   string
	}{
		{"GET", "/_dyetrace/reset", 405, "WrongMethod", "POST"},
		{"POST", "/_dyetrace/hops", 405, "WrongMethod", "GET"},
		{"GET", "/_dyetrace/nope", 404, "NoSuchCommand", "GET /_dyetrace/"},
		{"GET", "/_dyetrace/hops?after=x", 400, "BadNumber", "after"},
		{"GET", "/_dyetrace/hops?limit=-1", 400, "BadNumber", "limit"},
		{"GET", "/_dyetrace/hops?wait=2m", 400, "BadDuration", "from 0s to 1m0s, as in wait=30s"},
		{"POST", "/_dyetrace/reset?account=12", 400, "BadAccount", "12 digits"},
		{"POST", "/_dyetrace/settle?timeout=soon", 400, "BadDuration", "timeout=30s"},
		{"POST", "/_dyetrace/settle?timeout=1000h", 400, "BadDuration", "10m0s"},
		{"POST", "/_dyetrace/advance", 400, "BadDuration", "by=30s"},
		{"POST", "/_dyetrace/advance?by=-1s", 400, "BadDuration", "not negative"},
		{"POST", "/_dyetrace/advance?by=1s", 409, "ClockNotManual", "--clock manual"},
	} {
		var got struct {
			Type    string `json:"__type"`
			Message string
		}
		if status := control(t, s, row.method, row.path, &got); status != row.status || got.Type != row.code || !strings.Contains(got.Message, row.text) {
			t.Errorf("%s %s: %d %+v, want %d %s with %q", row.method, row.path, status, got, row.status, row.code, row.text)
		}
	}
	var list struct{ Commands []string }
	if status := control(t, s, "GET", "/_dyetrace/", &list); status != 200 || len(list.Commands) != len(commands)-1 {
		t.Errorf("contents: %d %v", status, list)
	}
}

func TestControl_takes_down_what_happens_outside_of_the_pipeline_R2_15(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	first := s.engine.Record(event.Hop{Account: "111122223333", Kind: event.KindArrive, To: "queue:q", Outcome: event.Delivered})
	tell := func(query, body string) (int, string) {
		t.Helper()
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "http://127.0.0.1:4566/_dyetrace/record?"+query, strings.NewReader(body))
		s.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	for _, row := range []struct {
		reason, query, body string
		status              int
		says                string
	}{
		{"an arrival", "account=111122223333", `{"seq":99,"kind":"arrive","from":"client:shop","to":"http:billing","outcome":"delivered","cause":1,"correlationId":"flow","event":{"body":"{}"}}`, 200, `"fact":2`},
		{"its failure", "account=111122223333", `{"kind":"call","from":"client:shop","to":"http:billing","outcome":"failed","fact":2,"cause":2,"reason":{"code":"VisitFailed","text":"503"}}`, 200, `"cause":3`},
		{"no account", "", `{}`, 400, "BadAccount"},
		{"no JSON", "account=111122223333", `{`, 400, "BadHop"},
		{"a queue is the pipeline's own", "account=111122223333", `{"kind":"arrive","from":"client:shop","to":"queue:q"}`, 400, "the pipeline's own to record"},
		{"so is a deletion", "account=111122223333", `{"kind":"delete","from":"http:billing"}`, 400, "the pipeline's own to record"},
		{"a cause that is to come", "account=111122223333", `{"kind":"arrive","to":"http:billing","cause":9}`, 400, "recorded before"},
		{"too long", "account=111122223333", `{"kind":"` + strings.Repeat("x", maxRecord) + `"}`, 413, "TooLong"},
	} {
		if status, said := tell(row.query, row.body); status != row.status || !strings.Contains(said, row.says) {
			t.Errorf("%s: %d %s, want %d with %s", row.reason, status, said[:min(200, len(said))], row.status, row.says)
		}
	}
	hops, _ := s.engine.Hops(first.Cause)
	if len(hops) != 2 || hops[0].Seq != 2 || hops[0].At.IsZero() || hops[0].Account != "111122223333" || hops[1].Reason.Text != "503" {
		t.Errorf("recorded: %+v", hops)
	}
}

func TestControl_split_makes_no_scope_for_a_wrong_name_R1_3(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	before := len(s.engine.Scopes())
	for stream, code := range map[string]string{
		"arn:aws:dynamodb:nowhere:444444444444:table/leads/stream/1": "NotSplit", "arn:aws:dynamodb:eu-central-1:1:table/leads": "BadStream", "leads": "BadStream",
	} {
		var got struct {
			Type string `json:"__type"`
		}
		if status := control(t, s, "POST", "/_dyetrace/split?stream="+stream, &got); status != 400 || got.Type != code {
			t.Errorf("%s: %d %s, want %s", stream, status, got.Type, code)
		}
	}
	if after := len(s.engine.Scopes()); after != before {
		t.Errorf("%d scopes were made", after-before)
	}
}

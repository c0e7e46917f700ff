package probe_test

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/probe"
)

// An API of the system under test, asked without a socket.
func ExampleHTTP() {
	api := http.NewServeMux()
	api.HandleFunc("GET /leads/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"id":%q,"name":"Eva"}`, r.PathValue("id"))
	})
	lead := probe.HTTP("/leads/L-17", probe.HTTPOptions{Handler: api})
	fmt.Println(lead.Is(expect.At("status", 200), expect.At("body.id", "L-17"))(context.Background()))
	fmt.Println(lead.Is(expect.At("body.name", "Ada"))(context.Background()))
	// Output:
	// <nil>
	// GET /leads/L-17
	//   body.name   want "Ada"
	//               got  "Eva"
}

// A table of a read model, through package database/sql.
func ExampleSQL() {
	s := &store{}
	s.set([]string{"name", "amount"}, []driver.Value{"Ada", int64(1200)})
	db := s.open()
	defer db.Close()
	leads := probe.SQL(db, "select name, amount from leads where id = ?", "L-17")
	fmt.Println(leads.Is(expect.At("0.name", "Ada"), expect.Len(1))(context.Background()))
	fmt.Println(leads.Is([]any{map[string]any{"name": "Ada", "amount": 900}})(context.Background()))
	// Output:
	// <nil>
	// query "select name, amount from leads where id = ?" with [L-17]
	//   0.amount   want 900
	//              got  1200
}

// An item of a DynamoDB table.
func ExampleItem() {
	ctx := context.Background()
	b := embedded.New(embedded.Options{})
	defer b.Close()
	at := b.Endpoint("probe")
	c := awsapi.New(at)
	_ = c.JSON(ctx, awsapi.DynamoDB, "CreateTable", map[string]any{
		"TableName": "leads", "BillingMode": "PAY_PER_REQUEST",
		"AttributeDefinitions": []any{map[string]any{"AttributeName": "id", "AttributeType": "S"}},
		"KeySchema":            []any{map[string]any{"AttributeName": "id", "KeyType": "HASH"}},
	}, nil)
	lead := probe.Item(at, "leads", probe.Key{"id": "L-17"})
	fmt.Println(lead.Is(expect.Absent())(ctx))
	item := awsapi.Attributes(map[string]any{"id": "L-17", "amount": json.Number("1200")})
	_ = c.JSON(ctx, awsapi.DynamoDB, "PutItem", map[string]any{"TableName": "leads", "Item": item}, nil)
	fmt.Println(lead.Look(ctx))
	fmt.Println(lead.Is(expect.At("amount", expect.Approx(900, 1)))(ctx))
	// Output:
	// <nil>
	// map[amount:1200 id:L-17] <nil>
	// item {"id":"L-17"} of table:leads
	//   amount   want ≈ 900 ± 1
	//            got  1200
}

// Anything else.
func ExampleFunc() {
	count := 2
	p := probe.Func("the cache", func(context.Context) (any, error) { return map[string]int{"leads": count}, nil })
	fmt.Println(p.Is(expect.At("leads", 3))(context.Background()))
	// Output:
	// the cache
	//   leads   want 3
	//           got  2
}

type saw interface{ Saw() string }

func isFinal(err error) bool {
	f, ok := errors.AsType[interface {
		error
		Final() bool
	}](err)
	return ok && f.Final()
}

func TestHTTP_R2_10(t *testing.T) {
	api := http.NewServeMux()
	api.HandleFunc("/json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.WriteHeader(http.StatusProcessing)
		w.WriteHeader(http.StatusCreated)
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("ETag", "too late")
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, `{"method":%q,"tenant":%q,"got":%s,"host":%q,"uri":%q}`, r.Method, r.Header.Get("X-Tenant"), body, r.Host, r.RequestURI)
	})
	api.HandleFunc("/text", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "not found") })
	api.HandleFunc("/empty", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	api.HandleFunc("/silent", func(w http.ResponseWriter, r *http.Request) {})
	api.Handle("/moved", http.RedirectHandler("/text", http.StatusFound))
	api.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic("no") })
	api.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	api.HandleFunc("/long", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, 17<<20)) })
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			url     string
			options probe.HTTPOptions
			want    string
		}{
			{"/json?a=b", probe.HTTPOptions{Method: "PUT", Body: `[1]`, Header: http.Header{"x-tenant": {"acme"}}, Headers: []string{"etag", "X-None"}},
				`{"body":{"got":[1],"host":"handler","method":"PUT","tenant":"acme","uri":"/json?a=b"},"header":{"etag":"\"1\""},"status":201}`},
			{"http://crm/text", probe.HTTPOptions{}, `{"body":"not found","status":200}`},
			{"/empty", probe.HTTPOptions{}, `{"status":204}`},
			{"/silent", probe.HTTPOptions{}, `{"status":200}`},
			{"/moved", probe.HTTPOptions{}, `{"body":"not found","status":200}`},
			{"/nowhere", probe.HTTPOptions{}, `{"body":"404 page not found\n","status":404}`},
			{"/panic", probe.HTTPOptions{}, `GET /panic: Get "http://handler/panic": the handler panicked: no`},
			{"/slow", probe.HTTPOptions{Timeout: time.Minute}, `the handler took too long`},
			{"/long", probe.HTTPOptions{}, `the answer has more than 16777216 bytes`},
			{"http://a b/", probe.HTTPOptions{}, `invalid character " " in host name`},
		} {
			c.options.Handler = api
			document, err := probe.HTTP(c.url, c.options).Look(t.Context())
			got, _ := json.Marshal(document)
			if err != nil {
				got = []byte(err.Error())
			}
			if !strings.Contains(string(got), c.want) {
				t.Errorf("%s: %s", c.url, got)
			}
		}
	})
	document, err := probe.HTTP("http://crm/leads", probe.HTTPOptions{Transport: refuses{}}).Look(t.Context())
	if l, ok := errors.AsType[*probe.LookError](err); !ok || !errors.Is(err, io.ErrUnexpectedEOF) || document != nil || isFinal(err) || !strings.HasPrefix(l.Saw(), "error: ") {
		t.Errorf("%v, %v", document, err)
	}
}

type refuses struct{}

func (refuses) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

func TestSQL_R2_10(t *testing.T) {
	s := &store{}
	db := s.open()
	defer db.Close()
	p := probe.SQL(db, "select", 7, "x")
	look := func() string {
		document, err := p.Look(t.Context())
		if err != nil {
			return err.Error()
		}
		text, _ := json.Marshal(document)
		return string(text)
	}
	s.set([]string{"a"})
	if got := look(); got != "[]" {
		t.Errorf("no rows: %s", got)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	s.set([]string{"s", "b", "raw", "n", "f", "t", "null", "yes"}, []driver.Value{"x", []byte("<y>"), []byte{0xff}, int64(1) << 62, 1.5, at, nil, true})
	if got := look(); got != `[{"b":"\u003cy\u003e","f":1.5,"n":4611686018427387904,"null":null,"raw":"/w==","s":"x","t":"2026-01-02T02:04:05.000000006Z","yes":true}]` {
		t.Error(got)
	}
	if len(s.args) != 2 || s.args[0].Value != int64(7) || s.args[1].Value != "x" {
		t.Errorf("%v", s.args)
	}
	s.set([]string{"id", "id"}, []driver.Value{1, 2})
	if got := look(); !strings.Contains(got, `two columns are called "id"`) || !isFinal(p.Is(1)(t.Context())) {
		t.Error(got)
	}
	s.set([]string{"a"}, make([][]driver.Value, 1001)...)
	for i := range s.rows {
		s.rows[i] = []driver.Value{int64(i)}
	}
	if got := look(); !strings.Contains(got, "more than 1000 rows") {
		t.Error(got)
	}
	s.set([]string{"a"}, []driver.Value{math.NaN()})
	if got := look(); !strings.Contains(got, "cannot be written as JSON") {
		t.Error(got)
	}
	s.broken = errors.New("relation leads does not exist")
	if got := look(); got != `query "select" with [7 x]: relation leads does not exist` || isFinal(p.Is(1)(t.Context())) {
		t.Error(got)
	}
}

func TestItem_R2_10(t *testing.T) {
	b := embedded.New(embedded.Options{})
	defer b.Close()
	at := b.Endpoint("probe")
	early := probe.Item(at, "leads", probe.Key{"id": 7}).Is(expect.Present())
	if err := early(t.Context()); isFinal(err) || !strings.Contains(err.Error(), "ResourceNotFoundException") {
		t.Errorf("a table that is still to be made: %v", err)
	}
	if err := awsapi.New(at).JSON(t.Context(), awsapi.DynamoDB, "CreateTable", map[string]any{
		"TableName": "leads", "BillingMode": "PAY_PER_REQUEST",
		"AttributeDefinitions": []any{map[string]any{"AttributeName": "id", "AttributeType": "N"}},
		"KeySchema":            []any{map[string]any{"AttributeName": "id", "KeyType": "HASH"}},
	}, nil); err != nil {
		t.Fatal(err)
	}
	err := early(t.Context())
	if m, ok := errors.AsType[*probe.Miss](err); !ok || m.Saw() != "nothing there" || err.Error() != "item {\"id\":7} of table:leads\n  (the whole)   want anything\n                got  absent" {
		t.Errorf("%v", err)
	}
	if err := probe.Item(at, "leads", probe.Key{"id": "text"}).Is(1)(t.Context()); !isFinal(err) {
		t.Errorf("a key of another type: %v", err)
	}
	if err := probe.Item(at, "leads", probe.Key{"id": func() {}}).Is(1)(t.Context()); !isFinal(err) {
		t.Errorf("a key that is none: %v", err)
	}
}

func TestProbe_says_what_it_saw_R2_11(t *testing.T) {
	many := map[string]int{}
	for i := range 20 {
		many[fmt.Sprintf("field%02d", i)] = i
	}
	err := probe.Func("model", func(context.Context) (any, error) { return map[string]string{"a": strings.Repeat("ä", 200)}, nil }).Is(many)(t.Context())
	if s, ok := err.(saw); !ok || len(s.Saw()) > 210 || !strings.HasSuffix(s.Saw(), "ä…") {
		t.Errorf("%v", err)
	}
	if text := err.Error(); strings.Count(text, "want") != 6 || !strings.HasSuffix(text, "… and 15 fields more") {
		t.Error(text)
	}
	for reason, check := range map[string]func(context.Context) error{
		"an empty Probe":          probe.Probe{}.Is(1),
		"no condition":            probe.Func("x", func(context.Context) (any, error) { return 1, nil }).Is(),
		"a useless condition":     probe.Func("x", func(context.Context) (any, error) { return 1, nil }).Is(expect.Regexp("(")),
		"a document without JSON": probe.Func("x", func(context.Context) (any, error) { return func() {}, nil }).Is(1),
	} {
		if err := check(t.Context()); !isFinal(err) {
			t.Errorf("%s: %v", reason, err)
		}
	}
	err = probe.Func("x", func(context.Context) (any, error) { return nil, errors.New("line\nline") }).Is(1)(t.Context())
	if s, ok := err.(saw); !ok || s.Saw() != "error: line; line" || isFinal(err) {
		t.Errorf("%v", err)
	}
	if p := probe.Func("x", nil); p.String() != "x" {
		t.Error(p)
	}
}

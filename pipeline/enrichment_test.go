package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/outbound"
)

// lookup is an HTTP service that answers in turn, the last answer for ever, and writes down what it was asked.
type lookup struct {
	mu      sync.Mutex
	answers []string // "503" is a status, other text a body
	asked   []string
}

func (l *lookup) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	l.asked = append(l.asked, fmt.Sprintf("%s %s [%s|%s] %s", r.Method, r.URL.RequestURI(), r.Header.Get("X-Api-Key"), r.Header.Get("X-Tenant"), body))
	answer := l.answers[0]
	if len(l.answers) > 1 {
		l.answers = l.answers[1:]
	}
	if answer == "503" {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, answer)
}

// seen returns what was asked so far.
func (l *lookup) seen() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.asked)
}

// lookupDestination makes the API destination that is asked, and returns its ARN.
func lookupDestination(t *testing.T, c *client, more string) string {
	t.Helper()
	var connection struct{ ConnectionArn string }
	var made struct{ ApiDestinationArn string }
	answer := c.call("AWSEvents.CreateConnection", `{"Name":"crm","AuthorizationType":"API_KEY","AuthParameters":{"ApiKeyAuthParameters":{"ApiKeyName":"X-Api-Key","ApiKeyValue":"k"}}}`)
	if err := json.Unmarshal([]byte(answer), &connection); err != nil {
		t.Fatal(err)
	}
	answer = c.call("AWSEvents.CreateApiDestination", `{"Name":"lookup","ConnectionArn":"`+connection.ConnectionArn+`","InvocationEndpoint":"https://crm.example.test/contacts/*","HttpMethod":"POST"`+more+`}`)
	if err := json.Unmarshal([]byte(answer), &made); err != nil {
		t.Fatal(err)
	}
	return made.ApiDestinationArn
}

// enrichedPipe lays a pipe from the queue jobs through an API destination to the queue out.
func enrichedPipe(t *testing.T, c *client) {
	t.Helper()
	destination := lookupDestination(t, c, "")
	source, target := c.queue("jobs", `"VisibilityTimeout":"30"`), c.queue("out", "")
	c.rest("POST", "pipes", "/v1/pipes/p", `{"Source":"`+source+`","Target":"`+target+`","RoleArn":"arn:aws:iam::`+account+`:role/pipe","Enrichment":"`+destination+`",`+
		`"EnrichmentParameters":{"InputTemplate":"{\"asks\":<$.body.id>}","HttpParameters":{"PathParameterValues":["$.body.id"],"HeaderParameters":{"X-Tenant":"$.body.tenant"},"QueryStringParameters":{"full":"yes"}}}}`)
}

func TestPipe_is_enriched_by_an_API_destination_R1_4(t *testing.T) {
	const request = `POST /contacts/7?full=yes [k|acme] {"asks":7}`
	for _, row := range []struct {
		reason  string
		answers []string
		asked   int
		want    []string
		told    []string // of the history
	}{
		{"one event replaces the record", []string{`{"name":"Ann"}`}, 1, []string{`{"name":"Ann"}`}, nil},
		{"each event of a list is delivered", []string{`[{"n":1},{"n":2}]`}, 1, []string{`{"n":1}`, `{"n":2}`}, nil},
		{"an empty list is the end", []string{`[]`}, 1, nil, []string{"match EmptyEnrichment"}},
		{"so is an empty object", []string{`{}`}, 1, nil, []string{"match EmptyEnrichment"}},
		{"so is nothing at all", []string{``}, 1, nil, []string{"match EmptyEnrichment"}},
		{"a list with an empty object is not", []string{`[{}]`}, 1, []string{`{}`}, nil},
		{"a fault is tried again", []string{"503", `{"n":1}`}, 2, []string{`{"n":1}`}, []string{"retry ERROR_FROM_TARGET"}},
		{"what is not JSON is a fault", []string{"<html>", `{"n":1}`}, 2, []string{`{"n":1}`}, []string{"retry InvalidEnrichmentResponse"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			host := &lookup{answers: row.answers}
			p, c := run(t, pipeline.Options{Outbound: outbound.Options{Handlers: map[string]http.Handler{"crm.example.test": host}}})
			enrichedPipe(t, c)
			c.send("jobs", `{"id":7,"tenant":"acme"}`, "")
			time.Sleep(time.Minute)
			if got := c.drain("out"); !slices.Equal(got, row.want) || c.depth("jobs") != nothing {
				t.Errorf("%s: delivered %q, want %q; left %s", row.reason, got, row.want, c.depth("jobs"))
			}
			if want := slices.Repeat([]string{request}, row.asked); !slices.Equal(host.seen(), want) {
				t.Errorf("%s: asked %q, want %q", row.reason, host.seen(), want)
			}
			hops, _ := p.Hops(0)
			var told []string
			for _, h := range hops {
				if h.Reason != nil && (h.Kind == event.KindRetry || h.Kind == event.KindMatch) {
					told = append(told, string(h.Kind)+" "+h.Reason.Code)
				}
			}
			if !slices.Equal(told, row.told) {
				t.Errorf("%s: the history tells %q, want %q", row.reason, told, row.told)
			}
		})
	}
}

func TestPipe_says_why_an_API_destination_cannot_enrich(t *testing.T) {
	for _, row := range []struct{ reason, action, input, body, want string }{
		{"the destination is gone", "AWSEvents.DeleteApiDestination", `{"Name":"lookup"}`, `{"id":7,"tenant":"acme"}`, "ResourceNotFoundException"},
		{"the connection is not authorized", "AWSEvents.DeauthorizeConnection", `{"Name":"crm"}`, `{"id":7,"tenant":"acme"}`, "AccessDeniedException"},
		{"a path finds nothing", "AWSEvents.ListEventBuses", `{}`, `{"id":7}`, "InvalidDynamicPath"},
	} {
		synctest.Test(t, func(t *testing.T) {
			host := &lookup{answers: []string{`{}`}}
			p, c := run(t, pipeline.Options{Outbound: outbound.Options{Handlers: map[string]http.Handler{"crm.example.test": host}}})
			enrichedPipe(t, c)
			c.call(row.action, row.input)
			c.send("jobs", row.body, "")
			synctest.Wait()
			hops, _ := p.Hops(0)
			at := slices.IndexFunc(hops, func(h event.Hop) bool { return h.Kind == event.KindRetry })
			if at < 0 || hops[at].Reason.Code != row.want || len(host.seen()) > 0 || strings.Contains(c.depth("jobs"), `NotVisible":"0"`) {
				t.Errorf("%s: hop %d of %+v; asked %q, left %s", row.reason, at, hops, host.seen(), c.depth("jobs"))
			}
		})
	}
}

func TestPipe_asks_an_API_destination_as_often_as_interceptors_say(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &lookup{answers: []string{`{"n":1}`}}
		mutant := engine.Interceptor{Hop: func(_ context.Context, _ event.Hop, d event.Delivery) []event.Delivery {
			switch {
			case d.To == "http:api-destination/lookup" && d.Event.Body == `{"asks":1}`:
				return nil
			case d.To == "http:api-destination/lookup" && d.Event.Body == `{"asks":2}`:
				return []event.Delivery{d, d}
			}
			return []event.Delivery{d}
		}}
		_, c := run(t, pipeline.Options{Outbound: outbound.Options{Handlers: map[string]http.Handler{"crm.example.test": host}}, Interceptors: []engine.Interceptor{mutant}})
		enrichedPipe(t, c)
		for id := range 3 {
			c.send("jobs", fmt.Sprintf(`{"id":%d,"tenant":"acme"}`, id+1), "")
		}
		time.Sleep(time.Hour)
		asked := map[string]int{}
		for _, a := range host.seen() {
			asked[a[len(a)-2:len(a)-1]]++
		}
		if got := c.drain("out"); asked["1"] != 0 || asked["2"] != 2 || asked["3"] != 1 || len(got) != 2 || c.depth("jobs") != nothing {
			t.Errorf("asked %q, delivered %q, left %s", host.seen(), got, c.depth("jobs"))
		}
	})
}

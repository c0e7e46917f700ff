package pipeline_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
)

// TestExplain_tells_of_each_rule_why_it_does_not_match_R1_4 asks the control API about an event that a rule let pass.
func TestExplain_tells_of_each_rule_why_it_does_not_match_R1_4(t *testing.T) {
	p := pipeline.New(pipeline.Options{})
	defer p.Close()
	c := inProcess(t, p)
	c.call("AWSEvents.PutRule", `{"Name":"acme","EventPattern":"{\"detail\":{\"tenant\":[\"acme\"]}}"}`)
	c.call("AWSEvents.PutEvents", `{"Entries":[{"Source":"crm","DetailType":"ContactCreated","Detail":"{\"tenant\":\"rival\"}"}]}`)
	p.Settle(t.Context())
	var seq uint64
	hops, _ := p.Hops(0)
	for _, h := range hops {
		if h.Kind == event.KindArrive {
			seq = h.Seq
		}
	}
	for _, ask := range []struct {
		reason, query string
		status        int
		want          string
	}{
		{"a leaf", fmt.Sprintf("seq=%d&place=rule:default/acme", seq), 200, `"takes":false,"reason":{"code":"PatternMismatch","text":"the event does not match the pattern: detail.tenant: want [\"acme\"], got \"rival\"`},
		{"no such rule", fmt.Sprintf("seq=%d&place=rule:default/gone", seq), 404, "NoSuchPlace"},
		{"no such hop", "seq=999&place=rule:default/acme", 404, "NoSuchEvent"},
		{"no question", "", 400, "BadQuestion"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:4566/_dyetrace/explain?"+ask.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := c.transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != ask.status || !strings.Contains(string(body), ask.want) {
			t.Errorf("%s: %d %s", ask.reason, answer.StatusCode, body)
		}
	}
}

package pipeline_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/outbound"
)

func TestPipe_to_an_API_destination_R1_4(t *testing.T) {
	for _, row := range []struct {
		reason  string
		answers []string
		asked   int
		dead    []string
	}{
		{"whatever is answered is an end", []string{"<html>"}, 1, nil},
		{"a fault is tried again", []string{"503", "503", ""}, 3, nil},
		{"a fault that stays is left to the queue", []string{"503"}, 4, []string{`{"id":7,"tenant":"acme"}`}},
	} {
		synctest.Test(t, func(t *testing.T) {
			host := &lookup{answers: row.answers}
			p, c := run(t, pipeline.Options{Outbound: outbound.Options{Handlers: map[string]http.Handler{"crm.example.test": host}}})
			destination := lookupDestination(t, c, "")
			dead := c.queue("dead", "")
			source := c.queue("jobs", `"VisibilityTimeout":"30","RedrivePolicy":"{\"deadLetterTargetArn\":\"`+dead+`\",\"maxReceiveCount\":\"4\"}"`)
			c.rest("POST", "pipes", "/v1/pipes/p", `{"Source":"`+source+`","Target":"`+destination+`","RoleArn":"arn:aws:iam::`+account+`:role/pipe",`+
				`"TargetParameters":{"InputTemplate":"{\"lead\":<$.body.id>}","HttpParameters":{"PathParameterValues":["$.body.id"],"HeaderParameters":{"X-Tenant":"$.body.tenant"},"QueryStringParameters":{"full":"yes"}}}}`)
			c.send("jobs", `{"id":7,"tenant":"acme"}`, "")
			time.Sleep(10 * time.Minute)
			if want := slices.Repeat([]string{`POST /contacts/7?full=yes [k|acme] {"lead":7}`}, row.asked); !slices.Equal(host.seen(), want) {
				t.Errorf("%s: asked %q, want %q", row.reason, host.seen(), want)
			}
			if got := c.drain("dead"); !slices.Equal(got, row.dead) || c.depth("jobs") != nothing {
				t.Errorf("%s: dead letters %q; left %s", row.reason, got, c.depth("jobs"))
			}
			arrived := 0
			hops, _ := p.Hops(0)
			for _, h := range hops {
				if h.Arrives() && h.To == "http:api-destination/lookup" && h.From == "pipe:p" {
					arrived++
				}
			}
			if want := 1 - len(row.dead); arrived != want {
				t.Errorf("%s: %d arrivals on record, want %d", row.reason, arrived, want)
			}
		})
	}
}

// An API destination takes so many requests a second. What is too much waits, and the history says for what.
func TestAPIDestination_keeps_its_invocation_rate_R1_6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &paced{}
		p, c := run(t, pipeline.Options{Outbound: outbound.Options{Handlers: map[string]http.Handler{"crm.example.test": host}}})
		destination := lookupDestination(t, c, `,"InvocationRateLimitPerSecond":5`)
		c.call("AWSEvents.PutRule", `{"Name":"all","EventPattern":"{\"source\":[\"s\"]}"}`)
		c.call("AWSEvents.PutTargets", `{"Rule":"all","Targets":[{"Id":"d","Arn":"`+destination+`","RoleArn":"arn:aws:iam::`+account+`:role/r","HttpParameters":{"PathParameterValues":["x"]}}]}`)
		for range 23 {
			c.call("AWSEvents.PutEvents", `{"Entries":[{"Source":"s","DetailType":"t","Detail":"{}"}]}`)
		}
		time.Sleep(time.Minute)
		at := host.seconds()
		if want := []int{5, 5, 5, 5, 3}; !slices.Equal(at, want) {
			t.Errorf("requests in each second: %v, want %v", at, want)
		}
		waits := 0
		hops, _ := p.Hops(0)
		for _, h := range hops {
			if h.Reason != nil && h.Reason.Code == "InvocationRateLimit" && h.Outcome == event.Delayed && h.Due.After(h.At) {
				waits++
			}
		}
		if waits != 18 {
			t.Errorf("%d deliveries are on record as waiting, want 18", waits)
		}
	})
}

// Of a rate that is too low for a day's events, those that would come too late are dead letters.
func TestAPIDestination_rate_that_is_too_low_ends_in_the_dead_letter_queue_R1_6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := &paced{}
		_, c := run(t, pipeline.Options{Outbound: outbound.Options{Handlers: map[string]http.Handler{"crm.example.test": host}}})
		destination := lookupDestination(t, c, `,"InvocationRateLimitPerSecond":1`)
		dead := c.queue("dead", "")
		c.call("AWSEvents.PutRule", `{"Name":"all","EventPattern":"{\"source\":[\"s\"]}"}`)
		c.call("AWSEvents.PutTargets", `{"Rule":"all","Targets":[{"Id":"d","Arn":"`+destination+`","RetryPolicy":{"MaximumEventAgeInSeconds":60},"DeadLetterConfig":{"Arn":"`+dead+`"},"HttpParameters":{"PathParameterValues":["x"]}}]}`)
		for i := range 70 {
			c.call("AWSEvents.PutEvents", fmt.Sprintf(`{"Entries":[{"Source":"s","DetailType":"t","Detail":"{\"n\":%d}"}]}`, i))
		}
		time.Sleep(time.Hour)
		if n, letters := len(host.seconds()), len(c.drain("dead")); n != 60 || letters != 10 {
			t.Errorf("%d requests and %d dead letters, want 60 and 10", n, letters)
		}
	})
}

// paced is a host that notes when it is asked.
type paced struct {
	mu sync.Mutex
	at []time.Time
}

func (h *paced) ServeHTTP(http.ResponseWriter, *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = append(h.at, time.Now())
}

// seconds returns how many requests came in each second, beginning with the first request.
func (h *paced) seconds() (in []int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, at := range h.at {
		for second := int(at.Sub(h.at[0]) / time.Second); len(in) <= second; {
			in = append(in, 0)
		}
		in[len(in)-1]++
	}
	return in
}

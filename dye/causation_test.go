package dye_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/report"
)

// bare is a transport as there is between a system and AWS: nothing of dyetrace's comes through, neither headers nor contexts, and all
// clients are one.
type bare struct{ next http.RoundTripper }

func (b bare) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(untold{r.Context()})
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Dyetrace-") || name == "Traceparent" {
			r.Header.Del(name)
		}
	}
	if os.Getenv("DYETRACE_BACKEND") != "" {
		return overWire.RoundTrip(r)
	}
	return b.next.RoundTrip(r)
}

// overWire keeps no connection: a test must not leave a goroutine behind.
var overWire = &http.Transport{DisableKeepAlives: true}

// untold is a context that ends like its parent and holds nothing.
type untold struct{ context.Context }

func (untold) Value(any) any { return nil }

// desk answers questions: two by two, so that nobody can tell from outside which answer is of which question.
type desk struct {
	d     *dye.T
	at    dye.Endpoint
	cause func(body, messageID string) string // what an answer to the question names as its cause
	files string                              // what a filing names as its cause, but for the number
}

func openDesk(d *dye.T) desk {
	at := d.AWS("anybody")
	at.Transport = bare{at.Transport}
	for _, name := range []string{"questions", "answers", "archive"} {
		if err := (backendtest.SQS{}).CreateQueue(d.Context(), at, name); err != nil {
			d.Fatal(err)
		}
	}
	return desk{d: d, at: at, cause: func(_, messageID string) string { return messageID }, files: "a-"}
}

func (k desk) ask(n int) *dye.Flow {
	return k.d.Dye(func(ctx context.Context) error {
		return (backendtest.SQS{}).Send(ctx, k.d.AWS("customer"), "questions", fmt.Sprintf(`{"detail-type":"Asked","detail":{"event_id":"e-%d"}}`, n), 0)
	})
}

// work takes both questions, then answers each, and files each answer, which has an id of its own.
func (k desk) work() {
	c := awsapi.New(k.at)
	url := func(queue string) string { return k.at.URL + "/" + k.at.AccountID + "/" + queue }
	var got struct {
		Messages []struct{ MessageId, Body, ReceiptHandle string }
	}
	must := func(err error) {
		if err != nil {
			k.d.Fatal(err)
		}
	}
	must(c.JSON(k.d.Context(), awsapi.SQS, "ReceiveMessage", map[string]any{"QueueUrl": url("questions"), "MaxNumberOfMessages": 10}, &got))
	for i, m := range got.Messages {
		must((backendtest.SQS{}).Send(k.d.Context(), k.at, "answers", fmt.Sprintf(`{"detail-type":"Answered","detail":{"event_id":"a-%d","causation_id":%q}}`, i, k.cause(m.Body, m.MessageId)), 0))
		must((backendtest.SQS{}).Send(k.d.Context(), k.at, "archive", fmt.Sprintf(`{"detail-type":"Filed","detail":{"causation_id":"%s%d"}}`, k.files, i), 0))
		must(c.JSON(k.d.Context(), awsapi.SQS, "DeleteMessage", map[string]any{"QueueUrl": url("questions"), "ReceiptHandle": m.ReceiptHandle}, nil))
	}
	must(c.JSON(k.d.Context(), awsapi.SQS, "ReceiveMessage", map[string]any{"QueueUrl": url("questions")}, nil)) // it asks again: it is done
}

// eventID is the id that the event states itself.
func eventID(body, _ string) string {
	var e struct {
		Detail struct {
			EventID string `json:"event_id"`
		}
	}
	_ = json.Unmarshal([]byte(body), &e)
	return e.Detail.EventID
}

func caused(t *testing.T) {
	declared := dye.CausationAt("detail.causation_id")
	for _, c := range []struct {
		reason string
		opts   []dye.Option
		cause  func(body, messageID string) string
		files  string
		said   string // of the broken chain; "": it holds
	}{
		{"nothing declared: the flow is anybody's, the cause unknown", nil, nil, "", "first missing   Answered caused by Asked; there is one:"},
		{"by message id", []dye.Option{declared}, nil, "", ""},
		{"by event id", []dye.Option{declared}, eventID, "", ""},
		{"an id that no event has", []dye.Option{declared}, func(string, string) string { return "e-9" }, "",
			`it names "e-9" at detail.causation_id as its cause, and no earlier event has that id`},
		{"broken behind the second", []dye.Option{declared}, nil, "b-", "last link       Answered: came to queue:answers, received by nobody"},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "flow.jsonl")
			dye.Test(t, func(d *dye.T) {
				k := openDesk(d)
				if c.cause != nil {
					k.cause = c.cause
				}
				k.files = cmp.Or(c.files, k.files)
				flows := []*dye.Flow{k.ask(1), k.ask(2)}
				k.work()
				chain := dye.Chain("Asked", "Answered", "Filed")
				for _, flow := range flows {
					met, text := flow.Judge(chain)
					if met != (c.said == "") || !strings.Contains(text, c.said) {
						d.Errorf("chain held: %t\n%s", met, text)
					}
					if c.said == "" {
						flow.Expect(chain, dye.Type("Answered").Exactly(1), dye.Type("Filed").On("queue:archive").Exactly(1), dye.NothingElse())
					}
				}
				flows[1].Save(file)
			}, c.opts...)
			again(t, file, c.said)
		})
	}
}

// again judges a flow from the file that it was saved in.
func again(t *testing.T, file, said string) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := observe.ReadRecording(f)
	if err != nil {
		t.Fatal(err)
	}
	flow := observe.NewFlow(r)
	v := expect.Judge(flow, expect.Chain("Asked", "Answered", "Filed"))
	if text := report.Text(v, report.Context{}); v.OK != (said == "") || !strings.Contains(text, said) {
		t.Errorf("from its file: held %t\n%s", v.OK, text)
	}
	if trace := report.Trace(flow, false); strings.HasPrefix(said, "it names") && !strings.Contains(trace, "cause not known: "+said) {
		t.Errorf("the trace does not say that\n%s", trace)
	}
}

func TestCausationAt_ties_what_no_header_tells_R2_8(t *testing.T) { caused(t) }

func TestCausationAt_on_a_server_R2_8(t *testing.T) {
	t.Setenv("DYETRACE_BACKEND", backendtest.Serve(t, pipeline.New(pipeline.Options{})))
	caused(t)
}

// Over a bus it is the id of EventBridge's envelope that the consumer finds, and names.
func TestCausationAt_by_the_envelope_of_a_bus_R2_8(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		shop := openStore(d)
		at := d.AWS("anybody")
		at.Transport = bare{at.Transport}
		c := awsapi.New(at)
		flows := []*dye.Flow{shop.place(fact("OrderPlaced", "acme", 17, 900)), shop.place(fact("OrderPlaced", "acme", 18, 900))}
		d.Settle()
		var got struct{ Messages []struct{ Body string } }
		must(d, c.JSON(d.Context(), awsapi.SQS, "ReceiveMessage", map[string]any{"QueueUrl": shop.url("acme-orders"), "MaxNumberOfMessages": 10}, &got))
		var entries []map[string]string // both in one call, each with a cause of its own
		for _, m := range got.Messages {
			var order struct{ ID string }
			must(d, json.Unmarshal([]byte(m.Body), &order))
			entries = append(entries, map[string]string{"EventBusName": "shop", "Source": "billing", "DetailType": "OrderBooked", "Detail": fmt.Sprintf(`{"meta":{"causationId":%q}}`, order.ID)})
		}
		must(d, c.JSON(d.Context(), awsapi.EventBridge, "PutEvents", map[string]any{"Entries": entries}, nil))
		for _, flow := range flows {
			flow.Expect(dye.Chain("OrderPlaced", "OrderBooked"), dye.Type("OrderBooked").On("bus:shop").Exactly(1), dye.Within(0))
		}
	}, dye.CausationAt("detail.meta.causationId"))
}

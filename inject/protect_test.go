package inject_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/inject"
)

func TestPut_leaves_items_alone_if_only_new_ones_may_be_written_R2_10(t *testing.T) {
	withCRM(t, func(t *fixture) {
		items := func() string {
			var out struct{ Items []map[string]any }
			if err := awsapi.New(t.at).JSON(t.Context(), awsapi.DynamoDB, "Scan", map[string]any{"TableName": "leads"}, &out); err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, i := range out.Items {
				text, _ := json.Marshal(awsapi.Document(i))
				all = append(all, string(text))
			}
			slices.Sort(all)
			return strings.Join(all, " ")
		}
		if _, err := inject.Put(t.Context(), t.at, inject.At("table:leads", event.Event{Body: `{"id":"old","n":1}`}), inject.Options{}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			reason string
			event  event.Event
			want   string // of the refusal; "" is none
			left   string
		}{
			{"an item that is there", event.Event{Body: `{"id":"old","n":2}`}, "table leads has an item with this key already", `{"id":"old","n":1}`},
			{"the same item again", event.Event{Body: `{"id":"old","n":1}`}, "table leads has an item with this key already", `{"id":"old","n":1}`},
			{"a removal", event.Event{Type: "REMOVE", Body: `{"id":"old"}`}, "it would delete an item", `{"id":"old","n":1}`},
			{"a new item", event.Event{Body: `{"id":"new"}`}, "", `{"id":"new"} {"id":"old","n":1}`},
		} {
			report, err := inject.Put(t.Context(), t.at, inject.At("stream:leads", c.event), inject.Options{OnlyNew: true})
			if (err == nil) != (c.want == "") || c.want != "" && !strings.Contains(err.Error(), c.want) || items() != c.left {
				t.Errorf("%s: %v, left %s", c.reason, err, items())
			}
			if err != nil && len(report.Failed()) != 1 {
				t.Errorf("%s: %+v", c.reason, report)
			}
			if err := report.Remove(t.Context(), t.at); err != nil || items() != `{"id":"old","n":1}` {
				t.Errorf("%s: after Remove %v, left %s", c.reason, err, items())
			}
		}
		before := t.service.calls["PutItem"]
		t.service.answer = func(operation string, n int) (int, string, bool) {
			return 0, "", operation == "PutItem" && n == before+1
		}
		_, err := inject.Put(t.Context(), t.at, inject.At("table:leads", event.Event{Body: `{"id":"lost"}`}), inject.Options{OnlyNew: true})
		if err == nil || !strings.Contains(err.Error(), "it may be this very event") {
			t.Error(err)
		}
	})
}

// An emulator may have another account than the endpoint says, and an endpoint may not know it.
func TestPut_finds_a_topic_by_its_name_R4_1(t *testing.T) {
	withCRM(t, func(t *fixture) {
		for i := range 120 { // more than a page
			if err := awsapi.New(t.at).Query(t.Context(), awsapi.SNS, "CreateTopic", url.Values{"Name": {"a" + string(rune('a'+i%26)) + strings.Repeat("x", i)}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		at := t.at
		at.AccountID = "" // the transport does not need it
		for name, want := range map[string]string{"topic:alerts": "", "topic:alert": "there is no topic alert"} {
			_, err := inject.Put(t.Context(), at, inject.At(name, event.Event{Body: "{}"}), inject.Options{})
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

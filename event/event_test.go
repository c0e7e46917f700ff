package event_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dyetrace/dyetrace/event"
)

func TestDecode_tells_envelopes_apart_R2_2(t *testing.T) {
	for _, tt := range []struct {
		reason, body        string
		codec               event.Codec
		typ, path, wantPath string
	}{
		{"EventBridge's envelope names type and detail", `{"id":"1","detail-type":"LeadConverted","source":"crm","detail":{"lead_id":"L-17"}}`, event.CodecEventBridge, "LeadConverted", "detail.lead_id", "L-17"},
		{"CloudEvents in structured mode", `{"specversion":"1.0","type":"lead.converted","source":"/crm","data":{"a":["x","y"]}}`, event.CodecCloudEvents, "lead.converted", "data.a.1", "y"},
		{"SNS wraps the message as text, which is decoded in turn", `{"Type":"Notification","TopicArn":"arn:aws:sns:eu-west-1:1:t","Message":"{\"detail-type\":\"A\",\"detail\":{}}"}`, event.CodecEventBridge, "A", "detail-type", "A"},
		{"an SNS message that is plain text stays in its envelope", `{"Type":"Notification","TopicArn":"arn","Message":"hello"}`, event.CodecSNS, "", "Message", "hello"},
		{"a stream record is named by what happened to the item", `{"eventID":"e","eventName":"INSERT","eventSource":"aws:dynamodb","dynamodb":{"Keys":{"pk":{"S":"1"}}}}`, event.CodecStream, "INSERT", "dynamodb.Keys.pk.S", "1"},
		{"any other JSON has no type", `{"hello":"world"}`, event.CodecJSON, "", "hello", "world"},
	} {
		doc, err := event.Decode(tt.body)
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		got, _ := event.Lookup(doc.Root, tt.path)
		if doc.Codec != tt.codec || doc.Type != tt.typ || got != tt.wantPath {
			t.Errorf("%s: got codec %s, type %q, %s = %v", tt.reason, doc.Codec, doc.Type, tt.path, got)
		}
	}
}

func TestDecode_says_that_a_body_is_not_JSON_R2_2(t *testing.T) {
	for _, body := range []string{"", "hello", `{"a":`, `{} {}`} {
		if doc, err := event.Decode(body); !errors.Is(err, event.ErrNotJSON) || doc.Codec != event.CodecNone {
			t.Errorf("%q: got %v, %v", body, doc.Codec, err)
		}
	}
}

func TestCorrelation_travels_in_the_context_R2_8(t *testing.T) {
	ctx := event.WithCorrelation(context.Background(), "dye-1")
	if got := event.Correlation(ctx); got != "dye-1" {
		t.Errorf("got %q", got)
	}
	if got := event.Correlation(context.Background()); got != "" {
		t.Errorf("a bare context carries %q", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"detail-type":"A","detail":{}}`)
	f.Add(`{"Type":"Notification","TopicArn":"a","Message":"{}"}`)
	f.Fuzz(func(t *testing.T, body string) {
		doc, err := event.Decode(body)
		if (err != nil) != (doc.Codec == event.CodecNone) {
			t.Errorf("codec %q with error %v", doc.Codec, err)
		}
	})
}

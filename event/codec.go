package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Codec names the form a body came in.
type Codec string

// The forms Decode tells apart.
const (
	CodecEventBridge Codec = "eventbridge" // {"detail-type", "source", "detail", …}
	CodecCloudEvents Codec = "cloudevents" // {"specversion", "type", "source", "data", …}, structured mode
	CodecSNS         Codec = "sns"         // {"Type": "Notification", "Message": …}; the message is decoded in turn
	CodecStream      Codec = "stream"      // a DynamoDB stream record
	CodecJSON        Codec = "json"        // any other JSON
	CodecNone        Codec = "none"        // not JSON
)

// Document is a decoded body. Paths ("detail.lead_id") start at Root.
type Document struct {
	Codec   Codec
	Type    string    // what happened; "" if the envelope names none
	Source  string    //
	ID      string    //
	Time    time.Time //
	Root    any       // maps, slices, strings, bools, nil and json.Number; nil if the body is not JSON
	Payload any       // the part that is the fact itself: detail, data, or Root
}

// ErrNotJSON is what Decode returns, wrapped, for a body that is not one JSON document.
var ErrNotJSON = errors.New("the body is not JSON")

// Decode reads a body in any of the known envelopes. With an error the Document still says what is known (CodecNone); the body
// itself is the caller's to keep.
func Decode(body string) (Document, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(body)))
	d.UseNumber()
	var root any
	if err := d.Decode(&root); err != nil {
		return Document{Codec: CodecNone}, fmt.Errorf("%w: %v", ErrNotJSON, err)
	}
	if d.More() {
		return Document{Codec: CodecNone}, fmt.Errorf("%w: more than one document", ErrNotJSON)
	}
	fields, _ := root.(map[string]any)
	switch {
	case fields == nil:
		return Document{Codec: CodecJSON, Root: root, Payload: root}, nil
	case has(fields, "detail-type") && has(fields, "detail"):
		return envelope(CodecEventBridge, fields, "detail-type", "detail"), nil
	case has(fields, "specversion") && has(fields, "type"):
		return envelope(CodecCloudEvents, fields, "type", "data"), nil
	case text(fields, "Type") == "Notification" && has(fields, "TopicArn"):
		inner, err := Decode(text(fields, "Message"))
		if err != nil {
			return Document{Codec: CodecSNS, ID: text(fields, "MessageId"), Root: root, Payload: fields["Message"]}, nil
		}
		return inner, nil
	case text(fields, "eventSource") == "aws:dynamodb" && has(fields, "eventName"):
		doc := Document{Codec: CodecStream, Type: text(fields, "eventName"), Source: text(fields, "eventSource"), ID: text(fields, "eventID")}
		doc.Root, doc.Payload = root, fields["dynamodb"]
		return doc, nil
	}
	return Document{Codec: CodecJSON, Root: root, Payload: root}, nil
}

func envelope(codec Codec, fields map[string]any, typeAt, payloadAt string) Document {
	at, _ := time.Parse(time.RFC3339, text(fields, "time"))
	return Document{
		Codec: codec, Type: text(fields, typeAt), Source: text(fields, "source"), ID: text(fields, "id"), Time: at,
		Root: fields, Payload: fields[payloadAt],
	}
}

func has(fields map[string]any, name string) bool {
	_, ok := fields[name]
	return ok
}

func text(fields map[string]any, name string) string {
	s, _ := fields[name].(string)
	return s
}

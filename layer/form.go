package layer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/event"
)

// Form is an envelope in which a payload travels.
type Form string

// The forms that [RoundTrip] sends a payload through.
const (
	JSON        Form = "json"        // the payload itself, as Go writes it
	SQSBody     Form = "sqs body"    // the payload as the body of a message: text in the JSON of SQS's answers
	EventBridge Form = "eventbridge" // the payload as detail
	SNS         Form = "sns"         // the payload as text in a notification's Message
	CloudEvents Form = "cloudevents" // the payload as data, structured mode

	// Stream is the payload as an item that was written to a table, in the record of its stream. It is tried only if asked for:
	// DynamoDB's numbers have 38 digits and end at 10^126, so a float64 as such does not fit.
	Stream Form = "stream"
)

// Forms returns the forms that are tried unless others are asked for: all but Stream.
func Forms() []Form { return []Form{JSON, SQSBody, EventBridge, SNS, CloudEvents} }

// Limits of the services on one message: SQS and EventBridge 1 MiB, SNS 256 KiB (Amazon SQS message quotas, PutEvents, Amazon SNS
// quotas).
const (
	mostSQS         = 1 << 20
	mostEventBridge = 1 << 20
	mostSNS         = 256 << 10
)

// Wrap returns the body that a consumer gets for a payload in this form: what package event's codecs read.
func (f Form) Wrap(typ, source string, payload []byte) (string, error) {
	if f != JSON && !utf8.Valid(payload) {
		return "", fmt.Errorf("the payload is not UTF-8, and %s takes text only", f)
	}
	switch f {
	case JSON:
		return string(payload), nil
	case SQSBody:
		if i := strings.IndexFunc(string(payload), unfitForSQS); i >= 0 {
			return "", fmt.Errorf("SQS refuses the character %q at offset %d: write it as an escape", payload[i], i)
		}
		return string(payload), atMost(len(payload), mostSQS, "SQS")
	case EventBridge:
		body, err := compose(map[string]any{
			"version": "0", "id": "00000000-0000-0000-0000-000000000001", "detail-type": typ, "source": source, "account": "000000000000",
			"time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": []string{}, "detail": json.RawMessage(payload),
		})
		if err == nil && !isObject(payload) {
			err = fmt.Errorf("EventBridge takes an object as detail, not %s", cut(string(payload)))
		}
		if err == nil {
			err = atMost(len(payload)+len(typ)+len(source), mostEventBridge, "EventBridge")
		}
		return body, err
	case SNS:
		body, err := compose(map[string]any{
			"Type": "Notification", "MessageId": "00000000-0000-0000-0000-000000000001", "TopicArn": "arn:aws:sns:us-east-1:000000000000:" + typ,
			"Message": string(payload), "Timestamp": "2026-01-01T00:00:00.000Z",
		})
		if err == nil {
			err = atMost(len(payload), mostSNS, "SNS")
		}
		return body, err
	case CloudEvents:
		return compose(map[string]any{
			"specversion": "1.0", "id": "00000000-0000-0000-0000-000000000001", "type": typ, "source": source,
			"time": "2026-01-01T00:00:00Z", "datacontenttype": "application/json", "data": json.RawMessage(payload),
		})
	case Stream:
		return asRecord(payload)
	}
	return "", fmt.Errorf("there is no form %q", string(f))
}

// Unwrap returns the payload that package event finds in a body.
func (f Form) Unwrap(body string) ([]byte, error) {
	if f == JSON {
		return []byte(body), nil
	}
	if f == SQSBody { // through the text of the service's answer
		raw, err := json.Marshal(body)
		if err == nil {
			err = json.Unmarshal(raw, &body)
		}
		if err != nil {
			return nil, err
		}
	}
	document, err := event.Decode(body)
	if err != nil {
		return nil, err
	}
	if want := f.codec(); document.Codec != want {
		return nil, fmt.Errorf("it is taken for an envelope of %s: its payload would be another part of it", document.Codec)
	}
	if f == Stream {
		return ofRecord(document.Payload)
	}
	return compact(document.Payload)
}

// codec is what package event should find. SNS's envelope is taken off, and what is inside is plain JSON.
func (f Form) codec() event.Codec {
	switch f {
	case EventBridge:
		return event.CodecEventBridge
	case CloudEvents:
		return event.CodecCloudEvents
	case Stream:
		return event.CodecStream
	}
	return event.CodecJSON
}

// unfitForSQS holds for characters that SendMessage refuses: all but tab, line ends and what XML 1.0 calls a character.
func unfitForSQS(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

func atMost(size, most int, service string) error {
	if size > most {
		return fmt.Errorf("it has %d bytes, and %s takes %d", size, service, most)
	}
	return nil
}

func isObject(raw []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) }

// compose writes an envelope without changing how the payload is written.
func compose(envelope map[string]any) (string, error) {
	raw, err := compact(envelope)
	return string(raw), err
}

func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

const longest = 120 // characters of a value in a message

// cut shortens a text for a message.
func cut(s string) string {
	runes := []rune(s)
	if len(runes) <= longest {
		return s
	}
	return string(runes[:longest]) + "…"
}

package sns

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/sns/filter"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxMessage is the most that a message, or those of a batch together, may have, in bytes, attributes included.
//
// Source: SNS API Reference, Publish, Message.
const maxMessage = 256 << 10

// message is what somebody publishes. It is immutable once it was published.
type message struct {
	id, subject, text string
	byProtocol        map[string]string // of the message structure json; nil otherwise
	attributes        map[string]MessageAttributeValue
	group, dedup      string
	trace             string // X-Ray's tracing header, for queues
	sequence          string // of a FIFO topic
	at                time.Time
}

// draft is what one request or one entry of a batch holds.
type draft struct {
	text                             string
	subject, structure, dedup, group wire.Opt[string]
	attributes                       map[string]MessageAttributeValue
}

func (d *draft) size() int {
	n := len(d.text)
	for name, a := range d.attributes {
		n += len(name) + len(a.DataType) + len(a.StringValue.V) + len(a.BinaryValue)
	}
	return n
}

// read checks a draft, whatever topic it is for, and makes a message of it.
func (d *draft) read() (*message, error) { return d.readFor("default") }

// readFor is read for one platform, whose text of the message structure json goes before the default one.
func (d *draft) readFor(platform string) (*message, error) {
	m := &message{text: d.text, subject: d.subject.V, attributes: d.attributes, group: d.group.V, dedup: d.dedup.V}
	if d.text == "" {
		return nil, invalid("Empty message")
	}
	if d.subject.OK && !validSubject(d.subject.V) {
		return nil, invalid("Subject")
	}
	for _, name := range sortedNames(d.attributes) {
		a := d.attributes[name]
		if err := checkAttribute(name, &a); err != nil {
			return nil, err
		}
	}
	if !d.structure.OK || d.structure.V == "" {
		return m, nil
	}
	if d.structure.V != "json" {
		return nil, invalid("MessageStructure")
	}
	var parts map[string]any
	if err := json.Unmarshal([]byte(d.text), &parts); err != nil {
		return nil, invalid("Message Structure - JSON message body failed to parse")
	}
	m.byProtocol = map[string]string{}
	for protocol, part := range parts {
		if text, ok := part.(string); ok {
			m.byProtocol[protocol] = text
		}
	}
	text, ok := m.byProtocol[platform]
	if !ok {
		text, ok = m.byProtocol["default"]
	}
	if !ok {
		return nil, invalid("Message Structure - No default entry in JSON message body")
	}
	m.text = text
	return m, nil
}

// check checks a message against the topic it is for and fills in what the topic decides. The scope must be locked.
func (m *message) check(t *topic, dedup, group wire.Opt[string]) error {
	if !t.fifo {
		if dedup.OK {
			return invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
		}
		if group.OK && !validGroup(m.group) {
			return invalid("MessageGroupId Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length")
		}
		return nil
	}
	switch {
	case m.group == "":
		return invalid("The MessageGroupId parameter is required for FIFO topics")
	case !validGroup(m.group):
		return invalid("MessageGroupId Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length")
	case dedup.OK && !validGroup(m.dedup):
		return invalid("MessageDeduplicationId Reason: MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length")
	case m.dedup == "" && t.attribute(attributeContent) != "true":
		return invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
	case m.dedup == "":
		sum := sha256.Sum256([]byte(m.text))
		m.dedup = hex.EncodeToString(sum[:])
	}
	return nil
}

// validGroup holds for 1 to 128 printable ASCII characters without spaces.
func validGroup(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}

// validSubject holds for 1 to 100 characters without line breaks and control characters.
func validSubject(text string) bool {
	return text != "" && len([]rune(text)) <= 100 && strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}

// sortedNames spares messages without attributes the allocation.
func sortedNames(attributes map[string]MessageAttributeValue) []string {
	if len(attributes) == 0 {
		return nil
	}
	return wire.SortedKeys(attributes)
}

func checkAttribute(name string, a *MessageAttributeValue) error {
	if err := checkAttributeName(name); err != nil {
		return err
	}
	kind, custom, dotted := strings.Cut(a.DataType, ".")
	if kind != "String" && kind != "Number" && kind != "Binary" || dotted && custom == "" {
		return ErrInvalidParameterValueException("The message attribute '" + name +
			"' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.")
	}
	field, other, empty := "String", a.BinaryValue != nil, a.StringValue.V == ""
	if kind == "Binary" {
		field, other, empty = "Binary", a.StringValue.OK, len(a.BinaryValue) == 0
	}
	if empty && !other {
		return ErrInvalidParameterValueException("The message attribute '" + name +
			"' must contain non-empty message attribute value for message attribute type '" + kind + "'.")
	}
	if other {
		return ErrInvalidParameterValueException("The message attribute '" + name + "' with type '" + a.DataType + "' must use field '" + field + "'.")
	}
	return nil
}

func checkAttributeName(name string) error {
	switch {
	case name == "" || len(name) > 256:
		return ErrInvalidParameterValueException("Length of message attribute name must be less than 256 bytes.")
	case name[0] == '.':
		return ErrInvalidParameterValueException("Invalid message attribute name starting with character '.' was found.")
	case name[len(name)-1] == '.':
		return ErrInvalidParameterValueException("Invalid message attribute name ending with character '.' was found.")
	case strings.Contains(name, ".."):
		return ErrInvalidParameterValueException("Message attribute name can not have successive '.' character.")
	}
	for _, c := range name {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.') {
			return ErrInvalidParameterValueException(fmt.Sprintf("Invalid non-alphanumeric character '#x%X' was found in the message attribute name. "+
				"Can only include alphanumeric characters, hyphens, underscores, or dots.", c))
		}
	}
	return nil
}

// for protocol returns the text that subscriptions of a protocol get.
func (m *message) textFor(protocol string) string {
	if text, ok := m.byProtocol[protocol]; ok {
		return text
	}
	return m.text
}

// event returns the message as it is at its topic.
func (m *message) event(topicARN string) *event.Event {
	return &event.Event{ID: m.id, Source: topicARN, Time: m.at, Key: m.group, Body: m.text, Attributes: m.texts(), AttributeTypes: m.types()}
}

// texts returns the attributes as text, bytes in base64.
func (m *message) texts() map[string]string {
	if len(m.attributes) == 0 {
		return nil
	}
	all := make(map[string]string, len(m.attributes)+1)
	for name, a := range m.attributes {
		all[name] = attributeText(a)
	}
	return all
}

// types returns the data types of the attributes that are not of type String.
func (m *message) types() map[string]string {
	var some map[string]string
	for name, a := range m.attributes {
		if a.DataType != "String" {
			if some == nil {
				some = make(map[string]string, len(m.attributes))
			}
			some[name] = a.DataType
		}
	}
	return some
}

func attributeText(a MessageAttributeValue) string {
	if a.BinaryValue != nil {
		return base64.StdEncoding.EncodeToString(a.BinaryValue)
	}
	return a.StringValue.V
}

// filtered returns the message as filter policies see it.
func (m *message) filtered() *filter.Message {
	f := &filter.Message{Body: m.text}
	if len(m.attributes) > 0 {
		f.Attributes = make(map[string]filter.Attribute, len(m.attributes))
		for name, a := range m.attributes {
			f.Attributes[name] = filter.Attribute{Type: a.DataType, Value: attributeText(a)}
		}
	}
	return f
}

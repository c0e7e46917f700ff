package sqs

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const invalidCharacters = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"

// validText tells whether text has only the characters that XML 1.0 allows, which is what SQS takes.
func validText(text string) bool {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError && size < 3 {
				return false
			}
			i += size
		case c >= ' ':
			i += max(1, printableRun(text[i:]))
		case c == '\t' || c == '\n' || c == '\r':
			i++
		default:
			return false
		}
	}
	return true
}

const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// printableRun returns of how many bytes at the start of text, in steps of eight, it is certain that they are ASCII and no control
// characters: bodies are long and mostly that. Taking a space from a byte below it borrows from its high bit.
func printableRun(text string) int {
	n := 0
	odd := func(x uint64) uint64 { return x | (x - eachByte*' ') }
	for len(text)-n >= 32 {
		four := text[n : n+32]
		if (odd(word(four))|odd(word(four[8:]))|odd(word(four[16:]))|odd(word(four[24:])))&highBits != 0 {
			break
		}
		n += 32
	}
	for len(text)-n >= 8 && odd(word(text[n:]))&highBits == 0 {
		n += 8
	}
	return n
}

// word returns the first eight bytes of text as a number; the compiler makes one load of it.
func word(text string) uint64 {
	_ = text[7]
	return uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
}

// content is what a client or another service puts into one message.
type content struct {
	body       string
	attributes map[string]MessageAttributeValue
	system     map[string]MessageSystemAttributeValue
	group      wire.Opt[string]
	dedup      wire.Opt[string]
	delay      wire.Opt[int32]
	trace      string // X-Ray's tracing header of the call, for messages without one of their own
}

// size is what counts against the maximum message size: body and message attributes with names, types and values.
func (c *content) size() int {
	n := len(c.body)
	for name, a := range c.attributes {
		n += len(name) + len(a.DataType) + len(a.StringValue.V) + len(a.BinaryValue)
	}
	return n
}

// check reports what no queue would take. The texts are those of Amazon SQS where they were recorded in public.
func (c *content) check() error {
	if c.body == "" {
		return errMissing("MessageBody")
	}
	if !validText(c.body) {
		return ErrInvalidMessageContents(invalidCharacters)
	}
	if c.delay.OK && (c.delay.V < 0 || c.delay.V > maxDelay) {
		reason := "DelaySeconds must be >= 0 and <= 900."
		return errInvalidParameter(strconv.Itoa(int(c.delay.V)), "DelaySeconds", reason)
	}
	if err := checkID(c.group, "MessageGroupId"); err != nil {
		return err
	}
	if err := checkID(c.dedup, "MessageDeduplicationId"); err != nil {
		return err
	}
	if len(c.attributes) > 10 {
		return errInvalidValue("Number of message attributes [" + strconv.Itoa(len(c.attributes)) + "] exceeds the allowed maximum [10].")
	}
	for _, name := range sortedNames(c.attributes) {
		a := c.attributes[name]
		if err := checkAttribute(name, &a); err != nil {
			return err
		}
	}
	return c.checkSystem()
}

// sortedNames spares messages without attributes the allocation.
func sortedNames(attributes map[string]MessageAttributeValue) []string {
	if len(attributes) == 0 {
		return nil
	}
	return wire.SortedKeys(attributes)
}

func (c *content) checkSystem() error {
	for name, a := range c.system {
		if name != MessageSystemAttributeNameForSendsAWSTraceHeader {
			return errInvalidValue("Message system attribute name '" + name + "' is invalid. The only supported name is AWSTraceHeader.")
		}
		if a.DataType != "String" {
			return errInvalidValue("The type of message (system) attribute 'AWSTraceHeader' is invalid. You must use only the following supported type prefixes: String.")
		}
		if a.StringValue.V == "" {
			return errInvalidValue("Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.")
		}
	}
	return nil
}

// checkID refuses ids of groups and of deduplication that are not 1 to 128 printable characters of ASCII without spaces.
func checkID(id wire.Opt[string], parameter string) error {
	if !id.OK {
		return nil
	}
	bad := id.V == "" || len(id.V) > 128
	for i := range len(id.V) {
		bad = bad || id.V[i] <= ' ' || id.V[i] > '~'
	}
	if !bad {
		return nil
	}
	return errInvalidParameter(id.V, parameter, parameter+" can only include alphanumeric and punctuation characters. 1 to 128 in length.")
}

const (
	wrongType = "The request include parameter that is not valid for this queue type."
	noDedupID = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
)

// suits refuses checked content that the queue's type does not take. For a FIFO queue whose messages are told apart by content, it
// sets the deduplication id. The texts, and which of them a batch answers as a whole, were recorded against AWS by LocalStack.
func (q *queue) suits(c *content) error {
	switch {
	case q.fifo == nil && c.dedup.OK:
		return errInvalidParameter(c.dedup.V, "MessageDeduplicationId", wrongType)
	case q.fifo == nil:
		return nil
	case !c.group.OK:
		return errMissing("MessageGroupId")
	case !c.dedup.OK && !q.settings.byContent:
		return errInvalidValue(noDedupID)
	case c.delay.V != 0:
		return errInvalidParameter(strconv.Itoa(int(c.delay.V)), "DelaySeconds", wrongType)
	}
	return nil
}

// suitsAll refuses a batch with a message that lacks what a FIFO queue needs. The scope must not be locked.
func (q *queue) suitsAll(list []sending) error {
	if q.fifo == nil {
		return nil
	}
	q.service.scope.Lock()
	defer q.service.scope.Unlock()
	for i := range list {
		content := &list[i].content
		if !content.group.OK {
			return errInvalidValue("The request must contain the parameter MessageGroupId.")
		}
		if !content.dedup.OK && !q.settings.byContent {
			return errInvalidValue(noDedupID)
		}
	}
	return nil
}

func checkAttribute(name string, a *MessageAttributeValue) error {
	if err := checkAttributeName(name); err != nil {
		return err
	}
	kind, _, _ := strings.Cut(a.DataType, ".")
	switch {
	case a.DataType == "":
		return errInvalidValue("The message (user) attribute '" + name + "' must contain a non-empty message attribute type.")
	case len(a.DataType) > 256:
		return errInvalidValue("Message (user) attribute types must be shorter than 256 Bytes")
	case kind != "String" && kind != "Number" && kind != "Binary":
		return errInvalidValue("The type of message (user) attribute '" + name + "' is invalid. You must use only the following supported type prefixes: Binary, Number, String.")
	case a.StringListValues != nil || a.BinaryListValues != nil:
		return ErrUnsupportedOperation("Message attribute list values in SendMessage operation are not supported.")
	}
	empty := kind == "Binary" && len(a.BinaryValue) == 0 || kind != "Binary" && a.StringValue.V == ""
	if empty {
		value := "String"
		if kind == "Binary" {
			value = "Binary"
		}
		return errInvalidValue("Message (user) attribute '" + name + "' must contain a non-empty value of type '" + value + "'.")
	}
	if kind == "Binary" && a.StringValue.OK || kind != "Binary" && a.BinaryValue != nil {
		return errInvalidValue("Message (user) attribute '" + name + "' has a value of another type than '" + kind + "'.")
	}
	if kind == "Number" {
		if _, err := strconv.ParseFloat(a.StringValue.V, 64); err != nil || strings.ContainsAny(a.StringValue.V, "xXpP_nN") {
			return errInvalidValue("Can't cast the value of message (user) attribute '" + name + "' to a number.")
		}
	}
	if !validText(a.StringValue.V) {
		return errInvalidValue(invalidCharacters)
	}
	return nil
}

// checkAttributeName refuses what no message attribute may be called. Letters and digits may be of any script.
//
// Source: recorded against AWS by LocalStack, test_send_message_with_invalid_string_attributes.
func checkAttributeName(name string) error {
	if name == "" {
		return errInvalidValue("The request must contain non-empty message (user) attribute names.")
	}
	if len(name) > 256 {
		return errInvalidValue("Message (user) attribute names must be shorter than 256 Bytes")
	}
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '-' && c != '_' && c != '.' {
			return errInvalidValue("Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. ")
		}
	}
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon.") || name[0] == '.' || name[len(name)-1] == '.' || strings.Contains(name, "..") {
		return errInvalidValue("You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.")
	}
	return nil
}

// plain tells whether all of the content is its body.
func (c *content) plain() bool {
	return len(c.attributes) == 0 && len(c.system) == 0 && !c.group.OK && c.trace == ""
}

// traceHeader returns the message's own tracing header, else that of the call.
//
// Source: X-Ray Developer Guide, "Amazon SQS and AWS X-Ray": the system attribute overrides the HTTP header, which holds for all
// messages of a batch.
func (c *content) traceHeader() string {
	if a, ok := c.system[MessageSystemAttributeNameForSendsAWSTraceHeader]; ok {
		return a.StringValue.V
	}
	return c.trace
}

// extras returns what of the content is kept apart from the body.
func (c *content) extras() extras {
	x := extras{group: c.group.V, dedup: c.dedup.V}
	trace := c.traceHeader()
	if len(c.attributes) == 0 && trace == "" {
		return x
	}
	r := &rare{attributes: c.attributes, trace: trace}
	x.rare = r
	r.texts = make(map[string]string, len(c.attributes)+1)
	for name, a := range c.attributes {
		r.texts[name] = a.StringValue.V
		if a.BinaryValue != nil {
			r.texts[name] = base64.StdEncoding.EncodeToString(a.BinaryValue)
		}
		if a.DataType != "String" {
			if r.types == nil {
				r.types = make(map[string]string, len(c.attributes))
			}
			r.types[name] = a.DataType
		}
	}
	if r.trace != "" {
		r.texts[MessageSystemAttributeNameForSendsAWSTraceHeader] = r.trace
	}
	return x
}

package sqs

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// QueryService is [QueryOperations] with what AWS adds to it: a queue is not an address for operations on no queue, and clients that
// accept JSON get it.
func QueryService(api API) wire.Service[*engine.Call] {
	table := QueryOperations(api)
	table.AsJSON = queryJSON
	for name, op := range table.Operations {
		serve := op.Serve
		op.Serve = func(c *engine.Call, r *wire.Request, dst []byte) ([]byte, error) {
			if err := checkAddress(name, r); err != nil {
				return dst, err
			}
			return serve(c, r, dst)
		}
		table.Operations[name] = op
	}
	return table
}

// checkAddress refuses an operation on no queue at the address of a queue, and an address that is only a host. The JSON protocol has
// no such error: there, no queue has that address.
//
// Source of the latter: moto's test_get_queue_url_error_not_exists, verified against AWS.
func checkAddress(operation string, r *wire.Request) error {
	if operation == "CreateQueue" || operation == "ListQueues" {
		if account, _ := queueOwner(r.Path); account != "" {
			return errInvalidAction(operation)
		}
		return nil
	}
	if url := r.Form.String("QueueUrl"); url.V != "" && queueName(url.V) == "" {
		return ErrInvalidAddress("The address " + url.V + " is not valid for this endpoint.")
	}
	return nil
}

// errInvalidAction refuses an operation at the address of a queue.
//
// Source: recorded against AWS by LocalStack, test_get_create_queue_fails and test_get_list_queues_fails; GetQueueUrl is taken there.
func errInvalidAction(operation string) *wire.Error {
	return &wire.Error{
		Code: "InvalidAction", QueryCode: "InvalidAction", SenderFault: true, Status: http.StatusBadRequest,
		Message: "The action " + operation + " is not valid for this endpoint.",
	}
}

// A shape says how an XML element of the query protocol is written in JSON: as an object.
type shape struct {
	parts map[string]part // by XML element; others keep their name and are text
	nulls []string        // members that are null when they are absent
}

// A part is how one XML element inside another is written in JSON.
type part struct {
	name string // of the member
	list bool   // the element repeats
	raw  bool   // its text is JSON: a number or a truth value
	of   *shape // nil: text
}

// shapes are the answers of the operations, as far as they differ from their XML in more than form.
//
// Source: for SendMessage, ReceiveMessage and ListQueues, answers of AWS quoted in public: API Gateway hands them on as they are, and
// an SDK for Zig has them in its tests; for GetQueueAttributes, recorded against AWS by LocalStack,
// test_get_queue_attributes_json_format. Other lists have the names that the older service model gives them.
var shapes = func() map[string]*shape {
	pair := &shape{}
	entry := func(failedOf string) *shape {
		return &shape{parts: map[string]part{
			failedOf:                {name: "Successful", list: true, of: pair},
			"BatchResultErrorEntry": {name: "Failed", list: true, of: &shape{parts: map[string]part{"SenderFault": {name: "SenderFault", raw: true}}}},
		}}
	}
	urls := map[string]part{"QueueUrl": {name: "queueUrls", list: true}}
	number := func(name string) part { return part{name: name, raw: true} }
	attributes := map[string]part{
		"Attribute":        {name: "Attributes", list: true, of: pair},
		"MessageAttribute": {name: "MessageAttributes", list: true, of: &shape{parts: map[string]part{"Value": {name: "Value", of: pair}}}},
	}
	return map[string]*shape{
		"SendMessage": {nulls: []string{"MD5OfMessageAttributes", "MD5OfMessageBody", "MD5OfMessageSystemAttributes", "MessageId", "SequenceNumber"}},
		"ReceiveMessage": {nulls: []string{"messages"}, parts: map[string]part{"Message": {name: "messages", list: true, of: &shape{
			parts: attributes, nulls: []string{"Attributes", "Body", "MD5OfBody", "MD5OfMessageAttributes", "MessageAttributes", "MessageId", "ReceiptHandle"},
		}}}},
		"ListQueues":                   {nulls: []string{"NextExclusiveStartQueueName", "NextToken", "queueUrls"}, parts: urls},
		"ListDeadLetterSourceQueues":   {nulls: []string{"NextToken", "queueUrls"}, parts: urls},
		"GetQueueAttributes":           {nulls: []string{"Attributes"}, parts: attributes},
		"ListQueueTags":                {parts: map[string]part{"Tag": {name: "Tags", list: true, of: pair}}},
		"SendMessageBatch":             entry("SendMessageBatchResultEntry"),
		"DeleteMessageBatch":           entry("DeleteMessageBatchResultEntry"),
		"ChangeMessageVisibilityBatch": entry("ChangeMessageVisibilityBatchResultEntry"),
		"CancelMessageMoveTask":        {parts: map[string]part{"ApproximateNumberOfMessagesMoved": number("ApproximateNumberOfMessagesMoved")}},
		"ListMessageMoveTasks": {parts: map[string]part{"ListMessageMoveTasksResultEntry": {name: "Results", list: true, of: &shape{parts: map[string]part{
			"ApproximateNumberOfMessagesMoved": number("ApproximateNumberOfMessagesMoved"), "StartedTimestamp": number("StartedTimestamp"),
			"ApproximateNumberOfMessagesToMove": number("ApproximateNumberOfMessagesToMove"), "MaxNumberOfMessagesPerSecond": number("MaxNumberOfMessagesPerSecond"),
		}}}}},
	}
}()

// node is an XML element.
type node struct {
	XMLName  xml.Name
	Text     string `xml:",chardata"`
	Children []node `xml:",any"`
}

// queryJSON writes an answer of the query protocol, which is XML, as JSON.
func queryJSON(answer []byte) ([]byte, error) {
	var response node
	if err := xml.Unmarshal(answer, &response); err != nil {
		return nil, err
	}
	operation := strings.TrimSuffix(response.XMLName.Local, "Response")
	result := shapes[operation]
	if result == nil {
		result = &shape{}
	}
	whole := &shape{parts: map[string]part{
		operation + "Result": {name: operation + "Result", of: result}, "ResponseMetadata": {name: "ResponseMetadata", of: &shape{}},
	}}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(map[string]any{response.XMLName.Local: whole.object(&response)})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (s *shape) object(n *node) map[string]any {
	object := map[string]any{}
	for _, name := range s.nulls {
		object[name] = nil
	}
	for i := range n.Children {
		child := &n.Children[i]
		p, known := s.parts[child.XMLName.Local]
		if !known {
			p.name = child.XMLName.Local
		}
		value := any(child.Text)
		switch {
		case p.of != nil:
			value = p.of.object(child)
		case p.raw:
			value = json.RawMessage(child.Text)
		}
		if p.list {
			list, _ := object[p.name].([]any)
			value = append(list, value)
		}
		object[p.name] = value
	}
	return object
}

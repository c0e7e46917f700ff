package sqs

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// InspectPath is where LocalStack's users look into queues.
const InspectPath = "/_aws/sqs/messages"

// inspectHandle stands where a receipt handle would, as in LocalStack.
const inspectHandle = "SQS/BACKDOOR/ACCESS"

const (
	queryNamespace = "http://queue.amazonaws.com/doc/2012-11-05/"
	maxInspectForm = 64 << 10 // bytes
)

// Inspector returns what shows the messages of a queue without receiving them, in the form in which LocalStack does: GET
// /_aws/sqs/messages?QueueUrl=… or /_aws/sqs/messages/region/account/name answers ReceiveMessage's XML; with "Accept:
// application/json" the same document as JSON; and SDKs whose endpoint it is get their own protocol's answer. ShowInvisible=true
// adds those in flight and those of blocked groups and an attribute IsVisible, ShowDelayed=true those delayed and IsDelayed.
//
// Source: LocalStack documentation, "SQS developer endpoints", and its tests (test_sqs_developer_api.py).
func Inspector(e *engine.Engine) func(account, region string, r *http.Request) (status int, contentType string, body []byte) {
	return func(_, region string, r *http.Request) (int, string, []byte) {
		form := inspectForm
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-json") {
			form = inspectJSON
		}
		ask, err := form(r)
		var out *ReceiveMessageOutput
		if err == nil {
			out, err = ask.look(e, region)
		}
		switch {
		case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-json"):
			if e, ok := errors.AsType[*wire.Error](err); ok {
				return e.HTTPStatus(), "application/x-amz-json-1.0", e.AppendJSON(nil)
			}
			return http.StatusOK, "application/x-amz-json-1.0", out.AppendJSON(nil)
		case strings.Contains(r.Header.Get("Accept"), "application/json"):
			return asJSON(out, err)
		}
		if e, ok := errors.AsType[*wire.Error](err); ok {
			return e.HTTPStatus(), "text/xml", e.AppendXML(nil, queryNamespace, "inspect")
		}
		body := append([]byte(`<ReceiveMessageResponse xmlns="`+queryNamespace+`"><ReceiveMessageResult>`), out.AppendXML(nil)...)
		return http.StatusOK, "text/xml", append(body, "</ReceiveMessageResult></ReceiveMessageResponse>"...)
	}
}

// inspection is what somebody wants to see.
type inspection struct {
	url                 string
	region, owner, name string // told by the path
	invisible, delayed  bool
}

func inspectForm(r *http.Request) (*inspection, error) {
	values := r.URL.Query()
	if r.Method == http.MethodPost && r.Body != nil {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxInspectForm))
		if err != nil {
			return nil, errInvalidValue("The form could not be read.")
		}
		if form, err := url.ParseQuery(string(body)); err == nil {
			maps.Copy(values, form)
		}
	}
	if action := values.Get("Action"); action != "" && action != "ReceiveMessage" {
		return nil, errOnlyReceive()
	}
	ask := &inspection{url: values.Get("QueueUrl"), invisible: truth(values.Get("ShowInvisible")), delayed: truth(values.Get("ShowDelayed"))}
	if parts := strings.Split(strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, InspectPath), "/"), "/"); len(parts) == 3 {
		ask.region, ask.owner, ask.name = parts[0], parts[1], parts[2]
	}
	return ask, nil
}

func inspectJSON(r *http.Request) (*inspection, error) {
	ask, err := inspectForm(&http.Request{Method: http.MethodGet, URL: r.URL})
	if err != nil {
		return nil, err
	}
	if target := r.Header.Get("X-Amz-Target"); target != "AmazonSQS.ReceiveMessage" {
		return nil, errOnlyReceive()
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxInspectForm))
	in := &ReceiveMessageInput{}
	if err == nil {
		err = wire.DecodeBody(body, false, in.DecodeJSON)
	}
	if err != nil {
		return nil, err
	}
	ask.url = in.QueueUrl
	return ask, nil
}

func errOnlyReceive() error {
	return &wire.Error{Code: "InvalidRequest", Message: "This endpoint only accepts ReceiveMessage calls", SenderFault: true}
}

func truth(text string) bool { return text == "1" || strings.EqualFold(text, "true") }

// look collects the messages: those in flight, then the visible ones, then the delayed ones.
func (ask *inspection) look(e *engine.Engine, region string) (*ReceiveMessageOutput, error) {
	if ask.name == "" {
		if ask.url == "" {
			return nil, errNoQueue()
		}
		ask.owner, ask.region = queueOwner(ask.url)
		if ask.name = queueName(ask.url); ask.owner == "" || ask.name == "" {
			return nil, ErrInvalidAddress("The address " + ask.url + " is not valid for this endpoint.")
		}
		if ask.region == "" {
			ask.region = region
		}
	}
	var list []Peeked
	found := false
	if scope := e.Existing(ask.owner, ask.region); scope != nil {
		if s, ok := scope.Receiver(event.PlaceQueue).(*Service); ok {
			list, found = s.Peek(ask.name)
		}
	}
	if !found {
		return nil, errNoQueue()
	}
	out := &ReceiveMessageOutput{}
	for _, state := range []string{"in flight", "visible", "delayed"} {
		for _, p := range list {
			hidden := p.State == "in flight" || p.Blocked
			if p.State != state || hidden && !ask.invisible || state == "delayed" && !ask.delayed {
				continue
			}
			m := p.Message
			m.ReceiptHandle = wire.Some(inspectHandle)
			if ask.invisible {
				m.Attributes["IsVisible"] = strconv.FormatBool(state == "visible")
			}
			if ask.delayed {
				m.Attributes["IsDelayed"] = strconv.FormatBool(state == "delayed")
			}
			out.Messages = append(out.Messages, m)
		}
	}
	return out, nil
}

// asJSON writes the query protocol's document as JSON: elements that repeat are a list, single ones are not.
func asJSON(out *ReceiveMessageOutput, err error) (int, string, []byte) {
	status, doc := http.StatusOK, map[string]any{}
	if e, ok := errors.AsType[*wire.Error](err); ok {
		status = e.HTTPStatus()
		doc["ErrorResponse"] = map[string]any{"Error": map[string]any{"Type": "Sender", "Code": e.ErrorCode(), "Message": e.Message}}
	} else {
		result := map[string]any{}
		messages := []any{}
		for i := range out.Messages {
			messages = append(messages, messageJSON(&out.Messages[i]))
		}
		put(result, "Message", messages)
		doc["ReceiveMessageResponse"] = map[string]any{"@xmlns": queryNamespace, "ReceiveMessageResult": result}
	}
	body, _ := json.Marshal(doc) // strings only: cannot fail
	return status, "application/json", body
}

func put(to map[string]any, name string, values []any) {
	if len(values) == 1 {
		to[name] = values[0]
	} else if len(values) > 1 {
		to[name] = values
	}
}

func messageJSON(m *Message) map[string]any {
	doc := map[string]any{"MessageId": m.MessageId.V, "ReceiptHandle": m.ReceiptHandle.V, "MD5OfBody": m.MD5OfBody.V, "Body": m.Body.V}
	if m.MD5OfMessageAttributes.OK {
		doc["MD5OfMessageAttributes"] = m.MD5OfMessageAttributes.V
	}
	var system, user []any
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		system = append(system, map[string]any{"Name": name, "Value": m.Attributes[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(m.MessageAttributes)) {
		a := m.MessageAttributes[name]
		value := map[string]any{"DataType": a.DataType}
		if a.BinaryValue != nil {
			value["BinaryValue"] = base64.StdEncoding.EncodeToString(a.BinaryValue)
		} else {
			value["StringValue"] = a.StringValue.V
		}
		user = append(user, map[string]any{"Name": name, "Value": value})
	}
	put(doc, "Attribute", system)
	put(doc, "MessageAttribute", user)
	return doc
}

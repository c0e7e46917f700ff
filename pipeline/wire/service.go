package wire

import (
	"net/url"
	"strconv"
	"strings"
)

// Protocol is the way in which a service writes requests and answers.
type Protocol string

// The protocols of the services.
const (
	JSON     Protocol = "json"      // awsJson: POST /, operation in X-Amz-Target, body and answer JSON
	RESTJSON Protocol = "rest-json" // operation by method and path, body and answer JSON
	Query    Protocol = "query"     // operation in the form field Action, answer XML
)

// A Service describes one AWS service: how its requests are told apart and what serves them. C is the type of the call
// that operations receive. A Service is read only and safe for concurrent use.
type Service[C any] struct {
	Name            string // as it is signed and called in ARNs: "sqs"
	EndpointPrefix  string // first part of its host name: "streams.dynamodb"
	TargetPrefix    string // of X-Amz-Target, without the dot: "AmazonSQS"; "" unless Protocol is JSON
	JSONVersion     string // "1.0" or "1.1"; "" unless Protocol is JSON
	Protocol        Protocol
	Version         string // of the API: "2012-11-05"
	Namespace       string // of its error types in JSON: "com.amazonaws.sqs"; "" sends bare codes
	XMLNamespace    string // of its XML answers
	QueryCompatible bool   // errors carry the header x-amzn-query-error

	Operations     map[string]Operation[C]
	NotImplemented map[string]struct{} // names of the service's other operations

	// AsJSON writes an answer of the query protocol as JSON, for clients that accept that; nil: there is no such form.
	AsJSON func(answer []byte) ([]byte, error)
}

// An Operation is one implemented call of a service's API.
type Operation[C any] struct {
	Name   string
	Method string // of rest-json, else POST
	Path   string // of rest-json: "/v1/pipes/{Name}/start", else "/"
	Status int    // of the answer to a call that succeeds; 0 is 200

	// Serve decodes and checks the request, calls the service and appends the answer's body to dst. Errors are *Error,
	// or whatever the service returned. Nothing is applied if it returns an error of decoding or checking.
	Serve func(c C, req *Request, dst []byte) ([]byte, error)
}

// A Request is what a protocol's front end has taken from HTTP. The operation may keep no part of it.
type Request struct {
	Body   []byte
	Labels []string   // values of the path's {labels}, in order, unescaped; rest-json only
	Query  url.Values // of rest-json
	Form   Form       // of the query protocol, Action and Version included
	Path   string     // of the URL, for the query protocol, in which SQS takes a queue's URL as the address of a request
}

// An InputChecker is an optional part of a service's API: it words the answer to a request that breaks rules of the model.
// Returning nil lets the request pass. Services without it answer CoralMessage.
type InputChecker interface {
	InvalidInput(operation string, v *Violations) error
}

// InvalidInput returns api's way to word violations, or that of the services' common front end under the given namespace.
func InvalidInput(api any, namespace string) func(operation string, v *Violations) error {
	if checker, ok := api.(InputChecker); ok {
		return checker.InvalidInput
	}
	return func(_ string, v *Violations) error {
		return &Error{Code: "ValidationException", Namespace: namespace, Message: CoralMessage(v), SenderFault: true}
	}
}

// Operation finds the operation that a header X-Amz-Target or a form field Action names; target is the part behind the dot.
// The error tells an operation that AWS has and this service does not implement from one that AWS does not know.
func (s *Service[C]) Operation(target string) (Operation[C], error) {
	op, ok := s.Operations[target]
	if ok {
		return op, nil
	}
	if _, known := s.NotImplemented[target]; known {
		return op, NotImplemented(s.Name, target)
	}
	return op, UnknownOperation()
}

// Route finds the operation of a rest-json service by method and escaped path, and the values of the path's labels.
func (s *Service[C]) Route(method, escapedPath string) (op Operation[C], labels []string, err error) {
	for _, op := range s.Operations {
		if op.Method != method {
			continue
		}
		if labels, ok := matchPath(op.Path, escapedPath); ok {
			return op, labels, nil
		}
	}
	return op, nil, UnknownOperation()
}

// matchPath compares segment by segment; a label at the end takes one segment, in which slashes are escaped.
func matchPath(pattern, path string) (labels []string, ok bool) {
	for pattern != "" || path != "" {
		want, wantRest, _ := strings.Cut(strings.TrimPrefix(pattern, "/"), "/")
		got, gotRest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if strings.HasPrefix(want, "{") {
			value, err := url.PathUnescape(got)
			if err != nil || value == "" {
				return nil, false
			}
			labels = append(labels, value)
		} else if want != got {
			return nil, false
		}
		pattern, path = wantRest, gotRest
	}
	return labels, true
}

const coralService = "com.amazon.coral.service"

// NotImplemented is the answer to an operation that AWS has and this service does not.
func NotImplemented(service, operation string) *Error {
	return &Error{
		Code: "NotImplemented", Status: 501,
		Message: "dyetrace does not implement " + service + ":" + operation + ". The operations it implements are listed in docs/aws-coverage.md.",
	}
}

// UnknownOperation is the answer to a request that names no operation of the service.
//
// Source: DynamoDB and SQS answer the bare type, without a message, with status 400.
func UnknownOperation() *Error {
	return &Error{Code: "UnknownOperationException", Namespace: coralService, SenderFault: true}
}

// Malformed turns an error of a Decoder into the answer of the services' common front end: text that is not JSON has no
// message, JSON of a wrong type has one. Other errors are returned as they are.
//
// Source: answers of DynamoDB recorded in public conformance suites (the member is "Message" there, not "message").
func Malformed(err error) error {
	switch e := err.(type) {
	case *SyntaxError:
		return &Error{Code: "SerializationException", Namespace: coralService, SenderFault: true}
	case *TypeError:
		return &Error{Code: "SerializationException", Namespace: coralService, Message: e.coral(), MessageName: "Message", SenderFault: true}
	}
	return err
}

// coral words a wrong type as the services do.
func (e *TypeError) coral() string {
	if e.Answer != "" {
		return e.Answer
	}
	switch {
	case e.Got == Object:
		return "Start of structure or map found where not expected"
	case e.Got == Array && e.Target != "":
		return "Unrecognized collection type class " + javaClass[e.Target]
	case e.Got == Array:
		return "Start of list found where not expected"
	case e.Want == Object || e.Want == Array:
		return "Unexpected field type"
	case e.Target == "Blob":
		return "only base-64-encoded strings are convertible to bytes"
	case e.Target == "Boolean" && e.Got == String:
		return "Unexpected token received from parser"
	}
	return e.token() + " cannot be converted to " + e.Target
}

var javaClass = map[string]string{
	"String": "java.lang.String", "Integer": "java.lang.Integer", "Long": "java.lang.Long", "Double": "java.lang.Double",
	"Boolean": "java.lang.Boolean", "Blob": "java.nio.ByteBuffer", "Date": "java.util.Date",
}

// token returns the name that the services' parser has for the value.
func (e *TypeError) token() string {
	switch e.Got {
	case String:
		return "STRING_VALUE"
	case Bool:
		return strings.ToUpper(e.Text) + "_VALUE"
	case Null:
		return "NULL_VALUE"
	}
	if strings.ContainsAny(e.Text, ".eE") {
		return "DECIMAL_VALUE"
	}
	return "NUMBER_VALUE"
}

// DecodeBody reads a whole body with decode and turns what is wrong with it into the services' answer. A rest-json body
// may be empty; empty says whether that is so.
func DecodeBody(body []byte, empty bool, decode func(d *Decoder) error) error {
	if empty && len(body) == 0 {
		body = []byte("{}")
	}
	d := NewDecoder(body)
	return Malformed(whole(&d, decode))
}

// DecodeCasting is DecodeBody for SQS, whose parser takes a number or a truth value where a string is asked for, passes over what is
// null in a map, and has words of its own for other wrong types.
//
// Source: the tests of a public server for Node that follow AWS's answers ("castable type", Attributes that are null); for the words,
// also an answer of AWS in async-aws/aws issue 1667.
func DecodeCasting(body []byte, decode func(d *Decoder) error) error {
	d := NewDecoder(body)
	d.casts = true
	err := whole(&d, decode)
	if e, ok := err.(*TypeError); ok && e.Answer == "" && e.Got != Object && e.Got != Array && javaClass[e.Target] != "" {
		e.Answer = e.token() + " can not be converted to an " + e.Target
	}
	return Malformed(err)
}

// whole reads one value, behind which nothing may stand.
func whole(d *Decoder, decode func(d *Decoder) error) error {
	if err := decode(d); err != nil {
		return err
	}
	return d.End()
}

// QueryInt reads an integer of 32 bits from a query string.
func QueryInt(s string) (int32, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0, Malformed(&TypeError{Want: Number, Got: String, Text: s, Target: "Integer"})
	}
	return int32(n), nil
}

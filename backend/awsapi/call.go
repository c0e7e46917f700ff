package awsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/dyetrace/dyetrace/backend"
)

// JSONService is a service that speaks one of AWS's JSON protocols.
type JSONService struct {
	scope   string // its name in credentials
	target  string // what X-Amz-Target begins with
	version string // of the protocol
}

// QueryService is a service that takes forms and answers in XML.
type QueryService struct {
	scope   string
	version string // of its API
}

// The services, as their models name them.
var (
	SQS             = JSONService{"sqs", "AmazonSQS", "1.0"}
	DynamoDB        = JSONService{"dynamodb", "DynamoDB_20120810", "1.0"}
	DynamoDBStreams = JSONService{"dynamodb", "DynamoDBStreams_20120810", "1.0"}
	EventBridge     = JSONService{"events", "AWSEvents", "1.1"}
	SNS             = QueryService{"sns", "2010-03-31"}
	STS             = QueryService{"sts", "2011-06-15"}
)

// Client makes calls through one endpoint. It has no state; safe for concurrent use.
type Client struct{ at backend.Endpoint }

// New returns a client of an endpoint.
func New(at backend.Endpoint) Client { return Client{at} }

// Endpoint returns what the client was made with.
func (c Client) Endpoint() backend.Endpoint { return c.at }

// JSON calls an operation: in is marshalled as its input, and its output unmarshalled into out unless that is nil. An answer that
// is an error, or none, is an *[Error].
func (c Client) JSON(ctx context.Context, service JSONService, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("input of %s: %w", operation, err)
	}
	r, err := c.request(ctx, service.scope, body, "application/x-amz-json-"+service.version)
	if err != nil {
		return err
	}
	r.Header.Set("X-Amz-Target", service.target+"."+operation)
	status, answer, err := c.send(r)
	if err != nil {
		return &Error{Service: service.scope, Operation: operation, Status: status, Err: err}
	}
	if status != http.StatusOK {
		return refused(service.scope, operation, status, answer)
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &Error{Service: service.scope, Operation: operation, Status: status, Code: InvalidAnswer, Message: err.Error()}
	}
	return nil
}

// Query calls an operation with a form that has its members, flattened as the protocol wants ("Attributes.entry.1.key"), and
// unmarshals the element OPERATIONResult of the answer into out unless that is nil. An answer that is an error, or none, is an
// *[Error].
func (c Client) Query(ctx context.Context, service QueryService, operation string, in url.Values, out any) error {
	form := url.Values{"Action": {operation}, "Version": {service.version}}
	for name, values := range in {
		form[name] = values
	}
	r, err := c.request(ctx, service.scope, []byte(form.Encode()), "application/x-www-form-urlencoded; charset=utf-8")
	if err != nil {
		return err
	}
	status, answer, err := c.send(r)
	if err != nil {
		return &Error{Service: service.scope, Operation: operation, Status: status, Err: err}
	}
	if status != http.StatusOK {
		return refused(service.scope, operation, status, answer)
	}
	if out == nil {
		return nil
	}
	if err := unmarshalElement(answer, operation+"Result", out); err != nil {
		return &Error{Service: service.scope, Operation: operation, Status: status, Code: InvalidAnswer, Message: err.Error()}
	}
	return nil
}

func (c Client) request(ctx context.Context, scope string, body []byte, contentType string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.at.URL, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", contentType)
	// It tells the account to dyetrace, and the service to a Transport that signs.
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/20260101/%s/%s/aws4_request, SignedHeaders=host, Signature=none",
		c.at.AccountID, c.at.Region, scope))
	return r, nil
}

// maxAnswer has room for the largest answers of the services, 16 MB of a BatchGetItem or ten messages of 1 MiB, and for escapes.
const maxAnswer = 64 << 20

func (c Client) send(r *http.Request) (status int, body []byte, err error) {
	transport := c.at.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return answer.StatusCode, body, err
}

// unmarshalElement finds the first element of that name, at whatever depth, and unmarshals it.
func unmarshalElement(answer []byte, name string, out any) error {
	d := xml.NewDecoder(bytes.NewReader(answer))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return fmt.Errorf("the answer has no %s", name)
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			return d.DecodeElement(out, &start)
		}
	}
}

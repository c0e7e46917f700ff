package sqs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend"
)

// Error is an answer of the service that is not the one asked for.
type Error struct {
	Operation string // "ReceiveMessage"
	Status    int    // of HTTP; 0 if one entry of a batch failed
	Code      string // "QueueDoesNotExist"
	Message   string
	Err       error // of the transport, when there was no answer
}

// Error names the operation, the code and the service's own message.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("sqs %s: %v", e.Operation, e.Err)
	}
	return fmt.Sprintf("sqs %s: %s: %s", e.Operation, e.Code, e.Message)
}

// Unwrap returns the transport's error.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same call may succeed later: the service is busy, faulty or not reached.
func (e *Error) Temporary() bool {
	return e.Err != nil || e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests || strings.Contains(e.Code, "Throttl")
}

// client speaks SQS's JSON protocol.
type client struct{ at backend.Endpoint }

const maxAnswer = 16 << 20 // ten messages of 1 MiB, with room for escapes

func (c client) call(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.at.URL+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s/%s/sqs/aws4_request, SignedHeaders=host, Signature=none",
		c.at.AccountID, time.Now().UTC().Format("20060102"), c.at.Region))
	answer, err := c.at.Transport.RoundTrip(r)
	if err != nil {
		return &Error{Operation: operation, Err: err}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return &Error{Operation: operation, Status: answer.StatusCode, Err: err}
	}
	if answer.StatusCode != http.StatusOK {
		return failure(operation, answer.StatusCode, text)
	}
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return &Error{Operation: operation, Status: answer.StatusCode, Code: "InvalidAnswer", Message: err.Error()}
	}
	return nil
}

// failure reads {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "…"}.
func failure(operation string, status int, text []byte) *Error {
	e := &Error{Operation: operation, Status: status, Code: http.StatusText(status), Message: string(text[:min(len(text), 200)])}
	var told struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &told) == nil && told.Type != "" {
		_, code, found := strings.Cut(told.Type, "#")
		if !found {
			code = told.Type
		}
		e.Code, e.Message = code, told.Message
	}
	return e
}

package awsapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// InvalidAnswer is the code of an answer that is not in the service's protocol: something else listens there.
const InvalidAnswer = "InvalidAnswer"

// Error is an answer of a service that is not the one asked for.
type Error struct {
	Service   string // "sqs"
	Operation string // "ReceiveMessage"
	Status    int    // of HTTP; 0 if there was no answer, or if one entry of a batch failed
	Code      string // the service's own: "QueueDoesNotExist"; the words of the status if the answer names none
	Message   string
	Err       error // of the transport, when there was no answer
}

// Error names the service, the operation, the code and the service's own message, and what to do if that is known.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %s: %s", e.Service, e.Operation, e.Code, e.Message)
	if e.Err != nil {
		text = fmt.Sprintf("%s %s: %v", e.Service, e.Operation, e.Err)
	}
	if advice := e.Advice(); advice != "" {
		text = strings.TrimSuffix(text, ".") + "; " + advice
	}
	return text
}

// Unwrap returns the transport's error.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same call may succeed later: the service is busy, faulty or not reached.
func (e *Error) Temporary() bool {
	return e.Err != nil || e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests ||
		isThrottle(e.Code) || e.Code == "InternalError"
}

// Missing reports whether the service says that what it was asked about does not exist.
func (e *Error) Missing() bool {
	switch e.Code {
	case "ResourceNotFoundException", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NotFound", "NotFoundException":
		return true
	}
	return false
}

// refused reads an error in whatever form it comes: what stands before a service may speak another protocol than the service.
//
//	{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "…"}; some services write Message
//	<ErrorResponse><Error><Code>NotFound</Code><Message>…</Message></Error></ErrorResponse>; also with Response or Errors around it
func refused(service, operation string, status int, answer []byte) *Error {
	e := &Error{Service: service, Operation: operation, Status: status, Code: http.StatusText(status), Message: string(answer[:min(len(answer), shown)])}
	var told struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // matches Message, too
	}
	if json.Unmarshal(answer, &told) == nil {
		if told.Type != "" {
			e.Code, e.Message = told.Type[strings.LastIndex(told.Type, "#")+1:], told.Message
		}
		return e
	}
	var inXML struct{ Code, Message string }
	if unmarshalElement(answer, "Error", &inXML) == nil && inXML.Code != "" {
		e.Code, e.Message = inXML.Code, inXML.Message
	}
	return e
}

const shown = 200 // bytes of an answer that is in no known form

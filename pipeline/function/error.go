package function

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Error says that a function did not return normally.
type Error struct {
	Function string // ARN
	Type     string // name of the Go type of what was returned or panicked with; "Sandbox.Timedout" after a timeout
	Message  string
	Panicked bool
	Cause    error // what the handler returned; nil if it returned none
}

// Error returns the function's own message, with how it came.
func (e *Error) Error() string {
	if e.Panicked {
		return e.Function + " panicked: " + e.Message
	}
	return e.Function + " failed: " + e.Message
}

// ErrorCode is "FunctionError", as the header in which Lambda tells it.
func (e *Error) ErrorCode() string { return "FunctionError" }

// Unwrap returns what the handler returned.
func (e *Error) Unwrap() error { return e.Cause }

// errTimeout is what Lambda itself says of a function that it ended.
func errTimeout(arn string, c *compiled) *Error {
	return &Error{Function: arn, Type: "Sandbox.Timedout", Message: fmt.Sprintf("Task timed out after %.2f seconds", c.Timeout.Seconds())}
}

var errClosed = errors.New("the pipeline was closed")

func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t == nil {
		return "nil"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

func notFound(arn string) *wire.Error {
	return &wire.Error{Code: "ResourceNotFoundException", Status: 404, SenderFault: true,
		Message: "Function not found: " + arn + " (dyetrace runs the Go functions that were registered with the pipeline)"}
}

package sqs

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Errors that SQS takes from AWS's common front end, and which are in no service model. Codes, namespaces and texts are those
// that AWS was recorded to send in the SQS tests of LocalStack (snapshots taken against AWS).
const commonNamespace = "com.amazon.coral.service"

func errInvalidValue(message string) *wire.Error {
	return &wire.Error{Code: "InvalidParameterValueException", Namespace: commonNamespace, Message: message, QueryCode: "InvalidParameterValue", SenderFault: true}
}

func errInvalidParameter(value, parameter, reason string) *wire.Error {
	return errInvalidValue("Value " + value + " for parameter " + parameter + " is invalid. Reason: " + reason)
}

func errMissing(parameter string) *wire.Error {
	return &wire.Error{
		Code: "MissingRequiredParameterException", Namespace: commonNamespace, Message: "The request must contain the parameter " + parameter + ".",
		QueryCode: "MissingParameter", SenderFault: true,
	}
}

// errNoName is the answer of CreateQueue without and of GetQueueUrl with an empty name; the former answers an empty one otherwise.
//
// Source: the tests of a public server for Node that follow AWS's answers; moto has the code.
func errNoName() *wire.Error {
	return errInvalidValue("Value for parameter QueueName is invalid. Reason: Must specify a queue name.")
}

func errNoQueue() *wire.Error { return ErrQueueDoesNotExist("The specified queue does not exist.") }

// InvalidInput words requests that lack a member as SQS does. Names that are in no enumeration of the model reach the
// operations, which answer them with the name.
func (s *Service) InvalidInput(_ string, v *wire.Violations) error {
	for _, path := range v.Names(wire.Required) {
		if strings.HasSuffix(path, "ataType") {
			continue // of a message attribute: the operation knows its name
		}
		if strings.HasPrefix(path, "entries") {
			continue // an empty batch has an error of its own, and of a faulty entry only that entry fails
		}
		if path == "queueName" {
			return errNoName()
		}
		return errMissing(strings.ToUpper(path[:1]) + path[1:])
	}
	return nil
}

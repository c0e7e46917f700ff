package sns

import (
	"errors"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The texts are those that AWS was recorded to send in the SNS tests of LocalStack (snapshots taken against AWS).

func invalid(what string) *wire.Error {
	return ErrInvalidParameterException("Invalid parameter: " + what)
}

func fewElements(parameter string, n int) *wire.Error {
	return invalid(parameter + " Reason: An ARN must have at least 6 elements, not " + strconv.Itoa(n))
}

func errNoTopic() *wire.Error { return ErrNotFoundException("Topic does not exist") }

func errNoSubscription() *wire.Error { return ErrNotFoundException("Subscription does not exist") }

// notAuthorized is the answer to a request for something of another account that is not there, or that AWS gives to no other account.
func notAuthorized(account, operation, resource string) *wire.Error {
	return ErrAuthorizationErrorException("User: arn:aws:iam::" + account + ":root is not authorized to perform: SNS:" + operation +
		" on resource: " + resource + " because no resource-based policy allows the SNS:" + operation + " action")
}

// InvalidInput words requests that break a rule of the model as SNS does: in its own words where the topic or subscription is
// missing, in those of the services' common front end otherwise.
//
// Source: recorded against AWS by LocalStack, test_unsubscribe_wrong_arn_format and test_empty_or_wrong_message_attributes.
func (s *Service) InvalidInput(_ string, v *wire.Violations) error {
	if first := v.List[0]; first.Null && (first.Path == "topicArn" || first.Path == "subscriptionArn") {
		return invalid(strings.ToUpper(first.Path[:1]) + first.Path[1:] + " Reason: no value for required parameter")
	}
	return &wire.Error{Code: "ValidationError", Message: wire.CoralMessage(v), SenderFault: true}
}

// codeOf returns the AWS error code of an error.
func codeOf(err error) string {
	if w, ok := errors.AsType[*wire.Error](err); ok {
		return w.Code
	}
	if _, ok := errors.AsType[*engine.NoReceiverError](err); ok {
		return "NoReceiver"
	}
	return engine.CodeOf(err)
}

func textOf(err error) string {
	if w, ok := errors.AsType[*wire.Error](err); ok && w.Message != "" {
		return w.Message
	}
	return err.Error()
}

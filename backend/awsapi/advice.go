package awsapi

import (
	"errors"
	"net"
	"strings"
)

// throttles are codes of calls that were refused since there were too many, besides those that have it in their name.
//
// Source: AWS SDKs and Tools Reference Guide, "Retry behavior". LimitExceededException is not among them: here it is a quota on how many
// things there may be, such as rules of a bus, and another attempt does not help.
var throttles = map[string]bool{
	"TooManyRequestsException": true, "ProvisionedThroughputExceededException": true, "RequestLimitExceeded": true, "BandwidthLimitExceeded": true,
	"SlowDown": true, "PriorRequestNotComplete": true, "TransactionInProgressException": true,
}

// isThrottle takes the names of all services: Throttling, ThrottlingException, Throttled, RequestThrottled, KMS.ThrottlingException …
func isThrottle(code string) bool { return throttles[code] || strings.Contains(code, "Throttl") }

// Denied reports whether the service refuses who calls, and not what is asked: the same call with the same keys will not succeed
// before somebody does something.
func (e *Error) Denied() bool { return e.refusal() != 0 }

// refusal is a way in which a service refuses a caller.
type refusal int

const (
	unknownKey refusal = iota + 1
	wrongSignature
	expiredKeys
	wrongClock
	unsignedCall
	notAllowed
)

// Source: "Common Errors" in the API References of SQS, SNS, EventBridge, DynamoDB and STS; the services differ in how they call the same.
var refusals = map[string]refusal{
	"InvalidClientTokenId": unknownKey, "UnrecognizedClientException": unknownKey, "InvalidAccessKeyId": unknownKey, "AuthFailure": unknownKey,
	"InvalidSecurity": unknownKey, "InvalidSecurityToken": unknownKey,
	"SignatureDoesNotMatch": wrongSignature, "InvalidSignatureException": wrongSignature, "InvalidSignature": wrongSignature,
	"ExpiredToken": expiredKeys, "ExpiredTokenException": expiredKeys, "TokenRefreshRequired": expiredKeys,
	"RequestExpired": wrongClock, "RequestTimeTooSkewed": wrongClock, "RequestInTheFuture": wrongClock,
	"MissingAuthenticationToken": unsignedCall, "MissingAuthenticationTokenException": unsignedCall, "IncompleteSignature": unsignedCall,
	"IncompleteSignatureException": unsignedCall,
	"AccessDenied":                 notAllowed, "AccessDeniedException": notAllowed, "AuthorizationError": notAllowed, "AuthorizationErrorException": notAllowed,
	"NotAuthorized": notAllowed, "OptInRequired": notAllowed,
}

func (e *Error) refusal() refusal {
	r := refusals[e.Code]
	// With a clock that is wrong, a signature is expired or not yet valid, and some services call that a wrong signature.
	if r == wrongSignature && (strings.Contains(e.Message, "Signature expired") || strings.Contains(e.Message, "Signature not yet current")) {
		return wrongClock
	}
	return r
}

// Advice says what to do about a refusal of the caller or an endpoint that is not found; "" if there is nothing to say beyond the
// service's own message.
func (e *Error) Advice() string {
	if _, ok := errors.AsType[*net.DNSError](e.Err); ok {
		return "is the region or the endpoint right, and is there a network?"
	}
	switch e.refusal() {
	case unknownKey:
		return "this access key id is not known there: look at AWS_ACCESS_KEY_ID or the profile, which are used with --sign, --profile and aws: (in Go: awsapi.Open); temporary keys (ASIA…) need their AWS_SESSION_TOKEN"
	case wrongSignature:
		return "the secret access key is not that of the access key id, or something on the way changed the call: set both keys anew, out of one place"
	case expiredKeys:
		return "the temporary keys have run out: export new ones with  eval \"$(aws configure export-credentials --format env)\""
	case wrongClock:
		return "the clock of this machine is wrong: a signature is good for a few minutes around its time"
	case unsignedCall:
		return "calls must be signed here: use keys for it (dyetrace … --sign or --profile NAME; in Go awsapi.Open)"
	case notAllowed:
		return "the keys are good, and a policy must allow " + e.Service + ":" + strings.TrimSuffix(e.Operation, "Batch") // SQS has no actions for batches
	}
	return ""
}

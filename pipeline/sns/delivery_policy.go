package sns

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/sns/filter"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Where a delivery policy may have which members. Those that are policies themselves have a table of their own, nil for the others.
type members map[string]members

var (
	retryMembers = members{
		"minDelayTarget": nil, "maxDelayTarget": nil, "numRetries": nil, "numMaxDelayRetries": nil, "numNoDelayRetries": nil,
		"numMinDelayRetries": nil, "backoffFunction": nil,
	}
	throttleMembers = members{"maxReceivesPerSecond": nil}
	requestMembers  = members{"headerContentType": nil}

	topicMembers = members{"http": {
		"defaultHealthyRetryPolicy": retryMembers, "defaultSicklyRetryPolicy": retryMembers, "disableSubscriptionOverrides": nil,
		"defaultThrottlePolicy": throttleMembers, "defaultRequestPolicy": requestMembers,
	}}
	subscriptionMembers = members{
		"healthyRetryPolicy": retryMembers, "sicklyRetryPolicy": retryMembers, "throttlePolicy": throttleMembers, "requestPolicy": requestMembers,
		"guaranteed": nil,
	}
)

// checkDelivery refuses a delivery policy with members that such a policy does not have, or values out of their range. into is read
// to see that the values have the types they should.
//
// Source: SNS Developer Guide, "Creating an HTTP/S delivery policy", for ranges and defaults; the texts for numRetries, minDelayTarget
// and unknown members as AWS was seen to answer them (the tests of ballerina-platform/module-ballerinax-aws.sns, pull request 5 of
// awsdocs/amazon-sns-developer-guide, and the tests of aws-solutions), the others in their form.
func checkDelivery(text string, known members, into any) error {
	fail := func(what string) error { return errors.New(attributeDelivery + ": " + what) }
	if !json.Valid([]byte(text)) {
		return fail(filter.Unparsable(text))
	}
	if problem := known.check("", []byte(text)); problem != "" {
		return fail(problem)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fail(wrong.Field + " must not be a " + wrong.Value)
		}
		return fail(err.Error())
	}
	return nil
}

// check returns what is wrong with an object at path, "" if nothing is.
func (known members) check(path string, text []byte) string {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil {
		return strings.TrimSuffix(path, ".") + " must be an object"
	}
	for _, name := range wire.SortedKeys(object) {
		inner, ok := known[name]
		switch value := object[name]; {
		case !ok:
			return "Unexpected JSON member: " + name
		case inner == nil || bytes.Equal(value, []byte("null")):
		default:
			if problem := inner.check(path+name+".", value); problem != "" {
				return problem
			}
			if problem := inRange(path+name+".", name, value); problem != "" {
				return problem
			}
		}
	}
	return ""
}

// inRange checks the numbers of a retry or throttle policy.
func inRange(path, name string, text []byte) string {
	if strings.HasSuffix(name, "hrottlePolicy") {
		var t struct {
			Most int `json:"maxReceivesPerSecond"`
		}
		t.Most = 1
		if json.Unmarshal(text, &t) == nil && t.Most < 1 {
			return path + "maxReceivesPerSecond must be greater than or equal to 1"
		}
	}
	if !strings.HasSuffix(name, "RetryPolicy") {
		return ""
	}
	var h healthy
	if json.Unmarshal(text, &h) != nil {
		return "" // of a wrong type, which is told elsewhere
	}
	for _, one := range []struct {
		name            string
		value, low, top int
	}{
		{"numRetries", h.NumRetries, 0, 100}, {"minDelayTarget", h.MinDelayTarget, 1, 3600}, {"maxDelayTarget", h.MaxDelayTarget, 1, 3600},
		{"numNoDelayRetries", h.NumNoDelayRetries, 0, 100}, {"numMinDelayRetries", h.NumMinDelayRetries, 0, 100}, {"numMaxDelayRetries", h.NumMaxDelayRetries, 0, 100},
	} {
		switch {
		case one.value < one.low:
			return path + one.name + " must be greater than or equal to " + strconv.Itoa(one.low)
		case one.value > one.top:
			return path + one.name + " must be less than or equal to " + strconv.Itoa(one.top)
		}
	}
	if h.MaxDelayTarget < h.MinDelayTarget {
		return path + "maxDelayTarget must be greater than or equal to minDelayTarget"
	}
	if !slices.Contains([]string{"linear", "arithmetic", "geometric", "exponential"}, h.BackoffFunction) {
		return path + "backoffFunction must be linear, arithmetic, geometric or exponential"
	}
	return ""
}

// UnmarshalJSON reads a policy over AWS's defaults: members that are left out keep them.
func (h *healthy) UnmarshalJSON(text []byte) error {
	type plain healthy
	p := plain(*defaultHealthy())
	err := json.Unmarshal(text, &p)
	*h = healthy(p)
	return err
}

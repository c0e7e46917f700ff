package sns

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/sns/filter"
)

// Names of attributes that the service acts on.
const (
	attributeFifo       = "FifoTopic"
	attributeContent    = "ContentBasedDeduplication"
	attributeScope      = "FifoThroughputScope"
	attributeArchive    = "ArchivePolicy"
	attributePolicy     = "Policy"
	attributeDelivery   = "DeliveryPolicy"
	attributeSignature  = "SignatureVersion"
	attributeRaw        = "RawMessageDelivery"
	attributeFilter     = "FilterPolicy"
	attributeFilterOver = "FilterPolicyScope"
	attributeRedrive    = "RedrivePolicy"
	attributeRole       = "SubscriptionRoleArn"
)

// topicAttributes are the attributes that can be set, FifoTopic apart, which can be given at creation only.
//
// Source: SNS API Reference, SetTopicAttributes.
var topicAttributes = func() map[string]bool {
	known := map[string]bool{}
	for _, name := range strings.Fields("DisplayName Policy DeliveryPolicy KmsMasterKeyId SignatureVersion TracingConfig FifoThroughputScope ContentBasedDeduplication ArchivePolicy") {
		known[name] = true
	}
	for _, protocol := range strings.Fields("HTTP Firehose Lambda Application SQS") {
		for _, kind := range strings.Fields("SuccessFeedbackRoleArn SuccessFeedbackSampleRate FailureFeedbackRoleArn") {
			known[protocol+kind] = true
		}
	}
	return known
}()

// checkTopicAttribute returns what is wrong with an attribute, without "Invalid parameter: " in front.
func checkTopicAttribute(name, value string, fifo, creating bool) error {
	if name == attributeFifo && creating {
		return checkBool(name, value)
	}
	if !topicAttributes[name] {
		return errors.New("AttributeName")
	}
	wrong := func(ok bool) error {
		if ok {
			return nil
		}
		return errors.New(name)
	}
	switch name {
	case attributeContent, attributeScope, attributeArchive:
		if !fifo {
			return errors.New(name + " can only be set for FIFO topics")
		}
		switch name {
		case attributeContent:
			return checkBool(name, value)
		case attributeArchive:
			_, err := retention(value)
			return err
		}
		return wrong(name != attributeScope || value == "Topic" || value == "MessageGroup")
	case attributeSignature:
		return wrong(value == "1" || value == "2")
	case "TracingConfig":
		return wrong(value == "PassThrough" || value == "Active")
	case "DisplayName":
		return wrong(len([]rune(value)) <= 100)
	case attributeDelivery:
		if value != "" {
			return checkDelivery(value, topicMembers, &topicDelivery{})
		}
	case attributePolicy:
		if value != "" && !json.Valid([]byte(value)) {
			return errors.New(name + ": " + filter.Unparsable(value))
		}
	}
	if strings.HasSuffix(name, "SampleRate") {
		return wrong(checkRate(value) == nil)
	}
	return nil
}

// maxRetention is how many days an archive may keep messages.
//
// Source: SNS Developer Guide, "Message archiving for FIFO topic owners".
const maxRetention = 365

// retention reads an archive policy and returns for how many days it keeps messages; 0 is none, by an empty policy.
func retention(policy string) (days int, err error) {
	if policy == "" {
		return 0, nil
	}
	var read struct {
		Days json.RawMessage `json:"MessageRetentionPeriod"`
	}
	if err := json.Unmarshal([]byte(policy), &read); err != nil {
		return 0, errors.New(attributeArchive + ": " + filter.Unparsable(policy))
	}
	if read.Days == nil {
		return 0, nil
	}
	days, err = strconv.Atoi(strings.Trim(string(read.Days), `"`))
	if err != nil || days < 1 || days > maxRetention {
		return 0, errors.New(attributeArchive + ": MessageRetentionPeriod must be a number of days from 1 to 365")
	}
	return days, nil
}

// written returns a value as it is stored: a truth value in lower case, an archive policy without a period as none.
func written(name, value string) string {
	switch name {
	case attributeContent:
		return strings.ToLower(value)
	case attributeArchive:
		if days, err := retention(value); err == nil && days == 0 {
			return ""
		}
	}
	return value
}

func checkBool(name, value string) error {
	if strings.EqualFold(value, "true") || strings.EqualFold(value, "false") {
		return nil
	}
	return errors.New(name + ": Invalid value [" + value + "]. Must be true or false.")
}

// attribute returns the value of an attribute, set or by default. The scope must be locked.
func (t *topic) attribute(name string) string {
	if value, ok := t.attributes[name]; ok && value != "" {
		return value
	}
	switch name {
	case attributePolicy:
		return defaultPolicy(t.arn)
	case attributeContent:
		if t.fifo {
			return "false"
		}
	}
	return ""
}

// answer returns the attributes as GetTopicAttributes does. The scope must be locked.
func (t *topic) answer(owner string, now time.Time) map[string]string {
	out := maps.Clone(t.attributes)
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" })
	confirmed, pending := 0, 0
	for _, sub := range t.subscriptions {
		if sub.confirmed {
			confirmed++
		} else {
			pending++
		}
	}
	out["TopicArn"], out["Owner"] = t.arn, owner
	out["DisplayName"], out[attributePolicy] = t.attribute("DisplayName"), t.attribute(attributePolicy)
	out["EffectiveDeliveryPolicy"] = t.effectiveDelivery()
	if text := out[attributeDelivery]; text != "" {
		out[attributeDelivery] = rewritten(text, &shownTopicDelivery{})
	}
	out["SubscriptionsConfirmed"], out["SubscriptionsPending"] = strconv.Itoa(confirmed), strconv.Itoa(pending)
	out["SubscriptionsDeleted"] = strconv.Itoa(t.deleted)
	if days, err := retention(t.attributes[attributeArchive]); err == nil && days > 0 {
		begins := now.AddDate(0, 0, -days)
		if t.archived.After(begins) {
			begins = t.archived
		}
		out["BeginningArchiveTime"] = begins.Format(timeFormat)
	}
	if t.fifo {
		out[attributeFifo], out[attributeContent] = "true", t.attribute(attributeContent)
	}
	return out
}

// policyActions are what the default policy allows the owner, in AWS's order; Receive is known beside them.
var policyActions = []string{"GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish"}

func knownAction(action string) bool {
	return action == "Receive" || slices.Contains(policyActions, action)
}

// accessPolicy is a resource policy of the form that AddPermission writes; what it does not know is kept as it is.
type accessPolicy struct {
	Version   string           `json:"Version"`
	ID        string           `json:"Id,omitempty"`
	Statement []map[string]any `json:"Statement"`
}

func defaultPolicy(topicARN string) string {
	a, _ := arn.Parse(topicARN)
	actions := make([]string, len(policyActions))
	for i, name := range policyActions {
		actions[i] = "SNS:" + name
	}
	return accessPolicy{Version: "2008-10-17", ID: "__default_policy_ID", Statement: []map[string]any{{
		"Sid": "__default_statement_ID", "Effect": "Allow", "Principal": map[string]string{"AWS": "*"}, "Action": actions, "Resource": topicARN,
		"Condition": map[string]any{"StringEquals": map[string]string{"AWS:SourceOwner": a.Account}},
	}}}.text()
}

func (p accessPolicy) text() string {
	text, err := json.Marshal(p)
	if err != nil {
		return "{}"
	}
	return string(text)
}

// readPolicy reads the policy of a topic.
func (t *topic) readPolicy() (accessPolicy, error) {
	var p accessPolicy
	if err := json.Unmarshal([]byte(t.attribute(attributePolicy)), &p); err != nil {
		return p, invalid("Policy")
	}
	return p, nil
}

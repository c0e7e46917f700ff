// Implements: all attributes that AWS lists.
// Differs from AWS: they change nothing: no SMS is sent.
// Not implemented: nothing.

package sns

import (
	"maps"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// SetSMSAttributes sets attributes of all SMS of the account and region; an empty value takes one away.
//
// Source, for empty values: HashiCorp's AWS provider (resourceSMSPreferencesDelete), whose tests run on AWS.
func (s *Service) SetSMSAttributes(c *engine.Call, in *SetSMSAttributesInput) (*SetSMSAttributesOutput, error) {
	for _, name := range wire.SortedKeys(in.Attributes) {
		known, ok := checkSMSAttribute(name, in.Attributes[name])
		ok = ok || in.Attributes[name] == ""
		switch {
		case !known:
			return nil, ErrInvalidParameterException(name + " is not a valid attribute")
		case !ok:
			return nil, ErrInvalidParameterException(name + " is invalid")
		}
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	maps.Copy(s.sms.attributes, in.Attributes)
	maps.DeleteFunc(s.sms.attributes, func(_, value string) bool { return value == "" })
	c.Lineage(smsPlace("attributes"))
	return &SetSMSAttributesOutput{}, nil
}

// checkSMSAttribute tells whether there is an attribute of that name and whether it can have the value.
//
// Source: SNS API Reference, SetSMSAttributes; a sender id as "Sender IDs in Amazon SNS" describes it.
func checkSMSAttribute(name, value string) (known, ok bool) {
	switch name {
	case "DefaultSMSType":
		return true, value == "Promotional" || value == "Transactional"
	case "DefaultSenderID":
		letter := false
		for _, c := range value {
			isLetter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
			if !isLetter && !('0' <= c && c <= '9') && c != '-' {
				return true, false
			}
			letter = letter || isLetter
		}
		return true, letter && len(value) <= 11
	case "DeliveryStatusSuccessSamplingRate":
		return true, checkRate(value) == nil
	case "MonthlySpendLimit":
		return true, value != "" && strings.Trim(value, "0123456789") == ""
	case "DeliveryStatusIAMRole":
		_, isARN := arn.Parse(value)
		return true, value == "" || isARN
	case "UsageReportS3Bucket":
		return true, true
	}
	return false, false
}

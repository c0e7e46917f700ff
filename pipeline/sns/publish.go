// Implements: topics standard and FIFO, by TopicArn or TargetArn; endpoints of mobile applications; phone numbers; subjects, attributes, the message structure json, up to 256 KiB;
// deduplication for five minutes by id or content, by topic or by group.
// Differs from AWS: a topic of another account is published to without asking its policy. What is for a phone number or an endpoint is recorded as not delivered.
// Not implemented: nothing.

package sns

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Publish hands a message to all subscriptions of a topic.
func (s *Service) Publish(c *engine.Call, in *PublishInput) (*PublishOutput, error) {
	d := draft{text: in.Message, subject: in.Subject, structure: in.MessageStructure, dedup: in.MessageDeduplicationId, group: in.MessageGroupId, attributes: in.MessageAttributes}
	if in.PhoneNumber.OK {
		return s.text(c, in.PhoneNumber.V, &d)
	}
	target, err := s.target(in)
	if err != nil {
		return nil, err
	}
	if strings.Contains(target, ":endpoint/") {
		return s.push(c, target, &d)
	}
	m, err := d.read()
	if err != nil {
		return nil, err
	}
	if d.size() > maxMessage {
		return nil, invalid("Message too long")
	}
	m.trace = c.TraceHeader
	s = s.at(target)
	hold := s.scope.Hold()
	defer hold.End()
	t, err := s.find(target, "Publish")
	if err == nil {
		err = m.check(t, d.dedup, d.group)
	}
	if err != nil {
		return nil, err
	}
	result := s.accept(c, &hold, t, m)
	return &PublishOutput{MessageId: wire.Some(result.id), SequenceNumber: sequenceOf(t, result)}, nil
}

// target returns the ARN of the topic that a request names.
func (s *Service) target(in *PublishInput) (string, error) {
	if !in.TopicArn.OK && !in.TargetArn.OK {
		return "", invalid("TopicArn or TargetArn Reason: no value for required parameter")
	}
	if in.TopicArn.OK {
		_, err := s.local("TopicArn", in.TopicArn.V)
		return in.TopicArn.V, err
	}
	_, err := s.local("TargetArn", in.TargetArn.V)
	return in.TargetArn.V, err
}

// text is the answer to a message for a phone number.
func (s *Service) text(c *engine.Call, number string, d *draft) (*PublishOutput, error) {
	if !strings.HasPrefix(number, "+") || !validPhone(number) {
		return nil, invalid("PhoneNumber Reason: " + number + " is not valid to publish to")
	}
	m, err := d.read()
	if err != nil {
		return nil, err
	}
	hold := s.scope.Hold()
	defer hold.End()
	m.id, m.at = s.scope.UUID(), s.engine.Now()
	why := undeliverable["sms"]
	if s.sms.optedOut[plain(number)] {
		why = optedOut
	}
	hold.End()
	s.unsent(c, smsPlace(number), m, why)
	return &PublishOutput{MessageId: wire.Some(m.id)}, nil
}

// push is the answer to a message for an endpoint of a mobile application.
func (s *Service) push(c *engine.Call, target string, d *draft) (*PublishOutput, error) {
	hold := s.scope.Hold()
	defer hold.End()
	e, err := s.endpoint(target, "Publish")
	switch {
	case err != nil && codeOf(err) == "NotFound":
		return nil, invalid("TargetArn Reason: No endpoint found for the target arn specified")
	case err != nil:
		return nil, err
	case !e.enabled():
		return nil, ErrEndpointDisabledException("Endpoint is disabled")
	}
	m, err := d.readFor(e.app.platform)
	if err != nil {
		return nil, err
	}
	m.id, m.at = s.scope.UUID(), s.engine.Now()
	hold.End()
	s.unsent(c, e.place(), m, undeliverable["application"])
	return &PublishOutput{MessageId: wire.Some(m.id)}, nil
}

func sequenceOf(t *topic, p published) wire.Opt[string] {
	if t.fifo {
		return wire.Some(p.sequence)
	}
	return wire.Opt[string]{}
}

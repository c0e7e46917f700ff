package sns

import (
	"net/url"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// timeFormat is that of SNS's timestamps.
const timeFormat = "2006-01-02T15:04:05.000Z"

// CertificatePath is where the pipeline's server has the certificate that signatures are verified with. The file is named as AWS
// names its: some verifiers look at that.
const CertificatePath = "/_dyetrace/sns/SimpleNotificationService-64796574726163656479657472616365.pem"

func topicName(topicARN string) string { return topicARN[strings.LastIndexByte(topicARN, ':')+1:] }

// site returns the scheme and host by which the subscriber reaches the pipeline.
func (sub *subscription) site() string {
	if sub.base == "" {
		return "http://localhost:4566"
	}
	return sub.base
}

func (sub *subscription) unsubscribeURL() string {
	return sub.site() + "/?Action=Unsubscribe&SubscriptionArn=" + sub.arn
}

// contentType is that of bodies posted to the endpoint.
func (sub *subscription) contentType() string {
	if kind := sub.content; kind != "" {
		return kind
	}
	return defaultContentType
}

// field appends a member in the layout of SNS's messages.
func field(dst []byte, name, value string) []byte {
	if len(dst) > 1 {
		dst = append(dst, ',')
	}
	dst = append(append(append(dst, "\n  \""...), name...), `" : `...)
	return wire.AppendString(dst, value)
}

// envelope returns the JSON document that carries a text.
//
// Source: SNS Developer Guide, "Parsing Amazon SNS message formats"; messages of FIFO topics have a sequence number in place of a
// signature, as AWS was recorded to send them.
func (o *offer) envelope(sub *subscription, text string) string {
	m := o.message
	dst := make([]byte, 1, len(text)+len(text)/8+1400)
	dst[0] = '{'
	dst = field(dst, "Type", "Notification")
	dst = field(dst, "MessageId", m.id)
	if o.topic.fifo {
		dst = field(dst, "SequenceNumber", m.sequence)
	}
	dst = field(dst, "TopicArn", o.topic.arn)
	if m.subject != "" {
		dst = field(dst, "Subject", m.subject)
	}
	dst = field(dst, "Message", text)
	dst = field(dst, "Timestamp", m.at.Format(timeFormat))
	if !o.topic.fifo {
		dst = field(dst, "SignatureVersion", o.topic.signature)
		dst = field(dst, "Signature", o.signature(text))
		dst = field(dst, "SigningCertURL", sub.site()+CertificatePath)
	}
	dst = field(dst, "UnsubscribeURL", sub.unsubscribeURL())
	if len(m.attributes) > 0 {
		dst = append(dst, ",\n  \"MessageAttributes\" : {"...)
		for i, name := range wire.SortedKeys(m.attributes) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(wire.AppendString(append(dst, "\n    "...), name), " : "...)
			dst = appendAttribute(dst, m.attributes[name])
		}
		dst = append(dst, "\n  }"...)
	}
	return string(append(dst, "\n}"...))
}

func appendAttribute(dst []byte, a MessageAttributeValue) []byte {
	dst = wire.AppendString(append(dst, `{"Type":`...), a.DataType)
	return append(wire.AppendString(append(dst, `,"Value":`...), attributeText(a)), '}')
}

// records returns the event that a function gets.
//
// Source: Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications". That the event calls the signature one of
// version 1, also where the topic signs by version 2, was recorded against AWS by LocalStack, test_publish_lambda_verify_signature.
func (o *offer) records(sub *subscription, text string) string {
	m := o.message
	dst := append(make([]byte, 0, len(text)+1600), `{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":`...)
	dst = append(wire.AppendString(dst, sub.arn), `,"Sns":{"Type":"Notification"`...)
	member := func(name, value string) { dst = wire.AppendString(wire.AppendName(dst, name), value) }
	member("MessageId", m.id)
	member("TopicArn", o.topic.arn)
	if m.subject != "" {
		member("Subject", m.subject)
	} else {
		dst = append(wire.AppendName(dst, "Subject"), "null"...)
	}
	member("Message", text)
	member("Timestamp", m.at.Format(timeFormat))
	member("SignatureVersion", "1")
	member("Signature", o.signature(text))
	member("SigningCertUrl", sub.site()+CertificatePath)
	member("UnsubscribeUrl", sub.unsubscribeURL())
	dst = append(wire.AppendName(dst, "MessageAttributes"), '{')
	for _, name := range sortedNames(m.attributes) {
		dst = append(wire.AppendString(wire.AppendComma(dst), name), ':')
		dst = appendAttribute(dst, m.attributes[name])
	}
	return string(append(dst, "}}}]}"...))
}

// signature signs the message with one text, once for all subscriptions that get it.
//
// Source: SNS Developer Guide, "Verifying the signatures of Amazon SNS messages".
func (o *offer) signature(text string) string {
	if signed, ok := o.signed[text]; ok {
		return signed
	}
	m := o.message
	parts := []string{"Message", text, "MessageId", m.id}
	if m.subject != "" {
		parts = append(parts, "Subject", m.subject)
	}
	parts = append(parts, "Timestamp", m.at.Format(timeFormat), "TopicArn", o.topic.arn, "Type", "Notification")
	signed := o.service.signer.sign(o.topic.signature, strings.Join(parts, "\n")+"\n")
	if o.signed == nil {
		o.signed = map[string]string{}
	}
	o.signed[text] = signed
	return signed
}

// The kinds of message that ask for something.
const (
	subscriptionConfirmation = "SubscriptionConfirmation"
	unsubscribeConfirmation  = "UnsubscribeConfirmation"
)

// asking is a message that asks an endpoint to visit a link.
type asking struct {
	kind, id, text, version string
	at                      time.Time
}

// toConfirm returns what asks an endpoint to confirm its subscription. The scope must be locked.
func (s *Service) toConfirm(t *topic, sub *subscription) asking {
	return asking{
		kind: subscriptionConfirmation, id: s.scope.UUID(), at: s.engine.Now(), version: t.view().signature,
		text: "You have chosen to subscribe to the topic " + sub.topicARN + ".\nTo confirm the subscription, visit the SubscribeURL included in this message.",
	}
}

// toRestore returns what tells an endpoint that its subscription was ended. The scope must be locked.
//
// Source: SNS Developer Guide, "HTTP/HTTPS unsubscribe confirmation JSON format".
func (s *Service) toRestore(t *topic, sub *subscription) asking {
	return asking{
		kind: unsubscribeConfirmation, id: s.scope.UUID(), at: s.engine.Now(), version: t.view().signature,
		text: "You have chosen to deactivate subscription " + sub.arn +
			".\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.",
	}
}

// body returns the message as it is posted. Its members and those that are signed are the same for both kinds.
//
// Source: SNS Developer Guide, "Verifying the signatures of Amazon SNS messages"; API Reference, CreateTopic: SignatureVersion.
func (a *asking) body(s *Service, sub *subscription) string {
	link := sub.site() + "/?Action=ConfirmSubscription&TopicArn=" + sub.topicARN + "&Token=" + url.QueryEscape(sub.token)
	at := a.at.Format(timeFormat)
	parts := []string{"Message", a.text, "MessageId", a.id, "SubscribeURL", link, "Timestamp", at, "Token", sub.token, "TopicArn", sub.topicARN, "Type", a.kind}
	dst := []byte{'{'}
	dst = field(dst, "Type", a.kind)
	dst = field(dst, "MessageId", a.id)
	dst = field(dst, "Token", sub.token)
	dst = field(dst, "TopicArn", sub.topicARN)
	dst = field(dst, "Message", a.text)
	dst = field(dst, "SubscribeURL", link)
	dst = field(dst, "Timestamp", at)
	dst = field(dst, "SignatureVersion", a.version)
	dst = field(dst, "Signature", s.signer.sign(a.version, strings.Join(parts, "\n")+"\n"))
	dst = field(dst, "SigningCertURL", sub.site()+CertificatePath)
	return string(append(dst, "\n}"...))
}

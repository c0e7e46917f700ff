package fake

import (
	"encoding/json"
)

// Handshake reads the message with which SNS asks a webhook to confirm its subscription: the token and the topic that
// ConfirmSubscription takes. ok is false for any other request.
//
// Source: Amazon SNS Developer Guide, "HTTP/HTTPS subscription confirmation JSON format".
func Handshake(r Request) (token, topicARN string, ok bool) {
	var m struct{ Type, Token, TopicArn string }
	if r.Header.Get("X-Amz-Sns-Message-Type") != "SubscriptionConfirmation" || json.Unmarshal([]byte(r.Body), &m) != nil || m.Token == "" {
		return "", "", false
	}
	return m.Token, m.TopicArn, true
}

package sns

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// told is a message about a subscription, as an endpoint reads it.
type told struct {
	Type, MessageId, Token, TopicArn, Message, SubscribeURL, Timestamp, SignatureVersion, Signature, SigningCertURL string
}

// lastTold returns the last message that was posted, and its headers.
func (f *fixture) lastTold() (m told, header map[string]string) {
	f.Helper()
	synctest.Wait()
	p := f.web.got[len(f.web.got)-1]
	d := json.NewDecoder(strings.NewReader(p.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		f.Fatal(err)
	}
	return m, p.Header
}

// TestUnsubscribe_tells_an_HTTP_endpoint_which_may_restore_the_subscription_R4_4 reads the message as a subscriber's library does.
func TestUnsubscribe_tells_an_HTTP_endpoint_which_may_restore_the_subscription_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := must[*CreateTopicOutput](t)(f.svc.CreateTopic(f.call(), &CreateTopicInput{Name: "t", Attributes: map[string]string{"SignatureVersion": "2"}})).TopicArn.V
		must[*SubscribeOutput](t)(f.svc.Subscribe(f.call(), &SubscribeInput{TopicArn: topic, Protocol: "http", Endpoint: wire.Some("http://127.0.0.1:9/hook")}))
		asked, _ := f.lastTold()
		arn := must[*ConfirmSubscriptionOutput](t)(f.svc.ConfirmSubscription(f.call(), &ConfirmSubscriptionInput{TopicArn: topic, Token: asked.Token})).SubscriptionArn.V
		must[*UnsubscribeOutput](t)(f.svc.Unsubscribe(f.call(), &UnsubscribeInput{SubscriptionArn: arn}))
		m, header := f.lastTold()
		text := "You have chosen to deactivate subscription " + arn + ".\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
		if m.Type != "UnsubscribeConfirmation" || m.TopicArn != topic || m.Message != text || m.Token == asked.Token || len(m.Token) != 64 ||
			m.SubscribeURL != "http://127.0.0.1:4566/?Action=ConfirmSubscription&TopicArn="+topic+"&Token="+m.Token || m.SignatureVersion != "2" || asked.SignatureVersion != "2" {
			t.Errorf("%+v", m)
		}
		for name, want := range map[string]string{"Message-Type": m.Type, "Message-Id": m.MessageId, "Topic-Arn": topic, "Subscription-Arn": arn} {
			if got := header["X-Amz-Sns-"+name]; got != want {
				t.Errorf("header X-Amz-Sns-%s is %q, want %q", name, got, want)
			}
		}
		f.verify(asked)
		f.verify(m)

		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "meanwhile"})
		n := len(f.web.got)
		confirm := func(token string) (string, error) {
			out, err := f.svc.ConfirmSubscription(f.call(), &ConfirmSubscriptionInput{TopicArn: topic, Token: token})
			if err != nil {
				return "", err
			}
			return out.SubscriptionArn.V, nil
		}
		_, err := confirm(asked.Token)
		wantError(t, "the token of the subscription that was", err, "InvalidParameter", "Invalid parameter: Token")
		if restored, err := confirm(m.Token); restored != arn || err != nil {
			t.Errorf("restored %q: %v, want %q", restored, err, arn)
		}
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "again"})
		if len(f.web.got) != n+1 || !strings.Contains(f.web.got[n].Body, `"Message" : "again"`) {
			t.Errorf("posted after it was restored: %+v", f.web.got[n:])
		}
		got := must[*GetTopicAttributesOutput](t)(f.svc.GetTopicAttributes(f.call(), &GetTopicAttributesInput{TopicArn: topic})).Attributes
		if got["SubscriptionsDeleted"] != "0" || got["SubscriptionsConfirmed"] != "1" {
			t.Errorf("attributes %v", got)
		}
	})
}

// verify checks the signature of version 2 with the published certificate.
func (f *fixture) verify(m told) {
	f.Helper()
	block, _ := pem.Decode(f.svc.signer.Certificate())
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		f.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(m.Signature)
	if err != nil {
		f.Fatal(err)
	}
	sum := sha256.Sum256([]byte("Message\n" + m.Message + "\nMessageId\n" + m.MessageId + "\nSubscribeURL\n" + m.SubscribeURL + "\nTimestamp\n" + m.Timestamp +
		"\nToken\n" + m.Token + "\nTopicArn\n" + m.TopicArn + "\nType\n" + m.Type + "\n"))
	if err := rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], signature); err != nil {
		f.Errorf("signature of %s: %v", m.Type, err)
	}
}

// TestUnsubscribe_restores_nothing_twice_R4_4 covers what may have happened before the link is visited, and who is told nothing.
func TestUnsubscribe_restores_nothing_twice_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		join := func() (arn string) {
			must[*SubscribeOutput](t)(f.svc.Subscribe(f.call(), &SubscribeInput{TopicArn: topic, Protocol: "http", Endpoint: wire.Some("http://127.0.0.1:9/hook")}))
			asked, _ := f.lastTold()
			return must[*ConfirmSubscriptionOutput](t)(f.svc.ConfirmSubscription(f.call(), &ConfirmSubscriptionInput{TopicArn: topic, Token: asked.Token})).SubscriptionArn.V
		}
		leave := func(arn string) {
			must[*UnsubscribeOutput](t)(f.svc.Unsubscribe(f.call(), &UnsubscribeInput{SubscriptionArn: arn}))
		}
		leave(join())
		ended, _ := f.lastTold()
		second := join()
		out := must[*ConfirmSubscriptionOutput](t)(f.svc.ConfirmSubscription(f.call(), &ConfirmSubscriptionInput{TopicArn: topic, Token: ended.Token}))
		if out.SubscriptionArn.V != second || len(f.svc.topics["t"].subscriptions) != 1 {
			t.Errorf("an endpoint that subscribed anew has %q and %d subscriptions, want %q and one", out.SubscriptionArn.V, len(f.svc.topics["t"].subscriptions), second)
		}
		leave(second)
		ended, _ = f.lastTold()
		must[*DeleteTopicOutput](t)(f.svc.DeleteTopic(f.call(), &DeleteTopicInput{TopicArn: topic}))
		_, err := f.svc.ConfirmSubscription(f.call(), &ConfirmSubscriptionInput{TopicArn: topic, Token: ended.Token})
		wantError(t, "of a topic that was deleted", err, "InvalidParameter", "Invalid parameter: Token")
		n := len(f.web.got)
		topic = f.topic("u")
		leave(f.subscribe(topic, "sqs", "arn:aws:sqs:us-east-1:111111111111:q"))
		synctest.Wait()
		if len(f.web.got) != n {
			t.Errorf("a queue was told: %+v", f.web.got[n:])
		}
	})
}

package watermill

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-aws/sns"
	"github.com/ThreeDotsLabs/watermill-aws/sqs"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"
	"github.com/aws/aws-sdk-go-v2/aws"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
)

// account is this run's own.
var account = fmt.Sprintf("%012d", rand.Int64N(1e12))

func config(t *testing.T) aws.Config {
	t.Helper()
	endpoint := os.Getenv("DYETRACE_ENDPOINT")
	if endpoint == "" {
		t.Skip("needs a server: dyetrace up, then DYETRACE_ENDPOINT=http://127.0.0.1:4566 (run.sh does it)")
	}
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: account, SecretAccessKey: "test"}, nil
		}),
	}
}

// Features of both: what Watermill declares for AWS. Its own run on emulators sets ForceShort; this one does not.
var features = tests.Features{ConsumerGroups: false, ExactlyOnceDelivery: false, GuaranteedOrder: false, Persistent: true}

// redelivery is a short visibility timeout, as in Watermill's own run: nacked messages come again after it.
var redelivery = sqs.QueueConfigAttributes{VisibilityTimeout: "1"}

func queueSubscriber(t *testing.T) sqs.SubscriberConfig {
	return sqs.SubscriberConfig{
		AWSConfig: config(t), QueueConfigAttributes: redelivery, Unmarshaler: sqs.DefaultMarshalerUnmarshaler{},
		GenerateReceiveMessageInput: func(ctx context.Context, url sqs.QueueURL) (*awssqs.ReceiveMessageInput, error) {
			in, err := sqs.GenerateReceiveMessageInputDefault(ctx, url)
			if err == nil {
				in.WaitTimeSeconds = 1
			}
			return in, err
		},
	}
}

func TestSQS_R4_4(t *testing.T) {
	tests.TestPubSub(t, features, func(t *testing.T) (message.Publisher, message.Subscriber) {
		log := watermill.NewStdLogger(false, false)
		publisher, err := sqs.NewPublisher(sqs.PublisherConfig{AWSConfig: config(t), CreateQueueConfig: redelivery, Marshaler: sqs.DefaultMarshalerUnmarshaler{}}, log)
		if err != nil {
			t.Fatal(err)
		}
		subscriber, err := sqs.NewSubscriber(queueSubscriber(t), log)
		if err != nil {
			t.Fatal(err)
		}
		return publisher, subscriber
	}, nil)
}

// topics makes a topic when it is first asked for: AWS refuses to subscribe to one that is not there.
type topics struct{ client *awssns.Client }

func (r topics) ResolveTopic(ctx context.Context, topic string) (sns.TopicArn, error) {
	out, err := r.client.CreateTopic(ctx, &awssns.CreateTopicInput{Name: &topic})
	if err != nil {
		return "", err
	}
	return sns.TopicArn(aws.ToString(out.TopicArn)), nil
}

func snsPubSub(t *testing.T, group string) (message.Publisher, message.Subscriber) {
	log := watermill.NewStdLogger(false, false)
	resolver := topics{awssns.NewFromConfig(config(t))}
	publisher, err := sns.NewPublisher(sns.PublisherConfig{AWSConfig: config(t), TopicResolver: resolver, Marshaler: sns.DefaultMarshalerUnmarshaler{}}, log)
	if err != nil {
		t.Fatal(err)
	}
	subscriber, err := sns.NewSubscriber(sns.SubscriberConfig{
		AWSConfig: config(t), TopicResolver: resolver,
		GenerateSqsQueueName: func(_ context.Context, topic sns.TopicArn) (string, error) {
			h := fnv.New64a() // the suite's names for both together are longer than the 80 characters a queue may have
			fmt.Fprint(h, group, topic)
			return fmt.Sprintf("sub-%x", h.Sum64()), nil
		},
	}, queueSubscriber(t), log)
	if err != nil {
		t.Fatal(err)
	}
	return publisher, subscriber
}

func TestSNS_R1_4(t *testing.T) {
	grouped := features
	grouped.ConsumerGroups = true
	tests.TestPubSub(t, grouped,
		func(t *testing.T) (message.Publisher, message.Subscriber) { return snsPubSub(t, "") },
		func(t *testing.T, group string) (message.Publisher, message.Subscriber) {
			return snsPubSub(t, group)
		})
}

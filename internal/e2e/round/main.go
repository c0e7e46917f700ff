// Command round does the round of SQS and SNS work that every SDK does (internal/clients/messaging), with the AWS SDK for Go v2.
//
//	round ENDPOINT ACCOUNT
//
// It prints what it saw as one JSON object. The SDK verifies the MD5 of bodies only; that of message attributes is computed here.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: round ENDPOINT ACCOUNT")
		os.Exit(2)
	}
	config := aws.Config{
		Region: "us-east-1", BaseEndpoint: &os.Args[1], Credentials: credentials.NewStaticCredentialsProvider(os.Args[2], "test", ""),
	}
	r := &round{Context: context.Background(), sqs: sqs.NewFromConfig(config), sns: sns.NewFromConfig(config), account: os.Args[2], seen: map[string]any{}}
	if err := r.do(); err != nil {
		fmt.Fprintln(os.Stderr, "round:", err)
		os.Exit(1)
	}
	text, err := json.Marshal(r.seen)
	if err != nil {
		fmt.Fprintln(os.Stderr, "round:", err)
		os.Exit(1)
	}
	fmt.Println(string(text))
}

type round struct {
	context.Context
	sqs     *sqs.Client
	sns     *sns.Client
	account string
	seen    map[string]any // by name of what was looked at
}

func (r *round) do() error {
	url, _, err := r.queue("round", map[string]string{"VisibilityTimeout": "30"})
	if err != nil {
		return err
	}
	fifo, _, err := r.queue("round.fifo", map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"})
	if err != nil {
		return err
	}
	for _, part := range []func() error{
		func() error { return r.standard(url) },
		func() error { return r.batch(url) },
		func() error { return r.ordered(fifo) },
		func() error { return r.fanOut() },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	r.errors(url, fifo)
	return nil
}

func (r *round) queue(name string, attributes map[string]string) (url, arn string, err error) {
	made, err := r.sqs.CreateQueue(r, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		return "", "", err
	}
	arn, err = r.attribute(*made.QueueUrl, types.QueueAttributeNameQueueArn, types.QueueAttributeNameQueueArn)
	return *made.QueueUrl, arn, err
}

func (r *round) attribute(url string, asked, name types.QueueAttributeName) (string, error) {
	out, err := r.sqs.GetQueueAttributes(r, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{asked}})
	if err != nil {
		return "", err
	}
	return out.Attributes[string(name)], nil
}

func (r *round) receive(url string) ([]types.Message, error) {
	out, err := r.sqs.ReceiveMessage(r, &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, WaitTimeSeconds: 2, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameMessageGroupId},
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// one receives exactly one message.
func (r *round) one(url string) (types.Message, error) {
	found, err := r.receive(url)
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%d messages at once in %s, want one", len(found), url)
	}
	if err != nil {
		return types.Message{}, err
	}
	return found[0], nil
}

func (r *round) collect(url string, n int) (found []types.Message, err error) {
	for range 10 {
		some, err := r.receive(url)
		if err != nil {
			return nil, err
		}
		if found = append(found, some...); len(found) >= n {
			break
		}
	}
	return found, nil
}

func (r *round) standard(url string) error {
	attributes := map[string]types.MessageAttributeValue{
		"kind": {DataType: aws.String("String"), StringValue: aws.String("test")}, "n": {DataType: aws.String("Number"), StringValue: aws.String("7")},
	}
	sent, err := r.sqs.SendMessage(r, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("grüße"), MessageAttributes: attributes})
	if err != nil {
		return err
	}
	r.seen["send"] = map[string]string{"md5": aws.ToString(sent.MD5OfMessageBody), "attributes": aws.ToString(sent.MD5OfMessageAttributes)}
	m, err := r.one(url)
	if err != nil {
		return err
	}
	r.seen["receive"] = map[string]string{
		"body": aws.ToString(m.Body), "md5": aws.ToString(m.MD5OfBody), "attributes": aws.ToString(m.MD5OfMessageAttributes), "count": m.Attributes["ApproximateReceiveCount"],
	}
	for what, digests := range map[string][2]string{
		"sent":     {digest(attributes), aws.ToString(sent.MD5OfMessageAttributes)},
		"received": {digest(m.MessageAttributes), aws.ToString(m.MD5OfMessageAttributes)},
	} {
		if digests[0] != digests[1] {
			return fmt.Errorf("MD5 of the attributes that were %s: computed %s, answered %s", what, digests[0], digests[1])
		}
	}
	hidden, err := r.receive(url)
	if err != nil {
		return err
	}
	r.seen["hidden"] = len(hidden)
	if _, err := r.sqs.ChangeMessageVisibility(r, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		return err
	}
	if m, err = r.one(url); err != nil {
		return err
	}
	r.seen["again"] = m.Attributes["ApproximateReceiveCount"]
	_, err = r.sqs.DeleteMessage(r, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
	return err
}

func (r *round) batch(url string) error {
	out, err := r.sqs.SendMessageBatch(r, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("a"), MessageBody: aws.String("1")}, {Id: aws.String("b"), MessageBody: aws.String("2"), DelaySeconds: 901},
	}})
	if err != nil {
		return err
	}
	var good []string
	for _, e := range out.Successful {
		good = append(good, *e.Id)
	}
	var bad [][]any
	for _, e := range out.Failed {
		bad = append(bad, []any{*e.Id, aws.ToString(e.Code), e.SenderFault})
	}
	r.seen["batch"] = map[string]any{"good": good, "bad": bad}
	if _, err := r.sqs.PurgeQueue(r, &sqs.PurgeQueueInput{QueueUrl: &url}); err != nil {
		return err
	}
	r.seen["purged"], err = r.attribute(url, types.QueueAttributeNameAll, types.QueueAttributeNameApproximateNumberOfMessages)
	return err
}

func (r *round) ordered(fifo string) error {
	for _, body := range []string{"1", "2", "2", "3"} {
		if _, err := r.sqs.SendMessage(r, &sqs.SendMessageInput{QueueUrl: &fifo, MessageBody: &body, MessageGroupId: aws.String("g")}); err != nil {
			return err
		}
	}
	found, err := r.receive(fifo)
	var seen [][]string
	for _, m := range found {
		seen = append(seen, []string{aws.ToString(m.Body), m.Attributes["MessageGroupId"]})
	}
	r.seen["fifo"] = seen
	return err
}

// errors sees each error as other SDKs show it.
func (r *round) errors(url, fifo string) {
	_, nowhere := r.sqs.GetQueueUrl(r, &sqs.GetQueueUrlInput{QueueName: aws.String("nowhere")})
	_, tooMany := r.sqs.ReceiveMessage(r, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 11})
	_, nonsense := r.sqs.DeleteMessage(r, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: aws.String("nonsense")})
	_, noGroup := r.sqs.SendMessage(r, &sqs.SendMessageInput{QueueUrl: &fifo, MessageBody: aws.String("no group")})
	_, noTopic := r.sns.Publish(r, &sns.PublishInput{TopicArn: aws.String("arn:aws:sns:us-east-1:" + r.account + ":nowhere"), Message: aws.String("x")})
	r.seen["errors"] = []string{code(nowhere), code(tooMany), code(nonsense), code(noGroup), code(noTopic)}
}

// code is what a program switches on: the code of the query protocol where the service sends one.
func code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return "none"
}

func (r *round) fanOut() error {
	topic, err := r.sns.CreateTopic(r, &sns.CreateTopicInput{Name: aws.String("round")})
	if err != nil {
		return err
	}
	urls := map[string]string{}
	for name, attributes := range map[string]map[string]string{
		"raw": {"RawMessageDelivery": "true", "FilterPolicy": `{"tenant":["acme"]}`}, "whole": nil,
	} {
		url, arn, err := r.queue("round-"+name, nil)
		if err != nil {
			return err
		}
		urls[name] = url
		if _, err := r.sns.Subscribe(r, &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: &arn, Attributes: attributes}); err != nil {
			return err
		}
	}
	for _, tenant := range []string{"acme", "rival"} {
		if _, err := r.sns.Publish(r, &sns.PublishInput{TopicArn: topic.TopicArn, Message: aws.String("to " + tenant), MessageAttributes: map[string]snstypes.MessageAttributeValue{
			"tenant": {DataType: aws.String("String"), StringValue: &tenant},
		}}); err != nil {
			return err
		}
	}
	return r.arrived(urls["raw"], urls["whole"])
}

func (r *round) arrived(raw, whole string) error {
	found, err := r.collect(raw, 1)
	if err != nil {
		return err
	}
	var filtered [][]string
	for _, m := range found {
		filtered = append(filtered, []string{aws.ToString(m.Body), aws.ToString(m.MessageAttributes["tenant"].StringValue)})
	}
	r.seen["raw"] = filtered
	if found, err = r.collect(whole, 2); err != nil {
		return err
	}
	var texts []string
	for _, m := range found {
		var envelope struct{ Message string }
		if err := json.Unmarshal([]byte(aws.ToString(m.Body)), &envelope); err != nil {
			return err
		}
		texts = append(texts, envelope.Message)
	}
	slices.Sort(texts)
	r.seen["whole"] = texts
	return nil
}

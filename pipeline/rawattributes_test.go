package pipeline_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dyetrace/dyetrace/pipeline"
)

// Raw delivery hands message attributes on as they were published, with their types.
func TestFanOut_raw_keeps_the_types_of_attributes_R1_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New(pipeline.Options{})
		defer p.Close()
		s := &script{t: t, p: p, a: &asker{t: t, handler: p.Handler(), service: "sns"}, wrapped: map[string]string{}}
		s.ask("sqs", "Action", "CreateQueue", "Version", "2012-11-05", "QueueName", "q")
		s.ask("sns", "Action", "CreateTopic", "Version", "2010-03-31", "Name", "t")
		s.ask("sns", "Action", "Subscribe", "Version", "2010-03-31", "TopicArn", topicARN, "Protocol", "sqs",
			"Endpoint", "arn:aws:sqs:us-east-1:000000000000:q", "Attributes.entry.1.key", "RawMessageDelivery", "Attributes.entry.1.value", "true")
		binary := base64.StdEncoding.EncodeToString([]byte{0, 1, 0xff})
		s.ask("sns", "Action", "Publish", "Version", "2010-03-31", "TopicArn", topicARN, "Message", "m",
			"MessageAttributes.entry.1.Name", "n", "MessageAttributes.entry.1.Value.DataType", "Number", "MessageAttributes.entry.1.Value.StringValue", "7",
			"MessageAttributes.entry.2.Name", "b", "MessageAttributes.entry.2.Value.DataType", "Binary", "MessageAttributes.entry.2.Value.BinaryValue", binary,
			"MessageAttributes.entry.3.Name", "l", "MessageAttributes.entry.3.Value.DataType", "String.Array", "MessageAttributes.entry.3.Value.StringValue", `["x"]`)
		synctest.Wait()
		got := s.ask("sqs", "Action", "ReceiveMessage", "Version", "2012-11-05", "QueueUrl", "http://localhost:4566/000000000000/q", "MessageAttributeName.1", "All")
		for _, want := range []string{
			"<Name>n</Name><Value><StringValue>7</StringValue><DataType>Number</DataType></Value>",
			"<Name>b</Name><Value><BinaryValue>" + binary + "</BinaryValue><DataType>Binary</DataType></Value>",
			"<DataType>String.Array</DataType>",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("want %s in %s", want, got)
			}
		}
	})
}

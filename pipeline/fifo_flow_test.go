package pipeline_test

import (
	"strings"
	"testing"
	"testing/synctest"
)

// TestRule_delivers_to_a_FIFO_queue_in_its_group_R4_4 sends events by a rule to a FIFO queue, and to one that lacks what they need.
func TestRule_delivers_to_a_FIFO_queue_in_its_group_R4_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := prepared(t)
		const arn, url = "arn:aws:sqs:us-east-1:123456789012:", "http://localhost:4566/123456789012/"
		c.call("AmazonSQS.CreateQueue", `{"QueueName":"steps.fifo","Attributes":{"FifoQueue":"true","ContentBasedDeduplication":"true"}}`)
		c.call("AmazonSQS.CreateQueue", `{"QueueName":"strict.fifo","Attributes":{"FifoQueue":"true"}}`)
		c.call("AWSEvents.PutRule", `{"Name":"r","EventBusName":"crm","EventPattern":"{\"source\":[\"crm\"]}"}`)
		c.call("AWSEvents.PutTargets", `{"Rule":"r","EventBusName":"crm","Targets":[{"Id":"1","Arn":"`+arn+`steps.fifo","SqsParameters":{"MessageGroupId":"leads"},"InputPath":"$.detail"},`+
			`{"Id":"2","Arn":"`+arn+`strict.fifo","SqsParameters":{"MessageGroupId":"leads"},"RetryPolicy":{"MaximumRetryAttempts":0},"DeadLetterConfig":{"Arn":"`+arn+`leads"}}]}`)
		for _, step := range []string{"1", "2", "1"} { // the third is the first again, by its content
			c.call("AWSEvents.PutEvents", `{"Entries":[{"Source":"crm","DetailType":"Step","Detail":"{\"n\":`+step+`}","EventBusName":"crm"}]}`)
			synctest.Wait()
		}
		got := c.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+url+`steps.fifo","MaxNumberOfMessages":10,"MessageSystemAttributeNames":["MessageGroupId"]}`)
		if first, second := strings.Index(got, `{\"n\":1}`), strings.Index(got, `{\"n\":2}`); first < 0 || second < first || strings.Count(got, `"MessageGroupId":"leads"`) != 2 {
			t.Errorf("received %s", got)
		}
		dead := c.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"`+url+`leads","MaxNumberOfMessages":10,"MessageAttributeNames":["All"]}`)
		if strings.Count(dead, `"ERROR_CODE"`) != 3 || !strings.Contains(dead, "ContentBasedDeduplication enabled") {
			t.Errorf("dead letters %s", dead)
		}
	})
}

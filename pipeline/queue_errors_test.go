package pipeline_test

import (
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline"
)

const (
	sqsError  = "com.amazonaws.sqs#"
	coral     = "com.amazon.coral.service#"
	awsSimple = "AWS.SimpleQueueService."
	queueJSON = `"QueueUrl":"http://localhost:4566/000000000000/q"`
	fifoJSON  = `"QueueUrl":"http://localhost:4566/000000000000/q.fifo"`
	fifoParam = queueParam + ".fifo"
	noSource  = "The resource that you specified for the SourceArn parameter doesn't exist."
	noDedup   = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
)

// Each kind of error that SQS answers beside those of TestQuery_and_JSON_tell_the_same_errors_of_SQS_R1_1, in both protocols.
var queueErrors = []struct {
	operation, form, json string
	status                int
	code, jsonType        string
	message               string
}{
	{"CreateQueue", "&QueueName=gone", `{"QueueName":"gone"}`, 400, awsSimple + "QueueDeletedRecently", sqsError + "QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name."},
	{"PurgeQueue", "&" + queueParam, `{` + queueJSON + `}`, 403, awsSimple + "PurgeQueueInProgress", sqsError + "PurgeQueueInProgress", "Only one PurgeQueue operation on q is allowed every 60 seconds."},
	{"SendMessageBatch", "&" + queueParam, `{` + queueJSON + `,"Entries":[]}`, 400, awsSimple + "EmptyBatchRequest", sqsError + "EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request."},
	{"SendMessageBatch", "&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=" + strings.Repeat("x", 1<<20+1) + "&" + queueParam,
		`{` + queueJSON + `,"Entries":[{"Id":"a","MessageBody":"` + strings.Repeat("x", 1<<20+1) + `"}]}`, 400, awsSimple + "BatchRequestTooLong", sqsError + "BatchRequestTooLong",
		"Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."},
	{"SendMessage", "&MessageBody=b&MessageGroupId=g&" + fifoParam, `{` + fifoJSON + `,"MessageBody":"b","MessageGroupId":"g"}`, 400, "InvalidParameterValue", coral + "InvalidParameterValueException", noDedup},
	{"SendMessage", "&MessageBody=b&MessageDeduplicationId=d&" + fifoParam, `{` + fifoJSON + `,"MessageBody":"b","MessageDeduplicationId":"d"}`, 400, "MissingParameter", coral + "MissingRequiredParameterException",
		"The request must contain the parameter MessageGroupId."},
	{"SendMessage", "&MessageBody=b&MessageGroupId=g&MessageDeduplicationId=d&DelaySeconds=2&" + fifoParam, `{` + fifoJSON + `,"MessageBody":"b","MessageGroupId":"g","MessageDeduplicationId":"d","DelaySeconds":2}`, 400,
		"InvalidParameterValue", coral + "InvalidParameterValueException", "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type."},
	{"SetQueueAttributes", "&Attribute.1.Name=FifoQueue&Attribute.1.Value=false&" + fifoParam, `{` + fifoJSON + `,"Attributes":{"FifoQueue":"false"}}`, 400, "InvalidAttributeValue", sqsError + "InvalidAttributeValue",
		"Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."},
	{"SetQueueAttributes", "&Attribute.1.Name=FifoQueue&Attribute.1.Value=true&" + queueParam, `{` + queueJSON + `,"Attributes":{"FifoQueue":"true"}}`, 400, "InvalidAttributeName", sqsError + "InvalidAttributeName", "Unknown Attribute FifoQueue."},
	{"SendMessage", "&MessageBody=b&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringListValue.1=x&" + queueParam,
		`{` + queueJSON + `,"MessageBody":"b","MessageAttributes":{"a":{"DataType":"String","StringListValues":["x"]}}}`, 400, awsSimple + "UnsupportedOperation", sqsError + "UnsupportedOperation",
		"Message attribute list values in SendMessage operation are not supported."},
	{"AddPermission", "&Label=l&AWSAccountId.1=000000000002&ActionName.1=*&ActionName.2=*&ActionName.3=*&ActionName.4=*&ActionName.5=*&ActionName.6=*&ActionName.7=*&ActionName.8=*&" + queueParam,
		`{` + queueJSON + `,"Label":"l","AWSAccountIds":["000000000002"],"Actions":["*","*","*","*","*","*","*","*"]}`, 403, "OverLimit", sqsError + "OverLimit", "8 Actions were found, maximum allowed is 7."},
	{"RemovePermission", "&Label=l&" + queueParam, `{` + queueJSON + `,"Label":"l"}`, 400, "InvalidParameterValue", coral + "InvalidParameterValueException", "Value l for parameter Label is invalid. Reason: can't find label on existing policy."},
	{"StartMessageMoveTask", "&SourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Anone", `{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:none"}`, 404, "ResourceNotFoundException", sqsError + "ResourceNotFoundException", noSource},
	{"StartMessageMoveTask", "&SourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Aq", `{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:q"}`, 400, "InvalidParameterValue", coral + "InvalidParameterValueException",
		"Source queue must be configured as a Dead Letter Queue."},
	{"ListMessageMoveTasks", "&SourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Anone", `{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:none"}`, 404, "ResourceNotFoundException", sqsError + "ResourceNotFoundException", noSource},
	{"CancelMessageMoveTask", "&TaskHandle=x", `{"TaskHandle":"x"}`, 400, "InvalidParameterValue", coral + "InvalidParameterValueException", "Value for parameter TaskHandle is invalid."},
	{"DeleteQueue", "&QueueUrl=http%3A%2F%2Flocalhost%3A4566%2F000000000002%2Frival", `{"QueueUrl":"http://localhost:4566/000000000002/rival"}`, 403, "AccessDenied", coral + "AccessDeniedException",
		"Access to the resource http://localhost:4566/000000000002/rival is denied."},
}

func TestQueue_errors_in_both_protocols_R4_4(t *testing.T) {
	p := pipeline.New(pipeline.Options{AWSWaits: true})
	defer p.Close()
	a := &asker{t: t, handler: p.Handler(), service: "sqs"}
	a.post("Action=CreateQueue&Version=2012-11-05&QueueName=q")
	a.post("Action=CreateQueue&Version=2012-11-05&QueueName=gone")
	a.post("Action=DeleteQueue&Version=2012-11-05&QueueUrl=gone")
	a.post("Action=PurgeQueue&Version=2012-11-05&" + queueParam)
	a.post("Action=CreateQueue&Version=2012-11-05&QueueName=q.fifo&Attribute.1.Name=FifoQueue&Attribute.1.Value=true")
	rival := inProcess(t, p)
	rival.account = "000000000002"
	rival.call("AmazonSQS.CreateQueue", `{"QueueName":"rival"}`)
	for _, row := range queueErrors {
		form := a.send("POST", "/", "Action="+row.operation+"&Version=2012-11-05"+row.form)
		text := strings.NewReplacer("&#39;", "'", "&#x27;", "'", "&apos;", "'").Replace(form.Body.String())
		if form.Code != row.status || !strings.Contains(text, "<Code>"+row.code+"</Code><Message>"+row.message+"</Message>") {
			t.Errorf("%s by form: %d %.400s\nwant %d %s: %s", row.operation, form.Code, text, row.status, row.code, row.message)
		}
		if strings.Contains(text, "<message>") {
			t.Errorf("%s: a lower-case message", row.operation)
		}
		got := a.send("POST", "/", row.json, "X-Amz-Target", "AmazonSQS."+row.operation, "Content-Type", "application/x-amz-json-1.0")
		if got.Code != row.status || got.Body.String() != `{"__type":"`+row.jsonType+`","message":"`+row.message+`"}` || got.Header().Get("X-Amzn-Query-Error") != row.code+";Sender" {
			t.Errorf("%s by JSON: %d %s %.400s\nwant %d %s: %s", row.operation, got.Code, got.Header().Get("X-Amzn-Query-Error"), got.Body, row.status, row.jsonType, row.message)
		}
	}
}

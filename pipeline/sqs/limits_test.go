package sqs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const (
	guideMessages = "Developer Guide, Amazon SQS message quotas"
	guideQueues   = "Developer Guide, Amazon SQS queue quotas"
	guidePolicies = "Developer Guide, Amazon SQS policy quotas"
	apiReference  = "API Reference, "
	none          = -1 << 30 // no lower limit
)

// A limit is one number that AWS documents. What a request asks for is made from n; in the text, {n} is that number and {x} as many
// letters. Texts are those in LocalStack's recordings of AWS where they have the case, else those of moto and ElasticMQ.
type limit struct {
	name, source string
	min, max     int
	operation    string
	request      func(n int) string
	code, text   string
}

func (l *limit) answers(n int) string {
	return strings.NewReplacer("{n}", strconv.Itoa(n), "{x}", strings.Repeat("x", max(0, n))).Replace(l.text)
}

func asked(format string) func(int) string {
	return func(n int) string { return strings.ReplaceAll(format, "{n}", strconv.Itoa(n)) }
}

// long puts n letters into a request.
func long(format string) func(int) string {
	return func(n int) string { return strings.ReplaceAll(format, "{x}", strings.Repeat("x", n)) }
}

// many puts n pieces, each with its number, into a request.
func many(format, piece string) func(int) string {
	return func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = strings.ReplaceAll(piece, "{i}", strconv.Itoa(i))
		}
		return strings.ReplaceAll(format, "{list}", strings.Join(list, ","))
	}
}

const (
	invalid   = "InvalidParameterValue"
	badValue  = "InvalidAttributeValue"
	badName   = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
	badID     = " is invalid. Reason: %[1]s can only include alphanumeric and punctuation characters. 1 to 128 in length."
	batchID   = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."
	badTag    = "Tag keys must be between 1 and 128 characters in length."
	toQ       = `{"QueueUrl":"q",`
	inRange   = "Value {n} for parameter %s is invalid. Reason: Must be between %d and %d, if provided."
	batchOf   = "Maximum number of entries per request are 10. You have sent {n}."
	attribute = `{"QueueUrl":"q","Attributes":{"%s":"{n}"}}`
)

func attributeLimit(name string, low, high int) limit {
	return limit{name, apiReference + "SetQueueAttributes", low, high, "SetQueueAttributes", asked(fmt.Sprintf(attribute, name)), badValue, "Invalid value for the parameter " + name + "."}
}

var limits = []limit{
	attributeLimit("DelaySeconds", 0, 900), attributeLimit("MaximumMessageSize", 1024, 1048576), attributeLimit("MessageRetentionPeriod", 60, 1209600),
	attributeLimit("ReceiveMessageWaitTimeSeconds", 0, 20), attributeLimit("VisibilityTimeout", 0, 43200), attributeLimit("KmsDataKeyReusePeriodSeconds", 60, 86400),
	{"queue name", guideQueues, none, 80, "CreateQueue", long(`{"QueueName":"{x}"}`), invalid, badName},
	{"FIFO queue name", guideQueues, 1, 75, "CreateQueue", long(`{"QueueName":"{x}.fifo","Attributes":{"FifoQueue":"true"}}`), invalid,
		"The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length."},
	{"message size", guideMessages, none, 1 << 20, "SendMessage", long(toQ + `"MessageBody":"{x}"}`), invalid, "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."},
	{"message size with attributes", guideMessages, none, 1<<20 - 9, "SendMessage", long(toQ + `"MessageBody":"{x}","MessageAttributes":{"a":{"DataType":"String","StringValue":"bc"}}}`), invalid,
		"One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."},
	{"size of a batch", guideMessages, none, 1<<20 - 1, "SendMessageBatch", long(toQ + `"Entries":[{"Id":"a","MessageBody":"{x}"},{"Id":"b","MessageBody":"y"}]}`),
		"AWS.SimpleQueueService.BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."},
	{"message attributes", guideMessages, none, 10, "SendMessage", many(toQ+`"MessageBody":"b","MessageAttributes":{{list}}}`, `"a{i}":{"DataType":"String","StringValue":"v"}`), invalid,
		"Number of message attributes [{n}] exceeds the allowed maximum [10]."},
	{"attribute name", apiReference + "MessageAttributeValue", none, 256, "SendMessage", long(toQ + `"MessageBody":"b","MessageAttributes":{"{x}":{"DataType":"String","StringValue":"v"}}}`), invalid,
		"Message (user) attribute names must be shorter than 256 Bytes"},
	{"attribute type", apiReference + "MessageAttributeValue", none, 249, "SendMessage", long(toQ + `"MessageBody":"b","MessageAttributes":{"a":{"DataType":"String.{x}","StringValue":"v"}}}`), invalid,
		"Message (user) attribute types must be shorter than 256 Bytes"},
	{"delay of a message", guideMessages, 0, 900, "SendMessage", asked(toQ + `"MessageBody":"b","DelaySeconds":{n}}`), invalid, "Value {n} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."},
	{"messages to send", guideMessages, none, 10, "SendMessageBatch", many(toQ+`"Entries":[{list}]}`, `{"Id":"{i}","MessageBody":"b"}`), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", batchOf},
	{"messages to delete", guideMessages, none, 10, "DeleteMessageBatch", many(toQ+`"Entries":[{list}]}`, `{"Id":"{i}","ReceiptHandle":"x"}`), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", batchOf},
	{"visibilities to change", guideMessages, none, 10, "ChangeMessageVisibilityBatch", many(toQ+`"Entries":[{list}]}`, `{"Id":"{i}","ReceiptHandle":"x","VisibilityTimeout":1}`), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", batchOf},
	{"id of a batch entry", guideMessages, 1, 80, "SendMessageBatch", long(toQ + `"Entries":[{"Id":"{x}","MessageBody":"b"}]}`), "AWS.SimpleQueueService.InvalidBatchEntryId", batchID},
	{"message group id", apiReference + "SendMessage", 1, 128, "SendMessage", long(toQ + `"MessageBody":"b","MessageGroupId":"{x}"}`), invalid, "Value {x} for parameter MessageGroupId" + fmt.Sprintf(badID, "MessageGroupId")},
	{"deduplication id", apiReference + "SendMessage", 1, 128, "SendMessage", long(`{"QueueUrl":"f.fifo","MessageBody":"b","MessageGroupId":"g","MessageDeduplicationId":"{x}"}`), invalid,
		"Value {x} for parameter MessageDeduplicationId" + fmt.Sprintf(badID, "MessageDeduplicationId")},
	{"attempt id", apiReference + "ReceiveMessage", 1, 128, "ReceiveMessage", long(`{"QueueUrl":"f.fifo","ReceiveRequestAttemptId":"{x}"}`), invalid,
		"Value {x} for parameter ReceiveRequestAttemptId" + fmt.Sprintf(badID, "ReceiveRequestAttemptId")},
	{"messages to receive", apiReference + "ReceiveMessage", 1, 10, "ReceiveMessage", asked(toQ + `"MaxNumberOfMessages":{n}}`), invalid, fmt.Sprintf(inRange, "MaxNumberOfMessages", 1, 10)},
	{"visibility of a receive", apiReference + "ReceiveMessage", 0, 43200, "ReceiveMessage", asked(toQ + `"VisibilityTimeout":{n}}`), invalid, fmt.Sprintf(inRange, "VisibilityTimeout", 0, 43200)},
	{"tags", guideQueues, none, 50, "TagQueue", many(`{"QueueUrl":"tags","Tags":{{list}}}`, `"k{i}":"v"`), invalid, "Too many tags added for queue tags."},
	{"tag key", guideQueues, 1, 128, "TagQueue", long(toQ + `"Tags":{"{x}":"v"}}`), invalid, badTag},
	{"tag value", guideQueues, none, 256, "TagQueue", long(toQ + `"Tags":{"k":"{x}"}}`), invalid, "Tag values must be between 0 and 256 characters in length."},
	{"queues to list", apiReference + "ListQueues", 1, 1000, "ListQueues", asked(`{"MaxResults":{n}}`), invalid, fmt.Sprintf(inRange, "MaxResults", 1, 1000)},
	{"sources to list", apiReference + "ListDeadLetterSourceQueues", 1, 1000, "ListDeadLetterSourceQueues", asked(toQ + `"MaxResults":{n}}`), invalid, fmt.Sprintf(inRange, "MaxResults", 1, 1000)},
	{"tasks to list", apiReference + "ListMessageMoveTasks", 1, 10, "ListMessageMoveTasks", asked(`{"SourceArn":"` + arnPrefix + `q","MaxResults":{n}}`), invalid, fmt.Sprintf(inRange, "MaxResults", 1, 10)},
	{"receives before a move", apiReference + "SetQueueAttributes", 1, 1000, "SetQueueAttributes", asked(`{"QueueUrl":"q","Attributes":{"RedrivePolicy":"{\"maxReceiveCount\":{n},\"deadLetterTargetArn\":\"` + arnPrefix + `dead\"}"}}`), invalid,
		`Value {"maxReceiveCount":{n},"deadLetterTargetArn":"` + arnPrefix + `dead"} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: {n}, valid values are from 1 to 1000 both inclusive.`},
	{"label of a permission", apiReference + "AddPermission", 1, 80, "AddPermission", long(toQ + `"Label":"{x}","AWSAccountIds":["000000000002"],"Actions":["*"]}`), invalid, "Value {x} for parameter Label is invalid. Reason: " + badName},
	{"actions of a statement", guidePolicies, none, 7, "AddPermission", many(toQ+`"Label":"a{n}","AWSAccountIds":["000000000002"],"Actions":[{list}]}`, `"*"`), "OverLimit", "{n} Actions were found, maximum allowed is 7."},
	{"principals of a statement", guidePolicies, none, 50, "AddPermission", many(toQ+`"Label":"p{n}","Actions":["*"],"AWSAccountIds":[{list}]}`, `"000000000002"`), "OverLimit", "{n} Principals were found, maximum allowed is 50."},
}

// body makes the request; labels of permissions have the number in them, so that none is there already.
func (l *limit) body(n int) string {
	return strings.ReplaceAll(l.request(n), "{n}", strconv.Itoa(n))
}

// TestLimits_below_at_and_above_R4_4 asks for one less than each limit, for the limit and for one more.
func TestLimits_below_at_and_above_R4_4(t *testing.T) {
	for _, l := range limits {
		t.Run(l.name, func(t *testing.T) {
			f := newFixture(t, engine.Options{})
			f.create("dead")
			f.create("q")
			f.create("tags")
			f.create("f.fifo", "FifoQueue", "true")
			accepted, refused := []int{l.max - 1, l.max}, []int{l.max + 1}
			if l.min != none {
				accepted = append(accepted, l.min, l.min+1)
				refused = append(refused, l.min-1)
			}
			for _, n := range accepted {
				if _, err := f.do(l.operation, l.body(n)); err != nil {
					t.Errorf("%d (%s): %.200v", n, l.source, err)
				}
			}
			for _, n := range refused {
				_, err := f.do(l.operation, l.body(n))
				e, ok := errors.AsType[*wire.Error](err)
				if !ok || e.ErrorCode() != l.code || e.Message != l.answers(n) {
					t.Errorf("%d (%s): %.300v\nwant %s: %.300s", n, l.source, err, l.code, l.answers(n))
				}
			}
		})
	}
}

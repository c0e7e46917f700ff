package pipeline_test

import (
	"strings"
	"testing"
)

// Sources: what API Gateway hands on from SQS, quoted in public, an SDK for Zig's tests, and LocalStack's recordings against AWS
// (test_get_list_queues_with_query_auth, test_get_queue_attributes_json_format, test_get_list_queues_fails_json_format,
// test_marker_serialization_json_protocol).
func TestQuery_answers_in_JSON_to_those_who_accept_it_R1_1(t *testing.T) {
	a := newAsker(t, "sqs")
	const metadata = `"ResponseMetadata":{"RequestId":"ID"}`
	for _, row := range []struct {
		reason, path, form string
		status             int
		want               string
	}{
		{"no queue", "/", "Action=ListQueues", 200, `{"ListQueuesResponse":{"ListQueuesResult":{"NextExclusiveStartQueueName":null,"NextToken":null,"queueUrls":null},` + metadata + `}}`},
		{"text", "/", "Action=CreateQueue&QueueName=q", 200, `{"CreateQueueResponse":{"CreateQueueResult":{"QueueUrl":"http://localhost:4566/000000000000/q"},` + metadata + `}}`},
		{"list", "/", "Action=ListQueues", 200, `{"ListQueuesResponse":{"ListQueuesResult":{"NextExclusiveStartQueueName":null,"NextToken":null,"queueUrls":["http://localhost:4566/000000000000/q"]},` + metadata + `}}`},
		{"no message", "/000000000000/q", "Action=ReceiveMessage", 200, `{"ReceiveMessageResponse":{"ReceiveMessageResult":{"messages":null},` + metadata + `}}`},
		{"nulls", "/000000000000/q", "Action=SendMessage&MessageBody=%3Ca%3E%0D%22", 200, `{"SendMessageResponse":{` + metadata + `,"SendMessageResult":{"MD5OfMessageAttributes":null,"MD5OfMessageBody":"aaedf4aa4a4b6283fcbcc0d327602c0a","MD5OfMessageSystemAttributes":null,"MessageId":"ID","SequenceNumber":null}}}`},
		{"attributes are pairs", "/000000000000/q", "Action=GetQueueAttributes&AttributeName.1=DelaySeconds", 200, `{"GetQueueAttributesResponse":{"GetQueueAttributesResult":{"Attributes":[{"Name":"DelaySeconds","Value":"0"}]},` + metadata + `}}`},
		{"a failed entry", "/000000000000/q", "Action=DeleteMessageBatch&DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle=x", 200, `{"DeleteMessageBatchResponse":{"DeleteMessageBatchResult":{"Failed":[{"Code":"ReceiptHandleIsInvalid","Id":"a","Message":"The input receipt handle \"x\" is not a valid receipt handle.","SenderFault":true}]},` + metadata + `}}`},
		{"no result", "/000000000000/q", "Action=PurgeQueue", 200, `{"PurgeQueueResponse":{` + metadata + `}}`},
		{"an error", "/000000000000/none", "Action=PurgeQueue", 400, `{"Error":{"Code":"AWS.SimpleQueueService.NonExistentQueue","Message":"The specified queue does not exist for this wsdl version.","Type":"Sender"},"RequestId":"ID"}`},
		{"no queue has that", "/000000000000/q", "Action=ListQueues", 400, `{"Error":{"Code":"InvalidAction","Message":"The action ListQueues is not valid for this endpoint.","Type":"Sender"},"RequestId":"ID"}`},
		{"an unknown action", "/", "Action=Dance", 400, `{"Error":{"Code":"InvalidAction","Message":"The action Dance is not valid for this endpoint.","Type":"Sender"},"RequestId":"ID"}`},
	} {
		for _, method := range []string{"POST", "GET"} {
			if method == "GET" && (row.reason == "nulls" || row.reason == "no queue") {
				continue // the first one changed what there is
			}
			path, form := row.path, row.form
			if method == "GET" {
				path, form = path+"?"+form, ""
			}
			w := a.send(method, path, form, "Accept", "application/json, text/plain, */*")
			got := random.ReplaceAllString(w.Body.String(), "ID")
			if w.Code != row.status || got != row.want || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%s %s: %d %s %s\nwant %d %s", method, row.reason, w.Code, w.Header().Get("Content-Type"), got, row.status, row.want)
			}
		}
	}
	if w := a.send("POST", "/", "Action=ListQueues", "Accept", "*/*"); !strings.HasPrefix(w.Body.String(), "<ListQueuesResponse ") {
		t.Errorf("whoever accepts anything gets XML: %s", w.Body)
	}
}

func TestQuery_writes_received_messages_in_JSON_R1_1(t *testing.T) {
	a := newAsker(t, "sqs")
	a.send("POST", "/", "Action=CreateQueue&QueueName=q")
	a.send("POST", "/000000000000/q", "Action=SendMessage&MessageBody=x&MessageAttribute.1.Name=n&MessageAttribute.1.Value.DataType=Number&MessageAttribute.1.Value.StringValue=1")
	w := a.send("GET", "/000000000000/q?Action=ReceiveMessage&AttributeName.1=ApproximateReceiveCount&MessageAttributeName.1=All", "", "Accept", "application/json")
	for _, part := range []string{
		`{"ReceiveMessageResponse":{"ReceiveMessageResult":{"messages":[{"Attributes":[{"Name":"ApproximateReceiveCount","Value":"1"}],"Body":"x",`,
		`"MessageAttributes":[{"Name":"n","Value":{"DataType":"Number","StringValue":"1"}}],"MessageId":"`,
	} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("%s\nlacks %s", w.Body, part)
		}
	}
}

// Source: recorded against AWS by LocalStack, test_get_create_queue_fails, test_get_list_queues_fails and, of what works,
// test_get_queue_url_works_for_same_queue.
func TestQuery_takes_no_operation_on_no_queue_at_the_address_of_one_R1_1(t *testing.T) {
	a := newAsker(t, "sqs")
	a.send("POST", "/", "Action=CreateQueue&QueueName=q")
	for _, row := range []struct {
		path, form string
		status     int
	}{
		{"/000000000000/q", "Action=CreateQueue&QueueName=r", 400},
		{"/queue/us-east-1/000000000000/q", "Action=CreateQueue&QueueName=r", 400},
		{"/000000000000/q", "Action=ListQueues", 400},
		{"/000000000000/q", "Action=GetQueueUrl&QueueName=q", 200},
		{"/", "Action=ListQueues", 200},
		{"", "Action=ListQueues", 200},
		{"/sqs", "Action=ListQueues", 200}, // an endpoint behind a path
	} {
		w := a.send("POST", row.path, row.form)
		if invalid := strings.Contains(w.Body.String(), "<Code>InvalidAction</Code>"); w.Code != row.status || invalid != (row.status == 400) {
			t.Errorf("%s %s: %d %s, want %d", row.path, row.form, w.Code, w.Body, row.status)
		}
	}
}

// Source: of the JSON protocol, moto's test_get_queue_url_error_not_exists, verified against AWS.
func TestQueue_address_without_a_queue_R4_4(t *testing.T) {
	a := newAsker(t, "sqs")
	w := a.send("POST", "/", "Action=PurgeQueue&QueueUrl=http%3A%2F%2Fq")
	if want := "<Code>InvalidAddress</Code><Message>The address http://q is not valid for this endpoint.</Message>"; w.Code != 404 || !strings.Contains(w.Body.String(), want) {
		t.Errorf("by form: %d %s\nwant 404 %s", w.Code, w.Body, want)
	}
	w = a.send("POST", "/", `{"QueueUrl":"http://q"}`, "X-Amz-Target", "AmazonSQS.PurgeQueue", "Content-Type", "application/x-amz-json-1.0")
	if want := `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}`; w.Code != 400 || w.Body.String() != want {
		t.Errorf("by JSON: %d %s\nwant 400 %s", w.Code, w.Body, want)
	}
}

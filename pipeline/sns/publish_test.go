package sns

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func str(value string) MessageAttributeValue {
	return MessageAttributeValue{DataType: "String", StringValue: wire.Some(value)}
}

// The texts are those of AWS, recorded in the SNS tests of LocalStack.
func TestPublish_refuses_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		standard, fifo := wire.Some(f.topic("t")), wire.Some(f.topic("t.fifo", "FifoTopic", "true"))
		attribute := func(name string, a MessageAttributeValue) map[string]MessageAttributeValue {
			return map[string]MessageAttributeValue{name: a}
		}
		long := strings.Repeat("a", maxMessage)
		for _, c := range []struct {
			reason        string
			in            PublishInput
			code, message string
		}{
			{"no target", PublishInput{Message: "m"}, "InvalidParameter", "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"},
			{"an ARN", PublishInput{Message: "m", TopicArn: wire.Some("randomarn")}, "InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"},
			{"no topic", PublishInput{Message: "m", TopicArn: wire.Some(topicOf("gone"))}, "NotFound", "Topic does not exist"},
			{"another region", PublishInput{Message: "m", TopicArn: wire.Some("arn:aws:sns:eu-west-1:111111111111:t")}, "InvalidParameter", "Invalid parameter: TopicArn"},
			{"an endpoint", PublishInput{Message: "m", TargetArn: wire.Some(topicOf("endpoint/APNS/abcdef/x"))}, "InvalidParameter", "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"},
			{"a number", PublishInput{Message: "m", PhoneNumber: wire.Some("+1a234")}, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: +1a234 is not valid to publish to"},
			{"no message", PublishInput{TopicArn: standard}, "InvalidParameter", "Invalid parameter: Empty message"},
			{"an empty subject", PublishInput{TopicArn: standard, Message: "m", Subject: wire.Some("")}, "InvalidParameter", "Invalid parameter: Subject"},
			{"a subject of 101 characters", PublishInput{TopicArn: standard, Message: "m", Subject: wire.Some(strings.Repeat("é", 101))}, "InvalidParameter", "Invalid parameter: Subject"},
			{"a subject of two lines", PublishInput{TopicArn: standard, Message: "m", Subject: wire.Some("a\nb")}, "InvalidParameter", "Invalid parameter: Subject"},
			{"256 KiB and one byte", PublishInput{TopicArn: standard, Message: long + "a"}, "InvalidParameter", "Invalid parameter: Message too long"},
			{"256 KiB with attributes", PublishInput{TopicArn: standard, Message: long, MessageAttributes: attribute("a", str("b"))}, "InvalidParameter", "Invalid parameter: Message too long"},
			{"a structure without default", PublishInput{TopicArn: standard, Message: `{"sqs":"x"}`, MessageStructure: wire.Some("json")}, "InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body"},
			{"a structure that is no JSON", PublishInput{TopicArn: standard, Message: `{"default"`, MessageStructure: wire.Some("json")}, "InvalidParameter", "Invalid parameter: Message Structure - JSON message body failed to parse"},
			{"a default that is no text", PublishInput{TopicArn: standard, Message: `{"default":{"a":1}}`, MessageStructure: wire.Some("json")}, "InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body"},
			{"no group", PublishInput{TopicArn: fifo, Message: "m"}, "InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"},
			{"no deduplication", PublishInput{TopicArn: fifo, Message: "m", MessageGroupId: wire.Some("g")}, "InvalidParameter", "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"},
			{"deduplication at a standard topic", PublishInput{TopicArn: standard, Message: "m", MessageDeduplicationId: wire.Some("d")}, "InvalidParameter", "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type"},
			{"an empty text", PublishInput{TopicArn: standard, Message: "m", MessageAttributes: attribute("attr1", str(""))}, "ParameterValueInvalid", "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'."},
			{"no bytes", PublishInput{TopicArn: standard, Message: "m", MessageAttributes: attribute("attr1", MessageAttributeValue{DataType: "Binary"})}, "ParameterValueInvalid", "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'Binary'."},
			{"bytes for a number", PublishInput{TopicArn: standard, Message: "m", MessageAttributes: attribute("attr1", MessageAttributeValue{DataType: "Number", BinaryValue: []byte("1")})}, "ParameterValueInvalid", "The message attribute 'attr1' with type 'Number' must use field 'String'."},
			{"text for bytes", PublishInput{TopicArn: standard, Message: "m", MessageAttributes: attribute("attr1", MessageAttributeValue{DataType: "Binary", StringValue: wire.Some("x")})}, "ParameterValueInvalid", "The message attribute 'attr1' with type 'Binary' must use field 'Binary'."},
			{"a type", PublishInput{TopicArn: standard, Message: "m", MessageAttributes: attribute("attr1", MessageAttributeValue{DataType: "Stringprefixed", StringValue: wire.Some("x")})}, "ParameterValueInvalid", "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."},
			{"a long name", PublishInput{TopicArn: standard, Message: "m", MessageAttributes: attribute(strings.Repeat("a", 257), str("x"))}, "ParameterValueInvalid", "Length of message attribute name must be less than 256 bytes."},
			{"a circumflex", PublishInput{TopicArn: standard, Message: "m", MessageAttributes: attribute("a^b", str("x"))}, "ParameterValueInvalid", "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots."},
			{"a dot in front", PublishInput{TopicArn: standard, Message: "m", MessageAttributes: attribute(".a", str("x"))}, "ParameterValueInvalid", "Invalid message attribute name starting with character '.' was found."},
			{"a dot behind", PublishInput{TopicArn: standard, Message: "m", MessageAttributes: attribute("a.", str("x"))}, "ParameterValueInvalid", "Invalid message attribute name ending with character '.' was found."},
			{"two dots", PublishInput{TopicArn: standard, Message: "m", MessageAttributes: attribute("a..b", str("x"))}, "ParameterValueInvalid", "Message attribute name can not have successive '.' character."},
		} {
			_, err := f.svc.Publish(f.call(), &c.in)
			wantError(t, c.reason, err, c.code, c.message)
		}
		if _, err := f.svc.Publish(f.call(), &PublishInput{TopicArn: standard, Message: long}); err != nil {
			t.Errorf("256 KiB: %v", err)
		}
		_, err := Operations(f.svc).Operations["Publish"].Serve(f.call(), &wire.Request{Form: form(t, "TopicArn="+topicOf("t")+"&Message=m&MessageAttributes.entry.1.Name=attr1&MessageAttributes.entry.1.Value.StringValue=x")}, nil)
		wantError(t, "no type", err, "ValidationError", "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null")
	})
}

func form(t testing.TB, text string) wire.Form {
	t.Helper()
	return must[wire.Form](t)(wire.ParseForm(text))
}

func TestPublish_carries_the_envelope_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		sub := f.subscribe(topic, "sqs", queueARN("q"))
		out := f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "a \"quoted\"\n<é>", Subject: wire.Some("s"), MessageAttributes: map[string]MessageAttributeValue{
			"n": {DataType: "Number", StringValue: wire.Some("99.12")}, "b": {DataType: "Binary", BinaryValue: []byte{1, 0xff}},
		}})
		got := f.queues.at("q")[0]
		signature := f.svc.signer.sign("1", "Message\na \"quoted\"\n<é>\nMessageId\n"+out.MessageId.V+"\nSubject\ns\nTimestamp\n2000-01-01T00:00:00.000Z\nTopicArn\n"+topic+"\nType\nNotification\n")
		want := `{
  "Type" : "Notification",
  "MessageId" : "` + out.MessageId.V + `",
  "TopicArn" : "` + topic + `",
  "Subject" : "s",
  "Message" : "a \"quoted\"\n<é>",
  "Timestamp" : "2000-01-01T00:00:00.000Z",
  "SignatureVersion" : "1",
  "Signature" : "` + signature + `",
  "SigningCertURL" : "http://127.0.0.1:4566/_dyetrace/sns/SimpleNotificationService-64796574726163656479657472616365.pem",
  "UnsubscribeURL" : "http://127.0.0.1:4566/?Action=Unsubscribe&SubscriptionArn=` + sub + `",
  "MessageAttributes" : {
    "b" : {"Type":"Binary","Value":"Af8="},
    "n" : {"Type":"Number","Value":"99.12"}
  }
}`
		if got.Body != want || !json.Valid([]byte(got.Body)) || got.Attributes != nil {
			t.Errorf("got %s %v\nwant %s", got.Body, got.Attributes, want)
		}
		if doc, err := event.Decode(`{"Type":"Notification","TopicArn":"x","Message":` + fmt.Sprintf("%q", `{"detail-type":"A","detail":{}}`) + `}`); err != nil || doc.Type != "A" {
			t.Errorf("%+v %v", doc, err)
		}
	})
}

func TestPublish_picks_the_text_and_the_form_for_each_protocol_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		f.subscribe(topic, "sqs", queueARN("raw"), "RawMessageDelivery", "true")
		f.subscribe(topic, "sqs", queueARN("wrapped"))
		f.subscribe(topic, "lambda", "arn:aws:lambda:us-east-1:"+account+":function:f", "RedrivePolicy", `{"deadLetterTargetArn":"`+queueARN("dlq")+`"}`)
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: `{"default":"for all","sqs":"for queues"}`, MessageStructure: wire.Some("json"), MessageAttributes: map[string]MessageAttributeValue{"a": str("x")}})
		raw, wrapped, dead := f.queues.at("raw"), f.queues.at("wrapped"), f.queues.at("dlq")
		if len(raw) != 1 || raw[0].Body != "for queues" || raw[0].Attributes["a"] != "x" {
			t.Errorf("raw: %+v", raw)
		}
		if len(wrapped) != 1 || !strings.Contains(wrapped[0].Body, `"Message" : "for queues"`) {
			t.Errorf("wrapped: %+v", wrapped)
		}
		if len(dead) != 1 || !strings.Contains(dead[0].Body, `"Message" : "for all"`) || strings.Contains(dead[0].Body, "Records") {
			t.Errorf("a function that is gone leaves the envelope, not its own event: %+v", dead)
		}
	})
}

func TestPublish_explains_each_message_that_a_filter_holds_back_R1_9(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		f.subscribe(topic, "sqs", queueARN("acme"), "FilterPolicy", `{"tenant":["acme"],"amount":[{"numeric":[">",10]}]}`)
		f.subscribe(topic, "sqs", queueARN("all"))
		f.subscribe(topic, "sqs", queueARN("body"), "FilterPolicy", `{"detail":{"kind":["x"]}}`, "FilterPolicyScope", "MessageBody")
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: `{"detail":{"kind":"x"}}`, MessageAttributes: map[string]MessageAttributeValue{
			"tenant": str("rival"), "amount": {DataType: "Number", StringValue: wire.Some("7")},
		}})
		if len(f.queues.at("acme")) != 0 || len(f.queues.at("all")) != 1 || len(f.queues.at("body")) != 1 {
			t.Errorf("%+v", f.queues.got)
		}
		matches := f.hops(event.KindMatch)
		if got := reasons(matches); got != "topic:t -> queue:acme: filtered FilterPolicyMismatch\ntopic:t -> queue:body: delivered" {
			t.Fatalf("got %s", got)
		}
		want := []event.Mismatch{{Path: "amount", Want: `[{"numeric":[">",10]}]`, Got: "7"}, {Path: "tenant", Want: `["acme"]`, Got: `"rival"`}}
		if got := matches[0].Reason.Mismatches; !slices.Equal(got, want) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestPublishBatch_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic, fifo := f.topic("t"), f.topic("t.fifo", "FifoTopic", "true")
		f.subscribe(topic, "sqs", queueARN("q"), "RawMessageDelivery", "true")
		entry := func(id string) PublishBatchRequestEntry {
			return PublishBatchRequestEntry{Id: id, Message: "m" + id}
		}
		many := make([]PublishBatchRequestEntry, 11)
		for i := range many {
			many[i] = entry(fmt.Sprint(i))
		}
		half := PublishBatchRequestEntry{Id: "h", Message: strings.Repeat("a", maxMessage/2)}
		for _, c := range []struct {
			reason, topic string
			entries       []PublishBatchRequestEntry
			code, message string
		}{
			{"no topic", topicOf("gone"), many[:1], "NotFound", "Topic does not exist"},
			{"none", topic, nil, "EmptyBatchRequest", "The batch request doesn't contain any entries."},
			{"eleven", topic, many, "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."},
			{"an id twice", topic, []PublishBatchRequestEntry{entry("1"), entry("1")}, "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."},
			{"a dot", topic, []PublishBatchRequestEntry{entry("message.id")}, "InvalidBatchEntryId", "The Id of a batch entry in the batch request contains an impermissible character: message.id"},
			{"81 characters", topic, []PublishBatchRequestEntry{entry(strings.Repeat("a", 81))}, "InvalidBatchEntryId", "The Id of a batch entry in the batch request is too long: " + strings.Repeat("a", 81)},
			{"256 KiB together and one byte", topic, []PublishBatchRequestEntry{half, {Id: "i", Message: half.Message + "a"}}, "BatchRequestTooLong", "The length of all the messages put together is more than the limit."},
			{"no group", fifo, many[:1], "InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"},
			{"an attribute of the second", topic, []PublishBatchRequestEntry{entry("1"), {Id: "2", Message: "m", MessageAttributes: map[string]MessageAttributeValue{"attr1": str("")}}}, "ParameterValueInvalid", "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'."},
		} {
			_, err := f.svc.PublishBatch(f.call(), &PublishBatchInput{TopicArn: c.topic, PublishBatchRequestEntries: c.entries})
			wantError(t, c.reason, err, c.code, c.message)
		}
		synctest.Wait()
		if len(f.queues.got) != 0 {
			t.Fatalf("a refused batch was handed out in part: %+v", f.queues.got)
		}
		out := must[*PublishBatchOutput](t)(f.svc.PublishBatch(f.call(), &PublishBatchInput{TopicArn: topic, PublishBatchRequestEntries: many[:10]}))
		synctest.Wait()
		if len(out.Successful) != 10 || len(out.Failed) != 0 || out.Successful[9].Id.V != "9" || len(f.queues.at("q")) != 10 {
			t.Errorf("%+v, %d messages", out, len(f.queues.at("q")))
		}
		if got := string(out.AppendXML(nil)); !strings.HasSuffix(got, "</Successful><Failed></Failed>") || !strings.HasPrefix(got, "<Successful><member><Id>0</Id>") {
			t.Errorf("got %s", got)
		}
	})
}

//tidy:bubble the helper bubble runs its body in synctest.Test
func TestFIFO_keeps_order_and_drops_copies_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t.fifo", "FifoTopic", "true", "ContentBasedDeduplication", "true")
		f.subscribe(topic, "sqs", queueARN("q.fifo"), "RawMessageDelivery", "true")
		f.subscribe(topic, "sqs", queueARN("standard"))
		send := func(text, group, dedup string) *PublishOutput {
			return f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: text, MessageGroupId: wire.Some(group), MessageDeduplicationId: wire.Opt[string]{V: dedup, OK: dedup != ""}})
		}
		first := send("Test", "g1", "")
		copied := send("Test", "g2", "")
		if first.SequenceNumber.V != "10000000000000000001" || *copied != *first {
			t.Errorf("a copy has the ids of the first: %+v %+v", first, copied)
		}
		if got := reasons(f.hops(event.KindDrop)); got != "client:app -> topic:t.fifo: filtered Duplicate" {
			t.Errorf("got %s", got)
		}
		send("Test", "g1", "other")
		time.Sleep(5 * time.Minute)
		if again := send("Test", "g1", ""); again.MessageId == first.MessageId {
			t.Error("five minutes later it is another message")
		}
		got := f.queues.at("q.fifo")
		const sum = "532eaabd9574880dbf76b9b8cc00832c20a6ec113d682299550d7a6e0f345e25" // SHA-256 of "Test", as AWS has it there
		if len(got) != 3 || got[0].Key != "g1" || got[0].Attributes[event.AttributeDeduplicationID] != sum || got[1].Attributes[event.AttributeDeduplicationID] != "other" {
			t.Errorf("%+v", got)
		}
		plain := f.queues.at("standard")
		if len(plain) != 3 || plain[0].Key != "" || plain[0].Attributes != nil || !strings.Contains(plain[0].Body, "\"SequenceNumber\" : \"10000000000000000001\"") || strings.Contains(plain[0].Body, "Signature") {
			t.Errorf("%+v", plain[0])
		}
	})
}

func TestFIFO_deduplicates_by_group_where_told_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t.fifo", "FifoTopic", "true", "ContentBasedDeduplication", "true", "FifoThroughputScope", "MessageGroup")
		f.subscribe(topic, "sqs", queueARN("q.fifo"))
		for _, group := range []string{"a", "b", "a"} {
			f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "m", MessageGroupId: wire.Some(group)})
		}
		if got := f.queues.at("q.fifo"); len(got) != 2 {
			t.Errorf("%+v", got)
		}
	})
}

//tidy:bubble the helper bubble runs its body in synctest.Test
func TestDeadLetterQueue_takes_what_the_endpoint_does_not_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.queues.fail["queue:gone"] = &wire.Error{Code: "QueueDoesNotExist", QueryCode: "AWS.SimpleQueueService.NonExistentQueue", Message: "The specified queue does not exist."}
		f.queues.fail["queue:busy"] = &wire.Error{Code: "InternalFailure", Status: 500, Message: "try again"}
		topic := f.topic("t")
		f.subscribe(topic, "sqs", queueARN("gone"), "RedrivePolicy", `{"deadLetterTargetArn":"`+queueARN("dlq")+`"}`)
		f.subscribe(topic, "sqs", queueARN("busy"))
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "m"})
		if got := f.queues.at("dlq"); len(got) != 1 || !strings.Contains(got[0].Body, `"Message" : "m"`) {
			t.Errorf("%+v", got)
		}
		if got := reasons(f.hops(event.KindDrop)); got != "topic:t -> queue:gone: deadlettered QueueDoesNotExist" {
			t.Errorf("got %s", got)
		}
		time.Sleep(2 * time.Second)
		f.queues.mu.Lock()
		f.queues.fail = map[event.Place]error{}
		f.queues.mu.Unlock()
		time.Sleep(30 * time.Second)
		if got := f.queues.at("busy"); len(got) != 1 {
			t.Errorf("a fault of the queue's is retried until it mends: %s", reasons(f.hops(event.KindRetry)))
		}
	})
}

//tidy:bubble the helper bubble runs its body in synctest.Test
func TestHTTP_is_retried_by_the_delivery_policy_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		topic := f.topic("t")
		f.subscribe(topic, "https", "https://example.test/", "RedrivePolicy", `{"deadLetterTargetArn":"`+queueARN("dlq")+`"}`,
			"DeliveryPolicy", `{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":4,"numRetries":4,"numNoDelayRetries":1,"numMinDelayRetries":1,"backoffFunction":"linear"},"requestPolicy":{"headerContentType":"application/json"}}`)
		synctest.Wait()
		var asked struct{ Token string }
		if err := json.Unmarshal([]byte(f.web.got[0].Body), &asked); err != nil {
			t.Fatal(err)
		}
		must[*ConfirmSubscriptionOutput](t)(f.svc.ConfirmSubscription(f.call(), &ConfirmSubscriptionInput{TopicArn: topic, Token: asked.Token}))
		f.web.status = []int{500, 429, 503, 500, 500, 403}
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "m"})
		time.Sleep(time.Minute)
		var pauses []time.Duration
		for _, h := range f.hops(event.KindRetry) {
			pauses = append(pauses, h.Due.Sub(h.At))
		}
		if want := []time.Duration{0, time.Second, time.Second, 4 * time.Second}; !slices.Equal(pauses, want) {
			t.Errorf("pauses %v, want %v", pauses, want)
		}
		if got := f.queues.at("dlq"); len(got) != 1 || f.web.got[1].Header["Content-Type"] != "application/json" {
			t.Errorf("%+v", got)
		}
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "forbidden"})
		if n := len(f.web.got); n != 7 {
			t.Errorf("%d requests: a status of 403 is not retried", n)
		}
		f.web.hold = true
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "slow"})
		if q := f.svc.Pending(); len(q) != 1 || !q[0].Work {
			t.Errorf("a request under way is pending: %+v", q)
		}
		f.web.waiting[0](200, nil)
		arrived := f.hops(event.KindArrive)
		if last := arrived[len(arrived)-1]; len(f.svc.Pending()) != 0 || last.To != "http:https://example.test/" || last.Cause == 0 {
			t.Errorf("%+v", last)
		}
	})
}

func TestReceive_publishes_what_other_services_deliver(t *testing.T) {
	bubble(t, func(f *fixture) {
		f.subscribe(f.topic("t"), "sqs", queueARN("q"), "RawMessageDelivery", "true")
		f.subscribe(f.topic("t.fifo", "FifoTopic", "true"), "sqs", queueARN("q.fifo"), "RawMessageDelivery", "true")
		var errs []error
		send := func(place event.Place, ev *event.Event) {
			f.engine.Send(event.Delivery{Account: account, Region: region, From: "rule:default/r", To: place, Event: ev, Attempt: 1}, func(_ event.Delivery, err error) {
				errs = append(errs, err)
			})
			synctest.Wait()
		}
		send("topic:t", &event.Event{Body: `{"detail":{}}`, Type: "T", Attributes: map[string]string{"a": "1"}})
		send("topic:t.fifo", &event.Event{Body: "m", Key: "g", Attributes: map[string]string{event.AttributeDeduplicationID: "d"}})
		send("topic:t.fifo", &event.Event{Body: "m"})
		send("topic:gone", &event.Event{Body: "m"})
		if len(errs) != 4 || errs[0] != nil || errs[1] != nil || codeOf(errs[2]) != "InvalidParameter" || codeOf(errs[3]) != "NotFound" {
			t.Errorf("%v", errs)
		}
		if got := f.queues.at("q"); len(got) != 1 || got[0].Body != `{"detail":{}}` || got[0].Type != "T" || got[0].Attributes["a"] != "1" {
			t.Errorf("%+v", got)
		}
		if got := f.queues.at("q.fifo"); len(got) != 1 || got[0].Key != "g" || got[0].Attributes[event.AttributeDeduplicationID] != "d" {
			t.Errorf("%+v", got)
		}
	})
}

func TestInterceptors_see_what_comes_to_a_topic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{Interceptors: []engine.Interceptor{{Hop: interceptTopic}}})
		defer f.engine.Close()
		topic := f.topic("t")
		f.subscribe(topic, "sqs", queueARN("q"), "RawMessageDelivery", "true")
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "m"})
		var bodies []string
		for _, ev := range f.queues.at("q") {
			bodies = append(bodies, ev.Body)
		}
		if !slices.Equal(bodies, []string{"m", "changed"}) {
			t.Errorf("%q", bodies)
		}
	})
}

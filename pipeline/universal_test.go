package pipeline_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
)

// schedule makes a schedule that fires once, in an hour.
func (c *client) schedule(name, target, input, more string) {
	c.t.Helper()
	text, err := json.Marshal(input)
	if err != nil {
		c.t.Fatal(err)
	}
	at := time.Now().UTC().Add(time.Hour).Format("2006-01-02T15:04:05")
	c.rest("POST", "scheduler", "/schedules/"+name, `{"ScheduleExpression":"at(`+at+`)","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"RoleArn":"arn:aws:iam::`+account+
		`:role/s","Arn":"`+target+`","Input":`+string(text)+more+`}}`)
}

const sdk = "arn:aws:scheduler:::aws-sdk:"

func TestSchedule_calls_operations_of_the_SDK_R1_4(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var invoked []string
		p, c := run(t, pipeline.Options{Functions: map[string]any{"worker": func(_ context.Context, in json.RawMessage) (any, error) {
			mu.Lock()
			defer mu.Unlock()
			invoked = append(invoked, string(in))
			return nil, nil
		}}})
		c.queue("jobs", "")
		c.call("DynamoDB_20120810.CreateTable", `{"TableName":"items","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]}`)
		c.call("AWSEvents.PutRule", `{"Name":"all","EventPattern":"{\"source\":[\"clock\"]}"}`)
		c.call("AWSEvents.PutTargets", `{"Rule":"all","Targets":[{"Id":"q","Arn":"arn:aws:sqs`+arnBase+`jobs"}]}`)
		topics := &asker{t: t, handler: p.Handler()}
		for _, form := range []string{"Action=CreateTopic&Name=news", "Action=Subscribe&Protocol=sqs&TopicArn=arn:aws:sns" + arnBase + "news&Endpoint=arn:aws:sqs" + arnBase + "jobs" +
			`&Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value={"kind":["a"]}`} {
			key := "AWS4-HMAC-SHA256 Credential=" + account + "/20260102/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=0"
			if got := topics.send("POST", "/", form+"&Version=2010-03-31", "Authorization", key); got.Code != 200 {
				t.Fatalf("%s: %s", form, got.Body)
			}
		}
		c.schedule("send", sdk+"sqs:sendMessage", `{"MessageBody":"at <aws.scheduler.scheduled-time>","QueueUrl":"https://sqs.us-east-1.amazonaws.com/`+account+`/jobs","MessageAttributes":{"n":{"DataType":"Number","StringValue":"1"}}}`, "")
		c.schedule("put", sdk+"dynamodb:putItem", `{"TableName":"items","Item":{"pk":{"S":"scheduled"}}}`, "")
		c.schedule("event", sdk+"eventbridge:putEvents", `{"Entries":[{"Source":"clock","DetailType":"Tick","Detail":"{\"n\":1}"}]}`, "")
		for kind := range 2 {
			c.schedule("publish"+string(rune('0'+kind)), sdk+"sns:publish", `{"TopicArn":"arn:aws:sns`+arnBase+`news","Message":"hello","MessageAttributes":{"kind":{"DataType":"String","StringValue":"`+string(rune('a'+kind))+`"}}}`, "")
		}
		c.schedule("invoke", sdk+"lambda:invoke", `{"FunctionName":"worker","InvocationType":"Event","Payload":"{\"job\":7}"}`, "")
		c.schedule("wait", sdk+"lambda:invoke", `{"FunctionName":"arn:aws:lambda`+arnBase+`function:worker","Payload":"{\"job\":8}"}`, "")
		c.schedule("group", sdk+"scheduler:createScheduleGroup", `{"Name":"made"}`, "")
		time.Sleep(2 * time.Hour)
		synctest.Wait()

		bodies := strings.Join(c.drain("jobs"), "\n")
		for _, want := range []string{"at 2000-01-01T01:00:00Z", `"detail":{"n":1}`} {
			if !strings.Contains(bodies, want) {
				t.Errorf("%s is missing of %s", want, bodies)
			}
		}
		if strings.Count(bodies, `"hello"`) != 1 {
			t.Errorf("the filter of the topic did not see the attributes: %s", bodies)
		}
		if got := c.call("DynamoDB_20120810.GetItem", `{"TableName":"items","Key":{"pk":{"S":"scheduled"}}}`); !strings.Contains(got, "scheduled") {
			t.Errorf("no item: %s", got)
		}
		if slices.Sort(invoked); !slices.Equal(invoked, []string{`{"job":7}`, `{"job":8}`}) {
			t.Errorf("invoked %q", invoked)
		}
		if got := c.rest("GET", "scheduler", "/schedule-groups/made", ""); !strings.Contains(got, "ACTIVE") {
			t.Errorf("no group: %s", got)
		}
		for _, want := range []event.Edge{
			{From: "schedule:default/send", To: "queue:jobs", Why: "target"}, {From: "schedule:default/put", To: "table:items", Why: "target"},
			{From: "schedule:default/event", To: "bus:default", Why: "target"}, {From: "schedule:default/publish0", To: "topic:news", Why: "target"},
			{From: "schedule:default/invoke", To: "function:worker", Why: "target"}, {From: "schedule:default/group", To: "service:scheduler", Why: "target"},
		} {
			if edges := p.Topology(account).Edges; !slices.Contains(edges, want) {
				t.Errorf("%+v is not among %+v", want, edges)
			}
		}
		hops, _ := p.Hops(0)
		if !slices.ContainsFunc(hops, func(h event.Hop) bool {
			return h.Kind == event.KindCall && h.From == "schedule:default/put" && h.Operation == "dynamodb:PutItem" && h.Cause != 0
		}) {
			t.Error("the history does not say that a schedule put the item")
		}
	})
}

func TestSchedule_that_calls_in_vain_says_so_as_AWS_does_R1_6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := run(t, pipeline.Options{})
		c.queue("dead", "")
		const input = `{"MessageBody":"Hello, world!","QueueUrl":"https://sqs.us-east-1.amazonaws.com/` + account + `/does-not-exist"}`
		c.schedule("lost", sdk+"sqs:sendMessage", input, `,"DeadLetterConfig":{"Arn":"arn:aws:sqs`+arnBase+`dead"}`)
		time.Sleep(time.Hour + time.Minute)
		got := c.call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"http://localhost:4566/`+account+`/dead","MessageAttributeNames":["All"]}`)
		var said struct {
			Messages []struct {
				Body              string
				MessageAttributes map[string]struct{ StringValue string }
			}
		}
		if err := json.Unmarshal([]byte(got), &said); err != nil || len(said.Messages) != 1 {
			t.Fatalf("dead letters %s, %v", got, err)
		}
		m := said.Messages[0]
		for name, want := range map[string]string{
			"ERROR_CODE": "AWS.SimpleQueueService.NonExistentQueue", "IS_PAYLOAD_TRUNCATED": "false", "RETRY_ATTEMPTS": "0", "TARGET_ARN": sdk + "sqs:sendMessage",
			"SCHEDULE_ARN": "arn:aws:scheduler" + arnBase + "schedule/default/lost", "SCHEDULED_TIME": "2000-01-01T01:00:00Z", "EXHAUSTED_RETRY_CONDITION": "",
		} {
			if m.MessageAttributes[name].StringValue != want {
				t.Errorf("%s is %q, want %q", name, m.MessageAttributes[name].StringValue, want)
			}
		}
		if m.Body != input {
			t.Errorf("body %s", m.Body)
		}
	})
}

func TestSchedule_refuses_universal_targets(t *testing.T) {
	p := pipeline.New(pipeline.Options{})
	defer p.Close()
	c := inProcess(t, p)
	for _, row := range []struct{ arn, input, want string }{
		{sdk + "backup:startReportJob", `{}`, "backup is not a supported service for a target."},
		{sdk + "sqs:receiveMessage", `{}`, "receiveMessage is not a supported api action for service sqs."},
		{sdk + "dynamodb:getItem", `{}`, "getItem is not a supported api action for service dynamodb."},
		{sdk + "sqs:doNothing", `{}`, "doNothing is not a supported api action for service sqs, or dyetrace does not implement it."},
		{sdk + "sqs:sendMessage", `{"queueUrl":"q"}`, "Invalid RequestJson provided. Reason Request payload is missing the following field(s): MessageBody, QueueUrl."},
		{sdk + "sqs:sendMessage", `[]`, "Invalid RequestJson provided. Reason The Input must be a JSON object."},
		{sdk + "lambda:invoke", `{"FunctionName":7}`, "Invalid RequestJson provided. Reason FunctionName must be a string."},
		{sdk, `{}`, " is not a supported service for a target."},
	} {
		text, _ := json.Marshal(row.input)
		r := c.request("AmazonSQS.x", `{"ScheduleExpression":"rate(1 hour)","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"RoleArn":"arn:aws:iam::`+account+`:role/s","Arn":"`+row.arn+`","Input":`+string(text)+`}}`)
		r.URL.Path = "/schedules/s"
		r.Header.Del("X-Amz-Target")
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/sqs/", "/scheduler/", 1))
		got, err := c.transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		var said struct{ Message string }
		if err := json.NewDecoder(got.Body).Decode(&said); err != nil || got.StatusCode != 400 || said.Message != row.want {
			t.Errorf("%s %s: %d %q, want %q", row.arn, row.input, got.StatusCode, said.Message, row.want)
		}
	}
}

package pipes_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
)

// client speaks to a pipeline as an SDK does.
type client struct {
	t    *testing.T
	http *http.Client
}

func (c client) send(r *http.Request) map[string]any {
	c.t.Helper()
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=000000000001/20260102/us-east-1/"+r.Header.Get("Service")+"/aws4_request, SignedHeaders=host, Signature=0")
	got, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != 200 {
		c.t.Fatalf("%s %s: %d %s, %v", r.Method, r.URL, got.StatusCode, text, err)
	}
	answer := map[string]any{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			c.t.Fatal(err)
		}
	}
	return answer
}

// call calls a service with the JSON protocol.
func (c client) call(service, target, request string) map[string]any {
	c.t.Helper()
	r, err := http.NewRequest("POST", "http://localhost:4566/", strings.NewReader(request))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("Service", service)
	return c.send(r)
}

func (c client) createPipe(name, request string) {
	c.t.Helper()
	r, err := http.NewRequest("POST", "http://localhost:4566/v1/pipes/"+name, strings.NewReader(request))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Service", "pipes")
	c.send(r)
}

// TestLine_from_a_table_to_a_tenants_queue runs the whole line: a write, its stream record, the pipe, the bus, the rule of one
// tenant, its queue; and shows that the history joins each step to the one before.
func TestLine_from_a_table_to_a_tenants_queue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New(pipeline.Options{})
		defer p.Close()
		c := client{t, &http.Client{Transport: p.RoundTripper("crm")}}
		made := c.call("dynamodb", "DynamoDB_20120810.CreateTable", `{"TableName":"events","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],
			"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}`)
		stream := made["TableDescription"].(map[string]any)["LatestStreamArn"].(string)
		c.call("events", "AWSEvents.CreateEventBus", `{"Name":"crm"}`)
		for _, tenant := range []string{"acme", "rival"} {
			c.call("sqs", "AmazonSQS.CreateQueue", fmt.Sprintf(`{"QueueName":%q}`, tenant))
			c.call("events", "AWSEvents.PutRule", fmt.Sprintf(`{"Name":%q,"EventBusName":"crm","EventPattern":"{\"detail\":{\"tenant\":[\"%s\"]}}"}`, tenant, tenant))
			c.call("events", "AWSEvents.PutTargets", fmt.Sprintf(`{"Rule":%q,"EventBusName":"crm","Targets":[{"Id":"q","Arn":"arn:aws:sqs:us-east-1:000000000001:%s"}]}`, tenant, tenant))
		}
		c.createPipe("line", fmt.Sprintf(`{"Source":%q,"Target":"arn:aws:events:us-east-1:000000000001:event-bus/crm","RoleArn":"arn:aws:iam::000000000001:role/pipe",
			"SourceParameters":{"DynamoDBStreamParameters":{"StartingPosition":"LATEST"},"FilterCriteria":{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"}]}},
			"TargetParameters":{"InputTemplate":"{\"tenant\":<$.dynamodb.NewImage.tenant.S>,\"contact\":<$.dynamodb.NewImage.id.S>}",
			"EventBridgeEventBusParameters":{"Source":"crm.contact","DetailType":"$.dynamodb.NewImage.type.S"}}}`, stream))
		put := `{"TableName":"events","Item":{"id":{"S":"c-7"},"tenant":{"S":"acme"},"type":{"S":"ContactCreated"}}}`
		c.call("dynamodb", "DynamoDB_20120810.PutItem", put)
		c.call("dynamodb", "DynamoDB_20120810.UpdateItem", `{"TableName":"events","Key":{"id":{"S":"c-7"}},"UpdateExpression":"SET seen = :t","ExpressionAttributeValues":{":t":{"BOOL":true}}}`)

		got := c.call("sqs", "AmazonSQS.ReceiveMessage", `{"QueueUrl":"acme","WaitTimeSeconds":20,"MaxNumberOfMessages":10}`)["Messages"].([]any)
		var envelope struct {
			Source     string
			DetailType string `json:"detail-type"`
			Detail     struct{ Tenant, Contact string }
		}
		if err := json.Unmarshal([]byte(got[0].(map[string]any)["Body"].(string)), &envelope); err != nil || len(got) != 1 {
			t.Fatalf("%v: %v", err, got)
		}
		if envelope.Source != "crm.contact" || envelope.DetailType != "ContactCreated" || envelope.Detail.Contact != "c-7" {
			t.Errorf("envelope %+v", envelope)
		}
		synctest.Wait()
		if other := c.call("sqs", "AmazonSQS.ReceiveMessage", `{"QueueUrl":"rival"}`)["Messages"]; other != nil {
			t.Errorf("the other tenant received %v", other)
		}
		hops, _ := p.Hops(0)
		var last event.Hop
		filtered := 0
		for _, h := range hops {
			if h.Kind == event.KindArrive && h.To == "queue:acme" {
				last = h
			}
			if h.Kind == event.KindMatch && h.From == "pipe:line" && h.Outcome == event.Filtered {
				filtered++
			}
		}
		if filtered != 1 {
			t.Errorf("%d records were filtered, want the update only", filtered)
		}
		var chain []string
		for h := last; ; h = hops[h.Cause-1] {
			chain = append(chain, string(h.Kind)+" "+string(h.To))
			if h.Fact != last.Fact && h.Kind != event.KindCall {
				t.Errorf("%s %s is fact %d, want %d", h.Kind, h.To, h.Fact, last.Fact)
			}
			if h.Cause == 0 {
				break
			}
		}
		want := "arrive queue:acme < match rule:crm/acme < arrive bus:crm < match bus:crm < arrive pipe:line < record stream:events < call table:events"
		if text := strings.Join(chain, " < "); text != want {
			t.Errorf("chain %s\nwant  %s", text, want)
		}
	})
}

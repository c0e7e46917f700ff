package pipeline_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline"
)

// PutEvents answers all three of these with success. The history says what became of them.
func ExamplePipeline_Hops() {
	p := pipeline.New(pipeline.Options{})
	defer p.Close()
	client := &http.Client{Transport: p.RoundTripper("app")}
	call := func(operation, request string) {
		r, err := http.NewRequest("POST", "http://localhost:4566", strings.NewReader(request))
		if err != nil {
			panic(err)
		}
		r.Header.Set("X-Amz-Target", operation)
		if got, err := client.Do(r); err != nil || got.StatusCode != http.StatusOK {
			panic(fmt.Sprint(operation, got, err))
		}
	}
	call("AmazonSQS.CreateQueue", `{"QueueName":"leads"}`)
	call("AWSEvents.PutRule", `{"Name":"acme","EventPattern":"{\"source\":[\"crm\"],\"detail\":{\"tenant\":[\"acme\"],\"score\":[{\"numeric\":[\">=\",50]}]}}"}`)
	call("AWSEvents.PutTargets", `{"Rule":"acme","Targets":[{"Id":"q","Arn":"arn:aws:sqs:us-east-1:000000000000:leads"}]}`)
	call("AWSEvents.PutEvents", `{"Entries":[
		{"Source":"crm","DetailType":"LeadScored","Detail":"{\"tenant\":\"acme\",\"score\":71}"},
		{"Source":"crm","DetailType":"LeadScored","Detail":"{\"tenant\":\"rival\",\"score\":12}"},
		{"Source":"crm","DetailType":"LeadScored","Detail":"{}","EventBusName":"mistyped"}]}`)
	call("AmazonSQS.ReceiveMessage", `{"QueueUrl":"http://localhost:4566/000000000000/leads","WaitTimeSeconds":20}`) // until the first is there

	hops, _ := p.Hops(0)
	for _, h := range hops {
		if h.Arrives() && h.To == "queue:leads" || h.Reason != nil {
			fmt.Println(h.Kind, h.From, "->", h.To, h.Outcome)
		}
		if h.Reason != nil {
			fmt.Println("  ", h.Reason.Code+":", h.Reason.Text)
		}
	}

	// Unordered output:
	// match bus:default -> rule:default/acme filtered
	//    PatternMismatch: the event does not match the pattern: detail.score: want [{"numeric":[">=",50]}], got 12; detail.tenant: want ["acme"], got "rival"
	// drop client:app -> bus:mistyped lost
	//    NoSuchBus: event bus mistyped does not exist; PutEvents is answered with success all the same, as AWS does
	// arrive rule:default/acme -> queue:leads delivered
}

package pipeline_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline"
)

// A pipeline needs neither a test nor a socket: any HTTP client, and so any AWS SDK, reaches it through its transport.
func ExampleNew() {
	p := pipeline.New(pipeline.Options{})
	defer p.Close()
	client := &http.Client{Transport: p.RoundTripper("example")}

	call := func(operation, request string) (answer map[string]any) {
		r, err := http.NewRequest("POST", "http://localhost:4566", strings.NewReader(request))
		if err != nil {
			panic(err)
		}
		r.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
		got, err := client.Do(r)
		if err != nil {
			panic(err)
		}
		defer got.Body.Close()
		if err := json.NewDecoder(got.Body).Decode(&answer); err != nil {
			panic(err)
		}
		return answer
	}

	queue := call("CreateQueue", `{"QueueName":"leads"}`)["QueueUrl"].(string)
	fmt.Println("queue:", queue)
	call("SendMessage", `{"QueueUrl":"`+queue+`","MessageBody":"L-17 converted"}`)
	for _, m := range call("ReceiveMessage", `{"QueueUrl":"`+queue+`"}`)["Messages"].([]any) {
		fmt.Println("received:", m.(map[string]any)["Body"])
	}

	hops, _ := p.Hops(0)
	for _, h := range hops {
		fmt.Println(h.Seq, h.Kind, h.From, "->", h.To, h.Outcome)
	}

	// Output:
	// queue: http://localhost:4566/000000000000/leads
	// received: L-17 converted
	// 1 call client:example -> queue:leads delivered
	// 2 call client:example -> queue:leads delivered
	// 3 arrive client:example -> queue:leads delivered
	// 4 receive queue:leads -> client:example delivered
}

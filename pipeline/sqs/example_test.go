package sqs_test

import (
	"context"
	"fmt"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/sqs"
)

// A message is sent, received and deleted; every step is in the history of hops.
func ExampleNew() {
	e := engine.New(engine.Options{Build: func(s *engine.Scope) any { return sqs.New(s, sqs.Options{}) }})
	defer e.Close()
	scope := e.Scope("000000000000", "us-east-1")
	queues := scope.Built().(*sqs.Service)
	call := func(operation string) *engine.Call {
		return &engine.Call{Context: context.Background(), Scope: scope, Client: "app", Service: "sqs", Operation: operation, BaseURL: "http://127.0.0.1:4566"}
	}

	created, _ := queues.CreateQueue(call("CreateQueue"), &sqs.CreateQueueInput{QueueName: "contacts"})
	url := created.QueueUrl.V
	queues.SendMessage(call("SendMessage"), &sqs.SendMessageInput{QueueUrl: url, MessageBody: `{"contact":7}`})
	received, _ := queues.ReceiveMessage(call("ReceiveMessage"), &sqs.ReceiveMessageInput{QueueUrl: url})
	for _, m := range received.Messages {
		fmt.Println(url, m.Body.V)
		queues.DeleteMessage(call("DeleteMessage"), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle.V})
	}

	hops, _ := e.Hops(0)
	for _, h := range hops {
		fmt.Println(h.Seq, h.Kind, h.From, "→", h.To, h.Outcome)
	}
	// Output:
	// http://127.0.0.1:4566/000000000000/contacts {"contact":7}
	// 1 call client:app → queue:contacts delivered
	// 2 call client:app → queue:contacts delivered
	// 3 arrive client:app → queue:contacts delivered
	// 4 receive queue:contacts → client:app delivered
	// 5 delete client:app → queue:contacts delivered
}

package remote_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/backend/remote"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline"
)

func ExampleOpen() {
	server := httptest.NewServer(pipeline.New(pipeline.Options{}).Handler()) // or `dyetrace up`
	defer server.Close()

	ctx := context.Background()
	b, err := remote.Open(ctx, server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close() // forgets the account
	sqs, app := backendtest.SQS{}, b.Endpoint("app")
	fmt.Println(sqs.CreateQueue(ctx, app, "orders"))
	fmt.Println(sqs.Send(event.WithCorrelation(ctx, "flow-1"), app, "orders", "{}", 0))

	hops, _, _ := b.Hops(ctx, 0)
	for _, h := range hops {
		if h.CorrelationID == "flow-1" {
			fmt.Println(h.Kind, h.From, "→", h.To, h.Operation)
		}
	}
	// Output:
	// <nil>
	// <nil>
	// call client:app → queue:orders sqs:SendMessage
	// arrive client:app → queue:orders
}

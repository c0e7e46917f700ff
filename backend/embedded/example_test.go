package embedded_test

import (
	"context"
	"fmt"
	"time"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/backend/embedded"
)

// Outside a bubble the backend's clock stands still until it is moved.
func ExampleNew() {
	ctx := context.Background()
	b := embedded.New(embedded.Options{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	defer b.Close()

	sqs, app := backendtest.SQS{}, b.Endpoint("app")
	fmt.Println(sqs.CreateQueue(ctx, app, "orders"))
	fmt.Println(sqs.Send(ctx, app, "orders", "later", 30*time.Second))

	q, _ := b.Settle(ctx)
	fmt.Println(q.Quiet, q.Pending[0].Due.Sub(q.At))
	q, _ = b.Advance(ctx, 30*time.Second)
	fmt.Println(q.At.Format(time.TimeOnly))
	fmt.Println(sqs.Receive(ctx, b.Endpoint("worker"), "orders"))
	// Output:
	// <nil>
	// <nil>
	// true 30s
	// 00:00:30
	// [later] <nil>
}

package tap_test

import (
	"context"
	"fmt"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/tap"
)

// A tap beside the consumers of a bus: none of them is there in this example, and none would notice.
func ExampleAttach() {
	ctx := context.Background()
	b := embedded.New(embedded.Options{})
	defer b.Close()
	shop := awsapi.New(b.Endpoint("shop"))
	put := func(typ, detail string) {
		entry := map[string]any{"Source": "shop", "DetailType": typ, "Detail": detail}
		if err := shop.JSON(ctx, awsapi.EventBridge, "PutEvents", map[string]any{"Entries": []any{entry}}, nil); err != nil {
			fmt.Println(err)
		}
	}

	t, err := tap.Attach(ctx, b.Endpoint("observer"), "bus:default", tap.Options{Backend: b, Pattern: `{"source":["shop"]}`})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer t.Close(ctx)
	fmt.Println("attached, shown by a", t.Shown()[0].By)

	put("OrderPlaced", `{"n":1}`)
	put("OrderPaid", `{"n":1}`)
	got, err := observe.Collect(ctx, t, observe.CollectOptions{Count: 2, AtLeast: true, Deadline: time.Second})
	for _, r := range got.Events {
		fmt.Println(r.Document.Type, r.Document.Payload)
	}
	fmt.Println(err)

	absence, err := t.Fence(ctx)
	fmt.Println(absence, err)
	// Output:
	// attached, shown by a fence
	// OrderPlaced map[n:1]
	// OrderPaid map[n:1]
	// <nil>
	// SETTLED: nothing is under way now, relative to consumers that asked again <nil>
}

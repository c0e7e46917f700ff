package observe_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dyetrace/dyetrace/observe"
)

// What a timeout says: how many came, what came instead and why it was not taken, and what could not be read.
func ExampleCollect() {
	b := &broker{}
	b.send("m-1", order(1), 0)
	b.send("m-2", `{"detail-type":"OrderLost","detail":{}}`, 0)
	b.send("m-3", "<order/>", 0)

	got, err := observe.Collect(context.Background(), b, observe.CollectOptions{
		Count: 2, Deadline: 50 * time.Millisecond, Match: ofType("OrderPlaced"),
	})
	if timeout, ok := errors.AsType[*observe.TimeoutError](err); ok {
		timeout.Elapsed = 50 * time.Millisecond // of this run it is a little more
		fmt.Println(timeout)
	}
	fmt.Println(len(got.Events), "collected; back in the queue:", b.left())
	// Output:
	// 1 of 2 events after 50ms; 1 other, 1 not JSON, 0 redeliveries
	//   near: OrderLost m-2 on queue:orders
	//       type   want OrderPlaced, got OrderLost
	//   not JSON, kept: message m-3 on queue:orders: "<order/>"
	// 1 collected; back in the queue: [m-2 m-3]
}

// A flow in which the worker answered by what the event said, after it had let go of the question.
func ExampleNewFlow() {
	f := observe.NewFlow(observe.Recording{CorrelationID: "dye-1", Hops: outbox(), CorrelationAt: []string{"detail.request"}})
	for _, fact := range f.Facts {
		fmt.Printf("%d %q unattributed %t\n", fact.ID, fact.Type(), fact.Unattributed)
	}
	// Output:
	// 1 "Asked" unattributed false
	// 3 "Answered" unattributed false
	// 8 "Tick" unattributed true
	// 9 "" unattributed true
}

// A flow over a transport that tells nothing: only the answer's own word says what caused it.
func ExampleNewFlow_causationAt() {
	r := stripped("send m-1 "+detail("Asked", `"event_id":"e-1"`), "send m-2 "+detail("Answered", `"causation_id":"e-1"`), "send m-3 "+detail("Answered", `"causation_id":"e-9"`))
	r.CausationAt = []string{"detail.causation_id"}
	f := observe.NewFlow(r)
	for _, answer := range f.Facts[1:] {
		fmt.Printf("%t %q\n", f.Causes(f.Facts[0], answer), answer.Causation.Problem())
	}
	// Output:
	// true ""
	// false "it names \"e-9\" at detail.causation_id as its cause, and no earlier event has that id"
}

package eventbridge_test

import (
	"context"
	"fmt"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// An event that no rule matches is answered with success, as at AWS; the hops say why it went nowhere.
func ExampleService_PutEvents() {
	e := engine.New(engine.Options{Build: func(s *engine.Scope) any { return eventbridge.New(s, eventbridge.Options{}) }})
	defer e.Close()
	scope := e.Scope("000000000000", "us-east-1")
	svc := scope.Built().(*eventbridge.Service)
	call := &engine.Call{Context: context.Background(), Scope: scope, Client: "crm", Service: "events", Operation: "PutEvents"}

	_, err := svc.PutRule(call, &eventbridge.PutRuleInput{Name: "acme", EventPattern: wire.Some(`{"detail":{"tenant":["acme"]}}`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := svc.PutEvents(call, &eventbridge.PutEventsInput{Entries: []eventbridge.PutEventsRequestEntry{
		{Source: wire.Some("crm"), DetailType: wire.Some("ContactCreated"), Detail: wire.Some(`{"tenant":"rival"}`)},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("failed entries:", out.FailedEntryCount.V)
	hops, _ := e.Hops(0)
	for _, h := range hops {
		if h.Reason != nil {
			fmt.Println(h.From, "->", h.To+":", h.Reason.Text)
		}
	}
	// Output:
	// failed entries: 0
	// bus:default -> rule:default/acme: the event does not match the pattern: detail.tenant: want ["acme"], got "rival"
}

package dye_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/dye"
)

type charge struct {
	Order int `json:"order"`
}

// A rule's target is a function, and what the function sends is an effect of the event.
func TestFunction_is_the_target_of_a_rule_R1_4(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		ctx, c := d.Context(), awsapi.New(d.AWS("app"))
		call := func(service awsapi.JSONService, operation string, in map[string]any) {
			d.Helper()
			must(d, c.JSON(ctx, service, operation, in, nil))
		}
		var receipts struct{ QueueUrl string }
		must(d, c.JSON(ctx, awsapi.SQS, "CreateQueue", map[string]any{"QueueName": "receipts"}, &receipts))
		d.Function("charge", func(ctx context.Context, e struct{ Detail charge }) error {
			if e.Detail.Order == 0 {
				return errors.New("no order")
			}
			return awsapi.New(d.AWS("charge")).JSON(ctx, awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": receipts.QueueUrl, "MessageBody": `{"charged":1}`}, nil)
		})
		call(awsapi.EventBridge, "PutRule", map[string]any{"Name": "orders", "EventPattern": `{"source":["shop"]}`})
		call(awsapi.EventBridge, "PutTargets", map[string]any{"Rule": "orders", "Targets": []map[string]string{
			{"Id": "1", "Arn": "arn:aws:lambda:" + d.AWS().Region + ":" + d.AWS().AccountID + ":function:charge"}}})
		flow := d.Dye(func(ctx context.Context) error {
			detail, err := json.Marshal(charge{Order: 17})
			must(d, err)
			return c.JSON(ctx, awsapi.EventBridge, "PutEvents", map[string]any{"Entries": []map[string]string{
				{"Source": "shop", "DetailType": "OrderPlaced", "Detail": string(detail)}}}, nil)
		})
		flow.Expect(dye.Type("OrderPlaced").On("function:charge"), dye.On("queue:receipts").Exactly(1), dye.NothingElse())
	})
}

func TestChildFunction(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) { d.Function("broken", 17) })
}

func TestFunction_refuses_what_is_no_handler(t *testing.T) {
	child(t, "^TestChildFunction$", nil).says(t, `Function\("broken"\): .*int`)
}

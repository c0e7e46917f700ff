package dye_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/fake"
	"github.com/dyetrace/dyetrace/pipeline"
)

// chargeOrder is a system under test: it asks billing until it answers, three times at most.
func chargeOrder(ctx context.Context, client *http.Client, at string) error {
	for wait := time.Second; ; wait *= 2 {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, at+"/charges", strings.NewReader(`{"order":17,"amount":900}`))
		if err != nil {
			return err
		}
		answer, err := client.Do(r)
		if err != nil {
			return err
		}
		answer.Body.Close()
		if answer.StatusCode < http.StatusInternalServerError {
			return nil
		}
		if wait > 2*time.Second {
			return fmt.Errorf("billing answers %s", answer.Status)
		}
		time.Sleep(wait) //tidy:bubble called by the tests below, in a bubble
	}
}

// What a system asks of others is seen, and what it does when they fail.
func TestService_is_asked_again_when_it_fails_R2_15(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		billing := d.Service("billing.example.test").
			On("POST /charges", fake.Status(503), fake.Status(503).After(time.Minute), fake.JSON(201, map[string]string{"id": "ch_1"}))
		start := time.Now()
		flow := d.Dye(func(ctx context.Context) error { return chargeOrder(ctx, billing.Client("shop"), billing.URL()) })
		if took := time.Since(start); took != time.Minute+3*time.Second {
			d.Errorf("took %v", took)
		}
		flow.Expect(dye.On(billing.Place()).With("amount", 900).Exactly(3), dye.NothingElse())
		if list := billing.Requests(); len(list) != 3 || list[0].Status != 503 || list[2].Status != 201 {
			d.Errorf("%+v", list)
		}
	})
}

// subscribe creates a topic whose messages are posted to the endpoint as they are.
func subscribe(d *dye.T, endpoint string) string {
	d.Helper()
	c := awsapi.New(d.AWS("app"))
	var topic struct{ TopicArn string }
	must(d, c.Query(d.Context(), awsapi.SNS, "CreateTopic", url.Values{"Name": {"orders"}}, &topic))
	must(d, c.Query(d.Context(), awsapi.SNS, "Subscribe", url.Values{"TopicArn": {topic.TopicArn}, "Protocol": {"http"}, "Endpoint": {endpoint},
		"Attributes.entry.1.key": {"RawMessageDelivery"}, "Attributes.entry.1.value": {"true"}}, nil))
	return topic.TopicArn
}

// confirm answers a webhook's handshake as its owner would: with the token that came.
func confirm(d *dye.T) func(fake.Request) fake.Answer {
	return func(r fake.Request) fake.Answer {
		if token, topic, ok := fake.Handshake(r); ok {
			in := url.Values{"Token": {token}, "TopicArn": {topic}}
			must(d, awsapi.New(d.AWS("hook")).Query(d.Context(), awsapi.SNS, "ConfirmSubscription", in, nil))
		}
		return fake.Status(200)
	}
}

// A webhook of SNS: handshake, a delivery that fails, and the retry that does not.
func TestService_is_a_webhook_R2_15(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		hook := d.Service("hook.example.test")
		hook.On("POST /orders", fake.Func(confirm(d)), fake.Status(503), fake.Status(204))
		topic := subscribe(d, hook.URL()+"/orders")
		d.Settle()
		flow := d.Dye(func(ctx context.Context) error {
			in := url.Values{"TopicArn": {topic}, "Message": {`{"type":"OrderPlaced","order":17}`}}
			return awsapi.New(d.AWS("app")).Query(ctx, awsapi.SNS, "Publish", in, nil)
		})
		flow.Expect(dye.On(hook.Place()).With("order", 17).Exactly(1), dye.NothingElse())
		if list := hook.Requests(); len(list) != 3 || list[1].Status != 503 || list[2].Status != 204 || list[2].Body != `{"type":"OrderPlaced","order":17}` {
			d.Errorf("%+v", list)
		}
	})
}

func TestChildService(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		billing := d.Service("billing.example.test")
		flow := d.Dye(func(ctx context.Context) error { return chargeOrder(ctx, billing.Client("shop"), billing.URL()) })
		flow.Expect(dye.On(billing.Place()).With("amount", 901))
	})
}

func TestService_fails_the_test_that_forgot_a_script_R2_15(t *testing.T) {
	run := child(t, "^TestChildService$", nil)
	run.says(t, `the stimulus failed: billing answers 501 Not Implemented`,
		`the service billing\.example\.test was asked for what no script answers:\n +POST /charges\n +POST /charges\n +POST /charges\n +script it with On`)
	if !run.failed {
		t.Error("the test passed")
	}
}

func TestChildServiceHost(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) { d.Service("http://billing.example.test/charges") })
}

func TestService_wants_a_host_alone_R2_15(t *testing.T) {
	child(t, "^TestChildServiceHost$", nil).fails(t, `Service\("http://billing\.example\.test/charges"\): name a host alone`)
}

func TestChildServiceRemote(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		hook := d.Service("hook.example.test")
		hook.On("POST /orders", fake.Func(confirm(d)), fake.Status(204)).On("GET /stock", fake.Text(200, "17"))
		topic := subscribe(d, hook.URL()+"/orders")
		d.Settle()
		flow := d.Dye(func(ctx context.Context) error {
			answer, err := hook.Client("shop").Get(hook.URL() + "/stock") // without the context: unattributed
			must(d, err)
			answer.Body.Close()
			plain, err := http.Get(hook.URL() + "/stock") // over the socket
			must(d, err)
			plain.Body.Close()
			in := url.Values{"TopicArn": {topic}, "Message": {`{"type":"OrderPlaced","order":17}`}}
			return awsapi.New(d.AWS("app")).Query(ctx, awsapi.SNS, "Publish", in, nil)
		})
		flow.Expect(dye.On(hook.Place()).With("order", 17).Exactly(1), dye.On("http:"+hook.URL()+"/stock").Exactly(2), dye.NothingElse())
	})
}

func TestService_listens_where_the_pipeline_is_another_process_R2_15(t *testing.T) {
	run := child(t, "^TestChildServiceRemote$", serve(t, pipeline.Options{}))
	run.says(t, `dye: 3 expectations held`, `--- PASS`)
}

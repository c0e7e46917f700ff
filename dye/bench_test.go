package dye_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/dye"
)

// asTest runs f as a test: dye.Test needs one, and a benchmark is none. testing.RunTests repeats it as -test.count says, which is
// the benchmark's own number of runs, so f runs in the first of them only.
func asTest(b *testing.B, f func(t *testing.T)) {
	b.ReportAllocs()
	ran := false
	once := func(t *testing.T) {
		if !ran {
			ran = true
			f(t)
		}
	}
	all := func(string, string) (bool, error) { return true, nil }
	if !testing.RunTests(all, []testing.InternalTest{{Name: b.Name(), F: once}}) {
		b.FailNow()
	}
}

// BenchmarkTest/empty is what dye.Test itself costs: pipeline, bubble, gate and clean-up; bar 100 µs. BenchmarkTest/ten_hops is one
// fact from a topic through three queues to their consumers, judged; bar 1 ms.
func BenchmarkTest(b *testing.B) {
	b.Run("empty", func(b *testing.B) {
		asTest(b, func(t *testing.T) {
			for b.Loop() {
				dye.Test(t, func(*dye.T) {})
			}
		})
	})
	b.Run("ten hops", func(b *testing.B) {
		asTest(b, func(t *testing.T) {
			for b.Loop() && !t.Failed() {
				dye.Test(t, tenHops)
			}
		})
	})
}

// tenHops is a call, four arrivals, three receives and three deletions, and a verdict on them.
func tenHops(d *dye.T) {
	ctx, c := d.Context(), awsapi.New(d.AWS("app"))
	var topic struct{ TopicArn string }
	must(d, c.Query(ctx, awsapi.SNS, "CreateTopic", url.Values{"Name": {"orders"}}, &topic))
	queues := []string{"billing", "shipping", "search"}
	for _, name := range queues {
		must(d, c.JSON(ctx, awsapi.SQS, "CreateQueue", map[string]any{"QueueName": name}, nil))
		must(d, c.Query(ctx, awsapi.SNS, "Subscribe", url.Values{"TopicArn": {topic.TopicArn}, "Protocol": {"sqs"},
			"Attributes.entry.1.key": {"RawMessageDelivery"}, "Attributes.entry.1.value": {"true"}, // else most of it is an RSA signature
			"Endpoint": {"arn:aws:sqs:" + d.AWS().Region + ":" + d.AWS().AccountID + ":" + name}}, nil))
	}
	flow := d.Dye(func(ctx context.Context) error {
		return c.Query(ctx, awsapi.SNS, "Publish", url.Values{"TopicArn": {topic.TopicArn}, "Message": {`{"type":"OrderPlaced","order":1}`}}, nil)
	})
	for _, name := range queues {
		d.Collect(name, 1)
	}
	flow.Expect(dye.On("queue:*").Exactly(3), dye.NothingElse())
	if hops := len(flow.Hops()); hops < 10 {
		d.Errorf("%d hops", hops)
	}
}

func must(d *dye.T, err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

package e2e_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dyetrace/dyetrace/dye"
)

// benchmark runs a body once per iteration. A bubble needs a *testing.T, and so a test is run from within the benchmark.
func benchmark(b *testing.B, body func(d *dye.T)) {
	b.Helper()
	b.ReportAllocs()
	every := func(string, string) (bool, error) { return true, nil }
	passed := testing.RunTests(every, []testing.InternalTest{{Name: b.Name(), F: func(t *testing.T) {
		for b.Loop() {
			dye.Test(t, body)
		}
	}}})
	if !passed {
		b.Fatal("the body failed")
	}
}

func BenchmarkTest_empty(b *testing.B) { benchmark(b, func(*dye.T) {}) }

// Five receives at a visibility timeout of 30 s and the move to the dead-letter queue: 150 s of virtual time.
func BenchmarkTest_redrive(b *testing.B) {
	benchmark(b, func(d *dye.T) {
		app, worker := sqsOf(d, "app"), sqsOf(d, "worker")
		url, _ := app.redrive("tasks", 5)
		go worker.consume(d.Context(), url, func(context.Context, types.Message) error { return errors.New("always fails") })
		flow := d.Dye(func(ctx context.Context) error {
			return app.send(ctx, url, `{"detail-type":"TaskSubmitted","detail":{}}`)
		})
		flow.Expect(dye.On("queue:tasks").Deliveries(5), dye.On("dlq:tasks-dlq").Exactly(1), dye.NothingElse())
	})
}

// Three producers, three consumers, twelve messages.
func BenchmarkTest_workload(b *testing.B) { benchmark(b, func(d *dye.T) { workload(d) }) }

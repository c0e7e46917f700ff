package dye_test

import (
	"context"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// serve starts a server on a free port of loopback and returns the setting that runs tests against it.
func serve(t *testing.T, o pipeline.Options) []string {
	t.Helper()
	return []string{"DYETRACE_BACKEND=" + backendtest.Serve(t, pipeline.New(o))}
}

const order = `{"detail-type":"OrderPlaced","source":"shop","detail":{"id":"o-1"}}`

func TestChildFlow(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		queues := backendtest.SQS{}
		for _, name := range []string{"orders", "returns"} {
			if err := queues.CreateQueue(d.Context(), d.AWS("shop"), name); err != nil {
				d.Fatal(err)
			}
		}
		flow := d.Dye(func(ctx context.Context) error { return queues.Send(ctx, d.AWS("shop"), "orders", order, 0) })
		flow.Expect(dye.Type("OrderPlaced").On("queue:orders").Exactly(1), dye.Never(dye.On("queue:returns")), dye.NothingElse())
		type OrderPlaced struct {
			ID string `json:"id"`
		}
		d.Diff(OrderPlaced{"o-1"}, dye.One[OrderPlaced](flow))
		d.Log("time passes")
		d.Advance(time.Hour)
		d.Log("an hour is over")
	})
}

func TestBackend_is_chosen_by_URL_R4_1(t *testing.T) {
	const held = `dye: 3 expectations held.*\n.*✓ OrderPlaced on queue:orders exactly 1 .*never on queue:returns  `
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		reason string
		env    []string
		says   []string
	}{
		{"the default: in process, in virtual time", nil, []string{held + "PROVED to .1h0m0s", "time passes", "an hour is over", "--- PASS"}},
		{"named", []string{"DYETRACE_BACKEND=embedded:"}, []string{held + "PROVED", "an hour is over", "--- PASS"}},
		{"a server in real time", serve(t, pipeline.Options{}), []string{held + "SETTLED", "time passes", "needs virtual time", "--- SKIP"}},
		{"a server with a manual clock", serve(t, pipeline.Options{Clock: engine.NewManualClock(start)}), []string{held + "SETTLED", "an hour is over", "--- PASS"}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			got := child(t, "^TestChildFlow$", c.env)
			if got.failed {
				t.Errorf("it failed:\n%s", got.output)
			}
			got.says(t, c.says...)
		})
	}
}

// delayed sends an event that is visible after a delay, and expects.
func delayed(d *dye.T, delay time.Duration, expectations ...dye.Expectation) {
	queues := backendtest.SQS{}
	if err := queues.CreateQueue(d.Context(), d.AWS(), "orders"); err != nil {
		d.Fatal(err)
	}
	d.Dye(func(ctx context.Context) error { return queues.Send(ctx, d.AWS(), "orders", order, delay) }).Expect(expectations...)
}

func TestChildRemote(t *testing.T) {
	onlyInChild(t)
	for name, body := range map[string]func(d *dye.T){
		"leak": func(d *dye.T) {
			go func() { select {} }()
		},
		"busy": func(d *dye.T) {
			queues := backendtest.SQS{}
			if err := queues.CreateQueue(d.Context(), d.AWS(), "orders"); err != nil {
				d.Fatal(err)
			}
			flow := d.Dye(func(ctx context.Context) error { return queues.Send(ctx, d.AWS(), "orders", order, 0) })
			if _, err := queues.Receive(d.Context(), d.AWS("worker"), "orders"); err != nil {
				d.Fatal(err)
			}
			flow.Expect(dye.Type("OrderPlaced"), dye.NothingElse())
			d.Settle()
		},
		"due soon":               func(d *dye.T) { delayed(d, time.Second, dye.On("queue:orders").Exactly(1), dye.NothingElse()) },
		"due late":               func(d *dye.T) { delayed(d, time.Minute, dye.On("queue:orders").Exactly(1), dye.NothingElse()) },
		"due, but wrong already": func(d *dye.T) { delayed(d, time.Minute, dye.NothingElse()) },
		"eventually": func(d *dye.T) {
			d.Eventually(func(context.Context) error { return context.DeadlineExceeded })
		},
		"hanging": func(d *dye.T) {
			d.Eventually(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		},
		"orderly": func(d *dye.T) {
			go func() { <-d.Context().Done() }()
		},
	} {
		patience := childPatience
		if name == "due soon" {
			patience = 10 * time.Second
		}
		t.Run(name, func(t *testing.T) { dye.Test(t, body, dye.Patience(patience)) })
	}
}

func TestRemote_troubles_are_named(t *testing.T) {
	env := serve(t, pipeline.Options{})
	for name, c := range map[string]struct {
		fails bool
		says  []string
	}{
		"leak": {true, []string{"the test is over, and goroutines that it started are not", `remote_test\.go:\d+`, "started at remote_test"}},
		"busy": {true, []string{"nothing else", "INCONCLUSIVE|still to happen", `dye: not settled after 500ms of real time:`, "worker received 1 message"}},
		"eventually": {true, []string{`remote_test\.go:\d+: dye: not within [.0-9]+m?s, after \d+ looks\n +✗ context deadline exceeded\n`,
			`again:  DYETRACE_BACKEND=http://127\.0\.0\.1:\d+ go test github\.com/dyetrace/dyetrace/dye -run '\^TestChildRemote\$/\^eventually\$'\n`}},
		"hanging": {true, []string{`remote_test\.go:\d+: dye: not within [.0-9]+s, after 1 looks\n +✗ context deadline exceeded`}},
		"orderly": {false, []string{"seeds change nothing: the body ran once", "--- PASS: TestChildRemote/orderly"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := child(t, "^TestChildRemote$/^"+name, env, "-dye.seeds=3")
			if got.failed != c.fails {
				t.Errorf("failed: %t\n%s", got.failed, got.output)
			}
			got.says(t, c.says...)
		})
	}
}

func TestChildLate(t *testing.T) {
	onlyInChild(t)
	late := make(chan struct{})
	t.Run("first", func(t *testing.T) {
		dye.Test(t, func(d *dye.T) {
			go func() {
				<-time.After(2 * childPatience)
				defer close(late)
				d.Error("too late")
				panic("the goroutine went on")
			}()
		}, dye.Patience(childPatience))
	})
	<-late
}

// A goroutine that was left behind, and so has failed its test already, must not take the other tests down with it.
func TestT_ends_a_goroutine_that_comes_back_after_its_test(t *testing.T) {
	got := child(t, "^TestChildLate$|^TestChildAfter$", serve(t, pipeline.Options{}))
	got.fails(t, "goroutines that it started are not", `remote_test\.go:\d+`)
	got.says(t, "--- FAIL: TestChildLate/first")
	got.says(t, "--- PASS: TestChildAfter")
}

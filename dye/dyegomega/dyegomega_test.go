package dyegomega_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyegomega"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
)

const order = `{"detail-type":"OrderPlaced","source":"shop","detail":{"id":"o-1","amount":900,"tenant":"acme"}}`

// send puts a message into the queue; with a delay, a goroutine does it that much later.
func send(d *dye.T, queue, body string, delay time.Duration) *dye.Flow {
	api := awsapi.New(d.AWS("shop"))
	var made struct {
		QueueURL string `json:"QueueUrl"`
	}
	if err := api.JSON(d.Context(), awsapi.SQS, "CreateQueue", map[string]any{"QueueName": queue}, &made); err != nil {
		d.Fatal(err)
	}
	return d.Dye(func(ctx context.Context) error {
		put := func() error {
			return api.JSON(ctx, awsapi.SQS, "SendMessage", map[string]any{"QueueUrl": made.QueueURL, "MessageBody": body}, nil)
		}
		if delay == 0 {
			return put()
		}
		go func() {
			time.Sleep(delay) //tidy:bubble of the dye.Test that calls this
			if err := put(); err != nil {
				d.Error(err)
			}
		}()
		return nil
	})
}

// said returns what failed assertions say.
func said(assert func(g gomega.Gomega)) string {
	var list []string
	assert(gomega.NewGomega(func(message string, _ ...int) { list = append(list, message) }))
	return strings.Join(list, "\n")
}

func TestHaveArrived_is_for_Eventually_R2_3(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		g := gomega.NewWithT(d)
		start := time.Now()
		flow := send(d, "orders", order, 20*time.Second)
		taken := dye.On("queue:orders").Type("OrderPlaced")

		message := said(func(g gomega.Gomega) { g.Expect(flow).To(dyegomega.HaveArrived(taken)) })
		for _, part := range []string{"dye: 1 of 2 expectations failed", "✗ OrderPlaced on queue:orders   want at least 1, got 0"} {
			if !strings.Contains(message, part) {
				d.Errorf("no %q in:\n%s", part, message)
			}
		}
		if strings.Contains(message, "again:") {
			d.Errorf("the end of the test says how to repeat it, and so does this:\n%s", message)
		}
		g.Eventually(flow).WithTimeout(time.Minute).Should(dyegomega.HaveArrived(taken))
		if passed := time.Since(start); passed < 20*time.Second || passed > 21*time.Second {
			d.Errorf("it arrived after %v", passed)
		}
		g.Expect(flow).NotTo(dyegomega.HaveArrived(dye.Type("OrderLost")))
		message = said(func(g gomega.Gomega) { g.Expect(flow).NotTo(dyegomega.HaveArrived(taken)) })
		if !strings.Contains(message, "not to HaveArrived") || !strings.Contains(message, "dyegomega.Meet(dye.Never(…))") {
			d.Error(message)
		}
	})
}

func TestMeet_judges_as_Expect_does_R2_3(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		g := gomega.NewWithT(d)
		flow := send(d, "orders", order, 20*time.Second)
		g.Expect(flow).To(dyegomega.Meet(dye.Type("OrderPlaced").On("queue:orders").Exactly(1), dye.Never(dye.Type("OrderLost")), dye.NothingElse()))
		message := said(func(g gomega.Gomega) {
			g.Expect(flow).To(dyegomega.Meet(dye.Type("OrderPlaced").With("detail.amount", 901), dye.Never(dye.Type("OrderPlaced"))))
		})
		for _, part := range []string{"dye: LEAK", "2 of 2 expectations failed", "detail.amount", "want 901", "got  900"} {
			if !strings.Contains(message, part) {
				d.Errorf("no %q in:\n%s", part, message)
			}
		}
	})
}

func TestMatchEvent_says_why_not_R2_3(t *testing.T) {
	g := gomega.NewWithT(t)
	dear := dye.Type("OrderPlaced").With("detail.amount", expect.Approx(900, 1))
	for _, actual := range []any{order, []byte(order), event.Event{Body: order}, &event.Event{Type: "OrderPlaced", Body: `{"detail":{"amount":900.5}}`}} {
		g.Expect(actual).To(dyegomega.MatchEvent(dear))
		g.Expect(actual).To(dyegomega.MatchEvent(dye.Type("Other"), dear))
		g.Expect(actual).NotTo(dyegomega.MatchEvent(dye.Type("Other")))
	}
	g.Expect([]string{`{}`, order}).To(gomega.ContainElement(dyegomega.MatchEvent(dear)))
	message := said(func(g gomega.Gomega) { g.Expect(order).To(dyegomega.MatchEvent(dear.With("detail.id", "o-2"))) })
	const want = `dye: the event is not OrderPlaced with detail.amount ≈ 900 ± 1 and detail.id = "o-2"
    detail.id
        want "o-2"
        got  "o-1"
    the event: ` + order
	if message != want {
		t.Errorf("got\n%s\nwant\n%s", message, want)
	}
	message = said(func(g gomega.Gomega) { g.Expect(order).NotTo(dyegomega.MatchEvent(dear)) })
	if !strings.HasPrefix(message, "dye: the event must not be OrderPlaced with") {
		t.Error(message)
	}
	message = said(func(g gomega.Gomega) { g.Expect("no JSON \x1b[31m").To(dyegomega.MatchEvent(dear)) })
	if !strings.Contains(message, "want \"OrderPlaced\"") && !strings.Contains(message, "want OrderPlaced") || strings.Contains(message, "\x1b") {
		t.Errorf("%q", message)
	}
}

func TestMatchers_refuse_what_proves_nothing_R2_3(t *testing.T) {
	for want, assert := range map[string]func(g gomega.Gomega){
		"looks at a *dye.Flow, and was given a string": func(g gomega.Gomega) { g.Expect("flow").To(dyegomega.Meet(dye.Type("A"))) },
		"looks at a *dye.Flow, and was given a *dye.F": func(g gomega.Gomega) { g.Expect((*dye.Flow)(nil)).To(dyegomega.Meet(dye.Type("A"))) },
		"Meet has nothing to look for":                 func(g gomega.Gomega) { g.Expect(&dye.Flow{}).To(dyegomega.Meet()) },
		"HaveArrived has nothing to look for":          func(g gomega.Gomega) { g.Expect(&dye.Flow{}).NotTo(dyegomega.HaveArrived()) },
		"MatchEvent has nothing to look for":           func(g gomega.Gomega) { g.Expect(order).To(dyegomega.MatchEvent()) },
		"was given a int":                              func(g gomega.Gomega) { g.Expect(7).NotTo(dyegomega.MatchEvent(dye.Type("A"))) },
		"was given a *event.Event":                     func(g gomega.Gomega) { g.Expect((*event.Event)(nil)).NotTo(dyegomega.MatchEvent(dye.Type("A"))) },
	} {
		if message := said(assert); !strings.Contains(message, want) {
			t.Errorf("no %q in %q", want, message)
		}
	}
}

// What gomega says of a failure belongs to the run of the body, as what the body says itself.
func TestWithT_takes_a_dye_T_R2_3(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		g := gomega.NewWithT(d)
		flow := send(d, "orders", order, 0)
		got := d.Collect("orders", 1)
		g.Expect(got).To(gomega.ConsistOf(dyegomega.MatchEvent(dye.Type("OrderPlaced").On("queue:orders"))))
		g.Expect(flow).To(dyegomega.HaveArrived(dye.Type("OrderPlaced")))
	})
}

func ExampleMatchEvent() {
	g := gomega.NewGomega(func(message string, _ ...int) { fmt.Println(message) })
	g.Expect(`{"detail-type":"OrderPlaced","detail":{"amount":900}}`).To(dyegomega.MatchEvent(dye.Type("OrderPlaced").With("detail.amount", 1200)))
	// Output:
	// dye: the event is not OrderPlaced with detail.amount = 1200
	//     detail.amount
	//         want 1200
	//         got  900
	//     the event: {"detail-type":"OrderPlaced","detail":{"amount":900}}
}

package expect_test

import (
	"fmt"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

// show prints why an event is not what is asked for.
func show(s expect.Selector, body string) {
	r := &observe.Received{Message: observe.Message{Place: "queue:orders", Body: body, Attributes: map[string]string{"tenant": "acme"}}}
	r.Document, r.Err = event.Decode(body)
	missed := s.Match(r)
	if len(missed) == 0 {
		fmt.Println("it is", s)
	}
	for _, m := range missed {
		if m.Got == "" {
			m.Got = "absent"
		}
		fmt.Printf("%s: want %s, got %s\n", m.Path, m.Want, m.Got)
	}
}

func ExampleApprox() {
	show(expect.Type("Paid").With("detail.amount", expect.Approx(100, 0.5)), `{"detail-type":"Paid","detail":{"amount":99.7}}`)
	show(expect.Type("Paid").With("detail.amount", expect.Approx(100, 0.5)), `{"detail-type":"Paid","detail":{"amount":"100"}}`)
	// Output:
	// it is Paid with detail.amount ≈ 100 ± 0.5
	// detail.amount: want ≈ 100 ± 0.5, got "100"
}

func ExampleAround() {
	due := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	show(expect.Type("Due").With("time", expect.Around(due, time.Minute)), `{"detail-type":"Due","time":"2026-01-01T12:05:00Z","detail":{}}`)
	// Output: time: want within 1m0s of 2026-01-01T12:00:00Z, got "2026-01-01T12:05:00Z"
}

func ExampleRegexp() {
	show(expect.Type("Created").With("detail.id", expect.Regexp(`^con_[a-z0-9]{8}$`)), `{"detail-type":"Created","detail":{"id":"7f3a"}}`)
	// Output: detail.id: want ~ /^con_[a-z0-9]{8}$/, got "7f3a"
}

// Has asks for a part of a document. Of an element that is not there it tells what the nearest lacks.
func ExampleHas() {
	wanted := expect.Has(map[string]any{"lines": []any{map[string]any{"sku": "B-2", "n": expect.Approx(3, 0)}}})
	show(expect.Type("Placed").With("detail", wanted), `{"detail-type":"Placed","detail":{"lines":[{"sku":"A-1","n":1},{"sku":"B-2","n":2,"price":9}]}}`)
	// Output: detail.lines.1.n: want ≈ 3 ± 0, got 2
}

func ExampleSet() {
	tags := expect.Type("Tagged").With("detail.tags", expect.Set("vip", "new"))
	show(tags, `{"detail-type":"Tagged","detail":{"tags":["new","vip"]}}`)
	show(tags, `{"detail-type":"Tagged","detail":{"tags":["new","old","vip"]}}`)
	// Output:
	// it is Tagged with detail.tags is the set {"vip", "new"}
	// detail.tags.1: want absent, got "old"
}

func ExampleEach() {
	show(expect.Type("Placed").With("detail.lines", expect.Each(expect.At("n", expect.Not(0)))), `{"detail-type":"Placed","detail":{"lines":[{"n":1},{"n":0}]}}`)
	// Output: detail.lines.1.n: want not = 0, got 0
}

// Payload is for checks that read best in Go, on a type of one's own.
func ExamplePayload() {
	type placed struct{ Net, Tax, Gross int }
	adds := expect.Payload(func(p placed) error {
		if p.Net+p.Tax != p.Gross {
			return fmt.Errorf("%d + %d is not %d", p.Net, p.Tax, p.Gross)
		}
		return nil
	})
	show(expect.Type("Placed").Where(adds), `{"detail-type":"Placed","detail":{"net":100,"tax":19,"gross":120}}`)
	// Output: payload expect_test.placed: want the check to pass, got 100 + 19 is not 120
}

func ExampleAttribute() {
	show(expect.Type("Placed").Where(expect.Attribute("tenant", "acme"), expect.Source("shop")), `{"detail-type":"Placed","source":"shop","detail":{}}`)
	// Output: it is Placed where attribute tenant = "acme" and source = "shop"
}

// An element more is one difference, and not one for each element that it moves.
func ExampleDiff_arrays() {
	diffs, _ := expect.Diff([]string{"a", "b", "c"}, []string{"new", "a", "b", "c"})
	for _, d := range diffs {
		fmt.Printf("%s: want %s, got %s\n", d.Path, d.Want, d.Got)
	}
	// Output: 0: want absent, got "new"
}

// Matchers are made of matchers: where one takes a value, it takes another Matcher as well.
func ExampleAll() {
	tier := expect.OneOf("gold", "silver")
	mail := expect.All(expect.Regexp("@"), expect.Not(expect.Regexp("^noreply@")))
	wanted := expect.Type("Joined").With("detail.tier", tier).With("detail.email", mail).With("detail.left_at", expect.Absent())
	show(wanted, `{"detail-type":"Joined","detail":{"tier":"gold","email":"ada@example.com"}}`)
	show(wanted, `{"detail-type":"Joined","detail":{"tier":"lead","email":"noreply@example.com","left_at":null}}`)
	// Output:
	// it is Joined with detail.tier one of ("gold", "silver") and detail.email all of (~ /@/, not ~ /^noreply@/) and detail.left_at is absent
	// detail.tier: want one of ("gold", "silver"), got "lead"
	// detail.email: want not ~ /^noreply@/, got "noreply@example.com"
	// detail.left_at: want absent, got null
}

// A check of one's own says what it asks for, and why that is not so.
func ExampleSatisfies() {
	even := expect.Satisfies("is even", func(v any) error {
		n, err := strconv.Atoi(fmt.Sprint(v))
		if err == nil && n%2 != 0 {
			err = fmt.Errorf("%d is odd", n)
		}
		return err
	})
	show(expect.Type("Paid").With("detail.amount", even), `{"detail-type":"Paid","detail":{"amount":7}}`)
	// Output: detail.amount: want is even, got 7 is odd
}

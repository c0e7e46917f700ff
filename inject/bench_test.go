package inject_test

import (
	"fmt"
	"testing"

	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/inject"
)

// BenchmarkPut puts a thousand events at a time.
func BenchmarkPut(b *testing.B) {
	for _, c := range []struct {
		place string
		event func(i int) event.Event
	}{
		{"bus:crm", func(i int) event.Event {
			return event.Event{Source: "crm.lead", Type: "LeadQualified", Body: fmt.Sprintf(`{"lead_id":"L-%d"}`, i)}
		}},
		{"queue:leads", message},
		{"queue:accounts.fifo", func(i int) event.Event { e := message(i); e.Key = "A-1"; return e }},
		{"table:leads", func(i int) event.Event { return event.Event{Body: fmt.Sprintf(`{"id":"L-%d","amount":%d}`, i, i)} }},
	} {
		b.Run(c.place, func(b *testing.B) {
			pipe := embedded.New(embedded.Options{})
			defer pipe.Close()
			if err := crm(b.Context(), pipe.Endpoint("setup")); err != nil {
				b.Fatal(err)
			}
			entries := inject.At(c.place, numbered(1000, c.event)...)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := inject.Put(b.Context(), pipe.Endpoint("inject"), entries, inject.Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "events/s")
		})
	}
}

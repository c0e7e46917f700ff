package expect_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

// history records n deliveries: facts that came to a bus and from there to a queue, the third of them of another tenant's queue.
func history(n int) observe.Recording {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := observe.Recording{
		CorrelationID: "dye-1", Start: start, Grade: event.Proved,
		Topology:   event.Topology{Places: []event.Place{"bus:crm", "queue:acme", "queue:rival"}},
		Quiescence: event.Quiescence{Quiet: true, At: start.Add(time.Hour)},
	}
	for i := range n / 2 {
		fact := uint64(2*i + 1)
		e := &event.Event{
			ID: fmt.Sprint(i), Type: "LeadConverted", Source: "crm.lead",
			Body: fmt.Sprintf(`{"version":"0","id":"%d","detail-type":"LeadConverted","source":"crm.lead","account":"000000000000","time":"2026-01-02T03:04:05Z",`+
				`"region":"us-east-1","resources":[],"detail":{"tenant_id":"acme","lead_id":"L-%d","amount":%d}}`, i, i, i%1000),
		}
		at := start.Add(time.Duration(i) * time.Microsecond)
		r.Hops = append(r.Hops,
			event.Hop{Seq: fact, At: at, Kind: event.KindArrive, From: "client:app", To: "bus:crm", Outcome: event.Delivered, Fact: fact, CorrelationID: "dye-1", Event: e},
			event.Hop{Seq: fact + 1, At: at, Kind: event.KindArrive, From: "rule:crm/acme", To: "queue:acme", Outcome: event.Delivered, Fact: fact, Cause: fact, CorrelationID: "dye-1", Event: e})
	}
	return r
}

// BenchmarkMillion is the bar of R2: a history of a million deliveries is sorted into facts, queried and judged in less than 1 s, also
// when the verdict is that something is missing or must not have come.
func BenchmarkMillion(b *testing.B) {
	r := history(1_000_000)
	lead := func(id string) expect.Selector {
		return expect.Type("LeadConverted").On("queue:acme").With("detail.lead_id", id)
	}
	for _, c := range []struct {
		name         string
		ok           bool
		expectations []expect.Expectation
	}{
		{"held", true, []expect.Expectation{lead("L-400000"), expect.Never(expect.On("queue:rival"), expect.Tenant("rival"), expect.Type("LeadLost"))}},
		{"covered", true, []expect.Expectation{expect.Type("LeadConverted").On("queue:acme").Exactly(500_000), expect.NothingElse()}},
		{"missing", false, []expect.Expectation{lead("L-500000")}},
		{"leak", false, []expect.Expectation{expect.Never(expect.On("queue:acme"))}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if v := expect.Judge(observe.NewFlow(r), c.expectations...); v.OK != c.ok {
					b.Fatalf("%+v", v.Failed())
				}
			}
		})
	}
}

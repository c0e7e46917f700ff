package expect_test

import (
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
)

func TestChain_locates_the_break_R2_8(t *testing.T) {
	const worker, queue, dlq = event.Place("client:worker"), event.Place("queue:acme-leads"), event.Place("queue:leads-dlq")
	type want struct {
		seen    event.Kind
		failed  int
		stopped int
		deleted bool
	}
	receive := func(r *recorder, lead, cause uint64) uint64 {
		return r.hop(event.Hop{Kind: event.KindReceive, From: queue, To: worker, Fact: lead, Cause: cause, Attempt: 1})
	}
	fails := event.Hop{Kind: event.KindCall, From: worker, Operation: "dynamodb:PutItem", Outcome: event.Failed, Reason: event.Because("ValidationException", "no key")}
	for _, c := range []struct {
		reason string
		hops   func(r *recorder, lead, at uint64)
		want   want
	}{
		{"the consumer's call fails each time it is handed the message", func(r *recorder, lead, at uint64) {
			for range 2 {
				fails.Cause = receive(r, lead, at)
				r.hop(fails)
				r.hop(event.Hop{Kind: event.KindReturn, From: worker, To: queue, Fact: lead, Cause: fails.Cause})
			}
			r.hop(event.Hop{Kind: event.KindDeadLetter, From: queue, To: dlq, Outcome: event.DeadLettered, Fact: lead, Cause: at})
		}, want{event.KindDeadLetter, 2, 3, false}},
		{"another error is another one", func(r *recorder, lead, at uint64) {
			fails.Cause = receive(r, lead, at)
			r.hop(fails)
			other := fails
			other.Reason = event.Because("ThrottlingException", "slow down")
			r.hop(other)
		}, want{event.KindCall, 1, 0, false}},
		{"the consumer acknowledges and does nothing", func(r *recorder, lead, at uint64) {
			r.hop(event.Hop{Kind: event.KindDelete, From: worker, To: queue, Fact: lead, Cause: receive(r, lead, at)})
		}, want{event.KindDelete, 0, 0, true}},
		{"an acknowledgement that was too late is none", func(r *recorder, lead, at uint64) {
			r.hop(event.Hop{Kind: event.KindDelete, From: worker, To: queue, Outcome: event.Failed, Fact: lead, Cause: receive(r, lead, at)})
		}, want{event.KindDelete, 0, 0, false}},
		{"a rule does not match, another does", func(r *recorder, lead, at uint64) {
			r.hop(event.Hop{Kind: event.KindMatch, From: "bus:crm", To: "rule:crm/other", Outcome: event.Filtered, Fact: lead, Cause: lead})
			r.hop(event.Hop{Kind: event.KindMatch, From: "bus:crm", To: "rule:crm/acme", Fact: lead, Cause: lead})
		}, want{event.KindMatch, 0, 1, false}},
		{"an error of somebody else is none of the consumer's", func(r *recorder, lead, at uint64) {
			fails.Cause = r.bus("Other", "acme", "L-1", 0)
			r.hop(fails)
		}, want{event.KindArrive, 0, 0, false}},
	} {
		r := &recorder{corr: "dye-1"}
		lead := r.bus("LeadConverted", "acme", "L-17", 0)
		c.hops(r, lead, r.queue("acme-leads", lead))
		b := expect.Judge(r.flow(), expect.Chain("LeadConverted", "ActivityLogged")).Findings[0].Chain
		if got := (want{b.Seen.Kind, b.Failed, len(b.Stopped), b.Deleted != nil}); got != c.want || (b.Failure != nil) != (c.want.failed > 0) {
			t.Errorf("%s: got %+v, want %+v", c.reason, got, c.want)
		}
	}
}

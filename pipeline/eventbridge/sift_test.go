package eventbridge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func (f *fixture) manyRules(n int) {
	f.t.Helper()
	for i := range n {
		f.rule("", fmt.Sprintf("r%05d", i), fmt.Sprintf(`{"source":["s"],"detail":{"tenant":["t-%d"]}}`, i))
	}
}

func TestMany_rules_leave_one_hop_for_those_that_do_not_match_R1_4(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.manyRules(maxShown)
		f.put("", `{"tenant":"t-7"}`)
		if n := len(f.hops(event.KindMatch)); n != maxShown {
			t.Errorf("%d hops, want one for each rule", n)
		}
		f.manyRules(maxShown + 10)
		must[*DisableRuleOutput](t)(f.svc.DisableRule(f.call(), &DisableRuleInput{Name: "r00008"}))
		f.rule("", "suffix", `{"detail":{"tenant":[{"suffix":"-7"}]}}`)
		f.target("", "r00007", Target{Id: "q", Arn: queueARN("q")})
		before := len(f.hops(event.KindMatch))
		f.put("", `{"tenant":"t-7"}`)
		f.put("", `{"tenant":"t-8"}`)
		want := `bus:default -> rule:default/r00007: delivered
bus:default -> rule:default/suffix: delivered
bus:default -> rule:default/*: filtered PatternMismatch
bus:default -> rule:default/r00008: filtered RuleDisabled
bus:default -> rule:default/*: filtered PatternMismatch`
		got := f.hops(event.KindMatch)[before:]
		if reasons(got) != want {
			t.Errorf("hops\n%s", reasons(got))
		}
		if !strings.HasPrefix(got[2].Reason.Text, "59 other rules") || len(f.bodies("q")) != 1 {
			t.Errorf("%s, %d delivered", got[2].Reason.Text, len(f.bodies("q")))
		}
		why, known := f.svc.scope.Explain(got[2].Event, "rule:default/r00009")
		if !known || len(why.Mismatches) != 1 || why.Mismatches[0].Path != "detail.tenant" || why.Mismatches[0].Got != `"t-7"` {
			t.Errorf("%+v, %v", why, known)
		}
		if why, known := f.svc.scope.Explain(got[2].Event, "rule:default/r00007"); why != nil || !known {
			t.Errorf("%+v, %v", why, known)
		}
		if _, known := f.svc.scope.Explain(got[2].Event, "rule:default/gone"); known {
			t.Error("a rule that is not there explains itself")
		}
	})
}

// The curve: PutEvents to a bus with that many rules, of which one matches.
func BenchmarkPutEvents_many_rules(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFixture(b, 1)
			f.manyRules(n)
			f.target("", "r00000", Target{Id: "q", Arn: queueARN("q")})
			f.queue.discard = true
			body := []byte(`{"Entries":[{"Source":"s","DetailType":"ContactCreated","Detail":"{\"tenant\":\"t-0\"}"}]}`)
			serve := Operations(f.svc).Operations["PutEvents"].Serve
			b.ReportAllocs()
			for b.Loop() {
				if _, err := serve(f.call(), &wire.Request{Body: body}, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

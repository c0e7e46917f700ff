package dye_test

import (
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/pipeline"
)

func TestKnown_lets_names_near_each_other_be_R2_6(t *testing.T) {
	for _, c := range []struct {
		reason  string
		known   []string
		earlier bool
		met     bool
	}{
		{"an event of the flow is called OrderPlaced", nil, false, false},
		{"an earlier flow had it", nil, true, true},
		{"the test says that it is right", []string{"OrderPlacd"}, false, true},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			dye.Test(t, func(d *dye.T) {
				s := openStore(d)
				d.Known(c.known...)
				if c.earlier {
					s.place(fact("OrderPlacd", "acme", 16, 900)).Expect(dye.Type("OrderPlacd"))
				}
				met, text := s.place(fact("OrderPlaced", "acme", 17, 900)).Judge(dye.Never(dye.Type("OrderPlacd")))
				if met != c.met || !met && !strings.Contains(text, "did you mean OrderPlaced") {
					d.Errorf("%t:\n%s", met, text)
				}
			})
		})
	}
}

// What rules of a server ask for is known there, too.
func TestNever_knows_the_rules_of_a_server_R2_6(t *testing.T) {
	t.Setenv("DYETRACE_BACKEND", backendtest.Serve(t, pipeline.New(pipeline.Options{})))
	dye.Test(t, func(d *dye.T) {
		s := openStore(d)
		s.rule("cancelled", `{"detail-type":["OrderCancelled"]}`, s.arn("acme-orders"))
		flow := s.place(fact("OrderPlaced", "acme", 17, 900))
		if met, text := flow.Judge(dye.Never(dye.Type("OrderCanceled"))); met || !strings.Contains(text, "did you mean OrderCancelled (a rule asks for it)?") {
			d.Errorf("held %t:\n%s", met, text)
		}
		flow.Expect(dye.Never(dye.Type("OrderCancelled"), dye.Type("OrderRefunded")))
	})
}

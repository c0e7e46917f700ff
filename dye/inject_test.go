package dye_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/event"
)

// newBus makes a bus whose events all go to a queue.
func newBus(d *dye.T, bus, queue string) {
	d.Helper()
	newQueue(d, queue, nil)
	at := d.AWS("setup")
	for _, call := range []struct {
		operation string
		in        map[string]any
	}{
		{"CreateEventBus", map[string]any{"Name": bus}},
		{"PutRule", map[string]any{"EventBusName": bus, "Name": "all", "EventPattern": `{"source":[{"prefix":""}]}`}},
		{"PutTargets", map[string]any{"EventBusName": bus, "Rule": "all", "Targets": []any{
			map[string]any{"Id": "q", "Arn": "arn:aws:sqs:" + at.Region + ":" + at.AccountID + ":" + queue}}}},
	} {
		if err := awsapi.New(at).JSON(d.Context(), awsapi.EventBridge, call.operation, call.in, nil); err != nil {
			d.Fatal(err)
		}
	}
}

func TestInject_is_a_stimulus_R2_10(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		newBus(d, "crm", "leads")
		lead := event.Event{Source: "crm.lead", Type: "LeadQualified", Body: `{"lead_id":"L-17"}`}
		flow := d.Inject("bus:crm", lead, lead)
		flow.Expect(dye.Type("LeadQualified").On("queue:leads").With("detail.lead_id", "L-17").Exactly(2), dye.NothingElse())
		other := d.Inject("queue:leads", event.Event{Body: `{"detail-type":"Other","detail":{}}`})
		other.Expect(dye.Type("Other").On("queue:leads").Exactly(1), dye.NothingElse())
	})
}

func TestInject_carries_the_correlation_id_R2_8(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		newBus(d, "crm", "leads")
		flow := d.Inject("bus:crm", event.Event{Source: "crm", Type: "A", Body: `{}`}, event.Event{Source: "crm", Type: "B", Body: `{"tx":"own"}`})
		flow.Expect(dye.Type("A").With("detail.tx", flow.CorrelationID()), dye.Type("B").With("detail.tx", "own"))
		flow = d.Inject("queue:leads", event.Event{Body: `{"detail-type":"C","detail":{}}`})
		flow.Expect(dye.Type("C").With("detail.tx", flow.CorrelationID()))
		d.Inject("queue:leads", event.Event{Body: "text"}).Expect(dye.On("queue:leads").Exactly(1))
	}, dye.CorrelationAt("detail.tx", "trace"))
}

func TestInjectFile_R2_10(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"leads.csv":   "source,detail-type,detail.lead_id,detail.amount:number\ncrm.lead,LeadQualified,L-1,900\ncrm.lead,LeadQualified,L-2,1200\n",
		"leads.jsonl": `{"source":"crm.lead","detail-type":"LeadQualified","detail":{"lead_id":"L-2","amount":1200}}` + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	saved := filepath.Join(dir, "saved.jsonl")
	dye.Test(t, func(d *dye.T) {
		newBus(d, "crm", "leads")
		second := dye.Type("LeadQualified").On("queue:leads").With("detail", map[string]any{"lead_id": "L-2", "amount": 1200})
		flow := d.InjectFile("bus:crm", filepath.Join(dir, "leads.csv"))
		flow.Expect(second.Exactly(1), dye.Type("LeadQualified").On("bus:crm").Exactly(2))
		d.InjectFile("bus:crm", filepath.Join(dir, "leads.jsonl")).Expect(second.Exactly(1))
		flow.Save(saved)
	})
	dye.Test(t, func(d *dye.T) { // elsewhere, from what was recorded
		newBus(d, "crm", "leads")
		d.InjectFile("", saved).Expect(dye.Type("LeadQualified").On("queue:leads").Exactly(2), dye.NothingElse())
		d.InjectFile("queue:leads", saved).Expect(dye.On("queue:leads").Exactly(2), dye.Never(dye.On("bus:crm")))
	})
}

func TestChildInject(t *testing.T) {
	onlyInChild(t)
	file := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(file, []byte("detail.amount:number\nmany\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]func(d *dye.T){
		"refused": func(d *dye.T) { d.Inject("bus:none", event.Event{Source: "s", Type: "t", Body: "{}"}) },
		"nothing": func(d *dye.T) { d.Inject("bus:crm") },
		"file":    func(d *dye.T) { d.InjectFile("bus:crm", file) },
		"missing": func(d *dye.T) { d.InjectFile("bus:crm", "no-such-file.csv") },
	} {
		t.Run(name, func(t *testing.T) { dye.Test(t, body) })
	}
}

func TestInject_says_what_was_refused_R2_10(t *testing.T) {
	for name, says := range map[string][]string{
		"refused": {`inject_test\.go:\d+: dye: the stimulus failed: inject: 1 of 1 events not put; bus:none: events DescribeEventBus: ResourceNotFoundException`},
		"nothing": {`dye: nothing to inject`},
		"file":    {`inject_test\.go:\d+: dye: InjectFile: .*bad\.csv\n +line 2, column "detail\.amount:number": "many" is not a number as in JSON`},
		"missing": {`no-such-file\.csv`},
	} {
		t.Run(name, func(t *testing.T) { child(t, "^TestChildInject$/^"+name, nil).fails(t, says...) })
	}
}

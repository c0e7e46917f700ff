package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/examples/crm"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// view writes what happens: text, or one JSON object a line with the same facts.
type view struct {
	out   io.Writer
	json  bool
	paint report.Paint
	acts  int
}

func newView(o Options) *view {
	return &view{out: o.Out, json: o.JSON, paint: report.Paint(o.Color && !o.JSON)}
}

func (v *view) text(format string, args ...any) {
	if !v.json {
		fmt.Fprintf(v.out, format+"\n", args...)
	}
}

func (v *view) object(kind string, fields map[string]any) {
	if !v.json {
		return
	}
	fields["version"], fields["kind"] = report.Version, kind
	line, err := json.Marshal(fields)
	if err == nil {
		fmt.Fprintf(v.out, "%s\n", line)
	}
}

func (v *view) opening(tenants []string, contacts int, took time.Duration) {
	v.text("dyetrace demo: an event-sourced CRM on the AWS SDK for Go, in this process, without a socket.")
	v.text("%s, %s; its tables, stream, pipe, bus, rules and queues made in %v.",
		quantity(len(tenants), "tenant"), quantity(contacts, "contact"), took.Round(time.Millisecond))
	v.object("start", map[string]any{"tenants": tenants, "contacts": contacts, "took_ms": ms(took)})
}

func (v *view) act(title string) {
	v.acts++
	v.text("\n%d. %s\n", v.acts, title)
	v.object("act", map[string]any{"number": v.acts, "title": title})
}

// diagram returns what shows the hops of a flow as they come, or nil where none is shown.
func (v *view) diagram(s *stage, tenant string, wanted bool) func(event.Hop) {
	if v.json {
		return func(h event.Hop) { v.object("hop", map[string]any{"hop": h}) }
	}
	if !wanted {
		return nil
	}
	lanes := []event.Place{
		"client:crm", "table:crm-events", "bus:crm", event.At(event.PlaceQueue, crm.QueueName(tenant)), event.At(event.PlaceClient, "projector-"+tenant),
	}
	d := report.NewDiagram(lanes, s.pipeline.Engine().Now(), s.pipeline.Topology(account))
	v.text("%s", d.Head())
	return func(h event.Hop) {
		if row, ok := d.Row(h); ok {
			v.text("%s", row)
		}
	}
}

func (v *view) imported(c contact, refused *crm.ValidationError, verdict expect.Verdict) {
	v.verdict(verdict)
	if !verdict.OK {
		v.text("%s", report.Text(verdict, report.Context{Virtual: true, Paint: v.paint}))
		return
	}
	others := verdict.Findings[len(verdict.Findings)-1]
	if refused != nil {
		v.text("   %-7s %-20s refused (%s); nothing was published: %s", c.tenant, report.Clean(c.name), report.Clean(refused.Error()), lower(others.Grade))
		return
	}
	v.text("   %-7s %-20s ContactCreated on queue:%s; every other tenant received nothing: %s", c.tenant, report.Clean(c.name), crm.QueueName(c.tenant), lower(others.Grade))
}

func lower(g event.Grade) string { return strings.ToLower(g.String()) }

func (v *view) readModel(tenant string, model []crm.Contact) {
	v.object("read_model", map[string]any{"tenant": tenant, "contacts": model})
	if v.json {
		return
	}
	v.text("\n   read model of %s", tenant)
	table := tabwriter.NewWriter(v.out, 0, 4, 2, ' ', 0)
	for _, c := range model {
		fmt.Fprintf(table, "     %s\t%s\t%s\tversion %d\n", c.ContactID, report.Clean(c.Name), report.Clean(c.Email), c.Version)
	}
	table.Flush()
}

func (v *view) retries(s *stage, flow *observe.Flow, verdict expect.Verdict, virtual, wall time.Duration) {
	v.verdict(verdict)
	v.object("retries", map[string]any{"virtual_s": virtual.Seconds(), "wall_ms": ms(wall)})
	if !verdict.OK {
		v.text("%s", report.Text(verdict, report.Context{Virtual: true, Paint: v.paint}))
		return
	}
	tenant := s.tenants[0]
	lanes := []event.Place{
		"client:intruder", "bus:crm", event.At(event.PlaceQueue, crm.QueueName(tenant)), event.At(event.PlaceClient, "projector-"+tenant), event.At(event.PlaceQueue, crm.DLQName(tenant)),
	}
	d := report.NewDiagram(lanes, flow.Start, flow.Topology)
	v.text("%s", d.Head())
	for _, h := range flow.Hops {
		if row, ok := d.Row(h); ok {
			v.text("%s", row)
		}
	}
	v.text("\n   %v on the pipeline's clock, %v on the wall (with the hour behind it in which nothing else came).", virtual, wall.Round(100*time.Microsecond))
}

func (v *view) failure(verdict expect.Verdict) {
	v.verdict(verdict)
	if verdict.OK {
		v.text("   the leak was not noticed")
		return
	}
	v.text("%s", report.Text(verdict, report.Context{Virtual: true, Paint: v.paint}))
}

func (v *view) verdict(verdict expect.Verdict) {
	if !v.json {
		return
	}
	if line, err := report.JSON(verdict, report.Context{Virtual: true}); err == nil {
		fmt.Fprintf(v.out, "%s\n", line)
	}
}

func (v *view) closing(took time.Duration) {
	v.text("\nAll in %v. Write such a test yourself: README.md, \"A first test\".", took.Round(time.Millisecond))
	v.object("end", map[string]any{"took_ms": ms(took)})
}

func quantity(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

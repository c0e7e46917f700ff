package layer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/report"
)

// judge compares what there is with what there should be.
func (t *trial) judge(ctx context.Context, want any) (err error) {
	if why := t.worker.trouble(); why != "" {
		t.problem("%s", why)
	}
	if err := t.judgeDead(ctx); err != nil {
		return err
	}
	if why := t.faults.undone(len(t.queue.sent)); why != "" && len(t.result.Problems) == 0 {
		t.problem("the case shows nothing: %s; the consumer's clients must use the test's endpoints, and SQS's JSON protocol", why)
	}
	if t.variant.Case == PartialBatch {
		if err := t.judgeAgain(ctx); err != nil {
			return err
		}
	}
	if want == nil {
		want = t.cases.Want
	}
	if want == nil {
		want = t.result.State
	}
	if t.variant.Case == Plain && len(t.result.Problems) == 0 {
		same, err := expect.Diff(t.before, want, t.cases.Volatile...)
		if err == nil && len(same) == 0 {
			t.problem("the state that the events lead to is the one before them, so no case could show anything: let State return what they change")
		}
	}
	t.result.Diff, err = expect.Diff(want, t.result.State, t.cases.Volatile...)
	return err
}

// judgeDead looks into the dead-letter queue: what cannot be handled must be there, and nothing else.
func (t *trial) judgeDead(ctx context.Context) error {
	bodies, err := t.queue.dead(ctx)
	if err != nil {
		return err
	}
	if t.variant.Case == Poison || t.variant.Case == PartialBatch {
		poison := t.poison().Body
		i := slices.Index(bodies, poison)
		switch {
		case i >= 0:
			bodies = slices.Delete(bodies, i, i+1)
		case t.queue.dlq == "":
			t.problem("queue %s has no redrive policy: a message that cannot be handled comes again until it is too old, and is lost then", report.Clean(t.queue.name))
		case t.worker.trouble() != "": // which says more
		default:
			t.problem("the message that cannot be handled was acknowledged: it is not in the dead-letter queue, and nobody will know of it (%s)",
				report.Clean(cut(poison)))
		}
	}
	var names []string
	said := ""
	for _, body := range bodies {
		if name := t.nameOf(body); !slices.Contains(names, name) {
			names = append(names, name)
		}
		if err := t.worker.said(body); err != nil && said == "" {
			said = ": the consumer said: " + report.Clean(cut(err.Error()))
		}
	}
	if len(names) > 0 {
		t.problem("%s ended in the dead-letter queue%s", strings.Join(names, ", "), said)
	}
	return nil
}

// nameOf says which event has that body.
func (t *trial) nameOf(body string) string {
	for i, e := range t.cases.Events {
		if e.Body == body {
			return "event " + eventName(i, e)
		}
	}
	return "a message that was not sent: " + report.Clean(cut(body))
}

func eventName(i int, e event.Event) string {
	document, _ := event.Decode(e.Body) // one that is not JSON has no type
	if typ := cmp.Or(e.Type, document.Type); typ != "" {
		return fmt.Sprintf("%d (%s)", i+1, report.Clean(typ))
	}
	return fmt.Sprint(i + 1)
}

// eventOf says which event a message of case PartialBatch is: all come in order, but for the poison in their middle.
func (t *trial) eventOf(sent int) (index int, poison bool) {
	switch middle := t.middle(); {
	case sent < middle:
		return sent, false
	case sent == middle:
		return 0, true
	}
	return sent - 1, false
}

func (t *trial) middle() int { return (len(t.cases.Events) + 1) / 2 }

// judgeAgain looks for events that came again although they were not what failed.
func (t *trial) judgeAgain(ctx context.Context) error {
	hops, _, err := t.tap.Hops(ctx, 0)
	if err != nil {
		return err
	}
	times := map[string]int{} // by message id
	for _, h := range hops {
		if h.Kind == event.KindReceive && h.From == t.queue.place() && h.Event != nil {
			times[h.Event.ID]++
		}
	}
	var again []string
	failed := 0
	for i, id := range t.queue.sent {
		switch k, poison := t.eventOf(i); {
		case poison:
			failed = times[id]
		case times[id] > 1:
			again = append(again, eventName(k, t.cases.Events[k]))
		}
	}
	if len(again) > 0 {
		t.problem("came again with the message that failed, although they did not: event %s; report, or leave unacknowledged, only what failed",
			strings.Join(again, ", "))
	}
	if n := failed; t.queue.maxReceives > 0 && n > 0 && n < t.queue.maxReceives {
		t.problem("the message that failed was received %d times, and the redrive policy allows %d", n, t.queue.maxReceives)
	}
	return nil
}

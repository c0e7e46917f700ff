package observe_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// stripped records what a backend knows of calls that come without headers: it neither knows their flow nor their cause. A line of
// the script is "send ID BODY" (an event that a client sends to a queue), "take N" (a client receives message N), "put ID BODY" (an
// entry of the same call as the line before), or with a ! that the backend knows the cause for certain: the receipt before it.
func stripped(script ...string) observe.Recording {
	r := observe.Recording{CorrelationID: "dye-1", CausationAt: []string{"detail.causation_id", "causation"}}
	var call, took uint64
	add := func(h event.Hop) uint64 {
		h.Seq, h.Outcome = uint64(len(r.Hops)+1), event.Delivered
		if h.Kind == event.KindArrive {
			h.Fact = h.Seq
		}
		r.Hops = append(r.Hops, h)
		return h.Seq
	}
	for _, line := range script {
		words := strings.SplitN(line, " ", 3)
		verb, sure := strings.CutSuffix(words[0], "!")
		switch verb {
		case "take":
			var n int
			fmt.Sscan(words[1], &n)
			for _, h := range r.Hops {
				if h.Kind == event.KindArrive {
					if n--; n == 0 {
						took = add(event.Hop{Kind: event.KindReceive, From: h.To, To: event.Place("client:" + words[2]), Fact: h.Fact, Cause: h.Seq, CorrelationID: h.CorrelationID})
					}
				}
			}
		case "send":
			flow := ""
			if words[1] == "m-1" {
				flow = "dye-1"
			}
			c := event.Hop{Kind: event.KindCall, From: "client:app", Operation: "sqs:SendMessage", CorrelationID: flow}
			if sure {
				c.Cause = took
			}
			call = add(c)
			fallthrough
		case "put":
			add(event.Hop{Kind: event.KindArrive, From: "client:app", To: "queue:q", Cause: call, CorrelationID: r.Hops[call-1].CorrelationID, Event: &event.Event{ID: words[1], Body: words[2]}})
		}
	}
	return r
}

func detail(typ, members string) string {
	return fmt.Sprintf(`{"detail-type":%q,"detail":{%s}}`, typ, members)
}

func TestNewFlow_resolves_causes_that_events_name_R2_8(t *testing.T) {
	asked := "send m-1 " + detail("Asked", `"event_id":"e-1","id":"r-1"`)
	answered := func(cause string) string { return "send m-2 " + detail("Answered", `"causation_id":"`+cause+`"`) }
	for _, c := range []struct {
		reason string
		script []string
		cause  string // of Answered: the kind and the number of the hop; or what is said
		flow   bool   // it is of the flow for sure
	}{
		{"by the id of the message", []string{asked, "take 1 worker", answered("m-1")}, "receive 3", true},
		{"by its own id beside the path", []string{asked, "take 1 worker", answered("e-1")}, "receive 3", true},
		{"by an id that may be the thing's", []string{asked, "take 1 worker", answered("r-1")}, "receive 3", true},
		{"by the envelope's id", []string{`send m-1 {"id":"ev-1","detail-type":"Asked","detail":{}}`, answered("ev-1")}, "arrive 2", true},
		{"the receipt by the caller, not the last", []string{asked, "take 1 app", "take 1 other", answered("m-1")}, "receive 3", true},
		{"the last receipt before, if the caller is not known", []string{asked, "take 1 worker", "take 1 worker", answered("m-1")}, "receive 4", true},
		{"it names nothing", []string{asked, "send m-2 " + detail("Answered", "")}, "", false},
		{"an id that no event has", []string{asked, answered("m-7")}, `it names "m-7" at detail.causation_id as its cause, and no earlier event has that id`, false},
		{"an event that comes later", []string{answered("m-3"), "send m-3 " + detail("Asked", "")}, `it names "m-3" at detail.causation_id as its cause, and no earlier event has that id`, false},
		{"two events of one id", []string{asked, "send m-3 " + detail("Asked", `"event_id":"e-1"`), answered("e-1")},
			`it names "e-1" at detail.causation_id as its cause, and 2 earlier events have that id`, false},
		{"two of one id, of which the caller had one", []string{asked, "send m-3 " + detail("Asked", `"event_id":"e-1"`), "take 2 app", answered("e-1")}, "receive 5", false},
		{"an event's id beats a thing's", []string{`send m-0 ` + detail("Seen", `"id":"m-1"`), asked, answered("m-1")}, "arrive 4", true},
		{"itself", []string{asked, answered("m-2")}, "", false},
		{"its flow", []string{asked, answered("dye-1")}, "", false},
		{"what is known for certain stays", []string{asked, "take 1 app", "send m-5 " + detail("Other", ""), "take 1 app", "send! m-2 " + detail("Answered", `"causation_id":"m-5"`)}, "receive 6", false},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			r := stripped(c.script...)
			hops := slices.Clone(r.Hops)
			f := observe.NewFlow(r)
			if !slices.EqualFunc(hops, r.Hops, func(a, b event.Hop) bool {
				return a.Seq == b.Seq && a.Cause == b.Cause && a.CorrelationID == b.CorrelationID && a.Inferred == b.Inferred
			}) {
				t.Error("the recording was changed")
			}
			i := slices.IndexFunc(f.Facts, func(f *observe.Fact) bool { return f.Type() == "Answered" })
			fact := f.Facts[i]
			got := ""
			call, _ := f.HopBySeq(fact.Hops[0].Cause)
			if cause, ok := f.HopBySeq(call.Cause); ok {
				got = fmt.Sprint(cause.Kind, " ", cause.Seq)
			}
			if fact.Causation != nil && fact.Causation.Problem() != "" {
				got += fact.Causation.Problem()
			}
			if got != c.cause {
				t.Errorf("got  %s\nwant %s", got, c.cause)
			}
			if fact.Unattributed == c.flow {
				t.Errorf("unattributed %t", fact.Unattributed)
			}
		})
	}
}

// A body that is not JSON has attributes, and ids among them.
func TestNewFlow_resolves_causes_that_attributes_name_R2_8(t *testing.T) {
	r := stripped("send m-1 <asked/>", "send m-2 <answered/>", "send m-3 <done/>")
	r.Hops[1].Event.Attributes = map[string]string{"Event-Id": "e-1"}
	r.Hops[3].Event.Attributes = map[string]string{"causation": "e-1", "message_id": "7"}
	r.Hops[5].Event.Attributes = map[string]string{"causation": "7"}
	f := observe.NewFlow(r)
	if len(f.Facts) != 3 || !f.Causes(f.Facts[0], f.Facts[1]) || !f.Causes(f.Facts[1], f.Facts[2]) {
		t.Errorf("%+v", f.Hops)
	}
	if c := f.Facts[2].Causation; c == nil || c.ID != "7" || c.At != "causation" || c.Events != 1 || c.Problem() != "" {
		t.Errorf("%+v", c)
	}
}

// What one call states may be of several causes; and what follows from it is of its flow.
func TestNewFlow_resolves_causes_of_a_batch_R2_8(t *testing.T) {
	r := stripped(
		"send m-1 "+detail("Asked", ""), "send x-1 "+detail("Asked", ""),
		"send m-2 "+detail("Answered", `"causation_id":"m-1"`), "put m-3 "+detail("Answered", `"causation_id":"x-1"`), "put m-4 "+detail("Tick", ""),
		"take 3 mailer", "send! m-5 "+detail("Mailed", ""),
		"send m-6 "+detail("Done", `"causation_id":"m-2"`), "put m-7 "+detail("Done", `"causation_id":"m-2"`))
	f := observe.NewFlow(r)
	var got []string
	for _, fact := range f.Facts {
		text := fact.Arrivals[0].Event.ID
		if fact.Unattributed {
			text += "?"
		}
		for _, cause := range f.Facts {
			if f.Causes(cause, fact) {
				text += "←" + cause.Arrivals[0].Event.ID
			}
		}
		got = append(got, text)
	}
	want := "m-1 x-1? m-2←m-1 m-3?←x-1 m-4? m-5←m-1←m-2 m-6←m-1←m-2 m-7←m-1←m-2"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// Whatever a recording says, a cause that is found lies before what it led to, and nothing else changes.
func TestNewFlow_finds_causes_before_their_effects_R2_8(t *testing.T) {
	ids := rapid.SampledFrom([]string{"", "1", "2", "3", "dye-1"})
	kinds := rapid.SampledFrom([]event.Kind{event.KindCall, event.KindArrive, event.KindArrive, event.KindReceive, event.KindRecord, event.KindDelete})
	rapid.Check(t, func(t *rapid.T) {
		var hops []event.Hop
		for i := range rapid.IntRange(0, 12).Draw(t, "hops") {
			small := rapid.Uint64Range(0, 12)
			h := event.Hop{
				Seq: uint64(i + 1), Kind: kinds.Draw(t, "kind"), Outcome: event.Delivered, Fact: small.Draw(t, "fact"), Cause: small.Draw(t, "cause"),
				Inferred: rapid.Bool().Draw(t, "inferred"), CorrelationID: rapid.SampledFrom([]string{"", "dye-1", "dye-2"}).Draw(t, "flow"),
				From: anyEnd.Draw(t, "from"), To: anyEnd.Draw(t, "to"),
			}
			if rapid.Bool().Draw(t, "carries") {
				h.Event = &event.Event{ID: ids.Draw(t, "message"), Body: detail("E", fmt.Sprintf(`"event_id":%q,"id":%q,"causation_id":%q`, ids.Draw(t, "event"), ids.Draw(t, "thing"), ids.Draw(t, "names")))}
			}
			hops = append(hops, h)
		}
		for i, h := range observe.Tied(hops, "detail.causation_id") {
			was := hops[i]
			if h.Cause != was.Cause && (h.Cause >= h.Seq || was.Cause != 0 && !was.Inferred && (h.Kind == event.KindCall || hops[was.Cause-1].Kind != event.KindCall)) {
				t.Fatalf("hop %d: cause %d became %d", h.Seq, was.Cause, h.Cause)
			}
			if h.CorrelationID != was.CorrelationID && was.CorrelationID != "" && !was.Inferred {
				t.Fatalf("hop %d was of %s for certain, and is of %s", h.Seq, was.CorrelationID, h.CorrelationID)
			}
			h.Cause, h.CorrelationID, h.Inferred = was.Cause, was.CorrelationID, was.Inferred
			if diff := cmp.Diff(was, h); diff != "" {
				t.Fatal(diff)
			}
		}
		f := observe.NewFlow(observe.Recording{CorrelationID: "dye-1", Hops: hops, CausationAt: []string{"detail.causation_id"}})
		for _, cause := range f.Facts {
			for _, effect := range f.Facts {
				f.Causes(cause, effect)
			}
		}
	})
}

var anyEnd = rapid.SampledFrom([]event.Place{"client:a", "client:b", "queue:q"})

// A flow that was saved says the same when it is opened again.
func TestNewFlow_of_resolved_hops_is_the_same_R2_8(t *testing.T) {
	r := stripped("send m-1 "+detail("Asked", ""), "take 1 worker", "send m-2 "+detail("Answered", `"causation_id":"m-1"`), "send m-3 "+detail("Done", `"causation_id":"m-2"`))
	once := observe.NewFlow(r)
	r.Hops = once.Hops
	again := observe.NewFlow(r)
	if !slices.EqualFunc(once.Hops, again.Hops, func(a, b event.Hop) bool {
		return a.Seq == b.Seq && a.Cause == b.Cause && a.CorrelationID == b.CorrelationID && a.Inferred == b.Inferred
	}) || len(again.Facts) != 3 || !again.Causes(again.Facts[0], again.Facts[2]) {
		t.Errorf("once  %+v\nagain %+v", once.Hops, again.Hops)
	}
}

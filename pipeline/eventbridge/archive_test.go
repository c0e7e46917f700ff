package eventbridge

import (
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func (f *fixture) archive(name, bus, pattern string, days int32) {
	f.t.Helper()
	must[*CreateArchiveOutput](f.t)(f.svc.CreateArchive(f.call(), &CreateArchiveInput{
		ArchiveName: name, EventSourceArn: busARN(account, bus), EventPattern: opt(pattern), RetentionDays: wire.Opt[int32]{V: days, OK: days > 0},
	}))
}

func (f *fixture) start(name, archive, bus string, from, to time.Time, rules ...string) (*StartReplayOutput, error) {
	return f.svc.StartReplay(f.call(), &StartReplayInput{
		ReplayName: name, EventSourceArn: "arn:aws:events:us-east-1:111111111111:archive/" + archive, EventStartTime: from, EventEndTime: to,
		Destination: ReplayDestination{Arn: busARN(account, bus), FilterArns: rules},
	})
}

func (f *fixture) replayState(name string) *DescribeReplayOutput {
	f.t.Helper()
	return must[*DescribeReplayOutput](f.t)(f.svc.DescribeReplay(f.call(), &DescribeReplayInput{ReplayName: name}))
}

func (f *fixture) archived(name string) int64 {
	f.t.Helper()
	return must[*DescribeArchiveOutput](f.t)(f.svc.DescribeArchive(f.call(), &DescribeArchiveInput{ArchiveName: name})).EventCount.V
}

// A consumer had a bug: its events are sent again, to its rule only, from the window in which it had it.
func TestReplay_sends_a_window_to_one_rule_R1_6(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.bus("crm")
		f.archive("all", "crm", `{"detail":{"tenant":["acme"]}}`, 0)
		f.rule("crm", "mail", `{"source":["s"]}`)
		f.target("crm", "mail", Target{Id: "q", Arn: queueARN("mail")})
		f.rule("crm", "bill", `{"source":["s"]}`)
		f.target("crm", "bill", Target{Id: "q", Arn: queueARN("bill")})
		start := f.engine.Now()
		for _, detail := range []string{`{"tenant":"acme","n":1}`, `{"tenant":"rival","n":2}`, `{"tenant":"acme","n":3}`, `{"tenant":"acme","n":4}`} {
			f.put("crm", detail)
			f.pass(time.Minute)
		}
		if n := f.archived("all"); n != 3 {
			t.Fatalf("%d events are archived, want those of acme", n)
		}
		before := f.hops(event.KindArrive)
		out := must[*StartReplayOutput](t)(f.start("fix", "all", "crm", start, start.Add(3*time.Minute), "arn:aws:events:us-east-1:111111111111:rule/crm/mail"))
		if out.State.V != ReplayStateStarting {
			t.Errorf("state %s", out.State.V)
		}
		f.pass(time.Second)
		got := f.bodies("mail")[4:]
		if len(got) != 2 || !strings.Contains(got[0], `"n":1`) || !strings.Contains(got[1], `"n":3`) || !strings.HasSuffix(got[0], `,"replay-name":"fix"}`) {
			t.Errorf("replayed %q", got)
		}
		if n := len(f.bodies("bill")); n != 4 {
			t.Errorf("the other rule got %d events", n)
		}
		if n := f.archived("all"); n != 3 {
			t.Errorf("replayed events are archived again: %d", n)
		}
		state := f.replayState("fix")
		if state.State.V != ReplayStateCompleted || !state.EventLastReplayedTime.V.Equal(start.Add(2*time.Minute).Truncate(time.Second)) || !state.ReplayEndTime.OK {
			t.Errorf("%+v", state)
		}
		again := f.hops(event.KindArrive)[len(before)]
		if again.From != "replay:fix" || again.To != "bus:crm" || again.Fact != before[0].Fact || again.CorrelationID != "flow-1" {
			t.Errorf("a replayed event is not marked: %+v", again)
		}
		if said := reasons(f.hops(event.KindMatch)); !strings.Contains(said, "bus:crm -> rule:crm/bill: filtered NotInReplay") || !strings.Contains(said, "bus:crm -> archive:all: filtered Replayed") {
			t.Errorf("hops\n%s", said)
		}
	})
}

func TestArchive_keeps_for_its_retention(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.archive("short", "default", "", 2)
		f.put("", `{"n":1}`)
		f.pass(30 * time.Hour)
		f.put("", `{"n":2}`)
		if n := f.archived("short"); n != 2 {
			t.Errorf("%d events", n)
		}
		f.pass(30 * time.Hour)
		if n := f.archived("short"); n != 1 {
			t.Errorf("%d events after the retention of one", n)
		}
		must[*UpdateArchiveOutput](t)(f.svc.UpdateArchive(f.call(), &UpdateArchiveInput{ArchiveName: "short", RetentionDays: wire.Some[int32](1), EventPattern: wire.Some(`{"source":["none"]}`)}))
		f.put("", `{"n":3}`)
		if n := f.archived("short"); n != 0 {
			t.Errorf("%d events after the update", n)
		}
	})
}

func TestReplay_can_be_cancelled(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.archive("all", "default", "", 0)
		f.rule("", "r", `{"source":["s"]}`)
		f.target("", "r", Target{Id: "q", Arn: queueARN("q")})
		start := f.engine.Now()
		for range 10 {
			f.put("", `{}`)
			f.pass(time.Minute)
		}
		must[*StartReplayOutput](t)(f.start("all-of-it", "all", "default", start, f.engine.Now()))
		f.pass(250 * time.Millisecond)
		if s := f.replayState("all-of-it").State.V; s != ReplayStateRunning {
			t.Errorf("state %s", s)
		}
		if out := must[*CancelReplayOutput](t)(f.svc.CancelReplay(f.call(), &CancelReplayInput{ReplayName: "all-of-it"})); out.State.V != ReplayStateCancelling {
			t.Errorf("%+v", out)
		}
		_, err := f.svc.CancelReplay(f.call(), &CancelReplayInput{ReplayName: "all-of-it"})
		wantError(t, err, "IllegalStatusException", "not in a valid state")
		f.pass(time.Hour)
		if s := f.replayState("all-of-it").State.V; s != ReplayStateCancelled || len(f.bodies("q")) != 13 {
			t.Errorf("state %s, %d events", s, len(f.bodies("q")))
		}
		list := must[*ListReplaysOutput](t)(f.svc.ListReplays(f.call(), &ListReplaysInput{State: wire.Some(ReplayStateCancelled)}))
		if len(list.Replays) != 1 || list.Replays[0].ReplayName.V != "all-of-it" {
			t.Errorf("%+v", list)
		}
	})
}

func TestArchives_and_replays_refuse(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.bus("crm")
		f.archive("a", "default", "", 0)
		_, err := f.svc.CreateArchive(f.call(), &CreateArchiveInput{ArchiveName: "a", EventSourceArn: busARN(account, "default")})
		wantError(t, err, "ResourceAlreadyExistsException", "Archive a already exists.")
		_, err = f.svc.CreateArchive(f.call(), &CreateArchiveInput{ArchiveName: "b", EventSourceArn: busARN(account, "gone")})
		wantError(t, err, "ResourceNotFoundException", "Event bus gone does not exist.")
		_, err = f.svc.CreateArchive(f.call(), &CreateArchiveInput{ArchiveName: "b", EventSourceArn: busARN(account, "crm"), EventPattern: wire.Some("{")})
		wantError(t, err, "InvalidEventPatternException", "")
		_, err = f.svc.ListArchives(f.call(), &ListArchivesInput{EventSourceArn: wire.Some(busARN(account, "gone"))})
		wantError(t, err, "ResourceNotFoundException", "Event bus gone does not exist.")
		_, err = f.svc.UpdateArchive(f.call(), &UpdateArchiveInput{ArchiveName: "gone"})
		wantError(t, err, "ValidationException", "At least one of EventPattern, RetentionDays or Description must be provided.")
		now := f.engine.Now()
		for _, c := range []struct {
			reason        string
			archive, bus  string
			end           time.Time
			rules         []string
			code, message string
		}{
			{"no such archive", "gone", "default", now.Add(1), nil, "ValidationException", "Archive gone does not exist."},
			{"no such bus", "a", "gone", now.Add(1), nil, "ResourceNotFoundException", "Event bus gone does not exist."},
			{"another bus", "a", "crm", now.Add(1), nil, "ValidationException", "Cross event bus replay is not permitted."},
			{"an empty window", "a", "default", now, nil, "ValidationException", "EventStartTime must be before EventEndTime."},
			{"no such rule", "a", "default", now.Add(1), []string{"arn:aws:events:us-east-1:111111111111:rule/gone"}, "ResourceNotFoundException", "rule/gone"},
		} {
			_, err := f.start("r", c.archive, c.bus, now, c.end, c.rules...)
			t.Log(c.reason)
			wantError(t, err, c.code, c.message)
		}
		must[*StartReplayOutput](t)(f.start("r", "a", "default", now, now.Add(1)))
		_, err = f.start("r", "a", "default", now, now.Add(1))
		wantError(t, err, "ResourceAlreadyExistsException", "Replay r already exists.")
		_, err = f.svc.ListArchives(f.call(), &ListArchivesInput{NamePrefix: wire.Some("a"), State: wire.Some(ArchiveStateEnabled)})
		wantError(t, err, "ValidationException", "At most one filter is allowed for ListArchives.")
		list := must[*ListArchivesOutput](t)(f.svc.ListArchives(f.call(), &ListArchivesInput{EventSourceArn: wire.Some(busARN(account, "default"))}))
		if len(list.Archives) != 1 {
			t.Errorf("%+v", list)
		}
		must[*DeleteArchiveOutput](t)(f.svc.DeleteArchive(f.call(), &DeleteArchiveInput{ArchiveName: "a"}))
		_, err = f.svc.DescribeArchive(f.call(), &DescribeArchiveInput{ArchiveName: "a"})
		wantError(t, err, "ResourceNotFoundException", "Archive a does not exist.")
		_, err = f.svc.DescribeReplay(f.call(), &DescribeReplayInput{ReplayName: "gone"})
		wantError(t, err, "ResourceNotFoundException", "Replay gone does not exist.")
	})
}

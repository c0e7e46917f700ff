package scheduler

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestSchedule_fires_when_it_is_due_R1_4(t *testing.T) {
	for _, row := range []struct {
		reason, expression, zone string
		change                   func(*CreateScheduleInput)
		over                     time.Duration
		want                     []string // month-day hour:minute in UTC
	}{
		{"once", "at(2026-01-01T08:00:00)", "UTC", nil, 48 * time.Hour, []string{"01-01 08:00"}},
		{"once, by the clocks of a zone", "at(2026-01-01T08:00:00)", "Europe/Berlin", nil, 48 * time.Hour, []string{"01-01 07:00"}},
		{"a time that is over never comes", "at(2025-12-31T08:00:00)", "UTC", nil, 48 * time.Hour, nil},
		{"a rate begins at once", "rate(12 hours)", "UTC", nil, 25 * time.Hour, []string{"01-01 00:00", "01-01 12:00", "01-02 00:00"}},
		{"or at its start date, until its end date", "rate(1 day)", "UTC", func(in *CreateScheduleInput) {
			in.StartDate, in.EndDate = wire.Some(start.Add(6*time.Hour)), wire.Some(start.Add(60*time.Hour))
		}, 30 * 24 * time.Hour, []string{"01-01 06:00", "01-02 06:00", "01-03 06:00"}},
		{"cron by a zone", "cron(0 9 ? * MON-FRI *)", "America/New_York", nil, 5 * 24 * time.Hour, []string{"01-01 14:00", "01-02 14:00", "01-05 14:00"}},
		{"cron from its start date on", "cron(0 0 * * ? *)", "UTC", func(in *CreateScheduleInput) { in.StartDate = wire.Some(start.Add(36 * time.Hour)) }, 73 * time.Hour,
			[]string{"01-03 00:00", "01-04 00:00"}},
		{"disabled", "rate(1 minute)", "UTC", func(in *CreateScheduleInput) { in.State = wire.Some(ScheduleStateDisabled) }, time.Hour, nil},
	} {
		f := newFixture(t, engine.Options{})
		in := input(row.expression)
		in.ScheduleExpressionTimezone = wire.Some(row.zone)
		if row.change != nil {
			row.change(in)
		}
		f.create(in)
		f.advance(row.over)
		var got []string
		for _, at := range f.sink.at {
			got = append(got, at.Format("01-02 15:04"))
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: fired at %v, want %v", row.reason, got, row.want)
		}
	}
}

func TestSchedule_a_month_of_cron_over_a_change_of_clocks(t *testing.T) {
	f := newFixture(t, engine.Options{HistoryLimit: 10_000})
	in := input("cron(30 2 * * ? *)")
	in.ScheduleExpressionTimezone = wire.Some("Europe/Berlin")
	in.StartDate = wire.Some(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	f.create(in)
	f.advance(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC).Sub(start))
	if len(f.sink.at) != 30 { // 2:30 does not exist on March 29
		t.Errorf("fired %d times", len(f.sink.at))
	}
	if first, last := f.sink.at[0], f.sink.at[len(f.sink.at)-1]; first.Hour() != 1 || last.Hour() != 0 {
		t.Errorf("first at %v, last at %v", first, last)
	}
}

func TestSchedule_leaves_hops_with_lineage_and_reason_R1_6(t *testing.T) {
	f := newFixture(t, engine.Options{})
	in := input("at(2026-01-01T08:00:00)")
	in.Target.Input = wire.Some(`{"arn":"<aws.scheduler.schedule-arn>","at":"<aws.scheduler.scheduled-time>","n":<aws.scheduler.attempt-number>}`)
	in.Target.SqsParameters = &SqsParameters{MessageGroupId: wire.Some("g")}
	f.create(in)
	if p := f.scheduler.Pending(); len(p) != 1 || !p[0].Due.Equal(start.Add(8*time.Hour)) || p[0].Work {
		t.Errorf("pending %+v", p)
	}
	f.advance(24 * time.Hour)
	arrival := f.hops(event.KindArrive)[0]
	if arrival.To != "schedule:default/s" || arrival.Reason.Code != "Scheduled" || arrival.CorrelationID != "flow" || arrival.Cause != f.hops(event.KindCall)[0].Seq || arrival.Fact != arrival.Seq {
		t.Errorf("arrival %+v %+v", arrival, arrival.Reason)
	}
	d := f.sink.taken[0]
	want := `{"arn":"arn:aws:scheduler:eu-west-1:111111111111:schedule/default/s","at":"2026-01-01T08:00:00Z","n":1}`
	if d.Event.Body != want || d.Event.Key != "g" || d.Cause != arrival.Seq || d.Fact != arrival.Fact || d.CorrelationID != "flow" || d.From != arrival.To {
		t.Errorf("delivery %+v %+v", d, d.Event)
	}
	if len(f.scheduler.Pending()) != 0 {
		t.Error("it is still pending")
	}
}

func TestSchedule_delivers_an_entry_to_a_bus_and_the_default_notification(t *testing.T) {
	f := newFixture(t, engine.Options{})
	in := input("rate(1 hour)")
	in.Target = Target{Arn: "arn:aws:events:eu-west-1:222222222222:event-bus/crm", RoleArn: role, EventBridgeParameters: &EventBridgeParameters{DetailType: "Tick", Source: "clock"}}
	f.create(in)
	f.advance(time.Minute)
	d := f.sink.taken[0]
	if d.Account != "222222222222" || d.To != "bus:crm" || d.Event.Type != "Tick" || d.Event.Source != "clock" || d.Event.ID != "" ||
		d.Event.Attributes["resources"] != `["arn:aws:scheduler:eu-west-1:111111111111:schedule/default/s"]` {
		t.Errorf("delivery %+v %+v", d, d.Event)
	}
	for _, part := range []string{`"detail-type":"Scheduled Event"`, `"source":"aws.scheduler"`, `"time":"2026-01-01T00:00:00Z"`, `"detail":"{}"`} {
		if !strings.Contains(d.Event.Body, part) {
			t.Errorf("%s is not in %s", part, d.Event.Body)
		}
	}
}

func TestSchedule_flexible_window_is_drawn_from_the_seed(t *testing.T) {
	times := func(seed uint64) (list []string) {
		f := newFixture(t, engine.Options{Seed: seed})
		in := input("cron(0 * * * ? *)")
		in.FlexibleTimeWindow = FlexibleTimeWindow{Mode: FlexibleTimeWindowModeFlexible, MaximumWindowInMinutes: wire.Some(int32(90))}
		f.create(in)
		f.advance(24 * time.Hour)
		for _, h := range f.hops(event.KindArrive) {
			late := h.At.Sub(h.Event.Time)
			if late < 0 || late >= 90*time.Minute {
				t.Errorf("fired %v late", late)
			}
			list = append(list, h.At.Format("15:04:05"))
		}
		return list
	}
	one, again, other := times(1), times(1), times(2)
	if !slices.Equal(one, again) || slices.Equal(one, other) || len(one) < 22 {
		t.Errorf("seed 1: %v\nagain: %v\nseed 2: %v", one, again, other)
	}
}

func TestSchedule_retries_then_the_dead_letter_queue_R1_4(t *testing.T) {
	for _, row := range []struct {
		reason, condition string
		retry             RetryPolicy
		attempts          int // 0: not told
	}{
		{"attempts", "MaximumRetryAttempts", RetryPolicy{MaximumRetryAttempts: wire.Some(int32(3))}, 4},
		{"no retries", "MaximumRetryAttempts", RetryPolicy{MaximumRetryAttempts: wire.Some(int32(0))}, 1},
		{"age", "MaximumEventAgeInSeconds", RetryPolicy{MaximumEventAgeInSeconds: wire.Some(int32(60))}, 0},
		{"AWS's defaults", "MaximumRetryAttempts", RetryPolicy{}, 186},
		{"an error that no retry mends", "", RetryPolicy{}, 1},
	} {
		f := newFixture(t, engine.Options{})
		code, why := "RequestThrottled", "RequestThrottled"
		f.sink.fail = &wire.Error{Code: code, Message: "slow down", SenderFault: true}
		if row.condition == "" {
			code, why = "AWS.SimpleQueueService.NonExistentQueue", "AWS.SimpleQueueService.NonExistentQueue"
			f.sink.fail = &wire.Error{Code: "QueueDoesNotExist", QueryCode: code, Message: "The specified queue does not exist.", SenderFault: true}
		} else {
			why = row.condition
		}
		in := input("at(2026-01-01T08:00:00)")
		in.ActionAfterCompletion = wire.Some(ActionAfterCompletionDelete)
		in.Target.RetryPolicy, in.Target.DeadLetterConfig = &row.retry, &DeadLetterConfig{Arn: wire.Some(dead)}
		f.create(in)
		f.advance(8 * time.Hour)
		f.advance(25 * time.Hour)
		if len(f.sink.taken) != 1 {
			t.Fatalf("%s: %d letters", row.reason, len(f.sink.taken))
		}
		letter := f.sink.taken[0]
		attributes := letter.Event.Attributes
		// The form of the letter is that of the User Guide, "Configuring a dead-letter queue".
		condition, told := attributes["EXHAUSTED_RETRY_CONDITION"]
		if letter.To != "queue:dead" || letter.Event.Body != `{"MessageBody":"hello","QueueUrl":"https://sqs.eu-west-1.amazonaws.com/111111111111/reminders"}` ||
			condition != row.condition || told != (row.condition != "") || attributes["ERROR_CODE"] != code || attributes["SCHEDULED_TIME"] != "2026-01-01T08:00:00Z" ||
			attributes["TARGET_ARN"] != "arn:aws:scheduler:::aws-sdk:sqs:sendMessage" || attributes["IS_PAYLOAD_TRUNCATED"] != "false" {
			t.Errorf("%s: letter %+v", row.reason, letter.Event)
		}
		if row.attempts > 0 && attributes["RETRY_ATTEMPTS"] != fmt.Sprint(row.attempts-1) {
			t.Errorf("%s: %s retries", row.reason, attributes["RETRY_ATTEMPTS"])
		}
		drops := f.hops(event.KindDrop)
		if len(drops) != 1 || drops[0].Outcome != event.DeadLettered || drops[0].Reason.Code != why {
			t.Errorf("%s: drops %+v", row.reason, drops)
		}
		_, err := f.scheduler.GetSchedule(f.call(), &GetScheduleInput{Name: "s"})
		wantError(t, err, "ResourceNotFoundException", "Schedule s does not exist.")
	}
}

func TestSchedule_is_deleted_after_completion_also_if_the_event_is_lost(t *testing.T) {
	drop := engine.Interceptor{Hop: func(context.Context, event.Hop, event.Delivery) []event.Delivery { return nil }}
	f := newFixture(t, engine.Options{Interceptors: []engine.Interceptor{drop}})
	in := input("rate(1 hour)")
	in.EndDate, in.ActionAfterCompletion = wire.Some(start.Add(150*time.Minute)), wire.Some(ActionAfterCompletionDelete)
	f.create(in)
	f.advance(2 * time.Hour)
	if n := len(f.hops(event.KindDrop)); n != 3 {
		t.Errorf("%d events are on record as lost", n)
	}
	_, err := f.scheduler.GetSchedule(f.call(), &GetScheduleInput{Name: "s"})
	wantError(t, err, "ResourceNotFoundException", "Schedule s does not exist.")
}

func TestSchedule_update_and_delete_stop_what_was_planned(t *testing.T) {
	f := newFixture(t, engine.Options{})
	f.create(input("at(2026-01-01T08:00:00)"))
	update := UpdateScheduleInput(*input("at(2026-01-01T10:00:00)"))
	if _, err := f.scheduler.UpdateSchedule(f.call(), &update); err != nil {
		t.Fatal(err)
	}
	f.advance(12 * time.Hour)
	if len(f.sink.at) != 1 || f.sink.at[0].Hour() != 10 {
		t.Errorf("fired at %v", f.sink.at)
	}
	update = UpdateScheduleInput(*input("rate(1 hour)"))
	if _, err := f.scheduler.UpdateSchedule(f.call(), &update); err != nil {
		t.Fatal(err)
	}
	f.advance(time.Minute)
	if _, err := f.scheduler.DeleteSchedule(f.call(), &DeleteScheduleInput{Name: "s"}); err != nil {
		t.Fatal(err)
	}
	f.advance(24 * time.Hour)
	if len(f.sink.at) != 2 {
		t.Errorf("fired at %v", f.sink.at)
	}
}

func TestSchedule_refuses(t *testing.T) {
	f := newFixture(t, engine.Options{})
	for _, row := range []struct {
		change func(*CreateScheduleInput)
		text   string
	}{
		// The texts for expressions were recorded against AWS by LocalStack.
		{func(in *CreateScheduleInput) { in.ScheduleExpression = "cron(0 1 * * * *)" }, "Invalid Schedule Expression cron(0 1 * * * *)."},
		{func(in *CreateScheduleInput) { in.ScheduleExpression = "rate(10 seconds)" }, "Invalid Schedule Expression rate(10 seconds)."},
		{func(in *CreateScheduleInput) { in.ScheduleExpressionTimezone = wire.Some("Mars/Olympus") }, "Invalid Schedule Expression Timezone Mars/Olympus."},
		{func(in *CreateScheduleInput) { in.StartDate = wire.Some(start.Add(-time.Hour)) }, "The StartDate you specify cannot be earlier than 5 minutes ago."},
		{func(in *CreateScheduleInput) { in.EndDate = wire.Some(start) }, "The EndDate you specify must be in the future and not before the StartDate."},
		{func(in *CreateScheduleInput) { in.FlexibleTimeWindow.Mode = FlexibleTimeWindowModeFlexible }, "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE."},
		{func(in *CreateScheduleInput) { in.FlexibleTimeWindow.MaximumWindowInMinutes = wire.Some(int32(5)) }, "MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF."},
		{func(in *CreateScheduleInput) { in.Target.Arn = "arn:aws:kinesis:eu-west-1:111111111111:stream/s" }, "dyetrace delivers from schedules to SQS queues, SNS topics, event buses and Lambda functions by their ARN, and to operations of its services (arn:aws:scheduler:::aws-sdk:SERVICE:ACTION) only, not to arn:aws:kinesis:eu-west-1:111111111111:stream/s."},
		{func(in *CreateScheduleInput) {
			in.Target.Arn = "arn:aws:lambda:eu-west-1:111111111111:function:f"
		}, "The Input of the target arn:aws:lambda:eu-west-1:111111111111:function:f must be well-formed JSON."},
		{func(in *CreateScheduleInput) {
			in.Target.Arn = "arn:aws:events:eu-west-1:111111111111:event-bus/b"
			in.Target.Input = wire.Some("{}")
		}, "EventBridgeParameters must be specified for event buses, and for them only."},
	} {
		in := input("rate(1 hour)")
		row.change(in)
		_, err := f.scheduler.CreateSchedule(f.call(), in)
		wantError(t, err, "ValidationException", row.text)
	}
	f.create(input("at(2026-02-01T00:00:00)"))
	_, err := f.scheduler.CreateSchedule(f.call(), input("rate(1 hour)"))
	wantError(t, err, "ConflictException", "Schedule s already exists.")
	in := input("rate(1 hour)")
	in.GroupName = wire.Some("g")
	_, err = f.scheduler.CreateSchedule(f.call(), in)
	wantError(t, err, "ResourceNotFoundException", "Schedule group g does not exist.")
}

func TestGroups_tags_lists_and_deletion(t *testing.T) {
	f := newFixture(t, engine.Options{})
	c := f.call()
	out, err := f.scheduler.CreateScheduleGroup(c, &CreateScheduleGroupInput{Name: "crm", Tags: []Tag{{Key: "a", Value: "1"}}, ClientToken: wire.Some("t")})
	if err != nil || out.ScheduleGroupArn != "arn:aws:scheduler:eu-west-1:111111111111:schedule-group/crm" {
		t.Fatal(out, err)
	}
	if _, err := f.scheduler.CreateScheduleGroup(c, &CreateScheduleGroupInput{Name: "crm", ClientToken: wire.Some("t")}); err != nil {
		t.Errorf("a repeated call: %v", err)
	}
	_, err = f.scheduler.CreateScheduleGroup(c, &CreateScheduleGroupInput{Name: "crm"})
	wantError(t, err, "ConflictException", "Schedule group crm already exists.")
	f.scheduler.TagResource(c, &TagResourceInput{ResourceArn: out.ScheduleGroupArn, Tags: []Tag{{Key: "b", Value: "2"}}})
	f.scheduler.UntagResource(c, &UntagResourceInput{ResourceArn: out.ScheduleGroupArn, TagKeys: []string{"a"}})
	if tags, err := f.scheduler.ListTagsForResource(c, &ListTagsForResourceInput{ResourceArn: out.ScheduleGroupArn}); err != nil || len(tags.Tags) != 1 || tags.Tags[0].Key != "b" {
		t.Errorf("%+v, %v", tags, err)
	}
	for _, name := range []string{"x", "y", "z"} {
		in := input("rate(1 hour)")
		in.Name, in.GroupName = name, wire.Some("crm")
		f.create(in)
	}
	f.create(input("rate(1 hour)"))
	var names []string
	list := &ListSchedulesInput{MaxResults: wire.Some(int32(3))}
	for {
		page, err := f.scheduler.ListSchedules(c, list)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range page.Schedules {
			names = append(names, x.GroupName.V+"/"+x.Name.V)
		}
		if list.NextToken = page.NextToken; !page.NextToken.OK {
			break
		}
	}
	if want := []string{"crm/x", "crm/y", "crm/z", "default/s"}; !slices.Equal(names, want) {
		t.Errorf("schedules %v", names)
	}
	f.advance(time.Minute) // a rate begins at once: let all four
	if len(f.sink.taken) != 4 {
		t.Fatalf("%d deliveries of four schedules", len(f.sink.taken))
	}
	if _, err := f.scheduler.DeleteScheduleGroup(c, &DeleteScheduleGroupInput{Name: "crm"}); err != nil {
		t.Fatal(err)
	}
	_, err = f.scheduler.DeleteScheduleGroup(c, &DeleteScheduleGroupInput{Name: "default"})
	wantError(t, err, "ValidationException", "The default schedule group cannot be deleted.")
	f.advance(time.Hour)
	if len(f.sink.taken) != 5 {
		t.Errorf("%d deliveries, want one more: the schedules of a deleted group fire", len(f.sink.taken))
	}
	if groups, err := f.scheduler.ListScheduleGroups(c, &ListScheduleGroupsInput{}); err != nil || len(groups.ScheduleGroups) != 1 {
		t.Errorf("%+v, %v", groups, err)
	}
	f.engine.Reset()
	f.advance(48 * time.Hour)
	if len(f.sink.taken) != 5 {
		t.Error("a schedule fires after a reset")
	}
}

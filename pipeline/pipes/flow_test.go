package pipes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

func TestPipe_puts_the_record_on_the_bus_with_AWS_defaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.stream.write(`{"id":{"S":"before"}}`)
		f.create(input())
		synctest.Wait()
		f.stream.write(`{"id":{"S":"after"}}`)
		synctest.Wait()
		if len(f.bus.now().taken) != 2 || f.stream.position() != 2 {
			t.Fatalf("%d events came, %d records are acknowledged", len(f.bus.now().taken), f.stream.position())
		}
		d := f.bus.now().taken[1]
		if d.Event.ID != "" || d.Event.Source != "Pipe p" || d.Event.Type != "Event from aws:dynamodb" || d.Event.Body != f.stream.records[1].Event.Body || d.To != "bus:crm" || d.From != "pipe:p" {
			t.Errorf("delivery %+v %+v", d, d.Event)
		}
		arrivals := f.hops(event.KindArrive)
		if len(arrivals) != 2 || arrivals[1].From != "stream:events" || arrivals[1].To != "pipe:p" || arrivals[1].Cause != f.stream.records[1].Lineage.Cause {
			t.Fatalf("arrivals %+v", arrivals)
		}
		if d.Cause != arrivals[1].Seq || d.Fact != f.stream.records[1].Lineage.Fact || d.CorrelationID != "flow" {
			t.Errorf("lineage of the delivery %+v", d.Lineage)
		}
		if got := f.describe(); got.CurrentState.V != "RUNNING" || got.DesiredState.V != "RUNNING" {
			t.Errorf("state %s", got.CurrentState.V)
		}
	})
}

func TestPipe_transforms_with_template_and_dynamic_parameters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		in := input()
		in.TargetParameters.InputTemplate = wire.Some(`{"id":<$.dynamodb.NewImage.id.S>,"n":<$.dynamodb.NewImage.n.N>,"map":<$.dynamodb.NewImage.detail.M>,"text":"<$.eventName> <$.dynamodb.NewImage.n.N> <$.dynamodb.NewImage.q.S>",` +
			`"none":<$.nothing>,"pipe":<aws.pipes.pipe-name>,"at":<aws.pipes.event.ingestion-time>,"source":"<aws.pipes.source-arn>"}`)
		in.TargetParameters.EventBridgeEventBusParameters = &PipeTargetEventBridgeEventBusParameters{
			DetailType: wire.Some("$.dynamodb.NewImage.type.S"), Source: wire.Some("crm.$.contact"), Resources: []string{"$.eventSourceARN", "fixed"}, Time: wire.Some("$.dynamodb.NewImage.at.S"),
		}
		f.create(in)
		f.stream.write(`{"id":{"S":"c-7"},"n":{"N":"12345678901234567890123"},"q":{"S":"say \"hi\"\n"},"type":{"S":"ContactCreated"},"at":{"S":"2026-01-02T03:04:05Z"},"detail":{"M":{"a":{"L":[{"N":"1"}]}}}}`)
		synctest.Wait()
		if len(f.bus.now().taken) != 1 {
			t.Fatalf("%d events: %+v", len(f.bus.now().taken), f.hops(event.KindRetry))
		}
		ev := f.bus.now().taken[0].Event
		want := `{"id":"c-7","n":"12345678901234567890123","map":{"a":{"L":[{"N":"1"}]}},"text":"INSERT 12345678901234567890123 say \"hi\"\n",` +
			`"none":"","pipe":"p","at":"2000-01-01T00:00:00.000Z","source":"` + table + `"}`
		if ev.Body != want {
			t.Errorf("detail %s\nwant   %s", ev.Body, want)
		}
		if ev.Type != "ContactCreated" || ev.Source != "crm.$.contact" || ev.Attributes["resources"] != `["`+table+`","fixed"]` || !ev.Time.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) {
			t.Errorf("entry %+v", ev)
		}
	})
}

func TestPipe_filters_and_says_leaf_by_leaf_why(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		in := input()
		in.SourceParameters.FilterCriteria = &FilterCriteria{Filters: []Filter{
			{Pattern: wire.Some(`{"eventName":["REMOVE"],"dynamodb":{"NewImage":{"type":{"S":["X"]}}}}`)},
			{Pattern: wire.Some(`{"eventName":["INSERT"],"dynamodb":{"NewImage":{"type":{"S":[{"prefix":"Contact"}]}}}}`)},
		}}
		f.create(in)
		f.stream.write(`{"type":{"S":"LeadCreated"}}`)
		f.stream.write(`{"type":{"S":"ContactCreated"}}`)
		synctest.Wait()
		if len(f.bus.now().taken) != 1 || !strings.Contains(f.bus.now().taken[0].Event.Body, "ContactCreated") || f.stream.position() != 2 {
			t.Fatalf("events %v, %d acknowledged", f.bodies(), f.stream.position())
		}
		hops := f.hops(event.KindMatch)
		if len(hops) != 2 || hops[0].Outcome != event.Filtered || hops[1].Outcome != event.Delivered || f.bus.now().taken[0].Cause != hops[1].Seq {
			t.Fatalf("hops %+v", hops)
		}
		why := hops[0].Reason
		want := event.Mismatch{Path: "dynamodb.NewImage.type.S", Want: `[{"prefix":"Contact"}]`, Got: `"LeadCreated"`}
		if why.Code != "PatternMismatch" || why.Text != "none of the 2 filters of pipe:p matches" || len(why.Mismatches) != 1 || why.Mismatches[0] != want {
			t.Errorf("reason %+v", why)
		}
	})
}

func TestPipe_retries_from_the_same_position_and_keeps_the_order(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.create(input())
		f.bus.refuse(3)
		began := time.Now()
		for i := range 5 {
			f.stream.write(fmt.Sprintf(`{"i":{"N":"%d"}}`, i))
		}
		synctest.Wait()
		if f.stream.position() != 0 || len(f.bus.now().taken) != 0 {
			t.Fatal("the position moved without a delivery")
		}
		time.Sleep(7 * time.Second)
		synctest.Wait()
		for i, body := range f.bodies() {
			if !strings.Contains(body, fmt.Sprintf(`"N":"%d"`, i)) {
				t.Errorf("event %d is %s", i, body)
			}
		}
		if len(f.bus.now().taken) != 5 || f.stream.position() != 5 || f.bus.now().taken[0].Attempt != 4 {
			t.Errorf("%d events, %d acknowledged", len(f.bus.now().taken), f.stream.position())
		}
		var waits []time.Duration
		for _, h := range f.hops(event.KindRetry) {
			waits = append(waits, h.Due.Sub(h.At))
			if h.Reason.Code != "ThrottlingException" || h.Outcome != event.Failed {
				t.Errorf("retry hop %+v %+v", h, h.Reason)
			}
		}
		if !slices.Equal(waits, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}) || f.bus.now().refused[0] != began.UTC() {
			t.Errorf("waited %v", waits)
		}
		if n := len(f.hops(event.KindArrive)); n != 5 {
			t.Errorf("%d arrivals at the pipe: a retry is not an arrival", n)
		}
	})
}

func TestPipe_gives_up_after_its_limits(t *testing.T) {
	for _, row := range []struct {
		name, condition string
		change          func(*PipeSourceDynamoDBStreamParameters)
		refusals        int
	}{
		{"attempts", "RetryAttemptsExhausted", func(p *PipeSourceDynamoDBStreamParameters) { p.MaximumRetryAttempts = wire.Some(int32(2)) }, 3},
		{"age", "RecordAgeExceeded", func(p *PipeSourceDynamoDBStreamParameters) { p.MaximumRecordAgeInSeconds = wire.Some(int32(60)) }, 6},
	} {
		for _, dlq := range []bool{false, true} {
			t.Run(fmt.Sprint(row.name, " dlq=", dlq), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFixture(t, engine.Options{})
					in := input()
					row.change(in.SourceParameters.DynamoDBStreamParameters)
					if dlq {
						in.SourceParameters.DynamoDBStreamParameters.DeadLetterConfig = &DeadLetterConfig{Arn: wire.Some("arn:aws:sqs:us-east-1:000000000001:dead")}
					}
					f.create(in)
					f.bus.refuse(row.refusals)
					f.stream.write(`{"i":{"N":"0"}}`)
					f.stream.write(`{"i":{"N":"1"}}`)
					time.Sleep(2 * time.Minute)
					synctest.Wait()
					if len(f.bus.now().taken) != 1 || !strings.Contains(f.bus.now().taken[0].Event.Body, `"N":"1"`) || f.stream.position() != 2 || f.bus.now().refuse != 0 {
						t.Fatalf("events %v, %d acknowledged, %d refusals left", f.bodies(), f.stream.position(), f.bus.now().refuse)
					}
					drop := f.hops(event.KindDrop)[0]
					if drop.Reason.Code != row.condition || drop.Attempt != row.refusals || (drop.Outcome == event.DeadLettered) != dlq {
						t.Errorf("drop %+v %+v", drop, drop.Reason)
					}
					if dlq != (len(f.bus.now().letters) == 1) {
						t.Fatalf("%d dead letters", len(f.bus.now().letters))
					}
					if dlq && !strings.Contains(f.bus.now().letters[0].Event.Body, `"condition":"`+row.condition+`"`) {
						t.Errorf("dead letter %s", f.bus.now().letters[0].Event.Body)
					}
				})
			})
		}
	}
}

func TestPipe_names_a_dynamic_parameter_that_finds_nothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		in := input()
		in.TargetParameters.EventBridgeEventBusParameters.DetailType = wire.Some("$.dynamodb.NewImage.type.S")
		in.SourceParameters.DynamoDBStreamParameters.MaximumRetryAttempts = wire.Some(int32(0))
		f.create(in)
		f.stream.write(`{}`)
		f.stream.write(`{"type":{"S":"T"}}`)
		synctest.Wait()
		drops := f.hops(event.KindDrop)
		if len(drops) != 1 || !strings.Contains(drops[0].Reason.Text, "InvalidDynamicPath: the path $.dynamodb.NewImage.type.S of the parameter DetailType finds nothing in the record") || len(f.bus.now().taken) != 1 {
			t.Errorf("drops %+v, %d events", drops, len(f.bus.now().taken))
		}
	})
}

func TestPipe_stops_and_goes_on_where_it_stopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.create(input())
		f.stream.write(`{"i":{"N":"0"}}`)
		synctest.Wait()
		if out, err := f.pipes.StopPipe(f.call(), &StopPipeInput{Name: "p"}); err != nil || out.CurrentState.V != "STOPPING" {
			t.Fatalf("%+v, %v", out, err)
		}
		f.stream.write(`{"i":{"N":"1"}}`)
		f.stream.write(`{"i":{"N":"2"}}`)
		synctest.Wait()
		if len(f.bus.now().taken) != 1 {
			t.Fatal("a stopped pipe delivers")
		}
		if p := f.pipes.Pending(); len(p) != 1 || p[0].Count != 2 || p[0].Place != "pipe:p" || p[0].Work {
			t.Errorf("pending %+v", p)
		}
		_, err := f.pipes.StopPipe(f.call(), &StopPipeInput{Name: "p"})
		wantError(t, err, "ConflictException", "Pipe p is in state STOPPED and cannot be stopped.")
		if _, err := f.pipes.StartPipe(f.call(), &StartPipeInput{Name: "p"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(f.bus.now().taken) != 3 || len(f.pipes.Pending()) != 0 {
			t.Errorf("%d events after the start", len(f.bus.now().taken))
		}
		update := &UpdatePipeInput{Name: "p", RoleArn: role, SourceParameters: &UpdatePipeSourceParameters{FilterCriteria: &FilterCriteria{Filters: []Filter{{Pattern: wire.Some(`{"eventName":["REMOVE"]}`)}}}}}
		if _, err := f.pipes.UpdatePipe(f.call(), update); err != nil {
			t.Fatal(err)
		}
		f.stream.write(`{"i":{"N":"3"}}`)
		synctest.Wait()
		if len(f.bus.now().taken) != 3 || f.stream.position() != 4 {
			t.Errorf("the new filter is not used: %v", f.bodies())
		}
		if _, err := f.pipes.DeletePipe(f.call(), &DeletePipeInput{Name: "p"}); err != nil || !f.stream.closed {
			t.Errorf("%v, closed %v", err, f.stream.closed)
		}
		_, err = f.pipes.DescribePipe(f.call(), &DescribePipeInput{Name: "p"})
		wantError(t, err, "NotFoundException", "Pipe p does not exist.")
	})
}

func TestPipe_stopped_while_it_waits_for_a_retry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.create(input())
		f.bus.refuse(1)
		f.stream.write(`{"i":{"N":"0"}}`)
		synctest.Wait()
		if _, err := f.pipes.StopPipe(f.call(), &StopPipeInput{Name: "p"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if len(f.bus.now().taken) != 0 {
			t.Fatal("a stopped pipe tries again")
		}
		if _, err := f.pipes.StartPipe(f.call(), &StartPipeInput{Name: "p"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(f.bus.now().taken) != 1 || len(f.hops(event.KindArrive)) != 1 {
			t.Errorf("%d events, %d arrivals", len(f.bus.now().taken), len(f.hops(event.KindArrive)))
		}
	})
}

// TestPipe_is_not_stuck_by_an_interceptor covers deliveries that nobody answers for.
func TestPipe_is_not_stuck_by_an_interceptor(t *testing.T) {
	for _, gated := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			o := engine.Options{Interceptors: []engine.Interceptor{{
				Hop: func(_ context.Context, hop event.Hop, d event.Delivery) []event.Delivery {
					switch {
					case strings.Contains(d.Event.Body, `"N":"0"`):
						return nil
					case strings.Contains(d.Event.Body, `"N":"1"`) && d.Attempt == 1:
						d.Due = hop.At.Add(time.Hour)
					case strings.Contains(d.Event.Body, `"N":"2"`):
						return []event.Delivery{d, d}
					}
					return []event.Delivery{d}
				},
			}}}
			if gated {
				o.Gate = engine.NewGate(7, synctest.Wait)
			}
			f := newFixture(t, o)
			if gated {
				go o.Gate.Run(f.engine)
				defer o.Gate.Close()
			}
			f.create(input())
			for i := range 4 {
				f.stream.write(fmt.Sprintf(`{"i":{"N":"%d"}}`, i))
			}
			time.Sleep(time.Second)
			if len(f.bus.now().taken) != 3 || f.stream.position() != 4 {
				t.Errorf("gate %v: events %v, %d acknowledged", gated, f.bodies(), f.stream.position())
			}
			f.bus.refuse(1)
			time.Sleep(2 * time.Hour)
			if len(f.bus.now().taken) != 4 || f.bus.now().taken[3].Attempt != 2 {
				t.Errorf("gate %v: the late delivery failed and was not tried again: %v", gated, f.bodies())
			}
		})
	}
}

func TestReset_forgets_pipes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.create(input())
		f.scope.Reset()
		f.stream.write(`{}`)
		synctest.Wait()
		if len(f.bus.now().taken) != 0 || !f.stream.closed {
			t.Error("a forgotten pipe delivers")
		}
	})
}

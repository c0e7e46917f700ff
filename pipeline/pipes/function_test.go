package pipes

import (
	"errors"
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

const handler = "arn:aws:lambda:us-east-1:000000000001:function:f"

// numbers returns the sequence numbers in a payload, "1,2,3".
func numbers(payload string) string {
	var list []string
	for _, part := range strings.Split(payload, `"SequenceNumber":"`)[1:] {
		n, _, _ := strings.Cut(part, `"`)
		list = append(list, n)
	}
	return strings.Join(list, ",")
}

func toFunction(change func(*PipeSourceDynamoDBStreamParameters)) *CreatePipeInput {
	in := input()
	in.Target, in.TargetParameters = handler, nil
	in.SourceParameters.DynamoDBStreamParameters.BatchSize = wire.Some(int32(100))
	change(in.SourceParameters.DynamoDBStreamParameters)
	return in
}

func TestPipe_bisects_a_batch_around_a_poison_record(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.functions.handler = func(payload string) (string, error) {
			if strings.Contains(payload, `"SequenceNumber":"3"`) {
				return "", errors.New("poison")
			}
			return "null", nil
		}
		for i := range 8 {
			f.stream.write(fmt.Sprintf(`{"i":{"N":"%d"}}`, i))
		}
		f.create(toFunction(func(p *PipeSourceDynamoDBStreamParameters) {
			p.OnPartialBatchItemFailure, p.MaximumRetryAttempts = wire.Some(OnPartialBatchItemFailureStreamsAutomaticBisect), wire.Some(int32(1))
			p.DeadLetterConfig = &DeadLetterConfig{Arn: wire.Some("arn:aws:sqs:us-east-1:000000000001:dead")}
		}))
		time.Sleep(time.Minute)
		var batches []string
		for _, p := range f.functions.called() {
			batches = append(batches, numbers(p))
		}
		if want := []string{"1,2,3,4,5,6,7,8", "1,2,3,4", "1,2", "3,4", "3", "3", "4", "5,6,7,8"}; !slices.Equal(batches, want) || f.stream.position() != 8 {
			t.Errorf("batches %q\nwant    %q; %d acknowledged", batches, want, f.stream.position())
		}
		letters := f.bus.now().letters
		if len(letters) != 1 || !strings.Contains(letters[0].Event.Body, `"DDBStreamBatchInfo":{"shardId":"shardId-1","startSequenceNumber":"3","endSequenceNumber":"3",`) ||
			!strings.Contains(letters[0].Event.Body, `"batchSize":1,"streamArn":"`+table+`"}`) {
			t.Errorf("letters %+v", letters)
		}
		if drops := f.hops(event.KindDrop); len(drops) != 1 || drops[0].Reason.Code != "RetryAttemptsExhausted" || drops[0].Attempt != 2 {
			t.Errorf("drops %+v", drops)
		}
	})
}

func TestPipe_goes_on_at_the_first_item_that_a_function_reports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		reported := false
		f.functions.handler = func(string) (string, error) {
			if reported {
				return `{"batchItemFailures":[]}`, nil
			}
			reported = true
			return `{"batchItemFailures":[{"itemIdentifier":"4"},{"itemIdentifier":"3"}]}`, nil
		}
		for range 5 {
			f.stream.write(`{}`)
		}
		f.create(toFunction(func(*PipeSourceDynamoDBStreamParameters) {}))
		synctest.Wait()
		if f.stream.position() != 2 {
			t.Errorf("%d acknowledged", f.stream.position())
		}
		time.Sleep(time.Minute)
		if p := f.functions.called(); len(p) != 2 || numbers(p[1]) != "3,4,5" || f.stream.position() != 5 {
			t.Errorf("payloads %q, %d acknowledged", p, f.stream.position())
		}
	})
}

func TestPipe_waits_for_a_full_batch_as_long_as_its_window(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, engine.Options{})
		f.functions.handler = func(string) (string, error) { return "null", nil }
		f.create(toFunction(func(p *PipeSourceDynamoDBStreamParameters) {
			p.BatchSize, p.MaximumBatchingWindowInSeconds = wire.Some(int32(3)), wire.Some(int32(10))
		}))
		f.stream.write(`{}`)
		time.Sleep(9 * time.Second)
		f.stream.write(`{}`)
		synctest.Wait()
		if len(f.functions.called()) != 0 {
			t.Fatal("the window is not over")
		}
		time.Sleep(2 * time.Second)
		for range 3 {
			f.stream.write(`{}`)
		}
		synctest.Wait()
		if p := f.functions.called(); len(p) != 2 || numbers(p[0]) != "1,2" || numbers(p[1]) != "3,4,5" {
			t.Errorf("payloads %q", p)
		}
	})
}

func TestPipe_enriches(t *testing.T) {
	for _, row := range []struct {
		reason, answer string
		want           []string
	}{
		{"a list", `[{"id":1},{"id":2}]`, []string{`{"got":1}`, `{"got":2}`}},
		{"one event", `{"id":7}`, []string{`{"got":7}`}},
		{"an empty list is the end", `[]`, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFixture(t, engine.Options{})
			f.functions.handler = func(string) (string, error) { return row.answer, nil }
			in := input()
			in.SourceParameters.DynamoDBStreamParameters.BatchSize = wire.Some(int32(10))
			in.Enrichment = wire.Some(handler)
			in.EnrichmentParameters = &PipeEnrichmentParameters{InputTemplate: wire.Some(`{"n":"<$.dynamodb.SequenceNumber>"}`)}
			in.TargetParameters.InputTemplate = wire.Some(`{"got":<$.id>}`)
			f.stream.write(`{}`)
			f.stream.write(`{}`)
			f.create(in)
			synctest.Wait()
			if p := f.functions.called(); len(p) != 1 || p[0] != `[{"n":"1"},{"n":"2"}]` {
				t.Errorf("%s: payloads %q", row.reason, p)
			}
			if got := f.bodies(); !slices.Equal(got, row.want) || f.stream.position() != 2 {
				t.Errorf("%s: events %q, %d acknowledged", row.reason, got, f.stream.position())
			}
			if len(row.want) == 0 {
				if hops := f.hops(event.KindMatch); len(hops) != 2 || hops[0].Reason.Code != "EmptyEnrichment" {
					t.Errorf("%s: hops %+v", row.reason, hops)
				}
			}
		})
	}
}

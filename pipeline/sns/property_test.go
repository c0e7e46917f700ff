package sns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
	"pgregory.net/rapid"
)

// interceptTopic doubles what comes to topics, the second time with another text.
func interceptTopic(_ context.Context, _ event.Hop, d event.Delivery) []event.Delivery {
	if d.To.Kind() != event.PlaceTopic {
		return []event.Delivery{d}
	}
	changed := *d.Event
	changed.Body = "changed"
	second := d
	second.Event = &changed
	return []event.Delivery{d, second}
}

// Every subscription gets exactly the messages that its filter allows, in the order in which they were published, and each message
// that it does not get has a hop that says so. The reference knows exact values only.
func TestFanOut_gives_each_subscription_what_its_filter_allows_R1_9(t *testing.T) {
	kinds, tenants := []string{"created", "changed", "deleted"}, []string{"acme", "rival"}
	rapid.Check(t, func(t *rapid.T) {
		policies := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) map[string][]string {
			p := map[string][]string{}
			if allowed := rapid.SliceOfNDistinct(rapid.SampledFrom(kinds), 0, 3, rapid.ID[string]).Draw(t, "kinds"); len(allowed) > 0 {
				p["kind"] = allowed
			}
			if rapid.Bool().Draw(t, "by tenant") {
				p["tenant"] = []string{rapid.SampledFrom(tenants).Draw(t, "tenant")}
			}
			return p
		}), 1, 5).Draw(t, "policies")
		messages := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]string {
			return [2]string{rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.SampledFrom(tenants).Draw(t, "tenant")}
		}), 0, 12).Draw(t, "messages")
		scope := rapid.SampledFrom([]string{"MessageAttributes", "MessageBody"}).Draw(t, "scope")
		problem := ""
		rapid.SyncTest(t, func(t *rapid.T) { problem = fanOut(policies, messages, scope) })
		if problem != "" {
			t.Fatal(problem)
		}
	})
}

func fanOut(policies []map[string][]string, messages [][2]string, scope string) string {
	f := newFixture(nil, engine.Options{})
	defer f.engine.Close()
	c := f.call()
	topic, err := f.svc.CreateTopic(c, &CreateTopicInput{Name: "t"})
	if err != nil {
		return err.Error()
	}
	want := make([][]string, len(policies))
	for i, p := range policies {
		attributes := map[string]string{"RawMessageDelivery": "true", "FilterPolicyScope": scope}
		if len(p) > 0 {
			var parts []string
			for _, key := range wire.SortedKeys(p) {
				parts = append(parts, fmt.Sprintf(`%q:["%s"]`, key, strings.Join(p[key], `","`)))
			}
			attributes["FilterPolicy"] = "{" + strings.Join(parts, ",") + "}"
		}
		if _, err := f.svc.Subscribe(c, &SubscribeInput{TopicArn: topic.TopicArn.V, Protocol: "sqs", Endpoint: wire.Some(queueARN(fmt.Sprint("q", i))), Attributes: attributes}); err != nil {
			return err.Error()
		}
	}
	for n, m := range messages {
		body := fmt.Sprintf(`{"n":%d,"kind":%q,"tenant":%q}`, n, m[0], m[1])
		if _, err := f.svc.Publish(c, &PublishInput{TopicArn: topic.TopicArn, Message: body, MessageAttributes: map[string]MessageAttributeValue{"kind": str(m[0]), "tenant": str(m[1])}}); err != nil {
			return err.Error()
		}
		for i, p := range policies {
			if (len(p["kind"]) == 0 || slices.Contains(p["kind"], m[0])) && (len(p["tenant"]) == 0 || slices.Contains(p["tenant"], m[1])) {
				want[i] = append(want[i], body)
			}
		}
	}
	synctest.Wait()
	total := 0
	for i := range policies {
		var got []string
		for _, ev := range f.queues.at(fmt.Sprint("q", i)) {
			got = append(got, ev.Body)
		}
		if !slices.Equal(got, want[i]) {
			return fmt.Sprintf("queue %d with %v got %q, want %q", i, policies[i], got, want[i])
		}
		total += len(got)
	}
	filtered := slices.DeleteFunc(f.hops(event.KindMatch), func(h event.Hop) bool { return h.Outcome != event.Filtered || len(h.Reason.Mismatches) == 0 })
	if total+len(filtered) != len(messages)*len(policies) {
		return fmt.Sprintf("%d delivered and %d explained of %d offers", total, len(filtered), len(messages)*len(policies))
	}
	return ""
}

// The pauses of any policy are as many as it says, within its bounds, and do not shrink.
func TestRetryPolicy_keeps_its_bounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := retryPolicy{
			Immediate: rapid.IntRange(0, 5).Draw(t, "immediate"), MinDelays: rapid.IntRange(0, 5).Draw(t, "min"), MaxDelays: rapid.IntRange(0, 5).Draw(t, "max"),
			MinDelay: 1e9, MaxDelay: 20e9, Backoff: rapid.SampledFrom([]string{"linear", "arithmetic", "geometric", "exponential"}).Draw(t, "backoff"),
		}
		p.Retries = p.Immediate + p.MinDelays + p.MaxDelays + rapid.IntRange(0, 20).Draw(t, "growing")
		last, n := p.MinDelay*0, 0
		for ; ; n++ {
			pause, again := p.pause(n + 1)
			if !again {
				break
			}
			if pause < last || pause > p.MaxDelay || n >= p.Immediate && pause < p.MinDelay {
				t.Fatalf("pause %d of %+v is %v after %v", n+1, p, pause, last)
			}
			last = pause
		}
		if n != p.Retries {
			t.Fatalf("%d retries of %+v", n, p)
		}
	})
}

// The whole of SNS's share of a Publish: decode, topic, three subscriptions of queues that take the message.
func BenchmarkPublish_to_three_queues(b *testing.B) {
	for _, form := range []string{"raw", "envelope"} {
		b.Run(form, func(b *testing.B) {
			f := newFixture(b, engine.Options{HistoryLimit: 10_000})
			f.queues.discard = true
			topic := f.topic("t")
			for i := range 3 {
				f.subscribe(topic, "sqs", queueARN(fmt.Sprint("q", i)), "RawMessageDelivery", fmt.Sprint(form == "raw"), "FilterPolicy", `{"tenant":["acme"]}`)
			}
			serve, form := Operations(f.svc).Operations["Publish"].Serve, "TopicArn="+topic+"&Message="+strings.Repeat("m", 1024)+
				"&MessageAttributes.entry.1.Name=tenant&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=acme"
			b.ReportAllocs()
			for b.Loop() {
				parsed, err := wire.ParseForm(form)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := serve(f.call(), &wire.Request{Form: parsed}, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

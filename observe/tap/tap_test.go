package tap_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/observe/tap"
	"github.com/dyetrace/dyetrace/pipeline"
)

const ofShop = `{"source":["shop"]}`

func TestAttach_to_a_bus_R2_9(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		r.bus("crm")
		r.rule("crm", "orders", ofShop, r.queue("orders"))
		all := r.attach("bus:crm", tap.Options{Test: "TestBus"})
		some := r.attach("bus:crm", tap.Options{Pattern: `{"detail-type":["Placed"],"source":["shop"]}`})
		r.put("crm", "shop", "Placed", `{"n":1}`)
		r.put("crm", "shop", "Paid", `{"n":1}`)
		r.put("crm", "depot", "Placed", `{"n":2}`)
		got := r.received(all)
		if texts(got) != "Placed Paid Placed" || texts(r.received(some)) != "Placed" {
			t.Errorf("%q, %q", texts(got), texts(r.received(some)))
		}
		if d := got[0].Document; d.Source != "shop" || got[0].ID != d.ID || got[0].Attempt != 1 {
			t.Errorf("%+v", got[0])
		}
		for _, tp := range []*tap.Tap{all, some} {
			if s := tp.Shown(); len(s) != 1 || s[0].By != "fence" || s[0].Feeder != "bus:crm" {
				t.Errorf("%+v", s)
			}
		}
		if bodies := r.receive("orders", true); len(bodies) != 2 {
			t.Errorf("the system got %q", bodies)
		}
		r.must(errors.Join(all.Close(r.ctx), all.Close(r.ctx), some.Close(r.ctx)))
		if left := r.left(); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
		if got, err := all.Received(r.ctx); err != nil || texts(got) != "Placed Paid Placed" {
			t.Errorf("what came is not readable any more: %q, %v", texts(got), err)
		}
	})
}

func TestAttach_to_a_topic_R2_9(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		topic := r.topic("orders")
		r.subscribe(topic, r.queue("shop"), "FilterPolicy", `{"kind":["order"]}`)
		all := r.attach("topic:orders", tap.Options{})
		some := r.attach(event.At(event.PlaceTopic, topic), tap.Options{FilterPolicy: `{"kind":["refund"]}`})
		body := r.attach("topic:orders", tap.Options{FilterPolicy: `{"n":[2]}`, FilterScope: "MessageBody"})
		r.publish(topic, `{"n":1}`, "", "kind", "order")
		r.publish(topic, `{"n":2}`, "", "kind", "refund")
		r.publish(topic, `not JSON`, "")
		got := r.received(all)
		if texts(got) != `{"n":1} {"n":2} not JSON` || texts(r.received(some)) != `{"n":2}` || texts(r.received(body)) != `{"n":2}` {
			t.Errorf("%q, %q, %q", texts(got), texts(r.received(some)), texts(r.received(body)))
		}
		if got[0].Attributes["kind"] != "order" || got[0].Err != nil || got[2].Err == nil || got[2].Body != "not JSON" {
			t.Errorf("%+v %+v", got[0], got[2])
		}
		if s := all.Shown(); len(s) != 1 || s[0].By != "fence" {
			t.Errorf("%+v", s)
		}
		r.must(errors.Join(all.Close(r.ctx), some.Close(r.ctx), body.Close(r.ctx)))
		if left := r.left(); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

func TestAttach_to_a_queue_takes_nothing_R2_9(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		r.queue("jobs", "VisibilityTimeout", "0")
		r.send("jobs", "before")
		received := func(tp *tap.Tap) []*observe.Received { // the consumer does not ask again, so nothing comes to rest
			list, err := tp.Received(r.ctx)
			r.must(err)
			return list
		}
		tp := r.attach("queue:jobs", tap.Options{})
		r.send("jobs", `{"n":1}`)
		r.send("jobs", "text")
		if got := received(tp); texts(got) != `{"n":1} text` || got[0].Attempt != 1 || got[1].Err == nil {
			t.Errorf("%q", texts(got))
		}
		if left := r.left(); len(left) > 0 {
			t.Errorf("something was added to the account: %q", left)
		}
		once := awsReceive(r, "jobs")
		twice := awsReceive(r, "jobs")
		if once != 3 || twice != 3 {
			t.Errorf("the consumer got %d, then %d messages", once, twice)
		}
		got := received(tp)
		if len(got) != 2 || got[0].Attempt != 2 || tp.Redelivered() != 2 {
			t.Errorf("%d events, attempt %d, %d redeliveries", len(got), got[0].Attempt, tp.Redelivered())
		}
		if s := tp.Shown(); len(s) != 1 || s[0].By != "record" {
			t.Errorf("%+v", s)
		}
		r.must(tp.Close(r.ctx))
	})
}

func TestAttach_to_a_stream_R2_9(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		r.table("leads")
		r.item("leads", "before")
		tp := r.attach("table:leads", tap.Options{})
		r.item("leads", "a")
		if q, err := r.b.Settle(r.ctx); err != nil || !q.Quiet {
			t.Errorf("%+v, %v", q, err)
		}
		got := r.received(tp)
		if len(got) != 1 || got[0].Place != "stream:leads" || got[0].Document.Type != "INSERT" {
			t.Fatalf("%s", pretty(got))
		}
		if r.b.Name() == "embedded" { // iterators end after 15 minutes
			if _, err := r.b.(backend.Mover).Advance(r.ctx, time.Hour); err != nil {
				t.Error(err)
			}
		}
		r.item("leads", "b")
		if got := r.received(tp); len(got) != 2 || tp.Redelivered() != 0 {
			t.Errorf("%d events, %d redeliveries", len(got), tp.Redelivered())
		}
		foreign := r.attachForeign("stream:leads", tap.Options{})
		r.item("leads", "c")
		if got := r.received(foreign); len(got) != 1 || !strings.Contains(got[0].Body, `"c"`) {
			t.Errorf("%s", pretty(got))
		}
		r.must(errors.Join(tp.Close(r.ctx), foreign.Close(r.ctx)))
	})
}

// awsReceive receives once, without deleting, and returns how many messages came.
func awsReceive(r *rig, queue string) int {
	e := r.aws.Endpoint()
	out := r.json(awsapi.SQS, "ReceiveMessage", map[string]any{"QueueUrl": e.URL + "/" + e.AccountID + "/" + queue, "MaxNumberOfMessages": 10})
	list, _ := out["Messages"].([]any)
	return len(list)
}

// Shards end after hours, and others go on from them: each record is seen once, and those of an item in their order.
func TestStream_is_followed_from_shard_to_shard_R2_9(t *testing.T) {
	r := newRig(t.Context(), t, onServer(t, pipeline.Options{}))
	r.table("leads")
	var described struct {
		Table struct{ LatestStreamArn string }
	}
	r.must(r.aws.JSON(r.ctx, awsapi.DynamoDB, "DescribeTable", map[string]any{"TableName": "leads"}, &described))
	split := func(into string) {
		query := url.Values{"stream": {described.Table.LatestStreamArn}, "into": {into}}
		answer, err := http.Post(r.aws.Endpoint().URL+"/_dyetrace/split?"+query.Encode(), "", nil)
		r.must(err)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatal(answer.Status)
		}
	}
	split("2")
	own, foreign := r.attach("stream:leads", tap.Options{}), r.attachForeign("stream:leads", tap.Options{})
	items := []string{"a", "b", "c", "d", "e"}
	const versions = 8
	for v := range versions {
		for _, pk := range items {
			r.json(awsapi.DynamoDB, "PutItem", map[string]any{"TableName": "leads", "Item": map[string]any{
				"pk": map[string]any{"S": pk}, "v": map[string]any{"N": fmt.Sprint(v)}}})
		}
		switch v {
		case 1, 2:
			split("2")
		case 4, 6:
			split("1")
			split("1") // nothing is ever written to the shards in between
			split("1")
		case 3:
			split("1")
		case 5:
			r.received(own)
			split("2") // the shards that it has read are at their end
		}
	}
	for _, tp := range []*tap.Tap{own, foreign} {
		next := map[string]int{}
		for _, m := range r.received(tp) {
			pk, _ := event.Lookup(m.Document.Payload, "Keys.pk.S")
			v, _ := event.Lookup(m.Document.Payload, "NewImage.v.N")
			if fmt.Sprint(v) != fmt.Sprint(next[fmt.Sprint(pk)]) {
				t.Errorf("item %v: version %v, want %d", pk, v, next[fmt.Sprint(pk)])
			}
			next[fmt.Sprint(pk)]++
		}
		for _, pk := range items {
			if next[pk] != versions {
				t.Errorf("item %s: %d records, want %d", pk, next[pk], versions)
			}
		}
		r.must(tp.Close(r.ctx))
	}
}

func TestStream_tells_what_was_missed_R2_9(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.table("leads")
		tp := r.attachForeign("stream:leads", tap.Options{})
		if _, err := r.b.(backend.Mover).Advance(r.ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		r.item("leads", "a")
		_, err := tp.Received(r.ctx)
		if e, ok := errors.AsType[*tap.GapError](err); !ok || !strings.Contains(e.Why, "look at the tap more often") {
			t.Errorf("%v", err)
		}
		r.must(tp.Close(r.ctx))
	})
}

// AWS asks the policy of a queue whether a rule or a topic may send to it; dyetrace does not, so it is looked at here.
func TestAttach_opens_its_queue_to_what_it_taps_only_R2_9(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		mail := r.queue("mail")
		r.rule("shop", "mail", ofShop, mail)
		topic := r.topic("news")
		r.subscribe(topic, mail, "FilterPolicy", `{"kind":["sale"]}`)
		tp := r.attachForeign("queue:mail", tap.Options{Run: "x"})
		e := r.aws.Endpoint()
		out := r.json(awsapi.SQS, "GetQueueAttributes", map[string]any{"QueueUrl": e.URL + "/" + e.AccountID + "/" + tap.Prefix + "x", "AttributeNames": []string{"Policy"}})
		text, _ := out["Attributes"].(map[string]any)["Policy"].(string)
		const statement = `{"Sid":%q,"Effect":"Allow","Principal":{"Service":%q},"Action":"sqs:SendMessage",` +
			`"Resource":"arn:aws:sqs:us-east-1:000000000000:dyetrace-tap-x","Condition":{"ArnEquals":{"aws:SourceArn":%q}}}`
		want := `{"Statement":[` + fmt.Sprintf(statement, "tap1", "events.amazonaws.com", "arn:aws:events:us-east-1:000000000000:rule/shop/dyetrace-tap-x-1") + "," +
			fmt.Sprintf(statement, "tap2", "sns.amazonaws.com", topic) + `],"Version":"2012-10-17"}`
		if text != want {
			t.Errorf("got  %s\nwant %s", text, want)
		}
		r.must(tp.Close(r.ctx))
	})
}

// Virtual time passes quickly: what a test let come must be there still when it looks.
func TestTap_keeps_what_came_for_two_weeks_R2_9(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		tp := r.attach("bus:shop", tap.Options{})
		r.put("shop", "shop", "Placed", "{}")
		if _, err := r.b.(backend.Mover).Advance(r.ctx, 13*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		if got := r.received(tp); texts(got) != "Placed" {
			t.Errorf("%q", texts(got))
		}
		r.must(tp.Close(r.ctx))
	})
}

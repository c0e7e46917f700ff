package tap_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/observe/tap"
)

// A real account: what cannot be told to be ours by a tag, and old enough by another, stays.
func TestSweep_removes_nothing_without_tags_at_AWS_itself_R4_1(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		topic := r.topic("news")
		r.attach("bus:shop", tap.Options{Run: "old-bus"})
		gone := r.attach("topic:news", tap.Options{Run: "half-gone"})
		e := r.aws.Endpoint()
		r.json(awsapi.SQS, "DeleteQueue", map[string]any{"QueueUrl": e.URL + "/" + e.AccountID + "/" + tap.Prefix + gone.Run()})
		time.Sleep(2 * time.Hour) //tidy:bubble every caller is inside synctest.Test

		at := r.b.Endpoint("observer")
		at.URL = "https://us-east-1.amazonaws.com" // which the embedded pipeline answers
		want := []string{"subscription " + topic, "rule shop/" + tap.Prefix + "old-bus", "queue " + tap.Prefix + "old-bus"}
		for _, dry := range []bool{true, false} {
			list, err := tap.Sweep(r.ctx, at, time.Hour, dry)
			r.must(err)
			if got := outlineOf(list); !slices.Equal(got, want) {
				t.Fatalf("dry %t: %q", dry, got)
			}
			if !strings.Contains(list[0].Kept, "its queue "+tap.Prefix+"half-gone is gone") || list[1].Kept != "" || list[2].Kept != "" {
				t.Errorf("%+v", list)
			}
		}
		list, err := tap.Sweep(r.ctx, at, time.Hour, false)
		if got := outlineOf(list); err != nil || !slices.Equal(got, want[:1]) {
			t.Errorf("left %q, %v", got, err)
		}
		// Anywhere else it goes, too.
		if list, err = tap.Sweep(r.ctx, r.b.Endpoint("observer"), time.Hour, false); err != nil || len(list) != 1 || list[0].Kept != "" {
			t.Errorf("%+v, %v", list, err)
		}
		if left := r.left(); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

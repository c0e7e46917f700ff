package tap_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe/tap"
	"github.com/dyetrace/dyetrace/pipeline"
)

func outlineOf(list []tap.Swept) (lines []string) {
	for _, s := range list {
		name := s.Name
		if s.Kind == "subscription" {
			name = name[:strings.LastIndexByte(name, ':')]
		}
		lines = append(lines, s.Kind+" "+name)
	}
	return lines
}

func TestSweep_removes_exactly_the_orphans_R2_12(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		topic := r.topic("news")
		jobs := r.queue("jobs")
		// What only looks like a tap's: it has no tags.
		lookalike := r.queue(tap.Prefix + "of-somebody")
		r.rule("shop", tap.Prefix+"of-somebody", ofShop, lookalike)
		r.subscribe(topic, lookalike)
		r.subscribe(topic, jobs)
		foreign := strings.Replace(lookalike, "000000000000", "999999999999", 1) + "-else"
		r.subscribe(topic, foreign) // in an account where nothing can be looked up

		r.attach("bus:shop", tap.Options{Run: "old-bus", Test: "TestDead/case#1"})
		r.attach("topic:news", tap.Options{Run: "old-topic"})
		gone := r.attach("topic:news", tap.Options{Run: "half-gone"})
		e := r.aws.Endpoint()
		r.json(awsapi.SQS, "DeleteQueue", map[string]any{"QueueUrl": e.URL + "/" + e.AccountID + "/" + tap.Prefix + gone.Run()})
		time.Sleep(2 * time.Hour) //tidy:bubble every caller is inside synctest.Test
		young := r.attach("bus:shop", tap.Options{Run: "young"})
		youngTopic := r.attach("topic:news", tap.Options{Run: "young-topic"})

		want := []string{
			"subscription " + topic, "subscription " + topic, "rule shop/" + tap.Prefix + "old-bus",
			"queue " + tap.Prefix + "old-bus", "queue " + tap.Prefix + "old-topic",
		}
		for _, dry := range []bool{true, false} {
			list, err := tap.Sweep(r.ctx, r.b.Endpoint("observer"), time.Hour, dry)
			r.must(err)
			if got := outlineOf(list); !slices.Equal(got, want) {
				t.Fatalf("dry %t: swept\n  %s\nwant\n  %s", dry, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
			rule := list[2]
			if rule.Run != "old-bus" || rule.Test != "TestDead/case_1" || time.Since(rule.Created).Round(time.Hour) != 2*time.Hour {
				t.Errorf("%+v", rule)
			}
		}
		list, err := tap.Sweep(r.ctx, r.b.Endpoint("observer"), time.Hour, false)
		if err != nil || len(list) > 0 {
			t.Errorf("a second sweep found %v, %v", outlineOf(list), err)
		}
		r.put("shop", "shop", "Placed", "{}")
		r.publish(topic, "message", "")
		if texts(r.received(young)) != "Placed" || texts(r.received(youngTopic)) != "message" {
			t.Error("a tap in use was swept away")
		}
		if got := r.receive(tap.Prefix+"of-somebody", true); len(got) != 2 {
			t.Errorf("somebody's queue got %q", got)
		}
		r.must(errors.Join(young.Close(r.ctx), youngTopic.Close(r.ctx)))
	})
}

func TestAttach_sweeps_if_asked_to_R2_12(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		r.attach("bus:shop", tap.Options{Run: "dead"})
		time.Sleep(2 * time.Hour) //tidy:bubble every caller is inside synctest.Test
		r.must(r.attach("bus:shop", tap.Options{Run: "alive", SweepOlderThan: time.Hour}).Close(r.ctx))
		if left := r.left(); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

const orphanVariable = "TAP_TEST_ORPHAN"

// TestChildDies is run by the test below in a process of its own, and ends it in the middle.
func TestChildDies(t *testing.T) {
	url, account, found := strings.Cut(os.Getenv(orphanVariable), " ")
	if !found {
		t.Skip("runs in a child process only")
	}
	at := backend.Endpoint{URL: url, Region: "us-east-1", AccountID: account, Transport: http.DefaultTransport}
	for _, place := range []event.Place{"bus:shop", "topic:news", "queue:mail"} {
		if _, err := tap.Attach(t.Context(), at, place, tap.Options{Test: t.Name(), Fencing: tap.FenceAlways}); err != nil {
			t.Fatal(err)
		}
	}
	os.Exit(7)
}

func TestSweep_finds_what_a_dead_process_left_R2_9(t *testing.T) {
	r := newRig(t.Context(), t, onServer(t, pipeline.Options{}))
	r.bus("shop")
	mail := r.queue("mail")
	r.rule("shop", "mail", ofShop, mail)
	r.subscribe(r.topic("news"), mail)
	e := r.aws.Endpoint()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildDies$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s", orphanVariable, e.URL, e.AccountID))
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 7 {
		t.Fatalf("%v\n%s", err, out)
	}
	if left := r.left(); len(left) == 0 {
		t.Fatal("the process left nothing")
	}
	if list, err := tap.Sweep(r.ctx, e, time.Hour, false); err != nil || len(list) > 0 {
		t.Errorf("it is young, and was swept: %v, %v", outlineOf(list), err)
	}
	list, err := tap.Sweep(r.ctx, e, 0, false)
	r.must(err)
	kinds := map[string]int{}
	for _, s := range list {
		kinds[s.Kind]++
		if s.Test != "TestChildDies" {
			t.Errorf("%+v", s)
		}
	}
	if kinds["queue"] != 3 || kinds["rule"] != 2 || kinds["subscription"] != 2 {
		t.Errorf("%v", outlineOf(list))
	}
	if left := r.left(); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestClose_goes_on_after_a_failure_and_can_be_repeated_R2_12(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		r.rule("shop", "mail", ofShop, r.queue("mail"))
		at, f := r.refusing("")
		tp, err := tap.Attach(r.ctx, at, "queue:mail", tap.Options{Run: "x"})
		r.must(err)
		f.operation = "DeleteRule"
		err = tp.Close(r.ctx)
		e, ok := errors.AsType[*tap.RemoveError](err)
		if !ok || e.Kind != "rule" || e.Name != "shop/"+tap.Prefix+"x-1" || !strings.Contains(err.Error(), "is left behind") {
			t.Fatalf("%v", err)
		}
		if left := r.left(); !slices.Equal(left, []string{"rule:shop/" + tap.Prefix + "x-1"}) {
			t.Errorf("left behind: %q", left)
		}
		f.operation = ""
		r.must(tp.Close(r.ctx))
		r.must(tp.Close(r.ctx))
		if left := r.left(); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

// Whatever call fails while a tap is attached, be it that it was served and the answer got lost, nothing stays behind.
func TestAttach_leaves_nothing_behind_when_a_call_fails_R2_12(t *testing.T) {
	for _, operation := range []string{
		"DescribeEventBus", "CreateQueue", "GetQueueAttributes", "PutRule", "SetQueueAttributes", "PutTargets", "ListRules", "PutEvents", "ReceiveMessage",
	} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/late=%t", operation, late), func(t *testing.T) {
				inBubble(t, func(t *testing.T, r *rig) {
					r.bus("shop")
					at, f := r.refusing(operation)
					f.late = late
					_, err := tap.Attach(r.ctx, at, "bus:shop", tap.Options{})
					if err == nil || !strings.Contains(err.Error(), "connection reset") || !strings.Contains(err.Error(), "tap bus:shop") || f.calls == 0 {
						t.Errorf("%v", err)
					}
					if left := r.left(); len(left) > 0 {
						t.Errorf("left behind: %q", left)
					}
				})
			})
		}
	}
}

func TestSweep_names_what_it_could_not_remove_R2_12(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.bus("shop")
		r.attach("bus:shop", tap.Options{Run: "dead"})
		at, f := r.refusing("DeleteRule")
		list, err := tap.Sweep(r.ctx, at, 0, false)
		if err == nil || len(list) != 2 || list[0].Err == nil || list[1].Err != nil || !strings.Contains(err.Error(), "rule shop/"+tap.Prefix+"dead is left behind") {
			t.Errorf("%+v, %v", list, err)
		}
		f.operation = "ListQueues" // a service that is not there does not keep the others from being swept
		list, err = tap.Sweep(r.ctx, at, 0, false)
		if err == nil || len(list) != 1 || list[0].Kind != "rule" {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := tap.Sweep(r.ctx, at, -1, false); err == nil {
			t.Error("a negative age")
		}
		if left := r.left(); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

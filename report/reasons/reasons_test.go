package reasons_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/report/reasons"
)

// Who adds a code explains it; who drops one drops its explanation.
func TestTable_is_complete_R2_8(t *testing.T) {
	printed := codes(t)
	if len(printed) < 150 {
		t.Fatalf("only %d codes were found in the source: the collector is broken", len(printed))
	}
	explained := map[string]bool{}
	for _, e := range reasons.All() {
		for _, code := range append([]string{e.Code}, e.Also...) {
			explained[code] = true
			if printed[code] == "" {
				t.Errorf("%s is explained and nothing prints it: take it out of report/reasons", code)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(printed)) {
		if !explained[code] {
			t.Errorf("%s: %s is printed and not explained: add it to report/reasons (what it means, its usual cause, what to do)", printed[code], code)
		}
	}
}

func TestTable_says_everything_once(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range reasons.All() {
		for what, text := range map[string]string{"meaning": e.Meaning, "cause": e.Cause, "do": e.Do} {
			if len(text) < 8 && text != "A quota." || !strings.HasSuffix(text, ".") || strings.TrimSpace(text) != text {
				t.Errorf("%s: its %s is no sentence: %q", e.Code, what, text)
			}
		}
		for _, code := range append([]string{e.Code}, e.Also...) {
			if key := string(e.Source) + code; seen[key] {
				t.Errorf("%s is explained twice", code)
			} else {
				seen[key] = true
			}
		}
	}
}

func TestNear_helps_with_a_typing_error(t *testing.T) {
	for typed, want := range map[string]string{
		"PaternMismatch": "PatternMismatch", "NoSuchBuss": "NoSuchBus", "maxreceivecount": "MaxReceiveCountExceeded", "NonExistentQueue": "AWS.SimpleQueueService.NonExistentQueue",
		"TokenNeded": "TokenNeeded", "chian": "chain",
	} {
		if got := reasons.Near(typed); len(got) == 0 || len(got) > 3 || got[0] != want {
			t.Errorf("near %s: %q, want %s first", typed, got, want)
		}
	}
	if got := reasons.Near("supercalifragilistic"); got != nil {
		t.Errorf("far from all: %q", got)
	}
	for _, e := range reasons.All() {
		if got := reasons.Near(e.Code); !strings.EqualFold(got[0], e.Code) {
			t.Errorf("near %s: %q", e.Code, got)
		}
	}
}

func ExampleFind() {
	for _, e := range reasons.Find("AWS.SimpleQueueService.NonExistentQueue") {
		fmt.Println(e.Code, "of a", e.Source)
		fmt.Println(e.Meaning)
	}
	// Output:
	// QueueDoesNotExist of a call
	// SQS: the queue does not exist.
}

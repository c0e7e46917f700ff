package failuremodes

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// run runs tests of this package in a process of their own.
func run(t *testing.T, pattern, env string, flags ...string) (passed bool, output string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self, append([]string{"-test.v", "-test.run=" + pattern}, flags...)...)
	child.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "DYETRACE_") }), env)
	out, err := child.CombinedOutput()
	return err == nil, string(out)
}

func TestNaive_tests_go_wrong_as_they_are_said_to(t *testing.T) {
	if os.Getenv("NAIVE") != "" {
		t.Skip("starts the naive tests itself")
	}
	for _, c := range []struct {
		mode    string
		pattern string
		env     string
		passed  bool
		says    []string
	}{
		{"a right system, but too slow for the sleep", "^TestNaive_race", "NAIVE=1", false, []string{"want 2 orders, got 0"}},
		{"the same system, with every order awaited", "^TestRace_in_collection", "LOSE=", true, nil},
		{"the same test, when an order is lost", "^TestRace_in_collection", "LOSE=1", false, []string{"OrderPlaced on queue:acme-packing exactly 2   want 2, got 1", "It cannot come any more"}},
		{"a leak that is looked for too early", "^TestNaive_incomplete", "NAIVE=1", true, []string{"PASS: TestNaive_incomplete_negative_assertion"}},
		{"the same leak, with the absence proved", "^TestNegative_assertion", "LEAK=1", false,
			[]string{"LEAK: an event came that must never come", "OrderPlaced on queue:rival-packing", "rule:shop/rival → queue:rival-packing"}},
		{"a system that does not leak", "^TestNegative_assertion", "LEAK=", true, []string{"PROVED"}},
		{"two tests on one emulator", "^TestNaive_pollution", "NAIVE=1", false,
			[]string{"PASS: TestNaive_pollution_places_an_order", "want order 2, got [", `"number":1`, "FAIL: TestNaive_pollution_receives_an_order"}},
		{"the second of them alone", "^TestNaive_pollution_receives", "NAIVE=1", true, []string{"PASS: TestNaive_pollution_receives_an_order"}},
	} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			passed, output := run(t, c.pattern, c.env)
			if passed != c.passed {
				t.Errorf("passed %v, want %v", passed, c.passed)
			}
			for _, text := range c.says {
				if !strings.Contains(output, text) {
					t.Errorf("it does not say %q:\n%s", text, output)
				}
			}
		})
	}
}

// With a pipeline of its own each test is right, whatever ran before it and runs beside it.
func TestNaive_tests_have_twins_that_hold_in_any_order_R2_7(t *testing.T) {
	if os.Getenv("NAIVE") != "" {
		t.Skip("shows the naive tests only")
	}
	passed, output := run(t, "^TestPollution_(places|receives)", "NAIVE=", "-test.shuffle=on", "-test.count=20", "-test.parallel=16")
	if n := strings.Count(output, "--- PASS: TestPollution_"); !passed || n != 40 {
		t.Errorf("passed %v, %d of 40 runs:\n%s", passed, n, output)
	}
}

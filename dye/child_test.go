package dye_test

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/dye"
)

// The tests named TestChild… fail, hang or panic on purpose. They run only in a child process of this test binary, and the tests
// in this file look at what the child says.
const childVariable = "DYE_TEST_CHILD"

func onlyInChild(t *testing.T) {
	t.Helper()
	if os.Getenv(childVariable) == "" {
		t.Skip("runs in a child process only")
	}
}

type childRun struct {
	output string
	failed bool
}

// child runs the tests that match pattern with the given variables and flags.
func child(t *testing.T, pattern string, env []string, flags ...string) childRun {
	t.Helper()
	args := append([]string{"-test.v", "-test.timeout=60s", "-test.run=" + pattern}, flags...)
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(clean(os.Environ()), append(env, childVariable+"=1")...)
	out, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return childRun{output: string(out), failed: err != nil}
}

// clean keeps what the outer run was asked for from the child.
func clean(env []string) []string {
	var kept []string
	for _, v := range env {
		if !strings.HasPrefix(v, "DYETRACE_") {
			kept = append(kept, v)
		}
	}
	return kept
}

// says checks that the output has the texts (regular expressions), in this order.
func (c childRun) says(t *testing.T, patterns ...string) {
	t.Helper()
	rest := c.output
	for _, p := range patterns {
		at := regexp.MustCompile(p).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("no %q (in this order: %q) in:\n%s", p, patterns, c.output)
		}
		rest = rest[at[1]:]
	}
}

func (c childRun) fails(t *testing.T, patterns ...string) {
	t.Helper()
	if !c.failed {
		t.Errorf("the child did not fail:\n%s", c.output)
	}
	c.says(t, patterns...)
}

const childPatience = 500 * time.Millisecond

func TestChildAfter(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) { d.Log("other tests go on") })
}

package e2e_test

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The tests named TestChild… have a mistake on purpose. They run only in a child process of this test binary, as a user would
// run them; the tests beside them look at what it says.
const childVariable = "DYETRACE_E2E_CHILD"

func onlyInChild(t *testing.T) {
	t.Helper()
	if os.Getenv(childVariable) == "" {
		t.Skip("runs in a child process only")
	}
}

// child runs one test and returns its output and whether it failed.
func child(t *testing.T, name string, env []string, flags ...string) (output string, failed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-test.v", "-test.timeout=120s", "-test.run=^" + name + "$"}, flags...)...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DYETRACE_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(append(cmd.Env, env...), childVariable+"=1")
	out, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out), err != nil
}

// says checks that the output has what the patterns describe, in this order.
func says(t *testing.T, output string, patterns ...string) {
	t.Helper()
	rest := output
	for _, p := range patterns {
		at := regexp.MustCompile(p).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("no %q (in this order: %q) in:\n%s", p, patterns, output)
		}
		rest = rest[at[1]:]
	}
}

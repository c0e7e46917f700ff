package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dyefixtures": main})
}

// TestScripts runs testdata/*.txt. Beside testscript's own commands they have refused.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", Cmds: map[string]func(*testscript.TestScript, bool, []string){"refused": refused}})
}

// refused runs dyefixtures with the given arguments. It must say why it refuses in one line on standard error, print nothing else,
// and end with exit code 2. The line goes into the file said.
func refused(ts *testscript.TestScript, _ bool, args []string) {
	var out, said strings.Builder
	cmd := exec.Command("dyefixtures", args...)
	cmd.Env = os.Environ()
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.Getenv("WORK"), &out, &said
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitUsage {
		ts.Fatalf("it ended with %v, not exit code %d", err, exitUsage)
	}
	if out.Len() > 0 || strings.Count(said.String(), "\n") != 1 || !strings.HasPrefix(said.String(), "dyefixtures: ") {
		ts.Fatalf("it printed %q and said %q", out.String(), said.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs("said"), []byte(said.String()), 0o600))
}

package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// exits CODE ARGS... runs dyetrace, which must end with that code; stdout and stderr look at what it printed.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("dyetrace", args[1:]...)
	exit, ok := errors.AsType[*exec.ExitError](err)
	if code := 0; err != nil {
		if !ok {
			ts.Fatalf("%v", err)
		}
		if code = exit.ExitCode(); code != want {
			ts.Fatalf("exit code %d, want %d", code, want)
		}
	} else if want != 0 {
		ts.Fatalf("exit code 0, want %d", want)
	}
}

// follower is a dyetrace watch of one script.
type follower struct {
	cmd   *exec.Cmd
	lines chan string
	said  chan string
}

// follow ARGS... starts dyetrace watch and returns when it is watching.
func follow(ts *testscript.TestScript, neg bool, args []string) {
	f := ts.Value("follower").(*follower)
	f.cmd = exec.Command(dyetrace(ts), append([]string{"watch"}, args...)...)
	f.cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+ts.Getenv("URL"))
	f.lines, f.said = make(chan string, 1000), make(chan string, 1000)
	out, err := f.cmd.StdoutPipe()
	ts.Check(err)
	errOut, err := f.cmd.StderrPipe()
	ts.Check(err)
	ts.Check(f.cmd.Start())
	ts.Defer(func() { f.cmd.Process.Kill() })
	for _, from := range []struct {
		scanner *bufio.Scanner
		to      chan string
	}{{bufio.NewScanner(out), f.lines}, {bufio.NewScanner(errOut), f.said}} {
		go func() {
			defer close(from.to)
			for from.scanner.Scan() {
				from.to <- from.scanner.Text()
			}
		}()
	}
	await(ts, f.said, "dyetrace: watching ")
}

// seen TEXT waits until dyetrace watch prints a line with that text.
func seen(ts *testscript.TestScript, neg bool, args []string) {
	await(ts, ts.Value("follower").(*follower).lines, args[0])
}

func await(ts *testscript.TestScript, lines <-chan string, text string) {
	var others []string
	late := time.After(time.Minute)
	for {
		select {
		case line, ok := <-lines:
			if strings.Contains(line, text) {
				return
			}
			if !ok {
				ts.Fatalf("watch ended without %q; it printed %q", text, others)
			}
			others = append(others, line)
		case <-late:
			ts.Fatalf("watch did not print %q, but %q", text, others)
		}
	}
}

// unfollow interrupts dyetrace watch, which must end with exit code 0. With a code and a text it is not interrupted: it must end so by
// itself.
func unfollow(ts *testscript.TestScript, neg bool, args []string) {
	f := ts.Value("follower").(*follower)
	want := 0
	if len(args) > 0 {
		await(ts, f.said, args[1])
		want, _ = strconv.Atoi(args[0])
	} else {
		ts.Check(f.cmd.Process.Signal(os.Interrupt))
	}
	for range f.lines { // Wait may be called when all was read
	}
	for range f.said {
	}
	_ = f.cmd.Wait() // its state says it all
	if code := f.cmd.ProcessState.ExitCode(); code != want {
		ts.Fatalf("watch ended with %s, want exit code %d", f.cmd.ProcessState, want)
	}
}

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dyetrace": main, "post": post})
}

// post is the command of the init scripts: it sends the body, its second argument, to the operation that is its first, as an SDK that
// was configured by the environment alone.
func post() {
	r, err := http.NewRequest(http.MethodPost, os.Getenv("AWS_ENDPOINT_URL")+"/", strings.NewReader(os.Args[2]))
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", os.Args[1])
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		log.Fatal(answer.Status)
	}
}

// TestScripts runs testdata/*.txt. Beside testscript's own commands they have up, ready, ask, interrupt, refused and occupy, and the condition
// free:PORT, below; and exits, follow, seen and unfollow.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"up": up, "ask": ask, "interrupt": interrupt, "occupy": occupy, "refused": refused, "ready": ready,
			"exits": exits, "follow": follow, "seen": seen, "unfollow": unfollow,
		},
		Condition: func(cond string) (bool, error) {
			port, ok := strings.CutPrefix(cond, "free:")
			if !ok {
				return false, fmt.Errorf("no condition %q", cond)
			}
			l, err := net.Listen("tcp", "127.0.0.1:"+port)
			if err != nil {
				return false, nil
			}
			return true, l.Close()
		},
		Setup: func(env *testscript.Env) error {
			env.Values["server"] = &running{}
			env.Values["follower"] = &follower{}
			return nil
		},
	})
}

// running is the server of one script.
type running struct {
	cmd    *exec.Cmd
	out    *bufio.Reader
	err    strings.Builder
	token  string
	killed bool
}

// up starts "dyetrace up --json --addr 127.0.0.1:0" with further flags and sets $URL to what it prints.
func up(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value("server").(*running)
	s.cmd = exec.Command(dyetrace(ts), append([]string{"up", "--json", "--addr", "127.0.0.1:0"}, args...)...)
	s.cmd.Stderr = &s.err
	s.cmd.Dir = ts.Getenv("WORK")
	s.cmd.Env = append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ENDPOINT_URL_SQS"} { // those that scripts set
		s.cmd.Env = append(s.cmd.Env, name+"="+ts.Getenv(name))
	}
	pipe, err := s.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	ts.Defer(func() {
		if !s.killed {
			s.cmd.Process.Kill()
			s.cmd.Wait()
		}
	})
	s.out = bufio.NewReader(pipe)
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		ts.Fatalf("up printed nothing: %v\n%s", err, s.err.String())
	}
	var first struct{ Event, URL, Token string }
	ts.Check(json.Unmarshal(line, &first))
	if first.Event != "listening" {
		ts.Fatalf("up printed %s", line)
	}
	s.token = first.Token
	ts.Setenv("URL", first.URL)
	ts.Setenv("ADDR", strings.TrimPrefix(first.URL, "http://"))
	write(ts, "listening.json", line)
}

// dyetrace returns the copy of this test binary that testscript puts on the path: it behaves as dyetrace.
func dyetrace(ts *testscript.TestScript) string {
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), string(os.PathListSeparator)) {
		for _, name := range []string{"dyetrace", "dyetrace.exe"} {
			path := filepath.Join(dir, name)
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	ts.Fatalf("no dyetrace in PATH")
	return ""
}

// refused runs dyetrace with the given arguments. It must say why it refuses in one line on standard error, print nothing else,
// and end with exit code 2. The line goes into the file said.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	var out, said strings.Builder
	cmd := exec.Command(dyetrace(ts), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.Getenv("WORK"), &out, &said
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitUsage {
		ts.Fatalf("it ended with %v, not exit code %d", err, exitUsage)
	}
	if out.Len() > 0 || strings.Count(said.String(), "\n") != 1 || !strings.HasPrefix(said.String(), "dyetrace: ") {
		ts.Fatalf("it printed %q and said %q", out.String(), said.String())
	}
	write(ts, "said", []byte(said.String()))
}

func write(ts *testscript.TestScript, name string, data []byte) {
	ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o600))
}

// ready waits until a server that the script started in the background answers at an address, and sets $URL to it.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	ts.Setenv("URL", "http://"+args[0])
	start := time.Now()
	for look := range time.Tick(5 * time.Millisecond) {
		c, err := net.Dial("tcp", args[0])
		if err == nil {
			c.Close()
			return
		}
		if look.After(start.Add(time.Minute)) {
			ts.Fatalf("nothing answers at %s: %v", args[0], err)
		}
	}
}

// ask METHOD PATH [TARGET BODY [HEADER:VALUE...]] sends a request to the server and writes status and body into the file answer.
func ask(ts *testscript.TestScript, neg bool, args []string) {
	body, target := "", ""
	if len(args) > 3 {
		target, body = args[2], args[3]
	}
	r, err := http.NewRequest(args[0], ts.Getenv("URL")+args[1], strings.NewReader(body))
	ts.Check(err)
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	for _, h := range args[min(4, len(args)):] {
		name, value, _ := strings.Cut(h, ":")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	client := http.Client{Timeout: 30 * time.Second}
	answer, err := client.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	ts.Check(err)
	write(ts, "answer", fmt.Appendf(nil, "%d\n%s\n", answer.StatusCode, got))
}

// interrupt ends the server as Ctrl-C does; it must drain and end with exit code 0. Its further output goes into the file stopped.json,
// and what it said on standard error into stopped.err.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value("server").(*running)
	ts.Check(s.cmd.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(s.out)
	ts.Check(err)
	s.killed = true
	if err := s.cmd.Wait(); err != nil {
		ts.Fatalf("up ended with %v\n%s", err, s.err.String())
	}
	write(ts, "stopped.json", rest)
	write(ts, "stopped.err", []byte(s.err.String()))
}

// occupy takes a port and sets $TAKEN to its address.
func occupy(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv("TAKEN", l.Addr().String())
}

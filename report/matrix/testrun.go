package matrix

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// Outcome is how a test ended.
type Outcome string

// The outcomes of a test, and of all tests of a requirement.
const (
	Pass Outcome = "pass"
	Fail Outcome = "fail" // also: it never ended
	Skip Outcome = "skip"
	None Outcome = "none" // of a requirement: no test names it
)

// Test is one test of a run; repeated runs of it are one.
type Test struct {
	Package string   `json:"package"`
	Name    string   `json:"name"`
	Outcome Outcome  `json:"outcome"`
	Covers  []string `json:"covers,omitempty"` // what it named by d.Covers
}

// Run is what `go test -json` told.
type Run struct {
	Tests  []*Test  // in the order they began
	Broken []string // packages that failed without a test of theirs having failed: they do not build, or panicked early
}

// ErrNotTestRun says that a text is not what `go test -json` prints.
var ErrNotTestRun = errors.New("is not the output of go test -json")

const attrCovers = "dye.covers"

// ReadRun reads a run, or several behind one another. Lines that are not JSON (of a build, of a program around it) are passed
// over; without any test event the error is ErrNotTestRun.
func ReadRun(r io.Reader) (*Run, error) {
	run := &Run{}
	tests, packages, failed, any := map[string]*Test{}, map[string]bool{}, map[string]bool{}, false
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var e struct{ Action, Package, Test, Key, Value string }
		if bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) && json.Unmarshal(line, &e) == nil && e.Package != "" {
			any = true
			key := e.Package + "\x00" + e.Test
			switch {
			case e.Test == "" && e.Action == "fail":
				packages[e.Package] = true
			case e.Test == "":
			case e.Action == "run" && tests[key] == nil:
				tests[key] = &Test{Package: e.Package, Name: e.Test}
				run.Tests = append(run.Tests, tests[key])
			case tests[key] != nil:
				tests[key].event(e.Action, e.Key, e.Value)
				failed[e.Package] = failed[e.Package] || e.Action == "fail"
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if !any {
		return nil, ErrNotTestRun
	}
	for _, t := range run.Tests {
		if t.Outcome == "" {
			t.Outcome = Fail
			failed[t.Package] = true
		}
	}
	for name := range packages {
		if !failed[name] {
			run.Broken = append(run.Broken, name)
		}
	}
	slices.Sort(run.Broken)
	return run, nil
}

func (t *Test) event(action, key, value string) {
	switch action {
	case "pass", "fail", "skip":
		t.Outcome = worse(t.Outcome, Outcome(action))
	case "attr":
		if key == attrCovers && !slices.Contains(t.Covers, value) {
			t.Covers = append(t.Covers, value)
		}
	}
}

// worse joins two outcomes: one failure is a failure, and a skip counts only where nothing ran.
func worse(a, b Outcome) Outcome {
	for _, o := range []Outcome{Fail, Pass, Skip} {
		if a == o || b == o {
			return o
		}
	}
	return None
}

// top returns the name of the test that a subtest is part of, and the part that is the subtest's own.
func (t *Test) top() (parent, own string) {
	if i := strings.LastIndexByte(t.Name, '/'); i >= 0 {
		parent, _, _ = strings.Cut(t.Name, "/")
		return parent, t.Name[i+1:]
	}
	return t.Name, t.Name
}

package dye

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// Save settles the flow and writes what was recorded of it so far to a file, to be read by [observe.ReadRecording], replayed, or
// looked at with `dyetrace trace FILE`. Folders that are missing are made; the file is written whole or not at all. If it cannot
// be written the test fails, and the body goes on.
//
// DYETRACE_RECORD=DIR saves every flow of every test, when its body is over.
func (f *Flow) Save(path string) {
	f.d.Helper()
	if err := f.save(path); err != nil {
		f.d.Errorf("dye: Save: %v", err)
	}
}

func (f *Flow) save(path string) error {
	if path == "" {
		return errors.New("the name of the file is empty")
	}
	d := f.d
	r := f.record(d.settle())
	r.Hops = observe.NewFlow(r).Hops // not those of other flows
	r.Origin = observe.Origin{Test: d.Name(), Covers: d.rec.covered(), Backend: d.backend.Name(), Again: d.repeat}
	if d.backend.Features().Seeded {
		r.Origin.Seed = d.seed
	}
	return writeRecording(path, r)
}

// writeRecording writes beside the file first, so that nobody ever finds a half one.
func writeRecording(path string, r observe.Recording) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	part := path + ".part"
	file, err := os.Create(part)
	if err != nil {
		return err
	}
	err = observe.WriteRecording(file, r)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		_ = os.Remove(part) // the first error is the one to tell
	}
	return err
}

// recordings is where the flows of one run are saved.
type recordings struct {
	prefix string // of the files; "": nobody asked

	mu    sync.Mutex
	flows []*Flow // in the order of their stimuli
	files []string
}

// begun notes a flow whose stimulus is about to be done.
func (r *recordings) begun(f *Flow) {
	if r.prefix == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flows = append(r.flows, f)
}

// file returns where a flow is saved, or "".
func (r *recordings) file(f *Flow) string {
	if r.prefix == "" {
		return ""
	}
	return fmt.Sprintf("%s.flow-%d.jsonl", r.prefix, f.number)
}

// saveAll saves the flows of a run whose body is over.
func (d *T) saveAll() {
	r := d.recordings
	r.mu.Lock()
	flows := r.flows
	r.mu.Unlock()
	for _, f := range flows {
		if err := f.save(r.file(f)); err != nil {
			d.Errorf("dye: DYETRACE_RECORD: %v", err)
			continue
		}
		r.mu.Lock()
		r.files = append(r.files, r.file(f))
		r.mu.Unlock()
	}
}

// hint says how to look at what was saved; "" if nothing was.
func (r *recordings) hint() string {
	if r == nil {
		return ""
	}
	const most = 3
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for _, file := range r.files[:min(most, len(r.files))] {
		lines = append(lines, "trace:  "+report.TraceCommand(file))
	}
	if more := len(r.files) - most; more > 0 {
		lines = append(lines, fmt.Sprintf("        and %d more flows beside it", more))
	}
	return strings.Join(lines, "\n")
}

// runsOf counts the runs of each prefix in this process: with -count the same test runs again with the same seed.
var runsOf struct {
	sync.Mutex
	n map[string]int
}

// recordPrefix returns what the files of a run begin with: FOLDER/import/path/TestName.seed-1.
func (r *run) recordPrefix() string {
	if r.record == "" {
		return ""
	}
	how := fmt.Sprintf("seed-%d", r.seed)
	if r.server != "" {
		how = "server"
	}
	prefix := filepath.Join(r.record, filepath.FromSlash(fileName(r.from)), recordName(r.test.Name())+"."+how)
	runsOf.Lock()
	defer runsOf.Unlock()
	if runsOf.n == nil {
		runsOf.n = map[string]int{}
	}
	runsOf.n[prefix]++
	if n := runsOf.n[prefix]; n > 1 {
		prefix += fmt.Sprintf(".run-%d", n)
	}
	return prefix
}

// recordName makes one file name of a test's name: two tests never share one. A dot stands for the slash; where anything else has to
// be replaced, or the name is too long for a file system, a hash of it tells it apart.
func recordName(test string) string {
	const most = 150
	name := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '-':
			return r
		case r == '/':
			return '.'
		}
		return '_'
	}, test)
	if len(name) <= most && name == strings.ReplaceAll(test, "/", ".") && !strings.Contains(test, ".") {
		return name
	}
	h := fnv.New32a()
	h.Write([]byte(test))
	return fmt.Sprintf("%s-%08x", name[:min(most, len(name))], h.Sum32())
}

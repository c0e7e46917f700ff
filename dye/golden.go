package dye

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// correlationIDs are those of T.correlationID: they change with the seed.
var correlationIDs = regexp.MustCompile(`\b` + flowPrefix + `[0-9a-f]{8}\b`)

const goldenLines = 24 // of a difference, so that the report stays within 30

// Golden lets the flow come to its end as [Flow.Expect] does and compares it with the file testdata/golden/TEST/name.txt: its
// events in order, what caused each, where it came and who was handed it, and its payload. A difference fails the test; the body
// goes on. With DYETRACE_UPDATE=1 (or -dye.update) the file is written instead, to be read before it is committed.
//
// Payloads are in a normal form: UUIDs, ULIDs, times and correlation ids of dye are named <id-1>, <time-1>, <flow-1> in the order
// of their first sight, the same one by the same name. [Volatile], [VolatilePattern] and [Unordered] say what else differs from
// run to run; their paths start at the payload, as those of [T.Diff] do on the value of [One].
//
// The order of events that do not cause one another is the seed's; on a running server it may differ from run to run.
func (f *Flow) Golden(name string, opts ...DiffOption) {
	d := f.d
	d.Helper()
	n, problem := normalOf(opts)
	if problem != "" {
		d.Errorf("dye: Golden: %s", problem)
		return
	}
	n.Patterns = append(n.Patterns, event.VolatileTypes()...)
	n.Patterns = append(n.Patterns, event.VolatilePattern{Name: "flow", Pattern: correlationIDs})
	q := d.drain(defaultHorizon)
	if !q.Quiet {
		d.Errorf("dye: Golden: the flow did not come to its end:%s", pendingText(q.Pending))
		return
	}
	d.golden(name, report.Golden(observe.NewFlow(f.record(q)), n))
}

// golden compares a page with its file, or writes it.
func (d *T) golden(name, got string) {
	d.Helper()
	file := filepath.Join("testdata", "golden", filepath.FromSlash(fileName(d.Name())), fileName(strings.ReplaceAll(name, "/", "_"))+".txt")
	if d.update {
		if err := writeGolden(file, got); err != nil {
			d.Errorf("dye: Golden: %v", err)
			return
		}
		d.Logf("dye: wrote %s: read it before you commit it", filepath.ToSlash(file))
		return
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		d.Errorf("dye: there is no golden file %s; write it with DYETRACE_UPDATE=1, and read it", filepath.ToSlash(file))
		return
	}
	if err != nil {
		d.Errorf("dye: Golden: %v", err)
		return
	}
	// A checkout may have turned line ends.
	want := strings.ReplaceAll(string(raw), "\r\n", "\n")
	if want == got {
		return
	}
	d.Errorf("dye: the flow is not as in %s (- there, + here; if it is right as it is: DYETRACE_UPDATE=1)\n%s",
		filepath.ToSlash(file), report.Lines(want, got, goldenLines))
}

func writeGolden(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// fileName makes a path of a test's name that every file system takes, below the folder it is put in.
func fileName(name string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("_-./", r):
			return r
		}
		return '_'
	}, name), "..", "_")
}

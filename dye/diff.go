package dye

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/report"
)

// DiffOption changes how [T.Diff] and [Flow.Golden] compare.
type DiffOption interface{ normalize(n *event.Normal) error }

type volatile []string

func (v volatile) normalize(n *event.Normal) error {
	n.Paths = append(n.Paths, v...)
	return nil
}

// Volatile names paths whose values differ from run to run: "id", "detail.at", "items.*.id", where * is any name or index. Diff
// does not compare them, nor what is below them; Golden calls them <id-1>, <at-1>, the same value by the same name.
func Volatile(paths ...string) DiffOption { return volatile(paths) }

type volatilePattern struct{ name, pattern string }

func (v volatilePattern) normalize(n *event.Normal) error {
	re, err := regexp.Compile(v.pattern)
	if err != nil {
		return fmt.Errorf("VolatilePattern(%q, …): %w", v.name, err)
	}
	n.Patterns = append(n.Patterns, event.VolatilePattern{Name: v.name, Pattern: re})
	return nil
}

// VolatilePattern says that what matches the regular expression differs from run to run, in any text: the first such part is
// compared as <name-1>, the next that is not the same as <name-2>.
func VolatilePattern(name, pattern string) DiffOption { return volatilePattern{name, pattern} }

type unordered []string

func (u unordered) normalize(n *event.Normal) error {
	n.Sets = append(n.Sets, u...)
	return nil
}

// Unordered names paths of arrays whose order means nothing.
func Unordered(paths ...string) DiffOption { return unordered(paths) }

func normalOf(opts []DiffOption) (n event.Normal, problem string) {
	for _, o := range opts {
		if err := o.normalize(&n); err != nil {
			return n, err.Error()
		}
	}
	return n, ""
}

// Diff compares two values field by field as JSON, and fails the test with the paths at which they differ. The body goes on.
func (d *T) Diff(want, got any, opts ...DiffOption) {
	n, problem := normalOf(opts)
	if problem != "" {
		d.Errorf("dye: Diff: %s", problem)
		return
	}
	if len(n.Patterns)+len(n.Sets) > 0 {
		want, got = normalized(want, n), normalized(got, n)
	}
	list, err := expect.Diff(want, got, n.Paths...)
	if err != nil {
		d.Errorf("dye: Diff: %v", err)
		return
	}
	if len(list) == 0 {
		return
	}
	var b strings.Builder
	b.WriteString("dye: values differ")
	for _, e := range list {
		b.WriteString("\n    " + report.Clean(e.Path))
		b.WriteString("\n        want " + report.Clean(e.Want))
		b.WriteString("\n        got  " + report.Clean(e.Got))
	}
	d.Errorf("%s", b.String())
}

// normalized returns the value in normal form, or as it is if it cannot be written as JSON: expect.Diff says so.
func normalized(v any, n event.Normal) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return v
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var decoded any
	if d.Decode(&decoded) != nil {
		return v
	}
	return n.Apply(decoded)[0]
}

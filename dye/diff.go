package dye

import (
	"strings"

	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/report"
)

// DiffOption changes how [T.Diff] compares.
type DiffOption interface{ volatile() []string }

type volatile []string

func (v volatile) volatile() []string { return v }

// Volatile names paths whose values differ from run to run and are not compared, with all that is below them: "id",
// "detail.at", "items.*.id", where * is any name or index.
func Volatile(paths ...string) DiffOption { return volatile(paths) }

// Diff compares two values field by field as JSON, and fails the test with the paths at which they differ. The body goes on.
func (d *T) Diff(want, got any, opts ...DiffOption) {
	var ignored []string
	for _, o := range opts {
		ignored = append(ignored, o.volatile()...)
	}
	list, err := expect.Diff(want, got, ignored...)
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

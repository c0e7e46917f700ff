package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/report/matrix"
)

// exitUncovered says that coverage is below the threshold that was asked for.
const exitUncovered = 11

type matrixOptions struct {
	requirements []string
	format       string
	json         bool
	out          string
	threshold    float64
	strict       bool
}

func matrixCommand() *cobra.Command {
	var o matrixOptions
	cmd := &cobra.Command{
		Use:   "matrix --requirements FILE... [RUN...]",
		Short: "List which requirement which test verifies, and what is missing",
		Long: "Join requirements with the tests of a run. Requirements are read from Markdown (ids at the start of a heading or of a table's\n" +
			"row, or in bold at that of a list item) and CSV (columns id and title); the run is what go test -json printed, in files or on\n" +
			"the standard input. A test names its requirements by d.Covers(\"CRM-2.1\") or in its name: TestCreate_CRM_2_1,\n" +
			"TestCreate_per_prd_section_2_1.\n\n" +
			"Exit code 1: a test failed, or with --strict something does not fit; 11: fewer requirements are covered than --threshold asks for.",
		Example: "  go test -json ./... | dyetrace matrix --requirements PRD.md\n" +
			"  dyetrace matrix --requirements PRD.md,security.csv --format html --out matrix.html --threshold 100 run.json",
		RunE: func(cmd *cobra.Command, runs []string) error { return writeMatrix(cmd, o, runs) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringSliceVar(&o.requirements, "requirements", nil, "`files` with requirements, *.md or *.csv; may be given again")
	f.StringVar(&o.format, "format", "markdown", "`form` of the output: markdown, html or json")
	f.BoolVar(&o.json, "json", false, "the same as --format json")
	f.StringVar(&o.out, "out", "", "`file` to write to in place of the standard output")
	f.Float64Var(&o.threshold, "threshold", 0, "fail below this `percentage` of requirements covered")
	f.BoolVar(&o.strict, "strict", false, "fail if a requirement has no test, a test no requirement, or a test names an unknown one")
	return cmd
}

func writeMatrix(cmd *cobra.Command, o matrixOptions, runs []string) error {
	if o.json {
		o.format = "json"
	}
	write, ok := map[string]func(*matrix.Matrix, io.Writer) error{
		"markdown": (*matrix.Matrix).Markdown, "html": (*matrix.Matrix).HTML, "json": (*matrix.Matrix).JSON,
	}[o.format]
	switch {
	case !ok:
		return &exitError{exitUsage, fmt.Errorf("there is no format %q: use markdown, html or json", o.format)}
	case len(o.requirements) == 0:
		return &exitError{exitUsage, errors.New("no requirements: name the documents with --requirements FILE")}
	case o.threshold < 0 || o.threshold > 100:
		return &exitError{exitUsage, fmt.Errorf("--threshold %v is no percentage", o.threshold)}
	}
	m, err := readMatrix(cmd.InOrStdin(), o.requirements, runs)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if err := deliver(cmd.OutOrStdout(), o.out, func(w io.Writer) error { return write(m, w) }); err != nil {
		return &exitError{exitUsage, err}
	}
	return matrixVerdict(m, o)
}

// readMatrix reads all documents and runs; it tells everything that is wrong with them, not just the first.
func readMatrix(stdin io.Reader, documents, runs []string) (*matrix.Matrix, error) {
	var wrong []error
	var requirements []matrix.Requirement
	for _, file := range documents {
		text, err := os.ReadFile(file)
		if err == nil {
			var list []matrix.Requirement
			list, err = matrix.Read(file, text)
			requirements = append(requirements, list...)
		}
		wrong = append(wrong, err)
	}
	all := &matrix.Run{}
	if len(runs) == 0 {
		runs = []string{"-"}
	}
	for _, file := range runs {
		run, err := readRun(stdin, file)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		all.Tests, all.Broken = append(all.Tests, run.Tests...), append(all.Broken, run.Broken...)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return matrix.New(requirements, all), nil
}

func readRun(stdin io.Reader, file string) (*matrix.Run, error) {
	name, from := "standard input", stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		name, from = file, f
	} else if f, ok := stdin.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return nil, errors.New("no test run: pipe go test -json into this, or name a file that has its output")
		}
	}
	run, err := matrix.ReadRun(from)
	if err != nil {
		return nil, &matrix.FileError{File: name, Err: err}
	}
	return run, nil
}

// deliver writes to a file, whole or not at all, or to out if there is no file or it is "-".
func deliver(out io.Writer, file string, write func(io.Writer) error) error {
	if file == "" || file == "-" {
		return write(out)
	}
	part := file + ".part"
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	if err = errors.Join(write(f), f.Close()); err == nil {
		err = os.Rename(part, file)
	}
	if err != nil {
		_ = os.Remove(part)
	}
	return err
}

func matrixVerdict(m *matrix.Matrix, o matrixOptions) error {
	switch {
	case len(m.Failed)+len(m.Broken) > 0:
		return &exitError{exitFailed, errors.New("tests failed: " + m.Summary())}
	case o.strict && len(m.Missing())+len(m.Skipped())+len(m.Without)+len(m.Unknown)+len(m.Twice) > 0:
		return &exitError{exitFailed, errors.New("does not fit: " + m.Summary())}
	case m.Percent() < o.threshold:
		return &exitError{exitUncovered, fmt.Errorf("less than %v %%: %s", o.threshold, m.Summary())}
	}
	return nil
}

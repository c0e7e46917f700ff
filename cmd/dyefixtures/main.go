package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/cmd/dyefixtures/builders"
)

// The exit codes.
const (
	exitPass   = 0
	exitFailed = 1 // a file is not current, or could not be written
	exitUsage  = 2 // wrong flags or arguments; something cannot be read or filled
)

// exitError ends the command with a code of its own.
type exitError struct {
	code int
	err  error
}

// Error is that of the cause.
func (e *exitError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.err }

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run runs the command line and returns the exit code. What went wrong is one line on errOut.
func run(args []string, out, errOut io.Writer) int {
	cmd := command()
	cmd.SetArgs(args)
	cmd.SetOut(out)
	cmd.SetErr(errOut)
	err := cmd.Execute()
	if err == nil {
		return exitPass
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		fmt.Fprintln(errOut, "dyefixtures:", err)
		return e.code
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok { // what was printed could not be written
		fmt.Fprintln(errOut, "dyefixtures:", err)
		return exitFailed
	}
	fmt.Fprintf(errOut, "dyefixtures: %v; see dyefixtures --help\n", err)
	return exitUsage
}

type options struct {
	dir         string
	out         string
	packageName string
	typeName    string
	check       bool
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "dyefixtures TYPE...|SCHEMA.json...",
		Short: "Write typed fixture builders from Go structs or JSON Schemas",
		Long: "Write builders (package fixture) with a method for each field, whose values are valid unless a test says otherwise.\n\n" +
			"From Go structs, named by their types: a field is filled by its tag fixture:\"value\", by its tag validate (as\n" +
			"go-playground/validator reads it), by the constants of its type, or by its type and name; pointers and what is\n" +
			"omitempty stay empty. From JSON Schemas (draft 4 to 2020-12), named by their files: the structs are written, too.\n" +
			"What cannot be filled is refused, and everything that is made is validated against the schema before it is written.\n\n" +
			"Exit code 1: with --check, the file is not as it would be written; 2: something cannot be read or filled.",
		Example: "  //go:generate go run github.com/dyetrace/dyetrace/cmd/dyefixtures ContactCreated Account\n" +
			"  //go:generate go run github.com/dyetrace/dyetrace/cmd/dyefixtures --out order_placed_gen.go order_placed.schema.json\n" +
			"  dyefixtures --dir ./crm --out ./crm/crmtest/fixtures_gen.go ContactCreated",
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, args []string) error { return writeFixtures(cmd.OutOrStdout(), o, args) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.dir, "dir", ".", "`folder` of the package with the Go structs")
	f.StringVar(&o.out, "out", "fixtures_gen.go", "`file` to write, *_gen.go; - is the standard output")
	f.StringVar(&o.packageName, "package", "", "`name` of the package of that file; else $GOPACKAGE in its folder, or the folder's name")
	f.StringVar(&o.typeName, "type", "", "`name` of the Go type of a schema, in place of its file's name")
	f.BoolVar(&o.check, "check", false, "write nothing, and fail if the file is not current")
	return cmd
}

func writeFixtures(out io.Writer, o options, args []string) error {
	generate, err := o.generate(args)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	text, err := builders.Generate(generate)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if o.out == "-" {
		_, err := out.Write(text)
		return err
	}
	old, err := os.ReadFile(o.out)
	switch {
	case err == nil && bytes.Equal(old, text):
		return nil
	case o.check:
		return &exitError{exitFailed, fmt.Errorf("%s is not current: run the same command without --check", o.out)}
	}
	if err := deliver(o.out, text); err != nil {
		return &exitError{exitUsage, err}
	}
	return nil
}

// deliver writes a file whole or not at all.
func deliver(file string, text []byte) error {
	part := file + ".part"
	err := os.WriteFile(part, text, 0o666)
	if err == nil {
		err = os.Rename(part, file)
	}
	if err != nil {
		_ = os.Remove(part)
	}
	return err
}

// generate tells files of schemas from names of types.
func (o options) generate(args []string) (g builders.Options, err error) {
	g = builders.Options{Dir: o.dir, Name: o.typeName, Package: o.packageName, Out: o.out}
	for _, a := range args {
		switch {
		case strings.HasSuffix(a, ".json"):
			g.Schemas = append(g.Schemas, a)
		case token.IsIdentifier(a):
			g.Types = append(g.Types, a)
		default:
			return g, fmt.Errorf("%q is neither a Go type nor a file *.json", a)
		}
	}
	switch {
	case len(args) == 0:
		return g, errors.New("name Go types (ContactCreated) or JSON Schemas (contact_created.schema.json); see dyefixtures --help")
	case len(g.Schemas) > 0 && len(g.Types) > 0:
		return g, errors.New("name either Go types or JSON Schemas; write two files for both")
	case o.typeName != "" && len(g.Schemas) != 1:
		return g, errors.New("--type names the type of one JSON Schema")
	case o.check && o.out == "-":
		return g, errors.New("--check compares with a file: name it with --out")
	}
	if g.Package == "" {
		g.Package = packageOf(o.out, o.dir)
	}
	if !token.IsIdentifier(g.Package) {
		return g, fmt.Errorf("%q is no name of a package: give one with --package", g.Package)
	}
	return g, nil
}

// packageOf is the package of the folder of a file: what go generate says of the current one, else the folder's name.
func packageOf(out, dir string) string {
	folder := filepath.Dir(out)
	if out == "-" {
		folder = dir
	}
	if name := os.Getenv("GOPACKAGE"); name != "" && folder == "." {
		return name
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(filepath.Base(absolute), "-", "")
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

// The exit codes of all verbs.
const (
	exitPass        = 0
	exitFailed      = 1 // a test failed, or the verb did
	exitUsage       = 2 // wrong flags or arguments, an address that cannot be listened on
	exitUnavailable = 3 // the backend is not there
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

// run runs the command line and returns the exit code. What went wrong is one line on errOut: prefix, lower case, no full stop.
func run(args []string, out, errOut io.Writer) int {
	root := command()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	verb, err := root.ExecuteC()
	if err == nil {
		return exitPass
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		fmt.Fprintln(errOut, "dyetrace:", err)
		return e.code
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok { // what was printed could not be written
		fmt.Fprintln(errOut, "dyetrace:", err)
		return exitFailed
	}
	// Everything else was said by the parser of the command line.
	fmt.Fprintf(errOut, "dyetrace: %v; see %s --help\n", err, verb.CommandPath())
	return exitUsage
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "dyetrace",
		Short: "Test event-driven systems: where did each event arrive, where not, and why",
		Long: "dyetrace runs an AWS-compatible event pipeline (DynamoDB, Streams, Pipes, EventBridge, Scheduler, SQS, SNS) in one\n" +
			"process and traces every event through it.",
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return cmd.Help()
		},
		Args: cobra.NoArgs,
	}
	root.Version = version()
	root.SetVersionTemplate("dyetrace {{.Version}}\n")
	root.AddCommand(demoCommand(), injectCommand(), matrixCommand(), sweepCommand(), upCommand(), versionCommand())
	root.AddCommand(explainCommand(), traceCommand(), watchCommand())
	return root
}

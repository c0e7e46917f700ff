package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/cmd/dyetrace/demo"
)

func demoCommand() *cobra.Command {
	var o demo.Options
	var input string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run an event-sourced CRM on the pipeline, prove who got what, and break it on purpose",
		Long: "Run the CRM of examples/crm on an embedded pipeline: contacts of two or more tenants flow from a table over stream, pipe\n" +
			"and bus to each tenant's queue and read model. Each contact's flow is judged: it came to its tenant, and to nobody\n" +
			"else. A poisoned event then runs into its dead-letter queue, minutes of retries in milliseconds, and a leak shows the\n" +
			"failure that a test would print. The contacts are CSV with the columns tenant,name,email,account.",
		Example: "  dyetrace demo\n  dyetrace demo --input contacts.csv\n  dyetrace demo --json | jq .kind",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			out := &watched{Writer: cmd.OutOrStdout()}
			o.Out, o.Color = out, colored(cmd.OutOrStdout())
			if input != "" {
				file, err := os.Open(input)
				if err != nil {
					return &exitError{exitUsage, err}
				}
				defer file.Close()
				o.Input = file
			}
			return demoError(cmp.Or(demo.Run(ctx, o), out.err))
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&input, "input", "", "`file` of contacts to use in place of the sample")
	f.Uint64Var(&o.Seed, "seed", 1, "`number` that decides ids and message order")
	f.BoolVar(&o.JSON, "json", false, "print JSON Lines instead of text")
	return cmd
}

// watched keeps the first error of a writer, for those who print without looking.
type watched struct {
	io.Writer
	err error
}

// Write is that of the Writer.
func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.err = cmp.Or(w.err, err)
	return n, err
}

func demoError(err error) error {
	if err == nil {
		return nil
	}
	if bad, ok := errors.AsType[*demo.InputError](err); ok {
		return &exitError{exitUsage, bad}
	}
	return &exitError{exitFailed, err}
}

// colored reports whether out is a terminal whose user did not ask for plain text.
func colored(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

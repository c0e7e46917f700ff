package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// traceOptions are the flags of trace.
type traceOptions struct {
	format      string
	json        bool
	correlation string
	hop         uint64
	account     string
	endpoint    string
	chain       []string
	causationAt []string
	out         string
}

func traceCommand() *cobra.Command {
	var o traceOptions
	cmd := &cobra.Command{
		Use:   "trace FILE | trace --endpoint URL",
		Short: "Show a recorded flow, or one of a running server: each hop, and where each event ended",
		Long: "Show a flow as a sequence diagram, and for each event where it ended and why. The flow comes from a recording, which\n" +
			"DYETRACE_RECORD=DIR makes of every flow of every test (- reads the standard input), or with --endpoint out of a running\n" +
			"server; without --correlation and --hop that lists the flows the server has.\n\n" +
			"--format json writes the flow as a recording (JSON Lines), to be kept, replayed or looked at later. --chain says where a\n" +
			"chain of causes broke and ends with exit code 1 if it did.",
		Example: "  dyetrace trace flow.jsonl\n  dyetrace trace flow.jsonl --format svg -o flow.svg\n  dyetrace trace flow.jsonl --chain LeadConverted,ActivityLogged\n" +
			"  dyetrace trace --endpoint http://127.0.0.1:4566\n  dyetrace trace --endpoint http://127.0.0.1:4566 --hop 17 --format json -o flow.jsonl",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) > 0 {
				file = args[0]
			}
			return o.run(cmd, file)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.format, "format", "text", "`form` of the output: text, mermaid, svg or json")
	f.BoolVar(&o.json, "json", false, "the same as --format json")
	f.StringVar(&o.correlation, "correlation", "", "`id` of the flow")
	f.StringSliceVar(&o.chain, "chain", nil, "`types` of events that should have caused one another, in this order, with commas between them")
	f.StringSliceVar(&o.causationAt, "causation-at", nil, "`paths` of the body, or message attributes, at which an event names the event or message that caused it")
	f.StringVarP(&o.out, "out", "o", "", "`file` to write to in place of the standard output")
	f.StringVar(&o.endpoint, "endpoint", "", "`URL` of a running server; with a token: http://TOKEN@host:port")
	f.Uint64Var(&o.hop, "hop", 0, "with --endpoint: the flow that the hop with this `number` is of, also if it has no correlation id")
	f.StringVar(&o.account, "account", "", "with --endpoint: look at this `account` only")
	return cmd
}

// check returns what is wrong with the flags.
func (o *traceOptions) check(cmd *cobra.Command, file string) error {
	if o.json {
		o.format = "json"
	}
	switch {
	case o.format != "text" && o.format != "mermaid" && o.format != "svg" && o.format != "json":
		return fmt.Errorf("there is no format %q: use text, mermaid, svg or json", o.format)
	case file == "" && o.endpoint == "":
		return errors.New("no flow: name a recording, or a running server with --endpoint URL")
	case file != "" && o.endpoint != "":
		return errors.New("a FILE and --endpoint: a flow comes from one of them")
	case file != "" && (o.hop != 0 || o.account != ""):
		return errors.New("--hop and --account go with --endpoint")
	case cmd.Flags().Changed("hop") && o.hop == 0:
		return errors.New("--hop 0: hops are numbered from 1 on")
	case o.hop != 0 && o.correlation != "":
		return errors.New("--hop and --correlation: one of them says which flow")
	case len(o.chain) == 1:
		return fmt.Errorf("--chain %s is one type: name at least two, as in --chain LeadConverted,ActivityLogged", o.chain[0])
	}
	return nil
}

func (o *traceOptions) run(cmd *cobra.Command, file string) error {
	if err := o.check(cmd, file); err != nil {
		return &exitError{exitUsage, err}
	}
	if o.endpoint != "" {
		return o.fromServer(cmd)
	}
	r, err := readFlow(cmd.InOrStdin(), file)
	torn := errors.Is(err, observe.ErrTorn)
	if err != nil && !torn {
		return &exitError{exitUsage, err}
	}
	if o.correlation != "" && o.correlation != r.CorrelationID {
		if r, err = choose(r, o.correlation); err != nil {
			return &exitError{exitUsage, err}
		}
	}
	if len(o.causationAt) > 0 {
		r.CausationAt = o.causationAt
	}
	if shown := o.show(cmd, r); shown != nil || !torn {
		return shown
	}
	return &exitError{exitFailed, fmt.Errorf("%w; what is whole of it is shown", err)}
}

// readFlow reads a recording. With an error that wraps observe.ErrTorn it is what is there of it.
func readFlow(stdin io.Reader, file string) (observe.Recording, error) {
	name, from := "standard input", stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return observe.Recording{}, err
		}
		defer f.Close()
		name, from = file, f
	}
	r, err := observe.ReadRecording(from)
	if err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// choose makes another flow of a recording that has hops of several.
func choose(r observe.Recording, id string) (observe.Recording, error) {
	others := map[string]int{}
	for _, h := range r.Hops {
		others[h.CorrelationID]++
	}
	if others[id] > 0 {
		r.CorrelationID = id
		return r, nil
	}
	return r, fmt.Errorf("the recording has no hop of flow %q; it is of %q", report.Clean(id), report.Clean(r.CorrelationID))
}

// show writes the flow, and judges the chain.
func (o *traceOptions) show(cmd *cobra.Command, r observe.Recording) error {
	f := observe.NewFlow(r)
	var verdict expect.Verdict
	var marks []report.Mark
	if len(o.chain) > 0 {
		verdict = expect.Judge(f, expect.Chain(o.chain...))
		marks = report.ChainMarks(verdict.Findings[0].Chain)
	}
	out := cmd.OutOrStdout()
	err := deliver(out, o.out, func(w io.Writer) error {
		paint := report.Paint(o.out == "" && colored(out))
		switch {
		case o.format == "json":
			r.Hops = f.Hops // of this flow
			return observe.WriteRecording(w, r)
		case o.format == "mermaid":
			return text(w, report.Mermaid(f.Hops, f.Start, f.Topology, marks...))
		case o.format == "svg":
			return text(w, report.SVG(f.Hops, f.Start, f.Topology, marks...))
		case len(o.chain) > 0:
			return text(w, report.Text(verdict, report.Context{Covers: f.Origin.Covers, Again: f.Origin.Again, Paint: paint})+"\n")
		}
		return text(w, report.Trace(f, paint))
	})
	switch {
	case err != nil:
		return &exitError{exitUsage, err}
	case len(o.chain) > 0 && !verdict.OK:
		return &exitError{exitFailed, fmt.Errorf("the chain %s is broken", report.Clean(strings.Join(o.chain, " → ")))}
	}
	return nil
}

func text(w io.Writer, s string) error {
	_, err := io.WriteString(w, s)
	return err
}

// unavailable gives the errors of a running server their exit code.
func unavailable(err error) error {
	if _, ok := errors.AsType[*backend.UnavailableError](err); ok && !errors.Is(err, context.Canceled) {
		return &exitError{exitUnavailable, err}
	}
	return &exitError{exitFailed, err}
}

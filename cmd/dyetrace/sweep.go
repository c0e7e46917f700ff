package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/observe/tap"
	"github.com/dyetrace/dyetrace/report"
)

// sweepOptions are the flags of sweep.
type sweepOptions struct {
	accountFlags
	olderThan time.Duration
	dryRun    bool
	remove    bool
	json      bool
}

func sweepCommand() *cobra.Command {
	var o sweepOptions
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Remove what observers of tests that died left behind",
		Long: "Remove subscriptions, rules and queues that observers made (package observe/tap, d.Observe) and did not remove, because their\n" +
			"process died. They are known by their names, which begin with " + tap.Prefix + ", and their tags; nothing else is touched, and\n" +
			"younger ones, whose test may be running, are left alone. At AWS itself (--endpoint aws:) it only lists them unless --remove is\n" +
			"given, and what has no tags of its own, a subscription whose queue is gone, is never removed there.\n\n" +
			"Exit code 1: something is left; 3: nothing answers at the endpoint.",
		Example: "  dyetrace sweep --dry-run\n  dyetrace sweep --endpoint http://127.0.0.1:4566 --account 123456789012 --older-than 24h\n" +
			"  dyetrace sweep --endpoint aws: --profile staging --region eu-central-1 --remove",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return o.run(ctx, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.accountFlags.add(cmd)
	f.DurationVar(&o.olderThan, "older-than", time.Hour, "leave alone what was made less than this `time` ago; longer than your longest test run")
	f.BoolVar(&o.dryRun, "dry-run", false, "list what would be removed, and remove nothing")
	f.BoolVar(&o.remove, "remove", false, "at AWS itself, too, remove what is found (elsewhere that is the default)")
	f.BoolVar(&o.json, "json", false, "print JSON Lines")
	return cmd
}

func (o *sweepOptions) run(ctx context.Context, out io.Writer) error {
	at, err := o.at("sweep")
	if err == nil && o.olderThan < 0 {
		err = fmt.Errorf("--older-than must not be negative: %v", o.olderThan)
	}
	if err == nil && o.remove && o.dryRun {
		err = errors.New("--remove and --dry-run contradict each other")
	}
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if err := o.identify(ctx, &at); err != nil {
		return err
	}
	o.dryRun = o.dryRun || at.atAWS() && !o.remove
	list, err := tap.Sweep(ctx, at.Endpoint, o.olderThan, o.dryRun)
	removed := 0
	for i := range list {
		if list[i].Err == nil && list[i].Kept == "" && !o.dryRun {
			removed++
		}
		if printErr := o.print(out, &list[i]); printErr != nil {
			return &exitError{exitFailed, printErr}
		}
	}
	if e, ok := errors.AsType[*awsapi.Error](err); ok && e.Status == 0 && e.Err != nil && len(list) == 0 {
		return at.silent(e)
	}
	if !o.json && (err == nil || len(list) > 0) { // who could not look has found nothing, which is not that there is nothing
		if _, printErr := fmt.Fprintln(out, o.summary(list, removed, &at)); printErr != nil {
			return &exitError{exitFailed, printErr}
		}
	}
	if err != nil {
		return &exitError{exitFailed, errors.New(strings.ReplaceAll(report.Clean(err.Error()), `\n`, "; "))}
	}
	return nil
}

func (o *sweepOptions) summary(list []tap.Swept, removed int, at *place) string {
	where := fmt.Sprintf("older than %v in %s", o.olderThan, at)
	kept := 0
	for i := range list {
		if list[i].Kept != "" {
			kept++
		}
	}
	text := fmt.Sprintf("removed %d of %d, %s", removed, len(list)-kept, where)
	switch {
	case len(list) == 0:
		return "nothing to sweep: no observer left anything " + where
	case o.dryRun:
		text = fmt.Sprintf("%d to remove, %s", len(list)-kept, where)
		if at.atAWS() && len(list) > kept {
			text += "; say --remove to remove them"
		}
	}
	if kept > 0 {
		text += fmt.Sprintf("; %d without tags are yours to look at", kept)
	}
	return text
}

// sweptVersion is that of the lines of --json.
const sweptVersion = 1

func (o *sweepOptions) print(out io.Writer, s *tap.Swept) error {
	state, problem := "removed", ""
	switch {
	case s.Err != nil:
		state, problem = "left", s.Err.Error()
	case s.Kept != "":
		state = "kept"
	case o.dryRun:
		state = "found"
	}
	if o.json {
		line, err := json.Marshal(struct {
			Version int    `json:"version"`
			Event   string `json:"event"`
			State   string `json:"state"`
			*tap.Swept
			Error string `json:"error,omitempty"`
		}{sweptVersion, "swept", state, s, problem})
		if err == nil {
			_, err = fmt.Fprintf(out, "%s\n", line)
		}
		return err
	}
	text := fmt.Sprintf("%-7s  %-12s  %s", state, s.Kind, report.Clean(s.Name))
	if !s.Created.IsZero() {
		text += "  of " + s.Created.UTC().Format(time.RFC3339)
	}
	if s.Test != "" {
		text += ", by " + report.Clean(s.Test)
	}
	if s.Kept != "" {
		text += "  " + report.Clean(s.Kept)
	}
	_, err := fmt.Fprintln(out, text)
	return err
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/inject"
	"github.com/dyetrace/dyetrace/report"
)

// injectOptions are the flags of inject.
type injectOptions struct {
	accountFlags
	format        string
	correlation   string
	correlationAt []string
	idAt          []string
	each          bool
	source, typ   string
	replace       bool
	dryRun        bool
	json          bool
}

func injectCommand() *cobra.Command {
	var o injectOptions
	cmd := &cobra.Command{
		Use:   "inject [PLACE] FILE",
		Short: "Put events of a file on a bus, a queue, a topic or a table",
		Long: "Put events on PLACE: bus:NAME, queue:NAME, topic:NAME, table:NAME, or stream:TABLE, which is fed by a write to its table.\n" +
			"FILE (- is the standard input) is one of\n\n" +
			"  csv        the header names for each column a path of the body (detail.lead_id, detail.amount:number), or what is beside it\n" +
			"             (@key, @deduplication, @attribute.NAME, @type, @source, @place)\n" +
			"  jsonl      one event a line, as it is on the wire, or {\"body\": …, \"key\": …, \"attributes\": {…}, \"place\": …}\n" +
			"  recording  of a flow (DYETRACE_RECORD=DIR): what came from outside, to where it came unless PLACE says otherwise\n\n" +
			"Nothing is sent unless all events can be sent. All are of one transaction, which has a fresh correlation id unless\n" +
			"--correlation names one. At AWS itself (--endpoint aws:) no item of a table is replaced or deleted without --replace.\n\n" +
			"Exit code 1: an event was refused; 2: the file or a flag is wrong; 3: nothing answers at the endpoint.",
		Example: "  dyetrace inject bus:crm leads.csv\n  dyetrace inject queue:tasks.fifo --dry-run --json - < tasks.jsonl\n" +
			"  dyetrace inject flow.jsonl --endpoint http://127.0.0.1:4566 --correlation-at detail.correlation_id --id-at id\n" +
			"  dyetrace inject bus:crm leads.csv --endpoint aws: --profile staging --region eu-central-1",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			place, file := "", args[len(args)-1]
			if len(args) == 2 {
				place = args[0]
			} else if _, err := os.Stat(file); err != nil && strings.Contains(file, ":") {
				return &exitError{exitUsage, fmt.Errorf("no file: name one behind %s, or - for the standard input", report.Clean(file))}
			}
			return o.run(ctx, cmd, event.Place(place), file)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.format, "format", "", "`form` of the file: csv, jsonl or recording (default: what its first bytes look like)")
	o.accountFlags.add(cmd)
	f.StringVar(&o.correlation, "correlation", "", "`id` of the transaction (default: a fresh one)")
	f.StringSliceVar(&o.correlationAt, "correlation-at", nil, "put that id at these `paths` of each body, or at @attribute.NAME; traceparent gets the form of one")
	f.BoolVar(&o.each, "each", false, "each event is a transaction of its own: -1, -2, … behind the id")
	f.StringSliceVar(&o.idAt, "id-at", nil, "put a fresh id for each event at these `paths`")
	f.StringVar(&o.source, "source", "", "`source` of events that name none, for a bus")
	f.StringVar(&o.typ, "type", "", "detail-`type` of events that name none, for a bus")
	f.BoolVar(&o.replace, "replace", false, "at AWS itself, let events for a table replace and delete items that are there (elsewhere they do)")
	f.BoolVar(&o.dryRun, "dry-run", false, "check the file and the events, and send nothing")
	f.BoolVar(&o.json, "json", false, "print JSON Lines: one for each event, and a summary")
	return cmd
}

func (o *injectOptions) run(ctx context.Context, cmd *cobra.Command, to event.Place, file string) error {
	at, err := o.at("inject")
	if err == nil && to != "" {
		err = putable(to)
	}
	if err != nil {
		return &exitError{exitUsage, err}
	}
	read, err := o.read(cmd.InOrStdin(), to, file)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	for _, h := range read.Left {
		fmt.Fprintf(cmd.ErrOrStderr(), "dyetrace: not repeated, since the recording does not say what it wrote: %s to %s\n",
			report.Clean(h.Operation), report.Clean(string(h.To)))
	}
	options := inject.Options{
		CorrelationID: o.correlation, CorrelationAt: o.correlationAt, IDAt: o.idAt, Each: o.each, OnlyNew: at.atAWS() && !o.replace,
	}
	var told *inject.Report
	if o.dryRun {
		told, err = inject.Check(read.Entries, options)
	} else {
		if err := o.identify(ctx, &at); err != nil {
			return err
		}
		told, err = inject.Put(ctx, at.Endpoint, read.Entries, options)
	}
	if err != nil && len(told.Results) == 0 { // the options cannot be what they are
		return &exitError{exitUsage, err}
	}
	if printErr := o.print(cmd.OutOrStdout(), told, &at); printErr != nil {
		return &exitError{exitFailed, printErr}
	}
	return injectVerdict(told, err, &at)
}

// putable says what is wrong with a place of the command line.
func putable(to event.Place) error {
	told, err := inject.Check(inject.At(string(to), event.Event{Source: "s", Type: "t", Body: `{"id":"1"}`}), inject.Options{})
	if err != nil && len(told.Results) == 1 {
		return told.Results[0].Err
	}
	return err
}

// read reads the file, and gives its events what the flags say of those that lack it.
func (o *injectOptions) read(stdin io.Reader, place event.Place, file string) (inject.File, error) {
	name, from := "standard input", stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return inject.File{}, err
		}
		defer f.Close()
		name, from = file, f
	}
	read, err := inject.Read(from, o.format, place)
	switch {
	case err != nil:
		return read, fmt.Errorf("%s: %s", report.Clean(name), strings.ReplaceAll(report.Clean(err.Error()), `\n`, "; "))
	case len(read.Entries) == 0:
		return read, fmt.Errorf("%s has no event to put", report.Clean(name))
	}
	for i := range read.Entries {
		e := &read.Entries[i]
		if e.Place == "" {
			return read, fmt.Errorf("line %d of %s names no place: name one before the file, as in dyetrace inject bus:crm %s", e.Line, report.Clean(name), report.Clean(file))
		}
		if d, _ := event.Decode(e.Event.Body); e.Place.Kind() == event.PlaceBus && d.Type == "" { // no envelope that has its own
			if e.Event.Source == "" {
				e.Event.Source = o.source
			}
			if e.Event.Type == "" {
				e.Event.Type = o.typ
			}
		}
	}
	return read, nil
}

// injectedVersion is that of the lines of --json.
const injectedVersion = 1

// injectedLine is a line of --json for one event.
type injectedLine struct {
	Version       int         `json:"version"`
	Event         string      `json:"event"` // "injected", "checked", "refused"
	Place         event.Place `json:"place"`
	Line          int         `json:"line,omitempty"`
	ID            string      `json:"id,omitempty"`
	CorrelationID string      `json:"correlationId"`
	Attempts      int         `json:"attempts,omitempty"`
	Doubtful      bool        `json:"doubtful,omitempty"`
	Body          string      `json:"body,omitempty"` // of a dry run
	Error         string      `json:"error,omitempty"`
}

func (o *injectOptions) print(out io.Writer, told *inject.Report, at *place) error {
	if !o.json {
		return o.printText(out, told, at)
	}
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for _, r := range told.Results {
		line := injectedLine{
			Version: injectedVersion, Event: "injected", Place: r.Place, Line: r.Line, ID: r.ID, CorrelationID: r.CorrelationID, Attempts: r.Attempts, Doubtful: r.Doubtful,
		}
		if o.dryRun {
			line.Event, line.Body = "checked", r.Event.Body
		}
		if r.Err != nil {
			line.Event, line.Error = "refused", r.Err.Error()
		}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	failed, good := len(told.Failed()), "put"
	if o.dryRun {
		good = "checked"
	}
	return lines.Encode(map[string]any{
		"version": injectedVersion, "event": "summary", good: len(told.Results) - failed, "refused": failed,
		"correlationId": told.CorrelationID, "account": at.AccountID, "endpoint": at.name(), "region": at.Region,
	})
}

const shownRefusals = 20

func (o *injectOptions) printText(out io.Writer, told *inject.Report, at *place) error {
	var b strings.Builder
	refused, shown, failed := 0, 0, told.Failed()
	var before error
	for _, r := range told.Results {
		where := string(r.Place)
		if r.Line > 0 {
			where = fmt.Sprintf("line %d  %s", r.Line, r.Place)
		}
		switch {
		case r.Err != nil && !errors.Is(r.Err, inject.ErrNotSent):
			refused++
			if r.Err != before && shown < shownRefusals { // a place that is not there refuses all alike
				shown++
				fmt.Fprintf(&b, "refused   %s  %s\n", report.Clean(where), report.Clean(r.Err.Error()))
			}
			before = r.Err
		case r.Doubtful:
			fmt.Fprintf(&b, "doubtful  %s  the answer to the first call was lost: it may be there twice\n", report.Clean(where))
		}
	}
	if refused > shown {
		fmt.Fprintf(&b, "          and %d more\n", refused-shown)
	}
	places := placesOf(told)
	switch n := len(told.Results) - len(failed); {
	case o.dryRun && len(failed) == 0:
		fmt.Fprintf(&b, "%d of %d events can be put on %s, as far as can be told without asking\n", n, len(told.Results), places)
	case o.dryRun:
		fmt.Fprintf(&b, "%d of %d events cannot be put\n", refused, len(told.Results))
	default:
		fmt.Fprintf(&b, "put %d of %d events on %s, in %s\n", n, len(told.Results), places, at)
		switch {
		case n > 0 && at.atAWS():
			fmt.Fprintf(&b, "correlation id %s\n", report.Clean(told.Results[0].CorrelationID))
		case n > 0:
			fmt.Fprintf(&b, "correlation id %s; see what came of it:  dyetrace trace --endpoint %s --correlation %[1]s\n", report.Clean(told.Results[0].CorrelationID), report.Clean(at.URL))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

const shownPlaces = 3

func placesOf(told *inject.Report) string {
	var names []string
	for _, r := range told.Results {
		if name := report.Clean(string(r.Place)); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > shownPlaces {
		return fmt.Sprintf("%s and %d places more", strings.Join(names[:shownPlaces], ", "), len(names)-shownPlaces)
	}
	return strings.Join(names, ", ")
}

// injectVerdict gives what became of an injection its exit code. What was refused has been printed.
func injectVerdict(told *inject.Report, err error, at *place) error {
	if err == nil {
		return nil
	}
	failed := told.Failed()
	if e, ok := errors.AsType[*awsapi.Error](err); ok && e.Err != nil && e.Status == 0 && len(failed) == len(told.Results) {
		return at.silent(e)
	}
	text := fmt.Sprintf("%d of %d events were not put", len(failed), len(told.Results))
	if len(failed) == len(told.Results) {
		text = "nothing was put"
	}
	if errors.Is(err, inject.ErrNotNew) {
		text += "; --replace lets events for a table replace and delete items"
	}
	return &exitError{exitFailed, errors.New(text)}
}

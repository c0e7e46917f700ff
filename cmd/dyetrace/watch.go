package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/backend/remote"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/report"
)

// watchWait is how long one question to the server waits for a hop.
const watchWait = 30 * time.Second

// watchOptions are the flags of watch.
type watchOptions struct {
	endpoint    string
	pattern     string
	places      []string
	correlation string
	account     string
	history     bool
	count       int
	json        bool
}

func watchCommand() *cobra.Command {
	var o watchOptions
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Follow a running pipeline: each hop as a line, as it happens",
		Long: "Print each hop of a running server as a line: when, its number (dyetrace trace --hop shows the flow it is of), ✗ or ⊘ where it\n" +
			"did not go on, what, from where to where, and why not. The filters are joined: a hop is shown if it passes all of them.\n" +
			"Interrupt it to stop. It asks the server once and waits for the answer, so it costs nothing while nothing happens.",
		Example: "  dyetrace watch\n  dyetrace watch --place 'queue:*' --place 'dlq:*'\n" +
			"  dyetrace watch --pattern '{\"detail-type\":[\"LeadConverted\"],\"detail\":{\"amount\":[{\"numeric\":[\">\",1000]}]}}' --json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return o.run(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.endpoint, "endpoint", "", "`URL` of the server; with a token: http://TOKEN@host:port (default: AWS_ENDPOINT_URL, else http://127.0.0.1:4566)")
	f.StringVar(&o.pattern, "pattern", "", "show hops whose event matches this EventBridge `pattern`")
	f.StringArrayVar(&o.places, "place", nil, "show hops from or to this `place`, as queue:orders; * is any run of characters, dlq: a queue with that role; may be repeated")
	f.StringVar(&o.correlation, "correlation", "", "show hops of the flow with this `id`")
	f.StringVar(&o.account, "account", "", "show hops of this `account`")
	f.BoolVar(&o.history, "history", false, "begin with what the server still has, not with what comes next")
	f.IntVar(&o.count, "count", 0, "end after this `number` of hops; 0 never ends")
	f.BoolVar(&o.json, "json", false, "print hops as JSON Lines, as a recording has them")
	return cmd
}

func (o *watchOptions) run(ctx context.Context, out, errOut io.Writer) error {
	w := watcher{o: o, out: out, errOut: errOut, paint: report.Paint(!o.json && colored(out))}
	if o.count < 0 {
		return &exitError{exitUsage, fmt.Errorf("--count must be a number of hops or 0 for no end, not %d", o.count)}
	}
	if o.pattern != "" {
		p, err := pattern.Compile([]byte(o.pattern))
		if err != nil {
			return &exitError{exitUsage, fmt.Errorf("--pattern is no EventBridge pattern: %s", strings.ReplaceAll(err.Error(), "\n", ""))}
		}
		w.pattern = p
	}
	endpoint := cmp.Or(o.endpoint, os.Getenv("AWS_ENDPOINT_URL"), "http://127.0.0.1:4566")
	if err := serverURL(endpoint); err != nil {
		return &exitError{exitUsage, err}
	}
	err := w.watch(ctx, endpoint)
	if err != nil && ctx.Err() != nil {
		return nil // the user's wish
	}
	return err
}

// watcher follows one server.
type watcher struct {
	o       *watchOptions
	out     io.Writer
	errOut  io.Writer
	paint   report.Paint
	pattern *pattern.Pattern
	view    *remote.Viewer
	flow    *observe.Flow // knows the roles of places
	shown   int
}

func (w *watcher) watch(ctx context.Context, endpoint string) error {
	v, err := remote.View(ctx, endpoint)
	if err != nil {
		return unavailable(err)
	}
	w.view = v
	if err := w.learn(ctx); err != nil {
		return unavailable(err)
	}
	q := remote.Query{Account: w.o.account, CorrelationID: w.o.correlation, Wait: watchWait}
	if !w.o.history {
		now, err := v.Pending(ctx, "")
		if err != nil {
			return unavailable(err)
		}
		q.After = now.Seq
	}
	fmt.Fprintf(w.errOut, "dyetrace: watching %s\n", v.Name())
	for {
		page, err := v.Hops(ctx, q)
		if err != nil {
			return unavailable(err)
		}
		if page.Lost > 0 && (q.After > 0 || w.o.history) {
			fmt.Fprintf(w.errOut, "dyetrace: %d hops are missing here: the server kept them no longer; start it with a larger --history\n", page.Lost)
		}
		if over, err := w.take(ctx, page.Hops); over || err != nil {
			return err
		}
		q.After = page.Last
	}
}

// learn asks for the topology, which tells the queues that are dead-letter queues.
func (w *watcher) learn(ctx context.Context) error {
	topology, err := w.view.Topology(ctx, w.o.account)
	if err != nil {
		return err
	}
	w.flow = observe.NewFlow(observe.Recording{Topology: topology})
	return nil
}

// take prints the hops that pass the filters, and reports whether that was enough.
func (w *watcher) take(ctx context.Context, hops []event.Hop) (over bool, err error) {
	if len(hops) > 0 && w.asksForRole() { // what is a dead-letter queue may have changed
		if err := w.learn(ctx); err != nil {
			return true, unavailable(err)
		}
	}
	for _, h := range hops {
		if !w.passes(&h) {
			continue
		}
		if err := w.print(h); err != nil {
			return true, &exitError{exitFailed, err}
		}
		if w.shown++; w.shown == w.o.count {
			return true, nil
		}
	}
	return false, nil
}

func (w *watcher) asksForRole() bool {
	for _, p := range w.o.places {
		if strings.HasPrefix(p, event.PlaceDLQ+":") {
			return true
		}
	}
	return false
}

func (w *watcher) passes(h *event.Hop) bool {
	if len(w.o.places) > 0 && !w.at(h) {
		return false
	}
	if w.pattern == nil {
		return true
	}
	if h.Event == nil {
		return false
	}
	parsed, err := pattern.ParseString(h.Event.Body)
	return err == nil && w.pattern.MatchEvent(parsed)
}

func (w *watcher) at(h *event.Hop) bool {
	for _, p := range w.o.places {
		if h.From != "" && w.flow.MatchPlace(p, h.From) || h.To != "" && w.flow.MatchPlace(p, h.To) {
			return true
		}
	}
	return false
}

func (w *watcher) print(h event.Hop) error {
	if !w.o.json {
		return text(w.out, report.HopLine(h, w.paint)+"\n")
	}
	lines := json.NewEncoder(w.out)
	lines.SetEscapeHTML(false)
	return lines.Encode(map[string]any{"hop": h})
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/remote"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/report"
)

// fromServer takes a flow out of a running server, or lists those it has.
func (o *traceOptions) fromServer(cmd *cobra.Command) error {
	if err := serverURL(o.endpoint); err != nil {
		return &exitError{exitUsage, err}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	v, err := remote.View(ctx, o.endpoint)
	if err != nil {
		return unavailable(err)
	}
	hops, lost, err := o.hops(ctx, v)
	if err != nil {
		return unavailable(err)
	}
	switch {
	case o.hop != 0:
		hops, err = connected(hops, o.hop)
		if err != nil {
			return &exitError{exitUsage, err}
		}
	case o.correlation == "":
		if o.format != "text" || len(o.chain) > 0 {
			return &exitError{exitUsage, errors.New("which flow? name it with --correlation ID or --hop NUMBER; without any flag, trace --endpoint lists them")}
		}
		return o.list(cmd, v, hops, lost)
	case len(hops) == 0:
		return &exitError{exitUsage, fmt.Errorf("%s has no hop of flow %q; without --correlation the flows that it has are listed", v.Name(), report.Clean(o.correlation))}
	}
	r, err := recordingOf(ctx, v, hops)
	if err != nil {
		return unavailable(err)
	}
	r.CausationAt = o.causationAt
	return o.show(cmd, r)
}

// serverURL says what is wrong with the URL of a server.
func serverURL(address string) error {
	if u, err := url.Parse(address); address != awsapi.AWS && (err != nil || u.Host == "") {
		return fmt.Errorf("--endpoint must be like http://127.0.0.1:4566, not %q", address)
	}
	return nil
}

// hops asks for the hops of the flow, or of all. Where causes are named, of all in either case: they may tell which flow a hop is of.
func (o *traceOptions) hops(ctx context.Context, v *remote.Viewer) (hops []event.Hop, lost uint64, err error) {
	if len(o.causationAt) == 0 {
		return v.All(ctx, remote.Query{Account: o.account, CorrelationID: o.correlation})
	}
	hops, lost, err = v.All(ctx, remote.Query{Account: o.account})
	hops = observe.Tied(hops, o.causationAt...)
	if o.correlation != "" {
		hops = slices.DeleteFunc(hops, func(h event.Hop) bool { return h.CorrelationID != o.correlation })
	}
	return hops, lost, err
}

// recordingOf makes a recording of the hops of one flow.
func recordingOf(ctx context.Context, v *remote.Viewer, hops []event.Hop) (observe.Recording, error) {
	account := hops[0].Account
	for _, h := range hops {
		if h.Account != account {
			account = "" // it crosses accounts: look at all
		}
	}
	topology, err := v.Topology(ctx, account)
	if err != nil {
		return observe.Recording{}, err
	}
	q, err := v.Pending(ctx, account)
	if err != nil {
		return observe.Recording{}, err
	}
	grade := event.Inconclusive
	if q.Quiet {
		grade = event.Settled
	}
	return observe.Recording{
		CorrelationID: hops[0].CorrelationID, After: hops[0].Seq - 1, Start: hops[0].At, Hops: hops, Topology: topology, Quiescence: q,
		Grade: grade, Origin: observe.Origin{Backend: v.Name()},
	}, nil
}

// connected returns the hops that are joined to that one by cause and effect. Those that nobody gave a correlation id are named after
// the first.
func connected(hops []event.Hop, seq uint64) ([]event.Hop, error) {
	g := newGroups(hops)
	root, ok := g.root[seq]
	if !ok {
		return nil, fmt.Errorf("the server has no hop %d, or no longer", seq)
	}
	var list []event.Hop
	for _, h := range hops {
		if g.root[h.Seq] == root {
			if h.CorrelationID == "" {
				h.CorrelationID = hopName(root)
			}
			list = append(list, h)
		}
	}
	id := list[0].CorrelationID
	for i := range list { // an effect may have been told another one by its client
		list[i].CorrelationID = id
	}
	return list, nil
}

func hopName(seq uint64) string { return fmt.Sprintf("hop-%d", seq) }

// groups joins hops by cause and effect.
type groups struct {
	root map[uint64]uint64 // Seq → Seq of the first hop that led to it
}

func newGroups(hops []event.Hop) groups {
	g := groups{root: make(map[uint64]uint64, len(hops))}
	ofFact := map[uint64]uint64{}
	for _, h := range hops {
		root, known := g.root[h.Cause]
		if !known {
			root, known = ofFact[h.Fact]
		}
		if !known || h.Cause == 0 && h.Fact == 0 {
			root = h.Seq
		}
		g.root[h.Seq] = root
		if _, known := ofFact[h.Fact]; !known && h.Fact != 0 {
			ofFact[h.Fact] = root
		}
	}
	return g
}

// listed is a flow of a running server, as it is listed.
type listed struct {
	name  string // the flag that shows it
	first event.Hop
	hops  int
	tells bool // it has an event, or a call of it failed
	types []string
}

const maxListed = 50

// list prints the flows that the server has, the newest last.
func (o *traceOptions) list(cmd *cobra.Command, v *remote.Viewer, hops []event.Hop, lost uint64) error {
	flows := flowsOf(hops)
	all := len(flows)
	flows = slices.DeleteFunc(flows, func(f *listed) bool { return !f.tells })
	return deliver(cmd.OutOrStdout(), o.out, func(w io.Writer) error {
		var b strings.Builder
		fmt.Fprintf(&b, "%s: %s, %s, calls that led to no event: %d", v.Name(), counted(len(hops), "hop"), counted(all, "flow"), all-len(flows))
		if lost > 0 {
			fmt.Fprintf(&b, "; %d older hops are no longer kept (up --history)", lost)
		}
		b.WriteString("\n")
		if more := len(flows) - maxListed; more > 0 {
			fmt.Fprintf(&b, "  %d older ones are not shown\n", more)
			flows = flows[more:]
		}
		for _, f := range flows {
			fmt.Fprintf(&b, "  %s  %s  %-28s %4d  %s\n", f.first.At.UTC().Format("15:04:05.000"), f.first.Account, f.name, f.hops, f.what())
		}
		return text(w, b.String())
	})
}

func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// what says what a flow is about: the types of its events, or what it began with.
func (f *listed) what() string {
	if len(f.types) > 0 {
		more := ""
		if n := len(f.types) - 4; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		return strings.Join(f.types[:min(4, len(f.types))], ", ") + more
	}
	if f.first.Operation != "" {
		return report.Clean(f.first.Operation)
	}
	return report.Clean(string(f.first.Kind))
}

// typeOf returns what an event is called by its envelope, or by that in its body.
func typeOf(e *event.Event) string {
	if e.Type != "" {
		return e.Type
	}
	document, _ := event.Decode(e.Body) // a body that is not JSON names no type
	return document.Type
}

func flowsOf(hops []event.Hop) []*listed {
	g := newGroups(hops)
	byName := map[string]*listed{}
	var flows []*listed
	for _, h := range hops {
		name := "--correlation " + report.Clean(h.CorrelationID)
		if h.CorrelationID == "" {
			name = fmt.Sprintf("--hop %d", g.root[h.Seq])
		}
		f := byName[name]
		if f == nil {
			f = &listed{name: name, first: h}
			byName[name] = f
			flows = append(flows, f)
		}
		f.hops++
		f.tells = f.tells || h.Fact != 0 || h.Outcome == event.Failed
		if h.Arrives() && h.Event != nil && h.To.Kind() != event.PlaceStream {
			if t := report.Clean(typeOf(h.Event)); t != "" && !slices.Contains(f.types, t) {
				f.types = append(f.types, t)
			}
		}
	}
	slices.SortStableFunc(flows, func(a, b *listed) int { return cmp.Compare(a.first.Seq, b.first.Seq) })
	return flows
}

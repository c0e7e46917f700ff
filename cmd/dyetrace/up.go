package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

const drainTime = 10 * time.Second

// upOptions are the flags of up.
type upOptions struct {
	addr    string
	seed    uint64
	clock   string
	history int
	hosts   []string
	hostile []string
	waits   bool
	init    []string
	json    bool
}

// environment is what a client on this machine needs in order to use the server.
func environment(url string) [][2]string {
	return [][2]string{{"AWS_ENDPOINT_URL", url}, {"AWS_ACCESS_KEY_ID", "test"}, {"AWS_SECRET_ACCESS_KEY", "test"},
		{"AWS_REGION", "us-east-1"}, {"AWS_DEFAULT_REGION", "us-east-1"}}
}

func upCommand() *cobra.Command {
	var o upOptions
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run the pipeline as a server that any AWS SDK can use",
		Long: "Run the pipeline as a server. Point AWS SDKs at it with the lines it prints; an access key id of 12 digits is an\n" +
			"account of its own. State is in memory. GET /_dyetrace/ lists the control API. Interrupt it to stop.\n\n" +
			"--init runs scripts that create what clients expect: each executable file of a folder in the order of names (.sh without the\n" +
			"executable bit through sh, not on Windows), with the AWS_ variables set, one by one, before the lines are printed. One that\n" +
			"fails ends the server with exit code 1. Folders that other servers look at by themselves, such as\n" +
			"/etc/localstack/init/ready.d, are run only if --init names them.",
		Example: "  dyetrace up\n  dyetrace up --addr 127.0.0.1:0 --clock manual --json\n  dyetrace up --addr 0.0.0.0:4566 --host dyetrace\n  dyetrace up --init ./queues.sh",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("seed") {
				o.seed = drawSeed()
			}
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return o.run(ctx, stop, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.addr, "addr", "127.0.0.1:4566", "`host:port` to listen on; port 0 takes a free one")
	f.Uint64Var(&o.seed, "seed", 0, "`number` that decides ids, message order and retry jitter (default: drawn and printed)")
	f.StringVar(&o.clock, "clock", "real", "`mode` of time: real, or manual, in which it stands still until POST /_dyetrace/advance")
	f.IntVar(&o.history, "history", 4096, "`number` of hops to keep; 0 keeps all")
	f.StringSliceVar(&o.hosts, "host", nil, "further `name` that clients may address the server by; *.name is any below it")
	f.StringSliceVar(&o.hostile, "hostile", nil, "deliver duplicates and other orders, as AWS may, on the standard queues of these `names`; without =names, on all")
	f.Lookup("hostile").NoOptDefVal = "*"
	f.BoolVar(&o.waits, "aws-waits", false, "keep AWS's waiting rules: 60 seconds before a deleted queue's name is free, and between two purges; some seconds until a table is ACTIVE")
	f.StringArrayVar(&o.init, "init", nil, "script, or folder of scripts, at this `path` to run before the server says that it is ready; may be repeated")
	f.BoolVar(&o.json, "json", false, "print one line of JSON per event instead of text")
	return cmd
}

// drawSeed draws a seed short enough to be typed again.
func drawSeed() uint64 {
	var b [4]byte
	rand.Read(b[:]) // never fails
	return uint64(binary.LittleEndian.Uint32(b[:]))
}

// run serves until ctx ends and everything under way is answered, or an init script fails. again lets a second interrupt end the
// process at once.
func (o *upOptions) run(ctx context.Context, again func(), out, errOut io.Writer) error {
	po, err := o.pipeline()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	hooks, err := findHooks(o.init, errOut)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	l, err := net.Listen("tcp", o.addr)
	if err != nil {
		return &exitError{exitUsage, listenError(o.addr, err)}
	}
	if addr, ok := l.Addr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() {
		po.Token = drawToken()
	}
	po.Logger = slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelWarn}))
	p := pipeline.New(po)
	saveMemory()
	served := make(chan error, 1)
	go func() { served <- p.Serve(l) }()
	err = runHooks(ctx, hooks, environment(clientURL(l.Addr())), errOut)
	if err == nil {
		err = o.announce(out, l.Addr(), po.Token)
	}
	if err != nil && ctx.Err() == nil {
		p.Close()
		return &exitError{exitFailed, err}
	}
	select {
	case err := <-served:
		return &exitError{exitFailed, err}
	case <-ctx.Done():
	}
	return o.stop(p, again, served, out)
}

// stop lets the requests under way be answered.
func (o *upOptions) stop(p *pipeline.Pipeline, again func(), served <-chan error, out io.Writer) error {
	again()
	drain, stop := context.WithTimeout(context.Background(), drainTime)
	defer stop()
	if err := p.Shutdown(drain); err != nil {
		return &exitError{exitFailed, fmt.Errorf("requests were still under way after %v and have been cut off", drainTime)}
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return &exitError{exitFailed, err}
	}
	if o.json {
		return json.NewEncoder(out).Encode(map[string]any{"v": 1, "event": "stopped"})
	}
	return nil
}

// pipeline turns the flags into options.
func (o *upOptions) pipeline() (pipeline.Options, error) {
	po := pipeline.Options{Seed: o.seed, HistoryLimit: o.history, Hosts: o.hosts, Version: version()}
	po.AWSWaits = o.waits
	if len(o.hostile) > 0 {
		po.Hostile = &pipeline.Hostile{}
		if !slices.Contains(o.hostile, "*") {
			po.Hostile.Queues = o.hostile
		}
	}
	switch o.clock {
	case "real":
	case "manual":
		po.Clock = engine.NewManualClock(time.Now())
	default:
		return po, fmt.Errorf("--clock must be real or manual, not %q", o.clock)
	}
	if o.history < 0 {
		return po, fmt.Errorf("--history must be a number of hops or 0 for all, not %d", o.history)
	}
	for _, h := range o.hosts {
		if h == "" || strings.ContainsAny(h, "/: ") && net.ParseIP(h) == nil {
			return po, fmt.Errorf("--host must be a name without scheme and port, not %q", h)
		}
	}
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return po, fmt.Errorf("--addr must be host:port, as in 127.0.0.1:4566, not %q", o.addr)
	}
	if host != "" {
		po.Hosts = append(po.Hosts, host)
	}
	return po, nil
}

func listenError(addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use already: stop what listens there, or choose another address with --addr", addr)
	}
	if cause := errors.Unwrap(err); cause != nil {
		err = cause
	}
	return fmt.Errorf("cannot listen on %s (%w): choose another address with --addr", addr, err)
}

// drawToken draws the secret that the control API demands where others than this machine can reach it.
func drawToken() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// announce tells where the server is. The text is a shell script: what is not an export is a comment.
func (o *upOptions) announce(out io.Writer, addr net.Addr, token string) error {
	url := clientURL(addr)
	env := environment(url)
	if o.json {
		names := map[string]string{}
		for _, e := range env {
			names[e[0]] = e[1]
		}
		line := map[string]any{"v": 1, "event": "listening", "addr": addr.String(), "url": url, "seed": o.seed, "clock": o.clock, "env": names}
		if token != "" {
			line["token"] = token
		}
		return json.NewEncoder(out).Encode(line)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# dyetrace %s listens on %s (seed %d, %s clock)\n", version(), addr, o.seed, o.clock)
	for _, e := range env {
		fmt.Fprintf(&b, "export %s=%s\n", e[0], e[1])
	}
	if token != "" {
		fmt.Fprintf(&b, "# others can reach this address: /_dyetrace/ needs the header X-Dyetrace-Token: %s\n", token)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// clientURL returns the URL by which a client on this machine reaches addr.
func clientURL(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", tcp.Port)
	}
	return "http://" + addr.String()
}

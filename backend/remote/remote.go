package remote

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
)

const (
	region       = "us-east-1"
	openTimeout  = 5 * time.Second
	closeTimeout = 5 * time.Second
	settleMost   = 10 * time.Minute // the server waits no longer
	settleMargin = 5 * time.Second  // for the answer to come back
)

// Backend is an account of a running server. Make one with [Open]. Safe for concurrent use.
type Backend struct {
	url     string   // without a slash at the end
	server  *url.URL // the same
	token   string
	account string
	movable bool
	version string
	client  *http.Client
	carrier http.RoundTripper
}

var _ interface {
	backend.Backend
	backend.Mover
} = (*Backend)(nil)

// Open connects to the server at that URL ("http://127.0.0.1:4566") and takes a random account of it. A user part of the URL is
// the token of its control API: "http://TOKEN@host:4566". The error is a *backend.UnavailableError.
func Open(ctx context.Context, address string) (*Backend, error) {
	ctx, stop := context.WithTimeout(ctx, openTimeout)
	defer stop()
	b, err := connect(ctx, address)
	if err != nil {
		return nil, err
	}
	if b.account, err = randomAccount(); err != nil {
		return nil, err
	}
	b.movable, err = b.clockMoves(ctx)
	if err != nil {
		return nil, b.unavailable("open its control API", err)
	}
	return b, nil
}

// connect finds out whether a dyetrace server is at that URL.
func connect(ctx context.Context, address string) (*Backend, error) {
	u, err := url.Parse(address)
	if err == nil && (u.Scheme == "aws" || isAWS(u.Hostname())) {
		return nil, &backend.UnavailableError{Backend: address, Action: "tell its hops", Err: errors.New("AWS itself keeps no record of them; to see what comes to a place there, put an observer beside it (package observe/tap)")}
	}
	if err != nil || u.Host == "" {
		return nil, &backend.UnavailableError{Backend: address, Action: "open", Err: errors.New("the URL must be like http://127.0.0.1:4566")}
	}
	carrier := http.DefaultTransport.(*http.Transport).Clone()
	carrier.Proxy = nil
	carrier.MaxIdleConnsPerHost = 64
	server := &url.URL{Scheme: u.Scheme, Host: u.Host}
	b := &Backend{url: server.String(), server: server, token: u.User.Username(), client: &http.Client{Transport: carrier}, carrier: carrier}
	var health struct {
		Edition string `json:"edition"`
		Version string `json:"version"`
	}
	if err := b.ask(ctx, http.MethodGet, "health", nil, &health); err != nil {
		return nil, b.unavailable("answer", err)
	}
	if health.Edition != "dyetrace" {
		return nil, b.unavailable("answer", fmt.Errorf("it says that it is %q", health.Edition))
	}
	b.version = health.Version
	return b, nil
}

// clockMoves finds out whether the server has a manual clock by moving it by nothing.
func (b *Backend) clockMoves(ctx context.Context) (bool, error) {
	err := b.ask(ctx, http.MethodPost, "advance", url.Values{"by": {"0s"}, "timeout": {"0s"}}, &event.Quiescence{})
	if refusal, ok := errors.AsType[*RefusedError](err); ok && refusal.Status == http.StatusConflict {
		return false, nil
	}
	return err == nil, err
}

// randomAccount keeps parallel tests, also of other processes, apart.
func randomAccount() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(900_000_000_000))
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(n.Int64()+100_000_000_000, 10), nil
}

// Name returns where the server is.
func (b *Backend) Name() string {
	if b.version == "" {
		return "dyetrace at " + b.url
	}
	return "dyetrace " + b.version + " at " + b.url
}

// Features declares that consumers are in other processes, as far as the server is concerned: they are done when they ask again.
func (b *Backend) Features() backend.Features {
	return backend.Features{VirtualTime: b.movable, Absence: event.Settled, Relative: "consumers that asked again"}
}

// Endpoint returns what a client of that name talks to.
func (b *Backend) Endpoint(client string) backend.Endpoint {
	return backend.Endpoint{URL: b.url, Region: region, AccountID: b.account, Transport: &transport{server: b.server, client: client, next: b.carrier}}
}

// Hops returns the account's hops after that one, in as many answers as the server needs.
func (b *Backend) Hops(ctx context.Context, after uint64) (hops []event.Hop, lost uint64, err error) {
	return (&Viewer{b}).All(ctx, Query{After: after, Account: b.account})
}

// Topology returns what exists in the account.
func (b *Backend) Topology(ctx context.Context) (event.Topology, error) {
	return (&Viewer{b}).Topology(ctx, b.account)
}

// Settle waits, at most until ctx ends or for 10 minutes, until nothing is under way.
func (b *Backend) Settle(ctx context.Context) (event.Quiescence, error) {
	return b.wait(ctx, "settle", url.Values{"account": {b.account}})
}

// Advance moves the server's clock, which all its accounts share: everybody's work must rest at each step. The error is a
// [backend.ErrNotMovable] if it has no manual one.
func (b *Backend) Advance(ctx context.Context, d time.Duration) (event.Quiescence, error) {
	if !b.movable {
		return event.Quiescence{}, backend.ErrNotMovable
	}
	q, err := b.wait(ctx, "advance", url.Values{"by": {d.String()}})
	if err != nil || !q.Quiet {
		return q, err
	}
	return b.Settle(ctx) // what is pending in this account
}

// Drain is Advance: long polls wait in real time and do not keep a manual clock from moving.
func (b *Backend) Drain(ctx context.Context, horizon time.Duration) (event.Quiescence, error) {
	return b.Advance(ctx, horizon)
}

// wait asks for something that may take as long as ctx has left. The answer at the end of that time, in which Quiet is false,
// needs a moment longer than ctx has, so the question has a context of its own.
func (b *Backend) wait(ctx context.Context, command string, query url.Values) (event.Quiescence, error) {
	patience := settleMost
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, max(0, time.Until(deadline)))
	}
	query.Set("timeout", patience.String())
	asking, stop := context.WithTimeout(context.WithoutCancel(ctx), patience+settleMargin)
	defer stop()
	var q event.Quiescence
	if err := b.ask(asking, http.MethodPost, command, query, &q); err != nil {
		return q, b.unavailable(command, err)
	}
	return q, nil
}

// Close forgets the account and closes idle connections.
func (b *Backend) Close() error {
	ctx, stop := context.WithTimeout(context.Background(), closeTimeout)
	defer stop()
	defer b.carrier.(*http.Transport).CloseIdleConnections()
	if err := b.ask(ctx, http.MethodPost, "reset", url.Values{"account": {b.account}}, &struct{}{}); err != nil {
		return b.unavailable("reset the account", err)
	}
	return nil
}

func (b *Backend) unavailable(action string, err error) error {
	return &backend.UnavailableError{Backend: b.Name(), Action: action, Err: err}
}

package remote

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Viewer looks at a running server, at all of its accounts, and changes nothing there. Make one with [View]. Safe for concurrent use.
type Viewer struct{ server *Backend }

// View connects to the server at that URL, as [Open] does, but takes no account of it.
func View(ctx context.Context, address string) (*Viewer, error) {
	ctx, stop := context.WithTimeout(ctx, openTimeout)
	defer stop()
	b, err := connect(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := b.ask(ctx, http.MethodGet, "hops", url.Values{"limit": {"0"}}, &Page{}); err != nil {
		return nil, b.unavailable("open its control API", err)
	}
	return &Viewer{b}, nil
}

// Name returns where the server is.
func (v *Viewer) Name() string { return v.server.Name() }

// Query selects hops. The zero value selects all.
type Query struct {
	After         uint64        // hops with a Seq greater than this
	Account       string        // "": all
	CorrelationID string        // "": all
	Limit         int           // hops in one answer; 0 leaves it to the server
	Wait          time.Duration // for a first one, if there is none; at most a minute
}

// Page is a part of a server's history.
type Page struct {
	Hops []event.Hop `json:"hops"`
	Lost uint64      `json:"lost"` // hops behind Query.After that the server no longer has
	Last uint64      `json:"last"` // Seq up to which the page goes: the next Query.After
	More bool        `json:"more"` // there is another page already
}

// Hops returns the next page of what the query selects.
func (v *Viewer) Hops(ctx context.Context, q Query) (Page, error) {
	query := url.Values{"after": {strconv.FormatUint(q.After, 10)}}
	if q.Account != "" {
		query.Set("account", q.Account)
	}
	if q.CorrelationID != "" {
		query.Set("correlation", q.CorrelationID)
	}
	if q.Limit > 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Wait > 0 {
		query.Set("wait", q.Wait.String())
	}
	var page Page
	if err := v.server.ask(ctx, http.MethodGet, "hops", query, &page); err != nil {
		return Page{}, v.server.unavailable("list its hops", err)
	}
	return page, nil
}

// All returns every hop that the query selects, page by page.
func (v *Viewer) All(ctx context.Context, q Query) (hops []event.Hop, lost uint64, err error) {
	for {
		page, err := v.Hops(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		hops, lost = append(hops, page.Hops...), lost+page.Lost
		if !page.More || page.Last <= q.After {
			return hops, lost, nil
		}
		q.After = page.Last
	}
}

// Topology returns what exists in an account; in all of them if it is "".
func (v *Viewer) Topology(ctx context.Context, account string) (event.Topology, error) {
	var t event.Topology
	if err := v.server.ask(ctx, http.MethodGet, "topology", ofAccount(account), &t); err != nil {
		return event.Topology{}, v.server.unavailable("describe its topology", err)
	}
	return t, nil
}

// Pending returns what is under way in an account; in all of them if it is "".
func (v *Viewer) Pending(ctx context.Context, account string) (event.Quiescence, error) {
	var q event.Quiescence
	if err := v.server.ask(ctx, http.MethodGet, "pending", ofAccount(account), &q); err != nil {
		return q, v.server.unavailable("say what is under way", err)
	}
	return q, nil
}

func ofAccount(account string) url.Values {
	if account == "" {
		return nil
	}
	return url.Values{"account": {account}}
}

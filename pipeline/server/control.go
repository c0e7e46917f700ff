package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Limits of the control API.
const (
	settleDefault = 10 * time.Second
	settleMost    = 10 * time.Minute
	hopsDefault   = 10_000      // hops in one answer
	hopsMost      = time.Minute // of waiting for one
)

// A command is one path of the control API.
type command struct {
	method string
	open   bool // needs no token
	run    func(s *Server, w http.ResponseWriter, r *http.Request) (any, *refusal)
}

var commands = map[string]command{
	"/_localstack/health": {method: http.MethodGet, open: true, run: (*Server).health},
	"/_dyetrace/health":   {method: http.MethodGet, open: true, run: (*Server).health},
	"/_dyetrace/hops":     {method: http.MethodGet, run: (*Server).hops},
	"/_dyetrace/explain":  {method: http.MethodGet, run: (*Server).explain},
	"/_dyetrace/topology": {method: http.MethodGet, run: (*Server).topology},
	"/_dyetrace/pending":  {method: http.MethodGet, run: (*Server).pending},
	"/_dyetrace/reset":    {method: http.MethodPost, run: (*Server).reset},
	"/_dyetrace/split":    {method: http.MethodPost, run: (*Server).split},
	"/_dyetrace/record":   {method: http.MethodPost, run: (*Server).record},
	"/_dyetrace/settle":   {method: http.MethodPost, run: (*Server).settle},
	"/_dyetrace/advance":  {method: http.MethodPost, run: (*Server).advance},
}

// control serves the control API and reports whether the path is of it.
func (s *Server) control(w http.ResponseWriter, r *http.Request) bool {
	if s.page(w, r) {
		return true
	}
	if !strings.HasPrefix(r.URL.Path, "/_dyetrace/") && !strings.HasPrefix(r.URL.Path, "/_localstack/") {
		return false
	}
	if document := s.files[r.URL.Path]; document != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		contentType, body := document()
		w.Header().Set("Content-Type", contentType)
		w.Write(body)
		return true
	}
	answer, problem := s.command(w, r)
	if problem != nil {
		refuse(w, problem)
		return true
	}
	reply(w, http.StatusOK, answer)
	return true
}

func (s *Server) command(w http.ResponseWriter, r *http.Request) (any, *refusal) {
	c, known := commands[r.URL.Path]
	switch {
	case r.URL.Path == "/_dyetrace/":
		return contents(), nil
	case !known:
		return nil, &refusal{http.StatusNotFound, "NoSuchCommand", "the control API has no " + clip(r.URL.Path) + "; GET /_dyetrace/ lists what it has"}
	case r.Method != c.method && (r.Method != http.MethodHead || c.method != http.MethodGet):
		w.Header().Set("Allow", c.method)
		return nil, &refusal{http.StatusMethodNotAllowed, "WrongMethod", r.URL.Path + " is asked for with " + c.method + ", not " + clip(r.Method)}
	case !c.open && !s.guard.mayControl(r):
		return nil, tokenNeeded()
	}
	return c.run(s, w, r)
}

// contents lists the control API.
func contents() any {
	var list []string
	for path, c := range commands {
		if strings.HasPrefix(path, "/_dyetrace/") {
			list = append(list, c.method+" "+path)
		}
	}
	slices.Sort(list)
	return map[string]any{"commands": list}
}

// health answers in the form that LocalStack's clients wait for.
func (s *Server) health(http.ResponseWriter, *http.Request) (any, *refusal) {
	state := map[string]string{}
	for _, name := range s.engine.Scope(DefaultAccount, DefaultRegion).Built().(*Services).names() {
		state[name] = "running"
		if name == "dynamodb" {
			state["dynamodbstreams"] = "running"
		}
	}
	return map[string]any{"services": state, "edition": "dyetrace", "version": s.version, "panics": s.Panics()}, nil
}

func (s *Server) topology(_ http.ResponseWriter, r *http.Request) (any, *refusal) {
	t := s.engine.Topology(r.URL.Query()["account"]...)
	if t.Places == nil {
		t.Places = []event.Place{}
	}
	return t, nil
}

func (s *Server) pending(_ http.ResponseWriter, r *http.Request) (any, *refusal) {
	accounts, problem := accountsOf(r)
	if problem != nil {
		return nil, problem
	}
	return s.engine.Quiescent(accounts...), nil
}

func (s *Server) reset(_ http.ResponseWriter, r *http.Request) (any, *refusal) {
	accounts, problem := accountsOf(r)
	if problem != nil {
		return nil, problem
	}
	s.engine.Reset(accounts...)
	return struct{}{}, nil
}

func accountsOf(r *http.Request) ([]string, *refusal) {
	accounts := r.URL.Query()["account"]
	for _, a := range accounts {
		if !event.IsAccount(a) {
			return nil, &refusal{http.StatusBadRequest, "BadAccount", "account must be 12 digits; without account, all of them are meant"}
		}
	}
	return accounts, nil
}

// settle waits until nothing is under way in the accounts asked for. It answers 200 also when the time was up; "quiet" tells.
func (s *Server) settle(w http.ResponseWriter, r *http.Request) (any, *refusal) {
	accounts, problem := accountsOf(r)
	if problem != nil {
		return nil, problem
	}
	ctx, stop, problem := patience(w, r)
	if problem != nil {
		return nil, problem
	}
	defer stop()
	return s.engine.Settle(ctx, accounts...), nil
}

func (s *Server) advance(w http.ResponseWriter, r *http.Request) (any, *refusal) {
	by, err := time.ParseDuration(r.URL.Query().Get("by"))
	if err != nil || by < 0 {
		return nil, &refusal{http.StatusBadRequest, "BadDuration", "by must be a duration that is not negative, as in by=30s or by=1h30m"}
	}
	ctx, stop, problem := patience(w, r)
	if problem != nil {
		return nil, problem
	}
	defer stop()
	q, err := s.engine.Advance(ctx, by)
	if errors.Is(err, engine.ErrClockNotManual) {
		return nil, &refusal{http.StatusConflict, "ClockNotManual", "this server runs in real time; start it with --clock manual to move its time"}
	}
	if err != nil {
		return nil, &refusal{http.StatusInternalServerError, "NotAdvanced", err.Error()}
	}
	return q, nil
}

// patience reads how long the caller is willing to wait.
func patience(w http.ResponseWriter, r *http.Request) (context.Context, context.CancelFunc, *refusal) {
	return waiting(w, r, "timeout", settleDefault, settleMost)
}

// waiting reads a duration and stretches the connection's limits to it.
func waiting(w http.ResponseWriter, r *http.Request, name string, otherwise, most time.Duration) (context.Context, context.CancelFunc, *refusal) {
	wait := otherwise
	if text := r.URL.Query().Get(name); text != "" {
		var err error
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 || wait > most {
			return nil, nil, &refusal{http.StatusBadRequest, "BadDuration", name + " must be a duration from 0s to " + most.String() + ", as in " + name + "=30s"}
		}
	}
	if wait > requestTimeout/2 {
		// Without deadlines: ctx ends the wait, and these errors only say that w is not a connection.
		limits := http.NewResponseController(w)
		_ = limits.SetReadDeadline(time.Time{})
		_ = limits.SetWriteDeadline(time.Time{})
	}
	ctx, stop := context.WithTimeout(r.Context(), wait)
	return ctx, stop, nil
}

func number(r *http.Request, name string, otherwise uint64) (uint64, *refusal) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, &refusal{http.StatusBadRequest, "BadNumber", name + " must be a whole number that is not negative"}
	}
	return n, nil
}

// refuse answers why a request is not served.
func refuse(w http.ResponseWriter, why *refusal) {
	reply(w, why.status, map[string]any{"__type": why.code, "message": why.text})
}

func reply(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"__type":"InternalFailure","message":"the answer cannot be written as JSON"}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

// clip shortens what a stranger sent before it is repeated or recorded.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

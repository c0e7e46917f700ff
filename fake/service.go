package fake

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/event"
)

// Service is a fake HTTP service. Make one with [NewService]. Safe for concurrent use.
type Service struct {
	url string

	mu       sync.Mutex
	mux      *http.ServeMux
	patterns map[string]*script
	requests []Request
}

// script is what is answered to the requests of one pattern.
type script struct {
	pattern string
	answers []Answer
	next    int
}

// Request is one request that came.
type Request struct {
	At      time.Time
	Method  string
	Path    string
	Query   string // without the question mark
	Header  http.Header
	Body    string
	Pattern string // of the script that answered it; "" if none did
	Status  int    // of the answer; 0 if there was none
}

// NewService returns a service with that URL, scheme and host without a slash at the end, which answers nothing yet.
func NewService(url string) *Service {
	return &Service{url: strings.TrimSuffix(url, "/"), mux: http.NewServeMux(), patterns: map[string]*script{}}
}

// URL returns scheme and host of the service, without a slash at the end.
func (s *Service) URL() string { return s.url }

// Place returns the pattern that selects every request to the service in a flow, wherever in it: On(s.Place()). A request to the path
// /charges is at http:URL/charges.
func (s *Service) Place() string { return string(s.at("")) + "*" }

// Places returns the places that requests have been at or, by a script for a whole path, are to be at.
func (s *Service) Places() []event.Place {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []event.Place{s.at("")}
	for _, r := range s.requests {
		list = append(list, s.at(r.Path))
	}
	for pattern := range s.patterns {
		if i := strings.IndexByte(pattern, '/'); !strings.ContainsAny(pattern, "{}") && !strings.HasSuffix(pattern, "/") {
			list = append(list, s.at(pattern[i:]))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (s *Service) at(path string) event.Place { return event.At(event.PlaceHTTP, s.url+path) }

// On scripts the answers to requests that match a pattern of net/http's ServeMux: "POST /charges", "GET /charges/{id}", "/". The first
// request gets the first answer, and so on; the last answer repeats. On again for the same pattern replaces the script. A pattern
// that ServeMux refuses, or that conflicts with another one, a script without an answer, and a status that no answer has are an
// error.
func (s *Service) On(pattern string, answers ...Answer) (err error) {
	if len(answers) == 0 {
		return fmt.Errorf("%s: On(%q) needs an answer", s.url, pattern)
	}
	for _, a := range answers {
		if a.status != 0 && (a.status < http.StatusOK || a.status > 999) {
			return fmt.Errorf("%s: On(%q): %d is the status of no answer: those have 200 to 999", s.url, pattern, a.status)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.patterns[pattern]; known != nil {
		known.answers, known.next = answers, 0
		return nil
	}
	defer func() {
		if p := recover(); p != nil { // how ServeMux refuses
			err = fmt.Errorf("%s: On(%q): %v", s.url, pattern, p)
		}
	}()
	s.mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
	s.patterns[pattern] = &script{pattern: pattern, answers: answers}
	return nil
}

// Requests returns the requests that came so far, in the order they came.
func (s *Service) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Unscripted returns the requests that no script had an answer for.
func (s *Service) Unscripted() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return r.Pattern != "" })
}

// maxBody bounds what is kept of a request.
const maxBody = 16 << 20

// ServeHTTP answers by the script, and 501 with what to script where there is none.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body could not be read: "+err.Error(), http.StatusBadRequest)
		return
	}
	n, request, answer := s.take(r, string(body))
	if answer.compute != nil {
		answer = answer.compute(request)
	}
	if !answer.wait(r.Context()) || answer.broken {
		panic(http.ErrAbortHandler) // the way to break a connection
	}
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	s.mu.Lock()
	s.requests[n].Status = answer.status
	s.mu.Unlock()
	for name, values := range answer.header {
		w.Header()[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	w.WriteHeader(answer.status)
	io.WriteString(w, answer.body)
}

// take keeps a request and returns its number and its answer.
func (s *Service) take(r *http.Request, body string) (int, Request, Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request := Request{At: time.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body}
	var answer Answer
	_, pattern := s.mux.Handler(r)
	if sc := s.patterns[pattern]; sc != nil {
		request.Pattern = pattern
		answer = sc.answers[sc.next]
		sc.next = min(sc.next+1, len(sc.answers)-1)
	} else {
		answer = Text(http.StatusNotImplemented, fmt.Sprintf("the fake service %s has no answer for %s %s: script one with On(%q, …)\n",
			s.url, r.Method, r.URL.Path, r.Method+" "+r.URL.Path))
	}
	s.requests = append(s.requests, request)
	return len(s.requests) - 1, request, answer
}

package server

import (
	"net/http"
	"strconv"
	"strings"
)

// A Page answers requests to one path and to those below it. It is for people and their tools, not for AWS's clients. account and
// region are those that the request is signed for, or the defaults.
type Page func(account, region string, r *http.Request) (status int, contentType string, body []byte)

// page serves a path that belongs to a page and reports whether one does.
func (s *Server) page(w http.ResponseWriter, r *http.Request) bool {
	for path, show := range s.pages {
		if rest, ok := strings.CutPrefix(r.URL.Path, path); !ok || rest != "" && rest[0] != '/' {
			continue
		}
		if !s.guard.mayControl(r) {
			refuse(w, tokenNeeded())
			return true
		}
		signed := credentialOf(r)
		status, contentType, body := show(signed.account, signed.region, r)
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		w.Write(body)
		return true
	}
	return false
}

func tokenNeeded() *refusal {
	return &refusal{http.StatusUnauthorized, "TokenNeeded", "the control API of this server needs the run's token in the header " + HeaderToken + "; it was printed when the server started"}
}

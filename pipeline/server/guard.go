package server

import (
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard keeps web pages that a browser on this machine shows from reaching the pipeline. A page can send requests to
// 127.0.0.1, and by giving its own name that address (DNS rebinding) even read the answers; it cannot choose the Host, Origin
// and Sec-Fetch-Site that its browser sends.
type guard struct {
	names    map[string]bool // allowed as they are
	suffixes []string        // ".localhost": names below it are allowed
	token    string
}

func newGuard(hosts []string, token string) guard {
	g := guard{names: map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true}, suffixes: []string{".localhost", ".localhost.localstack.cloud"}, token: token}
	for _, h := range append([]string{"localhost.localstack.cloud"}, hosts...) {
		h = strings.ToLower(strings.Trim(h, "[]"))
		if below, ok := strings.CutPrefix(h, "*"); ok {
			g.suffixes = append(g.suffixes, below)
			continue
		}
		g.names[h] = true
	}
	return g
}

// A refusal says why a request is not looked at. It is answered in JSON.
type refusal struct {
	status int
	code   string
	text   string
}

// check returns why the request is refused, or nil.
func (g *guard) check(r *http.Request) *refusal {
	if !g.allows(r.Host) {
		return &refusal{http.StatusForbidden, "HostNotAllowed", fmt.Sprintf(
			"the request is addressed to host %q, which is none of this server's names; if it should be one, start the server with --host %s", r.Host, hostName(r.Host))}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return &refusal{http.StatusForbidden, "CrossSiteRequest", "the request comes from a web page of another site (Sec-Fetch-Site: " + site + "); only programs and pages of this server may send requests"}
	}
	for _, origin := range r.Header["Origin"] {
		if origin != "http://"+r.Host && origin != "https://"+r.Host {
			return &refusal{http.StatusForbidden, "CrossOriginRequest", fmt.Sprintf("the request comes from a web page of another origin (%q); only programs and pages of this server may send requests", origin)}
		}
	}
	return nil
}

// allows reports whether hostport names this server.
func (g *guard) allows(hostport string) bool {
	host := hostName(hostport)
	if g.names[host] {
		return true
	}
	for _, suffix := range g.suffixes {
		if len(host) > len(suffix) && strings.HasSuffix(host, suffix) {
			return true
		}
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// hostName returns the name in a Host header without port and brackets, in lower case and without the root's dot.
func hostName(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
}

// mayControl reports whether the request has the run's token, where one is demanded.
func (g *guard) mayControl(r *http.Request) bool {
	return g.token == "" || subtle.ConstantTimeCompare([]byte(r.Header.Get(HeaderToken)), []byte(g.token)) == 1
}

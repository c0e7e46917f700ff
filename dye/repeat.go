package dye

import (
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"runtime"
	"strings"
)

// repeatLine returns the command that runs one test again: with one seed, or on the same backend.
func (r *run) repeatLine() string {
	parts := strings.Split(r.test.Name(), "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	line := fmt.Sprintf("go test %s -run '%s'", r.from, strings.Join(parts, "/"))
	if r.server != "" {
		return "DYETRACE_BACKEND=" + withoutToken(r.server) + " " + line
	}
	return fmt.Sprintf("%s -dye.seed=%d", line, r.seed)
}

// packageOf returns the import path of the package that a function is written in, as go test takes it.
func packageOf(body any) string {
	name := runtime.FuncForPC(reflect.ValueOf(body).Pointer()).Name()
	folder := strings.LastIndexByte(name, '/') + 1
	pkg, _, _ := strings.Cut(name[folder:], ".")
	return strings.TrimSuffix(name[:folder]+pkg, "_test")
}

// withoutToken leaves out of a backend's URL what must not get into logs.
func withoutToken(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return "…"
	}
	u.User = nil
	return u.String()
}

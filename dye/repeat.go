package dye

import (
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"strings"
)

// repeatLine returns the command that runs one test again with one seed.
func repeatLine(body func(*T), test string, seed uint64) string {
	parts := strings.Split(test, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	line := fmt.Sprintf("go test %s -run '%s'", packageOf(body), strings.Join(parts, "/"))
	return line + fmt.Sprintf(" -dye.seed=%d", seed)
}

// packageOf returns the import path of the package that a function is written in, as go test takes it.
func packageOf(body func(*T)) string {
	name := runtime.FuncForPC(reflect.ValueOf(body).Pointer()).Name()
	folder := strings.LastIndexByte(name, '/') + 1
	pkg, _, _ := strings.Cut(name[folder:], ".")
	return strings.TrimSuffix(name[:folder]+pkg, "_test")
}

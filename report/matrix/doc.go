// Package matrix joins requirements with the tests that verify them: requirements are read from Markdown and CSV, test runs from
// what `go test -json` prints, and a test names its requirements by d.Covers or by its own name.
package matrix

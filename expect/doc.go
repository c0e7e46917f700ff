// Package expect judges what happened, for Go tests (package dye) and everybody else: each [Expectation] looks at an observe.Flow and returns a [Finding]; [Judge] collects
// them into one [Verdict]. An expectation states what must have come, in which order and from which cause, or what must not
// have come, and then with which grade of certainty.
//
// The package knows neither package testing nor any backend, so that a Go test, the command line and other languages get the
// same verdicts. Expectations are values without state; they may be used again and from several goroutines.
package expect

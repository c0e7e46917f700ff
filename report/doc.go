// Package report writes verdicts and flows for people and for programs: the text a failing test shows, the sequence diagram of a
// flow, and JSON with the same facts.
//
// What comes from events is data: control characters, escape sequences and bidirectional marks in it are shown as escapes, never
// passed to a terminal. Colour, where it is on, only repeats what a sign already says.
package report

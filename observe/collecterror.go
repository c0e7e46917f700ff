package observe

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// TimeoutError says that fewer events came than were expected.
type TimeoutError struct {
	Expected    int
	Received    []*Received   // the expected ones that came
	Elapsed     time.Duration // by the clock of package time
	Nearest     []*Received   // of those that did not match: the nearest first, each with its Misses
	Undecodable []*Received   // bodies that are not JSON
	Surplus     []*Received   // that came and were not expected: all that did not match
	Redelivered int           // further deliveries of messages that had come already
	Seed        uint64        // of the pauses between polls
	Err         error         // what the source last failed with; nil if it did not
}

// Unwrap returns the error of the source, if there was one.
func (e *TimeoutError) Unwrap() error { return e.Err }

// Error says how many came, what came instead and why that did not match, in a few lines.
func (e *TimeoutError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d events after %v", len(e.Received), e.Expected, e.Elapsed.Round(time.Millisecond))
	fmt.Fprintf(&b, "; %s, %d not JSON, %s", count(len(e.Surplus), "other", "others"), len(e.Undecodable), count(e.Redelivered, "redelivery", "redeliveries"))
	for _, r := range e.Nearest {
		fmt.Fprintf(&b, "\n  near: %s", r.name())
		for i, m := range r.Misses {
			if i == maxMisses {
				fmt.Fprintf(&b, "\n      and %d more", len(r.Misses)-i)
				break
			}
			got := m.Got
			if got == "" {
				got = "absent"
			}
			fmt.Fprintf(&b, "\n      %s   want %s, got %s", quoteless(m.Path), quoteless(m.Want), quoteless(got))
		}
	}
	for i, r := range e.Undecodable {
		if i == maxNearest {
			fmt.Fprintf(&b, "\n  and %d more that are not JSON", len(e.Undecodable)-i)
			break
		}
		fmt.Fprintf(&b, "\n  not JSON, kept: %s: \"%s\"", r.name(), quoteless(r.Body))
	}
	if slices.ContainsFunc(slices.Concat(e.Surplus, e.Undecodable), fromFIFO) {
		b.WriteString("\n  a FIFO queue holds back what follows a message in its group that is not acknowledged: match those, too, or give Else")
	}
	if e.Err != nil {
		fmt.Fprintf(&b, "\n  the source last failed: %v", e.Err)
	}
	return b.String()
}

// fromFIFO reports whether a message is of a queue that keeps order.
func fromFIFO(r *Received) bool { return strings.HasSuffix(string(r.Place), ".fifo") }

// SurplusError says that more events came than were expected.
type SurplusError struct {
	Expected int
	Received []*Received // the first Expected
	Surplus  []*Received // the others
	Elapsed  time.Duration
}

// Error names the first events that are too many.
func (e *SurplusError) Error() string {
	var b strings.Builder
	were := "were"
	if e.Expected == 1 {
		were = "was"
	}
	fmt.Fprintf(&b, "%d events came, %d %s expected", len(e.Received)+len(e.Surplus), e.Expected, were)
	for i, r := range e.Surplus {
		if i == maxNearest {
			fmt.Fprintf(&b, "\n  and %d more", len(e.Surplus)-i)
			break
		}
		fmt.Fprintf(&b, "\n  surplus: %s: %s", r.name(), quoteless(r.Body))
	}
	return b.String()
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

const (
	maxMisses = 4
	maxShown  = 120
)

func (r *Received) name() string {
	typ := r.Document.Type
	if typ == "" {
		typ = "message"
	}
	return fmt.Sprintf("%s %s on %s", quoteless(typ), quoteless(r.ID), quoteless(string(r.Place)))
}

// quoteless escapes what a payload must not do to a terminal, and adds no quotes.
func quoteless(s string) string {
	q := fmt.Sprintf("%q", s)
	return clip(strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`))
}

func clip(s string) string {
	if runes := []rune(s); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return s
}

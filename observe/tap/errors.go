package tap

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
)

// AttachError says why no tap is there. What Attach had made until then was removed again, or is named in Err.
type AttachError struct {
	Place  event.Place // that was to be observed
	Reason string      // with what to do about it
	Err    error       // of the service; nil if it did not refuse anything
}

// Error names the place and says what to do.
func (e *AttachError) Error() string {
	text := fmt.Sprintf("tap %s: %s", shown(string(e.Place)), e.Reason)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the error of the service.
func (e *AttachError) Unwrap() error { return e.Err }

// UnobservableError says that a queue cannot be observed from beside it.
type UnobservableError struct {
	Place event.Place
	Why   []string // what feeds it, and why that cannot be followed; empty: nothing was found that feeds it
}

// Error says what to do instead.
func (e *UnobservableError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tap %s: no rule and no subscription feeds it that an observer could stand beside", shown(string(e.Place)))
	for _, why := range e.Why {
		fmt.Fprintf(&b, "\n  %s", shown(why))
	}
	b.WriteString("\n  what is sent with SendMessage can be seen here only by taking it away from its consumer: tap the bus, topic or stream" +
		"\n  that it starts at; or run the system on the embedded pipeline or a dyetrace server, which record what comes to a queue;" +
		"\n  or, if the queue has no consumer, take its messages with observe.Collect")
	return b.String()
}

// DisturbError says that a fence would also reach the system under test.
type DisturbError struct {
	Place event.Place   // that was to be observed
	Seen  []event.Place // rules, and the endpoints of subscriptions, that would see the fence
}

// Error names them and the ways out.
func (e *DisturbError) Error() string {
	names := make([]string, len(e.Seen))
	for i, p := range e.Seen {
		names[i] = shown(string(p))
	}
	return fmt.Sprintf("tap %s: the fence that shows that the tap is attached would also reach %s;\n  let them leave out source %s and message attribute %s,"+
		" or say that it does no harm (FenceAlways),\n  or go without that proof (FenceNever)", shown(string(e.Place)), strings.Join(names, ", "), FenceSource, FenceAttribute)
}

// FenceError says that a fence did not come out of a tap.
type FenceError struct {
	Place  event.Place   // that is observed
	Feeder event.Place   // the bus or topic that fences were sent to
	Sent   int           // fences
	Waited time.Duration // from the first one on
	Hop    *event.Hop    // where the last one ended; nil if no backend recorded it
	Err    error         // what the last call failed with; nil if none did
}

// Error says where the fence ended, or where to look.
func (e *FenceError) Error() string {
	text := fmt.Sprintf("tap %s: not attached: %d fences were sent to %s, and none came out within %v", shown(string(e.Place)), e.Sent, shown(string(e.Feeder)),
		e.Waited.Round(time.Millisecond))
	switch {
	case e.Err != nil:
		return text + ": " + e.Err.Error()
	case e.Hop != nil && e.Hop.Reason != nil:
		return fmt.Sprintf("%s; the last one ended at %s: %s: %s (%s)", text, shown(string(e.Hop.To)), e.Hop.Outcome, shown(e.Hop.Reason.Text), shown(e.Hop.Reason.Code))
	case e.Hop != nil:
		return fmt.Sprintf("%s; the last one was last seen at %s: %s", text, shown(string(e.Hop.To)), e.Hop.Outcome)
	}
	return text + "; no hops are recorded there: look at the state of the rule or subscription and at the policy of the queue, whose names begin with " + Prefix
}

// Unwrap returns the error of the last call.
func (e *FenceError) Unwrap() error { return e.Err }

// GapError says that a tap missed something, or cannot tell whether it did.
type GapError struct {
	Place event.Place
	Why   string
}

// Error says what to do.
func (e *GapError) Error() string { return fmt.Sprintf("tap %s: %s", shown(string(e.Place)), e.Why) }

// RemoveError says that something is left behind. Close can be called again; later, [Sweep] finds it.
type RemoveError struct {
	Kind string // "queue", "rule", "subscription"
	Name string
	Err  error
}

// Error names what is left.
func (e *RemoveError) Error() string {
	return fmt.Sprintf("%s %s is left behind: %v", e.Kind, shown(e.Name), e.Err)
}

// Unwrap returns the error of the service.
func (e *RemoveError) Unwrap() error { return e.Err }

// missing reports whether a service says that what it was asked about does not exist.
func missing(err error) bool {
	e, ok := errors.AsType[*awsapi.Error](err)
	return ok && e.Missing()
}

// shown escapes what a name or a foreign text must not do to a terminal.
func shown(text string) string {
	q := fmt.Sprintf("%q", text)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

package layer

import (
	"context"
	"fmt"
	"strings"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/report"
)

// Table runs all cases, each variant on a backend of its own, and returns what came of them. A case ends at its first variant
// that fails, and the table at case Plain if that fails. Build makes the consumer on the backend of a run. The error says that a
// run could not be made; the results so far are returned with it.
func (c Cases) Table(ctx context.Context, open func() (backend.Backend, error), build func(b *Tapped) Consumer) (Results, error) {
	plan, err := c.Plan()
	if err != nil {
		return nil, err
	}
	run := func(v Variant, want any) (Result, error) {
		b, err := open()
		if err != nil {
			return Result{}, err
		}
		defer b.Close()
		tap := Tap(b)
		return c.Run(ctx, tap, v, build(tap), want)
	}
	want := c.Want
	if want == nil && (plan[0].Case != Plain || plan[0].Skip != "") {
		reference, err := run(c.Reference(), nil)
		if err != nil {
			return nil, err
		}
		want = reference.State
	}
	var list Results
	for _, v := range plan {
		if n := len(list); n > 0 && list[n-1].Case == v.Case && !list[n-1].OK {
			continue
		}
		r := Result{Variant: v, OK: true}
		if v.Skip == "" {
			if r, err = run(v, want); err != nil {
				return list, err
			}
		}
		list = append(list, r)
		if v.Case == Plain && want == nil {
			want = r.State
		}
		if v.Case == Plain && !r.OK {
			break // what it leads to is what the others are compared with
		}
	}
	return list, nil
}

// Reference returns the variant whose state the others are to lead to, where Want is nil.
func (c Cases) Reference() Variant { return c.variants(Plain)[0].withoutSkip() }

func (v Variant) withoutSkip() Variant {
	v.Skip = ""
	return v
}

// Results are what came of the runs of a table.
type Results []Result

// OK reports whether no case failed.
func (r Results) OK() bool {
	for _, one := range r {
		if !one.OK {
			return false
		}
	}
	return true
}

// String prints a line for each case, with the first thing that is wrong for those that failed; [Result.Report] says all.
func (r Results) String() string {
	var b strings.Builder
	for i, one := range r {
		switch {
		case one.Skip != "":
			if i > 0 && r[i-1].Case == one.Case {
				continue // another variant of the case was run
			}
			fmt.Fprintf(&b, "%-14s left out: %s\n", one.Case, report.Clean(one.Skip))
		case !one.OK:
			fmt.Fprintf(&b, "%-14s FAILED: %s\n", one.Case, one.first())
		case i+1 == len(r) || r[i+1].Case != one.Case || r[i+1].Skip != "":
			fmt.Fprintf(&b, "%-14s ok%s\n", one.Case, runs(r[:i+1]))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// runs says how many variants of the last case there were.
func runs(r Results) string {
	n := 0
	for i := len(r) - 1; i >= 0 && r[i].Case == r[len(r)-1].Case; i-- {
		n++
	}
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(", %d runs", n)
}

// first says in one line what is wrong.
func (r Result) first() string {
	lines := strings.Split(r.failure(), "\n")
	text := lines[0]
	if r.Text != "" {
		text = report.Clean(r.Text) + ": " + text
	}
	if n := len(lines) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more)", n)
	}
	return text
}

const mostDifferences = 6 // of a state that are printed

// failure says what is wrong, a line for each thing.
func (r Result) failure() string {
	lines := append([]string(nil), r.Problems...)
	for i, d := range r.Diff {
		if i == mostDifferences {
			lines = append(lines, fmt.Sprintf("and %d more differences of the state", len(r.Diff)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("%s: want %s, got %s", place(d.Path), report.Clean(cut(d.Want)), report.Clean(cut(d.Got))))
	}
	return strings.Join(lines, "\n")
}

// whats says what was done to the consumer, and what that usually shows.
var whats = map[Case]string{
	Plain:        "each event came once and in order",
	Redelivered:  "each message came twice, the second time because its acknowledgement was lost: the consumer must know an event that it has handled (by its id, or by writing the same result again)",
	Duplicated:   "each event came in two messages: the consumer must know an event by its own id, not by the message's",
	OutOfOrder:   "a standard queue may hand out events in any order: compare versions, or put off what is too early",
	Poison:       "one message could not be handled: return its error, so that it comes again and ends in the dead-letter queue, and go on with the rest",
	PartialBatch: "one message of a batch could not be handled: acknowledge the others and only those",
	Crash:        "the consumer died around its acknowledgements: do first, acknowledge then, and bear doing it twice",
	Slow:         "a message was handled after its visibility timeout, when another instance had handled it and what followed: a late result must not replace a newer one",
	Outage:       "what the consumer depends on failed for a while: return the error, and do not acknowledge",
}

// Report says what failed and why it matters, in a few lines; "" if it is OK.
func (r Result) Report() string {
	if r.OK {
		return ""
	}
	what := whats[r.Case]
	if r.Text != "" {
		what = r.Text + ": " + what
	}
	return fmt.Sprintf("consumer, case %s FAILED%s", r.Case, strings.ReplaceAll("\n"+what+"\n"+r.failure(), "\n", "\n    "))
}

package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/dyetrace/dyetrace/expect"
)

// Probe looks at one thing. Make one with a function of this package. It has no state of its own and is as safe for concurrent use
// as what it looks at.
type Probe struct {
	name string
	look func(ctx context.Context) (any, error)
}

// Func looks with a function of your own. The document is what it returns, as JSON; [expect.Nothing] says that it is not there. name
// says in reports what was looked at.
func Func(name string, look func(ctx context.Context) (any, error)) Probe { return Probe{name, look} }

// String says what the probe looks at.
func (p Probe) String() string { return p.name }

// Look returns what is there now, as decoded JSON (numbers are json.Number), or [expect.Nothing]. The error is a *[LookError].
func (p Probe) Look(ctx context.Context) (any, error) {
	if p.look == nil {
		return nil, &LookError{Probe: "an empty Probe", Err: Final(errors.New("it looks at nothing: make one with a function of package probe"))}
	}
	document, err := p.look(ctx)
	if err != nil {
		return nil, &LookError{Probe: p.name, Err: err}
	}
	if _, none := document.(expect.Nothing); none {
		return document, nil
	}
	raw, err := json.Marshal(document)
	if err != nil {
		return nil, &LookError{Probe: p.name, Err: Final(fmt.Errorf("what it saw cannot be written as JSON: %w", err))}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&document)
	return document, err
}

// Is returns a check that looks once and returns nil if the document is as all conditions say: a Matcher of package expect, for the
// document as a whole, or anything else, which must be the same as JSON. Else the error is a *[Miss], or a *[LookError] if there was
// nothing to see.
func (p Probe) Is(conditions ...any) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		document, err := p.Look(ctx)
		if err != nil {
			return err
		}
		missed, err := expect.Misses(document, conditions...)
		switch {
		case err != nil:
			return &LookError{Probe: p.name, Err: Final(err)}
		case len(missed) > 0:
			return &Miss{Probe: p.name, Document: document, Missed: missed}
		}
		return nil
	}
}

// Miss says that a document is not as it should be.
type Miss struct {
	Probe    string
	Document any // what was seen, as decoded JSON; expect.Nothing if it is not there
	Missed   []expect.Difference
}

const (
	shownFields = 6
	shownBytes  = 200
)

// Error tells each field, what was wanted and what was there.
func (m *Miss) Error() string {
	var b strings.Builder
	b.WriteString(m.Probe)
	for i, d := range m.Missed {
		if i == shownFields {
			fmt.Fprintf(&b, "\n  … and %d fields more", len(m.Missed)-i)
			break
		}
		fmt.Fprintf(&b, "\n  %s   want %s\n  %s   got  %s", d.Path, short(d.Want), strings.Repeat(" ", len([]rune(d.Path))), short(d.Got))
	}
	return b.String()
}

// Saw returns the document on one line, for the history of what was seen.
func (m *Miss) Saw() string {
	if _, none := m.Document.(expect.Nothing); none {
		return "nothing there"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(m.Document) // is decoded JSON
	return short(strings.TrimSuffix(b.String(), "\n"))
}

// short cuts a text, between its characters.
func short(text string) string {
	if len(text) <= shownBytes {
		return text
	}
	return strings.ToValidUTF8(text[:shownBytes], "") + "…"
}

// LookError says that there was nothing to see.
type LookError struct {
	Probe string
	Err   error
}

// Error says what was looked at, and what came of it.
func (e *LookError) Error() string { return e.Probe + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *LookError) Unwrap() error { return e.Err }

// Saw returns the reason on one line, for the history of what was seen.
func (e *LookError) Saw() string {
	return short("error: " + strings.ReplaceAll(e.Err.Error(), "\n", "; "))
}

// Final marks an error of a check as one that another look cannot mend: whoever waits for the check stops at it.
func Final(err error) error { return &finalError{err} }

type finalError struct{ error }

// Unwrap returns the error as it was.
func (e *finalError) Unwrap() error { return e.error }

// Final is how others know it without importing this package.
func (e *finalError) Final() bool { return true }

package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
)

// The scopes: what of a message a policy looks at.
const (
	MessageAttributes = "MessageAttributes"
	MessageBody       = "MessageBody"
)

// Limits of a policy.
//
// Source: SNS Developer Guide, "Filter policy constraints".
const (
	maxSize         = 256 << 10
	maxKeys         = 5
	maxCombinations = 150
)

// An Error says why a policy is refused, in AWS's words without the "Invalid parameter: " in front.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

// A Policy is a compiled filter policy.
type Policy struct {
	source  string
	scope   string
	pattern *pattern.Pattern // nil: the empty policy, which every message matches
}

// Compile reads a policy for one of the scopes.
//
// Errors: *Error.
func Compile(text, scope string) (*Policy, error) {
	if len(text) > maxSize || !utf8.ValidString(text) {
		return nil, &Error{"FilterPolicy: Filter policy is too large or not UTF-8"}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		return nil, &Error{"FilterPolicy: " + Unparsable(text)}
	}
	source := compact.String() // AWS reads the policy and writes it again, so the places it names are those of the compact text
	if source == "{}" {
		return &Policy{source: text, scope: scope}, nil
	}
	w := walker{text: source}
	if err := w.check(); err != nil {
		return nil, err
	}
	p, err := pattern.Compile([]byte(source))
	if err != nil {
		return nil, refused(err)
	}
	switch {
	case w.keys > maxKeys:
		return nil, &Error{"FilterPolicy: Filter policy can not have more than 5 keys"}
	case w.combinations > maxCombinations:
		return nil, &Error{"FilterPolicy: Filter policy is too complex"}
	case w.nested && scope == MessageAttributes:
		return nil, &Error{"Filter policy scope MessageAttributes does not support nested filter policy"}
	}
	return &Policy{source: text, scope: scope, pattern: p}, nil
}

// Empty reports whether the policy is {}, or there is none.
func (p *Policy) Empty() bool { return p == nil || p.pattern == nil }

// String returns the text that was compiled.
func (p *Policy) String() string { return p.source }

// Scope returns the scope that it was compiled for.
func (p *Policy) Scope() string { return p.scope }

// refused words an error of the pattern compiler as SNS does.
func refused(err error) *Error {
	return &Error{"FilterPolicy: " + strings.TrimPrefix(err.Error(), "Event pattern is not valid. Reason: ")}
}

// Unparsable words what is wrong with a text that is not JSON, as SNS does for policies of all kinds; it hides the text.
func Unparsable(text string) string {
	reason, offset := "Unexpected end-of-input", len(text)
	_, err := pattern.Compile([]byte(text))
	if e, ok := errors.AsType[*pattern.Error](err); ok && e.Offset >= 0 {
		reason, offset = e.Reason, e.Offset
	}
	return "failed to parse JSON. " + reason + "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); " + position(text, offset)
}

func position(text string, offset int) string {
	before := text[:min(offset, len(text))]
	line := 1 + strings.Count(before, "\n")
	column := 1 + len(utf16.Encode([]rune(before[strings.LastIndexByte(before, '\n')+1:])))
	return "line: " + itoa(line) + ", column: " + itoa(column) + "]"
}

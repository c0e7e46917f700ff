package profile

import (
	"fmt"
	"strings"
)

// section is what stands under one [heading]: its settings, and those nested under one of them as "sqs.endpoint_url".
type section map[string]string

// SyntaxError says where a shared file cannot be understood.
type SyntaxError struct {
	File string
	Line int // from 1
	Why  string
}

// Error names file and line. It never quotes the line, which may be a secret.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s: line %d: %s", shown(e.File), e.Line, e.Why)
}

// parse reads a shared file into its sections, by their whole heading ("profile dev"). Of a setting that comes twice the last counts,
// and sections of one heading are joined, as in AWS's tools.
func parse(file, text string) (map[string]section, error) {
	sections := map[string]section{}
	var current section
	var key string // the last setting, which an indented line belongs to
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		number++
		line = strings.TrimRight(line, " \t\r\n")
		rest := strings.TrimLeft(line, " \t")
		fail := func(why string) (map[string]section, error) { return nil, &SyntaxError{file, number, why} }
		switch {
		case rest == "" || rest[0] == '#' || rest[0] == ';':
		case len(rest) < len(line) && current != nil && key != "":
			current.nest(key, rest)
		case rest[0] == '[':
			heading, after, found := strings.Cut(rest[1:], "]")
			if after = strings.TrimSpace(after); !found || after != "" && after[0] != '#' && after[0] != ';' {
				return fail("the heading has no ] at its end")
			}
			if heading = normal(heading); sections[heading] == nil {
				sections[heading] = section{}
			}
			current, key = sections[heading], ""
		default:
			name, value, found := strings.Cut(rest, "=")
			name = strings.ToLower(strings.TrimSpace(name))
			switch {
			case !found || name == "":
				return fail("it is neither a [heading] nor a setting with =")
			case current == nil:
				return fail("a setting stands before the first [heading]")
			}
			key = name
			current[key] = trimmed(value)
		}
	}
	return sections, nil
}

// nest files an indented line: a setting of a group such as "sqs =", or else more of a value, which none of ours has.
func (s section) nest(key, line string) {
	name, value, found := strings.Cut(line, "=")
	if found && s[key] == "" {
		s[key+"."+strings.ToLower(strings.TrimSpace(name))] = trimmed(value)
	}
}

// trimmed returns a value without a comment, which begins with a # or ; behind white space.
func trimmed(value string) string {
	for i := 1; i < len(value); i++ {
		if (value[i] == '#' || value[i] == ';') && (value[i-1] == ' ' || value[i-1] == '\t') {
			value = value[:i]
			break
		}
	}
	return strings.TrimSpace(value)
}

// normal writes a heading with one space and without quotes: profile "my dev" becomes profile my dev.
func normal(heading string) string {
	heading = strings.TrimSpace(heading)
	kind, name, found := cutSpace(heading)
	if !found {
		return heading
	}
	if n := len(name); n > 1 && (name[0] == '"' || name[0] == '\'') && name[n-1] == name[0] {
		name = name[1 : n-1]
	}
	return kind + " " + name
}

func cutSpace(text string) (before, after string, found bool) {
	i := strings.IndexAny(text, " \t")
	if i < 0 {
		return text, "", false
	}
	return text[:i], strings.TrimSpace(text[i:]), true
}

// shown escapes what a name out of a file must not do to a terminal.
func shown(text string) string {
	q := fmt.Sprintf("%q", text)
	return q[1 : len(q)-1]
}

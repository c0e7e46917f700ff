package wire

import (
	"regexp"
	"sync"
)

// rewritten holds the patterns of the models that Go's regexp refuses (lookahead, \u) or reads otherwise than the services'
// Java does, with patterns that match the same strings.
var rewritten = map[string]string{
	// A lookahead for "not only white space" before one line of text: the line has a character that is none.
	`^(?!\s*$).+`: `.*\S.*`,
	`(?!\s*$).+|(\$(\.[\w/_-]+(\[(\d+|\*)\])*)*)`: `.*\S.*|(\$(\.[\w/_-]+(\[(\d+|\*)\])*)*)`,
	// The first .* may stop anywhere, so both lookaheads hold where one allowed character stands: if "aws." begins at
	// its place, then the place behind it, a "w", does.
	`.*(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w/_-]+(\[(\d+|\*)\])*)*).*`: `.*[/\.\-_A-Za-z0-9].*|(\$(\.[\w/_-]+(\[(\d+|\*)\])*)*).*`,
	// The same without .* on both sides: an allowed character to begin with, but not "aws.".
	`(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)`: `[/\.\-_A-Zb-z0-9].*|a([^w\n].*)?|aw([^s\n].*)?|aws([^.\n].*)?|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)`,
	// A name that does not begin with "system.".
	`(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)`: `[_a-rt-zA-Z0-9][^$]*|s([^y$][^$]*)?|sy([^s$][^$]*)?|sys([^t$][^$]*)?|syst([^e$][^$]*)?|syste([^m$][^$]*)?|system([^.$][^$]*)?`,
}

// A Regexp is a pattern of a model, which must match a whole string. It is compiled when it is first used. Safe for
// concurrent use.
type Regexp struct {
	source  string
	compile func() (*regexp.Regexp, error)
}

// NewRegexp returns a Regexp for the pattern as it stands in the model.
func NewRegexp(source string) *Regexp {
	return &Regexp{source: source, compile: sync.OnceValues(func() (*regexp.Regexp, error) {
		p, ok := rewritten[source]
		if !ok {
			p = source
		}
		return regexp.Compile(`^(?:` + p + `)$`)
	})}
}

// Match reports whether the pattern matches all of s. A pattern that cannot be compiled matches everything; Err tells.
func (r *Regexp) Match(s string) bool {
	re, err := r.compile()
	return err != nil || re.MatchString(s)
}

// Err reports why the pattern cannot be compiled. The generator refuses models with such patterns.
func (r *Regexp) Err() error {
	_, err := r.compile()
	return err
}

// String returns the pattern as it stands in the model.
func (r *Regexp) String() string { return r.source }

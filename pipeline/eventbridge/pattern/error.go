package pattern

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// ErrorCode is the AWS error code that belongs to every [*Error].
const ErrorCode = "InvalidEventPatternException"

// An Error says why a pattern is refused. Its text is AWS's, so it can be sent to a client as it is.
type Error struct {
	// Reason is the sentence without prefix and place, for example `Empty arrays are not allowed`.
	Reason string
	// Offset is the byte of the pattern at which compilation stopped; -1 if AWS names no place for this reason.
	Offset int

	place string
}

// Error returns AWS's message: the prefix, the reason and, where AWS names one, the place.
func (e *Error) Error() string {
	return "Event pattern is not valid. Reason: " + e.Reason + e.place
}

// maxQuoted is how much of the pattern AWS quotes back in a message (Jackson's default).
const maxQuoted = 500

// placeOf writes the place of an error the way AWS's JSON parser does: source, line, column, both counted from one
// and the column in UTF-16 units.
func placeOf(source string, offset int) string {
	before := source[:offset]
	line := 1 + strings.Count(before, "\n")
	column := 1 + len(utf16.Encode([]rune(before[strings.LastIndexByte(before, '\n')+1:])))
	quoted, rest := source, ""
	if runes := []rune(source); len(runes) > maxQuoted {
		quoted = string(runes[:maxQuoted])
		rest = "[truncated " + strconv.Itoa(len(runes)-maxQuoted) + " chars]"
	}
	return "\n at [Source: (String)\"" + quoted + "\"" + rest +
		"; line: " + strconv.Itoa(line) + ", column: " + strconv.Itoa(column) + "]"
}

package pipes

import (
	"fmt"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/jsonpath"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// template is an input template cut at its placeholders: text, placeholder, text, … text.
type template struct {
	texts []string
	holes []placeholder
}

type placeholder struct {
	path     jsonpath.Path
	reserved string // "aws.pipes.…"; "" is a path
	quoted   bool   // it stands inside a JSON string
}

var reserved = map[string]bool{
	"aws.pipes.pipe-arn": true, "aws.pipes.pipe-name": true, "aws.pipes.source-arn": true, "aws.pipes.enrichment-arn": true,
	"aws.pipes.target-arn": true, "aws.pipes.event.ingestion-time": true, "aws.pipes.event": true, "aws.pipes.event.json": true,
}

// compileTemplate cuts a template at <$.path> and <aws.pipes.name>. Other text in angle brackets is text.
func compileTemplate(text string) (*template, error) {
	t := &template{}
	quoted, from := false, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '<':
			name, _, closed := strings.Cut(text[i+1:], ">")
			isPath, isReserved := strings.HasPrefix(name, "$"), strings.HasPrefix(name, "aws.")
			if !closed || !isPath && !isReserved {
				continue
			}
			hole := placeholder{quoted: quoted}
			if isPath {
				p, err := jsonpath.Parse(name)
				if err != nil {
					return nil, fmt.Errorf("%w: %s", err, name)
				}
				hole.path = p
			} else if hole.reserved = name; !reserved[name] {
				return nil, fmt.Errorf("there is no reserved variable <%s>", name)
			}
			t.texts, t.holes = append(t.texts, text[from:i]), append(t.holes, hole)
			i += len(name) + 1
			from = i + 1
		}
	}
	t.texts = append(t.texts, text[from:])
	return t, nil
}

// render fills the placeholders from an event; reserved variables come as JSON from variable. Outside of quotes a value stays
// JSON, and one that is absent is an empty string. Inside, a string stands without its quotes, and what is not a string as the
// text of its JSON, escaped.
func (t *template) render(event []byte, variable func(name string) []byte) string {
	out := make([]byte, 0, len(event))
	for i, hole := range t.holes {
		out = append(out, t.texts[i]...)
		var value []byte
		if hole.reserved != "" {
			value = variable(hole.reserved)
		} else {
			value = hole.path.Find(event)
		}
		switch {
		case hole.quoted:
			start := len(out)
			out = wire.AppendString(out, jsonpath.Text(value))
			out = append(out[:start], out[start+1:len(out)-1]...)
		case value == nil:
			out = append(out, `""`...)
		default:
			out = append(out, value...)
		}
	}
	return string(append(out, t.texts[len(t.holes)]...))
}

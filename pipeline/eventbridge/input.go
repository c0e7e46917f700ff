package eventbridge

import (
	"encoding/json"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/jsonpath"
)

// input says what a target receives: exactly one of the fields is set, none means the event itself.
type input struct {
	constant string
	path     jsonpath.Path
	template *template
	set      bool // constant or path is meant, though it may be empty
}

// An inputError says that a target's input did not become JSON for an event.
type inputError struct{ text string }

func (e *inputError) Error() string {
	return "the input of the target is not valid JSON after the transformation: " + e.text
}

// ErrorCode is what EventBridge tells a dead-letter queue.
func (e *inputError) ErrorCode() string { return "INVALID_JSON" }

// compileInput checks the three ways to shape a target's input. The error is AWS's, for the whole request.
func compileInput(t *Target) (input, error) {
	in := input{}
	ways := 0
	for _, given := range []bool{t.Input.OK, t.InputPath.OK, t.InputTransformer != nil} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return in, invalid("Only one of Input, InputPath, or InputTransformer must be provided for target " + t.Id + ".")
	}
	switch {
	case t.Input.OK:
		if !json.Valid([]byte(t.Input.V)) {
			return in, invalid("JSON syntax error in input for target " + t.Id + ".")
		}
		return input{constant: t.Input.V, set: true}, nil
	case t.InputPath.OK:
		path, err := jsonpath.Parse(t.InputPath.V)
		if err != nil {
			return in, invalid("Invalid InputPath for target " + t.Id + " : " + t.InputPath.V + ".")
		}
		return input{path: path, set: true}, nil
	case t.InputTransformer != nil:
		compiled, err := compileTemplate(t.Id, t.InputTransformer)
		return input{template: compiled}, err
	}
	return in, nil
}

// render returns the body for a target. It is the event's own Body if the target has no input of its own.
func (in *input) render(ev *event.Event, r *rule, ingested string) (string, error) {
	switch {
	case in.template != nil:
		return in.template.render(ev, r, ingested)
	case in.set && in.path == nil && in.constant != "":
		return in.constant, nil
	case in.set:
		raw := in.path.Find([]byte(ev.Body))
		if raw == nil {
			return "null", nil
		}
		return string(raw), nil
	}
	return ev.Body, nil
}

// changes reports whether the target receives something else than the event.
func (in *input) changes() bool { return in.set || in.template != nil }

// variable is a placeholder of a template.
type variable struct {
	path     jsonpath.Path
	reserved string // "aws.events.…"
}

// template is an input template cut at its placeholders: text, placeholder, text, … text.
type template struct {
	texts  []string
	vars   []variable
	quoted []bool // the placeholder stands inside a JSON string
	plain  bool   // the template is text in quotes, not a JSON object, list or bare placeholder
}

var reservedVariables = map[string]bool{
	"aws.events.rule-arn": true, "aws.events.rule-name": true, "aws.events.event.ingestion-time": true,
	"aws.events.event": true, "aws.events.event.json": true,
}

func compileTemplate(id string, in *InputTransformer) (*template, error) {
	paths := make(map[string]jsonpath.Path, len(in.InputPathsMap))
	for name, text := range in.InputPathsMap {
		path, err := jsonpath.Parse(text)
		if err != nil {
			return nil, invalid("Invalid InputPathsMap for target " + id + " : " + text + ".")
		}
		if strings.HasPrefix(strings.ToLower(name), "aws") {
			return nil, invalid("InputPathsMap for target " + id + " contains the reserved key " + name + ".")
		}
		paths[name] = path
	}
	t := &template{plain: strings.HasPrefix(strings.TrimSpace(in.InputTemplate), `"`)}
	quoted, from := false, 0
	text := in.InputTemplate
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '<':
			name, ok := placeholder(text[i+1:])
			if !ok {
				continue
			}
			path, known := paths[name]
			v := variable{path: path}
			if !known {
				if !reservedVariables[name] {
					return nil, invalid("InputTemplate for target " + id + " contains invalid placeholder " + name + ".")
				}
				v = variable{reserved: name}
			}
			t.texts, t.vars, t.quoted = append(t.texts, text[from:i]), append(t.vars, v), append(t.quoted, quoted)
			i += len(name) + 1
			from = i + 1
		}
	}
	t.texts = append(t.texts, text[from:])
	return t, t.check(id, text)
}

// placeholder returns the name up to the closing bracket. Text in angle brackets that cannot be a name is text.
func placeholder(text string) (string, bool) {
	name, _, ok := strings.Cut(text, ">")
	if !ok || name == "" {
		return "", false
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
				return "", false
			}
		}
	}
	return name, true
}

// check refuses a template that cannot become JSON whatever the event.
func (t *template) check(id, text string) error {
	if t.plain {
		return nil
	}
	var b strings.Builder
	for i, part := range t.texts {
		b.WriteString(part)
		if i < len(t.vars) && !t.quoted[i] {
			b.WriteString(`""`)
		}
	}
	if !json.Valid([]byte(b.String())) {
		return invalid("Invalid InputTemplate for target " + id + " : [Source: (String)\"" + text + "\"].")
	}
	return nil
}

func (t *template) render(ev *event.Event, r *rule, ingested string) (string, error) {
	body := []byte(ev.Body)
	out := make([]byte, 0, len(body)+256)
	for i, v := range t.vars {
		out = append(out, t.texts[i]...)
		out = t.appendValue(out, v.value(body, r, ingested), t.quoted[i])
	}
	out = append(out, t.texts[len(t.vars)]...)
	if !t.plain && !json.Valid(out) {
		return "", &inputError{string(out)}
	}
	return string(out), nil
}

// appendValue writes the JSON of a value, nil is absent. Outside of quotes it stays JSON and an absent value is the
// empty string. Inside, a string goes in without its quotes; a list or object loses all its quotes in a template that
// is one text, and keeps them inside a JSON template, which then is no longer JSON: AWS does not deliver that.
//
// Source: answers of AWS recorded for templates of each kind.
func (t *template) appendValue(out, value []byte, quoted bool) []byte {
	switch {
	case value == nil && !quoted && !t.plain:
		return append(out, `""`...)
	case value == nil:
		return out
	case !quoted && !t.plain:
		return append(out, value...)
	case value[0] == '"':
		return append(out, value[1:len(value)-1]...)
	case !t.plain:
		return append(out, value...)
	}
	for _, c := range value {
		if c != '"' {
			out = append(out, c)
		}
	}
	return out
}

func (v *variable) value(body []byte, r *rule, ingested string) []byte {
	quote := func(s string) []byte { return []byte(`"` + s + `"`) } // ARNs, names and times need no escapes
	switch v.reserved {
	case "":
		return v.path.Find(body)
	case "aws.events.rule-arn":
		return quote(r.arn)
	case "aws.events.rule-name":
		return quote(r.name)
	case "aws.events.event.ingestion-time":
		return quote(ingested)
	case "aws.events.event":
		return withoutDetail(body)
	}
	return body // aws.events.event.json
}

// withoutDetail is the value of <aws.events.event>: the envelope without detail, with detailType instead of detail-type.
func withoutDetail(body []byte) []byte {
	out := []byte{'{'}
	for _, name := range []string{"version", "id", "detail-type", "source", "account", "time", "region", "resources"} {
		raw := jsonpath.Member(name).Find(body)
		if raw == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		if name == "detail-type" {
			name = "detailType"
		}
		out = append(append(append(append(out, '"'), name...), `":`...), raw...)
	}
	return append(out, '}')
}

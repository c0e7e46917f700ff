package expr

import (
	"maps"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// Params are the substitutions of one request. It notes which of them its expressions use.
type Params struct {
	names      map[string]string
	values     map[string]attr.Value
	usedNames  []string
	usedValues []string
	room       [8]string // for the two lists: most requests use few
}

// NewParams checks ExpressionAttributeNames and ExpressionAttributeValues; a nil map is an absent member, an empty one
// is refused as the service does. The maps are kept and must not change.
func NewParams(names map[string]string, values map[string]attr.Value) (*Params, error) {
	if names != nil && len(names) == 0 {
		return nil, &Error{Reason: "ExpressionAttributeNames must not be empty"}
	}
	if key, bad := badPlaceholder(names, '#'); bad {
		return nil, &Error{Reason: `ExpressionAttributeNames contains invalid key: Syntax error; key: "` + key + `"`}
	}
	if key, bad := emptyName(names); bad {
		return nil, &Error{Reason: "ExpressionAttributeNames contains invalid value: " + attr.CheckName("").Error() + " for key " + key}
	}
	if values != nil && len(values) == 0 {
		return nil, &Error{Reason: "ExpressionAttributeValues must not be empty"}
	}
	if key, bad := badPlaceholder(values, ':'); bad {
		return nil, &Error{Reason: `ExpressionAttributeValues contains invalid key: Syntax error; key: "` + key + `"`}
	}
	bad := ""
	for key, v := range values {
		if v.Err() != nil && (bad == "" || key < bad) {
			bad = key
		}
	}
	if bad != "" {
		return nil, &Error{Reason: "ExpressionAttributeValues contains invalid value: " + values[bad].Err().Error() + " for key " + bad}
	}
	p := &Params{names: names, values: values}
	p.usedNames, p.usedValues = p.room[0:0:4], p.room[4:4:8]
	return p, nil
}

// emptyName returns the first key, in order, that stands for an empty name.
func emptyName(names map[string]string) (key string, found bool) {
	for k, name := range names {
		if name == "" && (!found || k < key) {
			key, found = k, true
		}
	}
	return key, found
}

// badPlaceholder returns the first key, in order, that is not sigil, then letters, digits and underscores.
func badPlaceholder[V any](params map[string]V, sigil byte) (bad string, found bool) {
	for key := range params {
		ok := len(key) > 1 && key[0] == sigil
		for i := 1; ok && i < len(key); i++ {
			ok = isWord(key[i])
		}
		if !ok && (!found || key < bad) {
			bad, found = key, true
		}
	}
	return bad, found
}

func (p *Params) name(placeholder string) (string, bool) {
	name, ok := p.names[placeholder]
	if ok && !slices.Contains(p.usedNames, placeholder) {
		p.usedNames = append(p.usedNames, placeholder)
	}
	return name, ok
}

func (p *Params) value(placeholder string) (attr.Value, bool) {
	v, ok := p.values[placeholder]
	if ok && !slices.Contains(p.usedValues, placeholder) {
		p.usedValues = append(p.usedValues, placeholder)
	}
	return v, ok
}

// Unused returns the error for substitutions that no expression used, names before values. Ask after all expressions
// of the request have been parsed.
func (p *Params) Unused() error {
	if len(p.usedNames) < len(p.names) {
		return unused("ExpressionAttributeNames", p.names, p.usedNames)
	}
	if len(p.usedValues) < len(p.values) {
		return unused("ExpressionAttributeValues", p.values, p.usedValues)
	}
	return nil
}

func unused[V any](member string, all map[string]V, used []string) error {
	left := maps.Clone(all)
	for _, key := range used {
		delete(left, key)
	}
	keys := strings.Join(slices.Sorted(maps.Keys(left)), ", ")
	return &Error{Reason: "Value provided in " + member + " unused in expressions: keys: {" + keys + "}"}
}

package dyeaws

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

var errNoObject = errors.New("it is no JSON object")

// insert returns a JSON object with a text at a path, making the objects on the way that are not there. What stands there already
// stays, and every other byte does.
func insert(object string, path []string, value string) (string, error) {
	if !json.Valid([]byte(object)) {
		return "", errNoObject
	}
	from, to, first, err := member(object, path[0])
	if err != nil {
		return "", err
	}
	switch {
	case to == 0: // not there: it becomes the first member
		made, err := nested(path, value)
		if err != nil {
			return "", err
		}
		if !first {
			made += ","
		}
		return object[:from] + made + object[from:], nil
	case len(path) == 1:
		return object, nil
	}
	inner, err := insert(object[from:to], path[1:], value)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path[0], err)
	}
	return object[:from] + inner + object[to:], nil
}

// member finds the value of a member, the last of its name. If there is none, to is 0, from is where a first member goes, and only
// says that it has no other beside it.
func member(object, name string) (from, to int, only bool, err error) {
	d := json.NewDecoder(strings.NewReader(object))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return 0, 0, false, errNoObject
	}
	from, only = int(d.InputOffset()), true
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return 0, 0, false, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return 0, 0, false, err
		}
		only = false
		if key == name {
			to = int(d.InputOffset())
			from = to - len(value)
		}
	}
	return from, to, only, nil
}

// nested writes a member with a text at the end of a path of objects.
func nested(path []string, value string) (string, error) {
	var inner any = value
	for i := len(path) - 1; i > 0; i-- {
		inner = map[string]any{path[i]: inner}
	}
	whole, err := json.Marshal(map[string]any{path[0]: inner})
	if err != nil {
		return "", err
	}
	return string(whole[1 : len(whole)-1]), nil
}

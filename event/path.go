package event

import (
	"strconv"
	"strings"
)

// SplitPath returns the names that a path consists of. They are separated by dots; a dot that is part of a name has a backslash
// before it: "labels.app\.kubernetes\.io/name" is two names.
func SplitPath(path string) []string {
	if !strings.Contains(path, `\.`) {
		return strings.Split(path, ".")
	}
	var names []string
	var name strings.Builder
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path) && path[i+1] == '.':
			name.WriteByte('.')
			i++
		case path[i] == '.':
			names = append(names, name.String())
			name.Reset()
		default:
			name.WriteByte(path[i])
		}
	}
	return append(names, name.String())
}

// PathName is a member's name as it is written in a path.
func PathName(name string) string {
	if !strings.Contains(name, ".") {
		return name
	}
	return strings.ReplaceAll(name, ".", `\.`)
}

// Lookup returns the value at path in a decoded document: names separated by dots as in [SplitPath], a number selects an element of
// an array ("detail.lines.0.sku").
func Lookup(root any, path string) (value any, found bool) {
	value = root
	for _, name := range SplitPath(path) {
		switch v := value.(type) {
		case map[string]any:
			if value, found = v[name]; !found {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

package event

import (
	"strconv"
	"strings"
)

// Lookup returns the value at path in a decoded document: names separated by dots, a number selects an element of an array
// ("detail.lines.0.sku").
func Lookup(root any, path string) (value any, found bool) {
	value = root
	for _, name := range strings.Split(path, ".") {
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

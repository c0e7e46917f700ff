package eventbridge

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const defaultPage = 100

// page cuts a list sorted by name: the items behind the token, at most limit of them, and the token for the next page.
// A token names the last item of its page, so items that come and go meanwhile do not shift the rest.
func page[T any](items []T, name func(T) string, token wire.Opt[string], limit wire.Opt[int32]) ([]T, wire.Opt[string], error) {
	var none wire.Opt[string]
	if token.OK {
		last, err := base64.RawURLEncoding.DecodeString(token.V)
		if err != nil {
			return nil, none, invalid("Parameter nextToken is not valid.")
		}
		i, found := slices.BinarySearchFunc(items, string(last), func(item T, last string) int { return strings.Compare(name(item), last) })
		if found {
			i++
		}
		items = items[i:]
	}
	n := int(limit.Or(defaultPage))
	if len(items) <= n {
		return items, none, nil
	}
	items = items[:n]
	return items, wire.Some(base64.RawURLEncoding.EncodeToString([]byte(name(items[n-1])))), nil
}

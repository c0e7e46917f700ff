package expect

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
)

const absent = "absent"

func orAbsent(s string) string {
	if s == "" {
		return absent
	}
	return s
}

func decode(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func printJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return "?"
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// sameJSON compares decoded JSON; numbers by value, so that 1200 and 1.2e3 are the same.
func sameJSON(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		n, ok := b.(json.Number)
		return ok && sameNumber(a, n)
	case map[string]any:
		m, ok := b.(map[string]any)
		if !ok || len(a) != len(m) {
			return false
		}
		for k, v := range a {
			w, ok := m[k]
			if !ok || !sameJSON(v, w) {
				return false
			}
		}
		return true
	case []any:
		l, ok := b.([]any)
		return ok && slices.EqualFunc(a, l, sameJSON)
	}
	return a == b
}

// maxDigits bounds the exponents worth comparing by value: 1e999999999 must not be written out.
const maxDigits = 400

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	if len(a) > maxDigits || len(b) > maxDigits {
		return false
	}
	x, _, errX := big.ParseFloat(string(a), 10, 2048, big.ToNearestEven)
	y, _, errY := big.ParseFloat(string(b), 10, 2048, big.ToNearestEven)
	return errX == nil && errY == nil && x.Cmp(y) == 0
}

package reasons

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// Source says what prints a code.
type Source string

// The sources of codes.
const (
	Hop     Source = "hop"         // reason of a hop: why an event did not go on, or went where it did
	Call    Source = "call"        // error of a call of an AWS API; it is the reason of the call's hop, too
	Control Source = "control API" // refusal of /_dyetrace/
	Finding Source = "finding"     // kind of an expectation that was judged
)

// Explanation is what is known of one code.
type Explanation struct {
	Code    string   `json:"code"`
	Also    []string `json:"also,omitempty"` // other spellings of the same: AWS's protocols have one each
	Source  Source   `json:"source"`
	Meaning string   `json:"meaning"`
	Cause   string   `json:"cause"` // the usual one
	Do      string   `json:"do"`
}

// All returns every explanation, by source and code.
func All() []Explanation { return slices.Clone(sorted()) }

var sorted = sync.OnceValue(func() []Explanation {
	list := slices.Concat(hops, calls, control, findings)
	slices.SortStableFunc(list, func(a, b Explanation) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Source), slices.Index(order, b.Source)), cmp.Compare(strings.ToLower(a.Code), strings.ToLower(b.Code)))
	})
	return list
})

var order = []Source{Hop, Call, Control, Finding}

// Find returns what is known of a code, by any of its spellings; if none is as that, however its letters are cased. A code that two
// sources print has two explanations.
func Find(code string) []Explanation {
	exact := find(func(spelling string) bool { return spelling == code })
	if len(exact) > 0 {
		return exact
	}
	return find(func(spelling string) bool { return strings.EqualFold(spelling, code) })
}

func find(is func(spelling string) bool) []Explanation {
	var list []Explanation
	for _, e := range sorted() {
		if is(e.Code) || slices.ContainsFunc(e.Also, func(s string) bool { return is(s) || is(strings.TrimPrefix(s, "AWS.SimpleQueueService.")) }) {
			list = append(list, e)
		}
	}
	return list
}

// Near returns the codes that are spelt most like that one, the nearest first: at most three, and none that has little in common.
func Near(code string) []string {
	type near struct {
		code     string
		distance int
	}
	var list []near
	code = strings.ToLower(code)
	for _, e := range sorted() {
		for _, spelling := range append([]string{e.Code}, e.Also...) {
			d := distance(code, strings.ToLower(spelling))
			if len(code) > 3 && strings.Contains(strings.ToLower(spelling), code) {
				d = min(d, 2)
			}
			if d <= max(2, len(code)/3) {
				list = append(list, near{spelling, d})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b near) int { return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.code, b.code)) })
	var codes []string
	for _, n := range list {
		if len(codes) < 3 && !slices.ContainsFunc(codes, func(c string) bool { return strings.EqualFold(c, n.code) }) {
			codes = append(codes, n.code)
		}
	}
	return codes
}

// distance is how many letters must be put in, taken out or replaced to make one text of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

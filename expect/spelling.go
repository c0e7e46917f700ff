package expect

import (
	"strings"
	"unicode"
)

// alike reports whether one of two different names is likely to be the other one misspelt: they are the same but for case and
// separators (lead_converted, LeadConverted), or they have the same words but for a slip in one of them.
//
// Names that mean different things are often near each other. So digits must agree (OrderPlaced.v1, OrderPlaced.v2), a word keeps its
// first letter (Locked, Unlocked; Imported, Exported), and words of up to three letters have no slips (In, On). There remain pairs such
// as PlanChanged and PlanCharged: whoever means both says so.
func alike(a, b string) bool {
	if a == b {
		return false
	}
	left, right := wordsOf(a), wordsOf(b)
	one, other := strings.Join(left, ""), strings.Join(right, "")
	if one == other {
		return one != ""
	}
	if len(left) == 1 || len(right) == 1 { // of leadconvrted nothing tells where a word begins
		return slip(one, other)
	}
	if len(left) != len(right) {
		return false
	}
	slips := 0
	for i := range left {
		switch {
		case left[i] == right[i]:
		case slip(left[i], right[i]):
			slips++
		default:
			return false
		}
	}
	return slips == 1
}

// wordsOf splits a name at separators and where a capital begins a word, and writes the words in small letters.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words, word = append(words, string(word)), word[:0]
		}
	}
	letters := []rune(name)
	for i, r := range letters {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		if unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1])) {
			end()
		}
		word = append(word, unicode.ToLower(r))
	}
	end()
	return words
}

// slip reports whether two words differ by a letter too much, too few, wrong or out of turn; two in a word of eight letters or more.
func slip(a, b string) bool {
	left, right := []rune(a), []rune(b)
	longer := max(len(left), len(right))
	if len(left) == 0 || len(right) == 0 || left[0] != right[0] || digits(a) != digits(b) {
		return false
	}
	most := 1
	switch {
	case longer <= 3 || longer > longestName:
		return false
	case longer >= 8:
		most = 2
	}
	return distance(left, right) <= most
}

// longestName is the longest that is compared: distance takes the square of it.
const longestName = 200

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// distance counts the letters to insert, delete, replace or swap with the next to make b of a (optimal string alignment).
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

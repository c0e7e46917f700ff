package expect

import (
	"slices"
	"strconv"
)

// aligned are the indices of two elements that stand for one another; -1 where there is none.
type aligned struct{ want, got int }

// largestTable bounds the work of finding what two arrays have in common; beyond it elements are compared by index.
const largestTable = 1 << 16

// align pairs the elements of two arrays: those that are the same keep their order and as many as can be are paired, and between
// them the others are paired one by one. Which elements are the same does not depend on what is volatile in them.
func (d *differ) align(path []string, want, got []any) []aligned {
	same := func(i, j int) bool {
		inner := differ{volatile: d.volatile}
		inner.compare(append(slices.Clip(path), strconv.Itoa(i)), want[i], got[j])
		return len(inner.list) == 0
	}
	first, endWant, endGot := 0, len(want), len(got)
	for first < endWant && first < endGot && same(first, first) {
		first++
	}
	for endWant > first && endGot > first && same(endWant-1, endGot-1) {
		endWant, endGot = endWant-1, endGot-1
	}
	var pairs []aligned
	for i := range first {
		pairs = append(pairs, aligned{i, i})
	}
	i, j := first, first
	if (endWant-first)*(endGot-first) <= largestTable {
		for _, p := range common(first, endWant, endGot, same) {
			pairs = between(pairs, i, p.want, j, p.got)
			pairs = append(pairs, p)
			i, j = p.want+1, p.got+1
		}
	}
	pairs = between(pairs, i, endWant, j, endGot)
	for ; endWant < len(want); endWant, endGot = endWant+1, endGot+1 {
		pairs = append(pairs, aligned{endWant, endGot})
	}
	return pairs
}

// between pairs elements that are not the same one by one; what is left over stands alone.
func between(pairs []aligned, i, endWant, j, endGot int) []aligned {
	for ; i < endWant && j < endGot; i, j = i+1, j+1 {
		pairs = append(pairs, aligned{i, j})
	}
	for ; i < endWant; i++ {
		pairs = append(pairs, aligned{i, -1})
	}
	for ; j < endGot; j++ {
		pairs = append(pairs, aligned{-1, j})
	}
	return pairs
}

// common is the longest common subsequence of what lies between first and the ends.
func common(first, endWant, endGot int, same func(i, j int) bool) (pairs []aligned) {
	rows, columns := endWant-first, endGot-first
	length := make([][]int, rows+1)
	for r := range length {
		length[r] = make([]int, columns+1)
	}
	equal := make([][]bool, rows)
	for r := rows - 1; r >= 0; r-- {
		equal[r] = make([]bool, columns)
		for c := columns - 1; c >= 0; c-- {
			if equal[r][c] = same(first+r, first+c); equal[r][c] {
				length[r][c] = 1 + length[r+1][c+1]
			} else {
				length[r][c] = max(length[r+1][c], length[r][c+1])
			}
		}
	}
	for r, c := 0, 0; r < rows && c < columns; {
		switch {
		case equal[r][c]:
			pairs = append(pairs, aligned{first + r, first + c})
			r, c = r+1, c+1
		case length[r+1][c] >= length[r][c+1]:
			r++
		default:
			c++
		}
	}
	return pairs
}

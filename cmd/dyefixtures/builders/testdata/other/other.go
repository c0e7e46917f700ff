// Package other is another package than that of the structs.
package other

type Unit string

const (
	Metre Unit = "m"
	Gram  Unit = "g"
)

type Thing struct{ N int }

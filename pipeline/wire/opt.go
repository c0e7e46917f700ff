package wire

// Opt is an optional member: its value, and whether the request or answer has it. The zero Opt is absent.
type Opt[T any] struct {
	V  T
	OK bool
}

// Some returns a present v.
func Some[T any](v T) Opt[T] { return Opt[T]{V: v, OK: true} }

// Or returns the value if it is present, else fallback.
func (o Opt[T]) Or(fallback T) T {
	if o.OK {
		return o.V
	}
	return fallback
}

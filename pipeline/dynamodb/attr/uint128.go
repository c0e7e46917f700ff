package attr

import "math/bits"

// uint128 holds a coefficient. 10^38 − 1 needs 127 bits, so that one sum of two coefficients never wraps.
type uint128 struct {
	hi, lo uint64
}

// pow10 holds 10^0 … 10^38.
var pow10 = func() (p [maxDigits + 1]uint128) {
	p[0] = uint128{lo: 1}
	for i := 1; i < len(p); i++ {
		p[i], _ = p[i-1].mul64(10)
	}
	return p
}()

func (a uint128) isZero() bool { return a.hi|a.lo == 0 }

func (a uint128) less(b uint128) bool {
	return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo
}

func (a uint128) add(b uint128) uint128 {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return uint128{hi, lo}
}

func (a uint128) sub(b uint128) uint128 {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, borrow)
	return uint128{hi, lo}
}

// mul64 reports false when the product needs more than 128 bits.
func (a uint128) mul64(m uint64) (uint128, bool) {
	carry, lo := bits.Mul64(a.lo, m)
	over, hi := bits.Mul64(a.hi, m)
	hi, c := bits.Add64(hi, carry, 0)
	return uint128{hi, lo}, over == 0 && c == 0
}

// scale multiplies by 10^n and reports false when the product needs more than 128 bits.
func (a uint128) scale(n int) (uint128, bool) {
	ok := true
	for n > 0 && ok {
		step := min(n, 19)
		a, ok = a.mul64(pow10[step].lo)
		n -= step
	}
	return a, ok
}

// divmod64 divides by d, which is not zero.
func (a uint128) divmod64(d uint64) (uint128, uint64) {
	hi, rest := a.hi/d, a.hi%d
	lo, rest := bits.Div64(rest, a.lo, d)
	return uint128{hi, lo}, rest
}

// digits is the number of decimal digits; zero has none.
func (a uint128) digits() int {
	if a.isZero() {
		return 0
	}
	length := 128 - bits.LeadingZeros64(a.hi)
	if a.hi == 0 {
		length = 64 - bits.LeadingZeros64(a.lo)
	}
	n := length * 1233 >> 12 // log10(2) ≈ 1233/4096, exact or one too small for up to 128 bits
	if n > maxDigits || a.less(pow10[n]) {
		return n
	}
	return n + 1
}

// put writes the decimal digits, without leading zeros, into buf and returns them.
func (a uint128) put(buf *[maxDigits + 2]byte) []byte {
	i := len(buf)
	for !a.isZero() {
		var part uint64
		if a.hi == 0 {
			part, a = a.lo, uint128{}
		} else {
			a, part = a.divmod64(pow10[19].lo)
		}
		stop := i - 19
		for part > 0 {
			i--
			buf[i] = byte('0' + part%10)
			part /= 10
		}
		for !a.isZero() && i > stop {
			i--
			buf[i] = '0'
		}
	}
	return buf[i:]
}

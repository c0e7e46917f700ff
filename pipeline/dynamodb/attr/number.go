package attr

// Limits of DynamoDB's number type.
const (
	maxDigits   = 38
	maxExponent = 125  // of the first digit: 9.99…E125
	minExponent = -130 // of the first digit: 1E-130
)

// A Number is a decimal of up to 38 significant digits with a magnitude of 1E-130 to 9.99…E125, or zero.
// Numbers are exact and normalised: two of them are equal if and only if == says so. The zero Number is 0.
//
// Source: Amazon DynamoDB Developer Guide, "Numbers" (data types of items).
type Number struct {
	coef uint128 // without trailing decimal zeros
	exp  int16   // value = coef × 10^exp; 0 for zero
	neg  bool
}

// ParseNumber reads the text of a number: an optional sign, digits with an optional point, an optional exponent.
// Zeros that do not count (leading, and trailing ones that can go into the exponent) are not significant digits.
//
// Errors: *ValidationError with DynamoDB's text; [ErrOverflow], [ErrUnderflow], [ErrPrecision] are among them.
func ParseNumber(text string) (Number, error) {
	if text == "" {
		return Number{}, &ValidationError{"The parameter cannot be converted to a numeric value"}
	}
	s := numberScan{rest: text}
	if !s.scan() {
		return Number{}, &ValidationError{"The parameter cannot be converted to a numeric value: " + text}
	}
	if s.n == 0 {
		return Number{}, nil
	}
	switch first := s.exp + s.n - 1; {
	case first > maxExponent:
		return Number{}, ErrOverflow
	case first < minExponent:
		return Number{}, ErrUnderflow
	case s.n > maxDigits:
		return Number{}, ErrPrecision
	}
	return Number{coef: s.coefficient(), exp: int16(s.exp), neg: s.neg}, nil
}

// numberScan collects the significant digits of a text.
type numberScan struct {
	rest  string
	neg   bool
	high  uint64 // the first 19 digits
	low   uint64 // the digits after them
	n     int    // significant digits seen; beyond 38 they are counted, not kept
	exp   int    // exponent of the last significant digit
	zeros int    // zeros seen after it
}

func (s *numberScan) scan() bool {
	if c := s.rest[0]; c == '-' || c == '+' {
		s.neg = c == '-'
		s.rest = s.rest[1:]
	}
	whole := s.digits()
	if s.n == 0 {
		s.zeros = 0
	}
	s.exp = s.zeros
	fraction := 0
	if len(s.rest) > 0 && s.rest[0] == '.' {
		s.rest = s.rest[1:]
		fraction = s.digits()
		s.exp = s.zeros - fraction
	}
	if whole+fraction == 0 {
		return false
	}
	return s.exponent() && s.rest == ""
}

// digits consumes a run of digits and returns its length.
func (s *numberScan) digits() int {
	i := 0
	for ; i < len(s.rest); i++ {
		c := s.rest[i]
		if c < '0' || c > '9' {
			break
		}
		if c == '0' {
			s.zeros++
			continue
		}
		if s.n > 0 {
			for ; s.zeros > 0; s.zeros-- {
				s.push(0)
			}
		}
		s.zeros = 0
		s.push(uint64(c - '0'))
	}
	s.rest = s.rest[i:]
	return i
}

func (s *numberScan) push(digit uint64) {
	switch {
	case s.n < 19:
		s.high = s.high*10 + digit
	case s.n < maxDigits:
		s.low = s.low*10 + digit
	}
	s.n++
}

func (s *numberScan) exponent() bool {
	if len(s.rest) == 0 || s.rest[0] != 'e' && s.rest[0] != 'E' {
		return true
	}
	text, neg := s.rest[1:], false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		neg = text[0] == '-'
		text = text[1:]
	}
	if text == "" {
		return false
	}
	e := 0
	for len(text) > 0 && text[0] >= '0' && text[0] <= '9' {
		// Capped far outside every range that a body of a few MiB can bring back with zeros.
		e = min(e*10+int(text[0]-'0'), 1<<28)
		text = text[1:]
	}
	if neg {
		e = -e
	}
	s.exp += e
	s.rest = text
	return true
}

func (s *numberScan) coefficient() uint128 {
	if s.n <= 19 {
		return uint128{lo: s.high}
	}
	c, _ := uint128{lo: s.high}.mul64(pow10[s.n-19].lo)
	return c.add(uint128{lo: s.low})
}

// NumberFromInt64 returns n as a Number.
func NumberFromInt64(n int64) Number {
	u := uint64(n)
	if n < 0 {
		u = -u
	}
	x, _ := normalise(uint128{lo: u}, 0, n < 0) // 19 digits are always in range
	return x
}

// normalise strips trailing zeros and checks the limits.
func normalise(coef uint128, exp int, neg bool) (Number, error) {
	if coef.isZero() {
		return Number{}, nil
	}
	for {
		quotient, rest := coef.divmod64(10)
		if rest != 0 {
			break
		}
		coef = quotient
		exp++
	}
	n := coef.digits()
	switch first := exp + n - 1; {
	case first > maxExponent:
		return Number{}, ErrOverflow
	case first < minExponent:
		return Number{}, ErrUnderflow
	case n > maxDigits:
		return Number{}, ErrPrecision
	}
	return Number{coef: coef, exp: int16(exp), neg: neg}, nil
}

// IsZero reports whether the number is 0.
func (a Number) IsZero() bool { return a.coef.isZero() }

// Neg returns −a.
func (a Number) Neg() Number {
	if !a.IsZero() {
		a.neg = !a.neg
	}
	return a
}

// Sub returns a − b; see [Number.Add].
func (a Number) Sub(b Number) (Number, error) { return a.Add(b.Neg()) }

// Add returns the exact sum. A sum that needs more than 38 digits is refused with [ErrPrecision], never rounded;
// a magnitude outside the range gives [ErrOverflow] or [ErrUnderflow].
//
// That AWS refuses too is not documented; DynamoDB Local does.
func (a Number) Add(b Number) (Number, error) {
	if a.IsZero() {
		return b, nil
	}
	if b.IsZero() {
		return a, nil
	}
	if a.exp < b.exp {
		a, b = b, a
	}
	// The last digit of b is not zero and stands at the lower exponent, so the sum has no trailing zeros to save it:
	// a scaled coefficient outside of 128 bits means more than 38 digits.
	coef, ok := a.coef.scale(int(a.exp) - int(b.exp))
	if !ok {
		return Number{}, ErrPrecision
	}
	if a.neg != b.neg {
		if coef.less(b.coef) {
			return normalise(b.coef.sub(coef), int(b.exp), b.neg)
		}
		return normalise(coef.sub(b.coef), int(b.exp), a.neg)
	}
	sum := coef.add(b.coef)
	if sum.less(coef) { // wrapped: 40 digits or more
		return Number{}, ErrPrecision
	}
	return normalise(sum, int(b.exp), a.neg)
}

// Compare returns −1, 0 or +1.
func (a Number) Compare(b Number) int {
	if a == b {
		return 0
	}
	if sa, sb := a.sign(), b.sign(); sa != sb {
		if sa < sb {
			return -1
		}
		return 1
	}
	less := a.magnitudeLess(b)
	if less != a.neg {
		return -1
	}
	return 1
}

func (a Number) sign() int {
	switch {
	case a.IsZero():
		return 0
	case a.neg:
		return -1
	}
	return 1
}

// magnitudeLess compares two different numbers of one sign.
func (a Number) magnitudeLess(b Number) bool {
	na, nb := a.coef.digits(), b.coef.digits()
	if fa, fb := int(a.exp)+na, int(b.exp)+nb; fa != fb {
		return fa < fb
	}
	ca, _ := a.coef.scale(max(0, nb-na))
	cb, _ := b.coef.scale(max(0, na-nb))
	return ca.less(cb)
}

// String returns the text that DynamoDB answers with: plain decimal notation, no exponent, no needless zeros.
func (a Number) String() string {
	var buf [64]byte
	return string(a.AppendText(buf[:0]))
}

// AppendText appends what [Number.String] returns.
func (a Number) AppendText(dst []byte) []byte {
	if a.IsZero() {
		return append(dst, '0')
	}
	if a.neg {
		dst = append(dst, '-')
	}
	var buf [maxDigits + 2]byte
	digits := a.coef.put(&buf)
	switch point := len(digits) + int(a.exp); {
	case a.exp >= 0:
		return appendZeros(append(dst, digits...), int(a.exp))
	case point <= 0:
		dst = appendZeros(append(dst, '0', '.'), -point)
		return append(dst, digits...)
	default:
		dst = append(append(dst, digits[:point]...), '.')
		return append(dst, digits[point:]...)
	}
}

func appendZeros(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, '0')
	}
	return dst
}

// Size is the number of bytes that count towards an item's size: one, one for each pair of digits (pairs start at the
// decimal point), and one for a minus sign. Zero has size 1.
//
// Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats", which calls its rule approximate.
func (a Number) Size() int {
	if a.IsZero() {
		return 1
	}
	n := a.coef.digits()
	pairs := n / 2
	if n%2 != 0 || (int(a.exp)+n-1)%2 == 0 { // an odd digit at either end takes a byte of its own
		pairs++
	}
	if a.neg {
		pairs++
	}
	return 1 + pairs
}

// AppendKey appends bytes whose order is the order of the numbers. They end themselves: no key is a prefix of another,
// so more key parts may follow. At most 23 bytes.
func (a Number) AppendKey(dst []byte) []byte {
	if a.IsZero() {
		return append(dst, 2)
	}
	var mask byte
	if a.neg {
		mask = 0xff
		dst = append(dst, 1)
	} else {
		dst = append(dst, 3)
	}
	var buf [maxDigits + 2]byte
	digits := a.coef.put(&buf)
	first := int(a.exp) + len(digits) - 1
	dst = append(dst, byte((first-minExponent)/2+1)^mask)
	if first&1 == 0 { // the first pair is half filled
		dst = append(dst, (digits[0]-'0'+1)^mask)
		digits = digits[1:]
	}
	for ; len(digits) > 1; digits = digits[2:] {
		dst = append(dst, ((digits[0]-'0')*10+digits[1]-'0'+1)^mask)
	}
	if len(digits) == 1 {
		dst = append(dst, ((digits[0]-'0')*10+1)^mask)
	}
	return append(dst, mask)
}

package pattern

import (
	"strconv"
	"strings"
)

// exactDigits is the number of decimal digits that every double keeps.
const exactDigits = 15

// comparableNumber converts the text of a JSON number to a double. It reports false for a number whose decimal
// value a double cannot hold (a 20-digit id, 1e400): such a number is compared by its text.
//
// Source: event-ruler, ComparableNumber.
func comparableNumber(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, false
	}
	if len(text) <= exactDigits && !strings.ContainsAny(text, "eE") {
		return n, true
	}
	wantDigits, wantExponent := decimalOf(text)
	gotDigits, gotExponent := decimalOf(strconv.FormatFloat(n, 'e', -1, 64))
	return n, wantDigits == gotDigits && wantExponent == gotExponent
}

// decimalOf normalises a decimal number to sign and digits without zeros at either end, and the power of ten of the
// last digit, so that two spellings of one value become equal.
func decimalOf(text string) (digits string, exponent int) {
	mantissa, power := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, power = text[:i], text[i+1:]
	}
	exponent, err := strconv.Atoi(strings.TrimPrefix(power, "+"))
	if err != nil && power != "" {
		return text, 0 // an exponent beyond int: equal to nothing that a double prints
	}
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent -= len(fraction)
	all := strings.TrimLeft(whole+fraction, "0")
	digits = strings.TrimRight(all, "0")
	if digits == "" {
		return "", 0
	}
	return sign + digits, exponent + len(all) - len(digits)
}

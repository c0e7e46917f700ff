package wire

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// Number reads a number and returns its text.
func (d *Decoder) Number() (string, error) {
	raw, err := d.number("Number")
	return string(raw), err
}

func (d *Decoder) number(target string) ([]byte, error) {
	if d.Peek() != Number {
		return nil, d.mismatch(Number, target)
	}
	start := d.pos
	if d.data[d.pos] == '-' {
		d.pos++
	}
	if d.pos < len(d.data) && d.data[d.pos] == '0' {
		d.pos++
	} else if !d.digits() {
		return nil, d.syntax("a number has no digits")
	}
	if d.pos < len(d.data) && d.data[d.pos] == '.' {
		d.pos++
		if !d.digits() {
			return nil, d.syntax("no digit follows the point of a number")
		}
	}
	if d.pos < len(d.data) && d.data[d.pos]|0x20 == 'e' {
		d.pos++
		if d.pos < len(d.data) && (d.data[d.pos] == '+' || d.data[d.pos] == '-') {
			d.pos++
		}
		if !d.digits() {
			return nil, d.syntax("a number's exponent has no digits")
		}
	}
	return d.data[start:d.pos], nil
}

func (d *Decoder) digits() bool {
	start := d.pos
	for d.pos < len(d.data) && '0' <= d.data[d.pos] && d.data[d.pos] <= '9' {
		d.pos++
	}
	return d.pos > start
}

// Int64 reads a number as an integer of 64 bits. A fraction is cut off, as the services do; a number out of range is a
// *TypeError.
func (d *Decoder) Int64() (int64, error) { return d.integer("Long", 64) }

// Int32 is Int64 for an integer of 32 bits.
func (d *Decoder) Int32() (int32, error) {
	n, err := d.integer("Integer", 32)
	return int32(n), err
}

func (d *Decoder) integer(target string, bits int) (int64, error) {
	raw, err := d.number(target)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(raw), 10, bits)
	if err == nil {
		return n, nil
	}
	limit := math.Ldexp(1, bits-1)
	f, ferr := strconv.ParseFloat(string(raw), 64)
	if f = math.Trunc(f); ferr == nil && bytes.ContainsAny(raw, ".eE") && f >= -limit && f < limit {
		return int64(f), nil
	}
	name := map[int]string{32: "int", 64: "long"}[bits]
	return 0, d.impossible(target, Number, string(raw), "it does not fit into "+strconv.Itoa(bits)+" bits",
		"Numeric value ("+string(raw)+") out of range of "+name)
}

func (d *Decoder) impossible(target string, kind Kind, text, reason, answer string) error {
	return &TypeError{Offset: d.pos, Want: kind, Got: kind, Text: text, Reason: reason, Target: target, Answer: answer}
}

// Float64 reads a number as the nearest float64; one too large for it is a *TypeError.
func (d *Decoder) Float64() (float64, error) { return d.float("Double") }

func (d *Decoder) float(target string) (float64, error) {
	raw, err := d.number(target)
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return 0, d.impossible(target, Number, string(raw), "it is too large", "Numeric value ("+string(raw)+") out of range of double")
	}
	return f, nil
}

// Time reads a number of seconds since 1970, with a fraction down to the millisecond.
func (d *Decoder) Time() (time.Time, error) {
	f, err := d.float("Date")
	if err != nil {
		return time.Time{}, err
	}
	const limit = 1 << 38 // seconds, about the year 10,680; beyond lies nothing that can be written in ISO 8601
	if math.Abs(f) > limit {
		return time.Time{}, d.impossible("Date", Number, strconv.FormatFloat(f, 'g', -1, 64), "it is no time", "")
	}
	return time.UnixMilli(int64(math.Round(f * 1000))).UTC(), nil
}

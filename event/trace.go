package event

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Trace is a place in a distributed trace, as the headers of W3C Trace Context and AWS X-Ray write it.
type Trace struct {
	ID      string // 32 hexadecimal digits, lower case, not all zeros
	Span    string // of the sender: 16 hexadecimal digits, lower case; "" if the header names none
	Sampled bool
}

const (
	shortCorrelation = 12 // bytes of a correlation id that fit into a trace id, behind the mark
	traceMark        = 4  // bytes by which such a trace id is known
)

// TraceFor returns the trace that stands for a correlation id, always the same.
//
// An id of 32 hexadecimal digits is the trace id itself. One of up to 12 bytes without a zero byte, such as those of package dye, is
// written into the trace id behind four bytes of its SHA-256, so that it can be read from it. Of any other the trace id is the first
// 16 bytes of its SHA-256. The span is the next 8 bytes of that, whatever the id is.
func TraceFor(correlation string) Trace {
	sum := sha256.Sum256([]byte(correlation))
	t := Trace{ID: hex.EncodeToString(sum[:16]), Span: hex.EncodeToString(sum[16:24]), Sampled: true}
	switch {
	case isHex(correlation, 32):
		t.ID = correlation
	case correlation != "" && len(correlation) <= shortCorrelation && strings.IndexByte(correlation, 0) < 0:
		var id [16]byte
		copy(id[:], sum[:traceMark])
		copy(id[traceMark:], correlation)
		t.ID = hex.EncodeToString(id[:])
	}
	return t
}

// Correlation returns the correlation id that the trace was made of by [TraceFor], or "" if it was made by somebody else or of an
// id that cannot be read from it.
func (t Trace) Correlation() string {
	id, err := hex.DecodeString(t.ID)
	if err != nil || len(id) != 16 {
		return ""
	}
	short := strings.TrimRight(string(id[traceMark:]), "\x00")
	for _, correlation := range []string{short, t.ID} {
		made := TraceFor(correlation)
		if correlation == short && made.ID == t.ID || correlation == t.ID && made.Span == t.Span {
			return correlation
		}
	}
	return ""
}

// Traceparent returns the trace as the header traceparent.
//
// Source: W3C Trace Context, version 00.
func (t Trace) Traceparent() string {
	flags := "00"
	if t.Sampled {
		flags = "01"
	}
	return "00-" + t.ID + "-" + t.span() + "-" + flags
}

// AWSTraceHeader returns the trace as X-Ray's tracing header.
//
// Source: AWS X-Ray Developer Guide, "Tracing header" and "Sending trace IDs": a W3C trace id is written as 1-8 digits-24 digits.
func (t Trace) AWSTraceHeader() string {
	sampled := "0"
	if t.Sampled {
		sampled = "1"
	}
	return "Root=1-" + t.ID[:8] + "-" + t.ID[8:] + ";Parent=" + t.span() + ";Sampled=" + sampled
}

// span is one for headers that cannot do without.
func (t Trace) span() string {
	if t.Span == "" {
		return TraceFor(t.ID).Span
	}
	return t.Span
}

// ParseTrace reads either header. It reports false for a text that is neither.
func ParseTrace(header string) (t Trace, ok bool) {
	if strings.Contains(header, "Root=") {
		return parseXRay(header)
	}
	// A version above 00 may have more behind the flags; ff is none.
	parts := strings.Split(header, "-")
	if len(parts) < 4 || parts[0] == "00" && len(parts) != 4 || parts[0] == "ff" || !isDigits(parts[0], 2) || !isDigits(parts[3], 2) {
		return Trace{}, false
	}
	if !isHex(parts[1], 32) || !isHex(parts[2], 16) {
		return Trace{}, false
	}
	return Trace{ID: parts[1], Span: parts[2], Sampled: strings.IndexByte("13579bdf", parts[3][1]) >= 0}, true
}

func parseXRay(header string) (t Trace, ok bool) {
	for part := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Root":
			parts := strings.Split(value, "-")
			if len(parts) != 3 || parts[0] != "1" || len(parts[1]) != 8 {
				return Trace{}, false
			}
			t.ID = parts[1] + parts[2]
		case "Parent":
			if isHex(value, 16) {
				t.Span = value
			}
		case "Sampled":
			t.Sampled = value == "1"
		}
	}
	if !isHex(t.ID, 32) {
		return Trace{}, false
	}
	return t, true
}

// isHex reports whether s has n hexadecimal digits in lower case that are not all zeros.
func isHex(s string, n int) bool { return isDigits(s, n) && strings.Trim(s, "0") != "" }

func isDigits(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}

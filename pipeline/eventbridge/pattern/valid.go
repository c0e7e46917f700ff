package pattern

import "unicode/utf8"

// Valid reports whether text is one JSON object that [Parse] takes, without building anything.
func Valid(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	t, err := scan(text, 0)
	if err != nil || t.kind != tokenObject {
		return false
	}
	end, ok := validObject(text, t.end, 1)
	if !ok {
		return false
	}
	t, err = scan(text, end)
	return err == nil && t.kind == tokenEnd
}

// validObject checks the members of an object from behind its brace and returns the offset behind the closing one.
func validObject(text string, at, depth int) (end int, ok bool) {
	for first := true; ; first = false {
		t, err := scan(text, at)
		if err != nil || depth > maxDepth {
			return 0, false
		}
		if first && t.kind == tokenObjectEnd {
			return t.end, true
		}
		if t.kind != tokenString {
			return 0, false
		}
		if t, err = scan(text, t.end); err != nil || t.kind != tokenColon {
			return 0, false
		}
		if at, ok = validValue(text, t.end, depth); !ok {
			return 0, false
		}
		if t, err = scan(text, at); err != nil {
			return 0, false
		}
		switch at = t.end; t.kind {
		case tokenObjectEnd:
			return at, true
		case tokenComma:
		default:
			return 0, false
		}
	}
}

func validArray(text string, at, depth int) (end int, ok bool) {
	if t, err := scan(text, at); err == nil && t.kind == tokenArrayEnd {
		return t.end, true
	}
	for depth <= maxDepth {
		if at, ok = validValue(text, at, depth); !ok {
			return 0, false
		}
		t, err := scan(text, at)
		if err != nil {
			return 0, false
		}
		switch at = t.end; t.kind {
		case tokenArrayEnd:
			return at, true
		case tokenComma:
		default:
			return 0, false
		}
	}
	return 0, false
}

func validValue(text string, at, depth int) (end int, ok bool) {
	t, err := scan(text, at)
	if err != nil {
		return 0, false
	}
	switch t.kind {
	case tokenObject:
		return validObject(text, t.end, depth+1)
	case tokenArray:
		return validArray(text, t.end, depth+1)
	case tokenString, tokenNumber, tokenLiteral:
		return t.end, true
	}
	return 0, false
}

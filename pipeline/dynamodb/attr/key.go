package attr

// AppendKey appends bytes whose order is the order of values of one kind S, N or B. They end themselves, so that the
// keys of several attributes can be joined and still be ordered attribute by attribute. Other kinds append nothing and
// report false.
//
// S and B: their bytes with 00 written as 00 FF, then 00 01. N: see [Number.AppendKey].
func AppendKey(dst []byte, v Value) (key []byte, ok bool) {
	switch v.kind {
	case KindS, KindB:
		dst, _ = AppendKeyPrefix(dst, v)
		return append(dst, 0, 1), true
	case KindN:
		return v.Num().AppendKey(dst), true
	}
	return dst, false
}

// AppendKeyPrefix appends the bytes with which the key of every S or B begins whose text begins with that of v.
func AppendKeyPrefix(dst []byte, v Value) (prefix []byte, ok bool) {
	if v.kind != KindS && v.kind != KindB {
		return dst, false
	}
	from := 0
	for i := range len(v.str) {
		if v.str[i] == 0 {
			dst = append(append(dst, v.str[from:i+1]...), 0xff)
			from = i + 1
		}
	}
	return append(dst, v.str[from:]...), true
}

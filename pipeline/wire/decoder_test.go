package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func skipAll(data []byte) error {
	d := NewDecoder(data)
	if err := d.Skip(); err != nil {
		return err
	}
	return d.End()
}

func TestDecoder_refuses_what_services_refuse(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                     ``,
		"white space only":            " \n",
		"two values":                  `{} {}`,
		"a name twice":                `{"a":1,"b":2,"a":3}`,
		"a name twice, once escaped":  `{"a":1,"\u0061":2}`,
		"a name twice among many":     `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"j":2}`,
		"a first name twice, late":    `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"a":2}`,
		"a comma at the end":          `[1,]`,
		"a comma at the end of names": `{"a":1,}`,
		"no comma":                    `[1 2]`,
		"no colon":                    `{"a" 1}`,
		"a name without quotes":       `{a:1}`,
		"single quotes":               `'a'`,
		"an open object":              `{"a":1`,
		"an open string":              `"abc`,
		"the wrong bracket":           `[1}`,
		"a number with leading zero":  `01`,
		"a number without digits":     `-`,
		"a number ending in a point":  `1.`,
		"a number without exponent":   `1e`,
		"a plus sign":                 `+1`,
		"half a word":                 `nul`,
		"a word too long":             `truex`,
		"a raw control character":     "\"a\tb\"",
		"an unknown escape":           `"\x41"`,
		"short hexadecimal":           `"\u12"`,
		"no hexadecimal":              `"\u12g4"`,
		"a lone high surrogate":       `"\ud83d"`,
		"a lone low surrogate":        `"\ude00"`,
		"a high and a high surrogate": `"\ud83d\ud83d"`,
		"bytes that are not UTF-8":    "\"\xff\"",
		"a surrogate in UTF-8":        "\"\xed\xa0\x80\"",
		"a byte order mark":           "\ufeff{}",
		"too deep":                    strings.Repeat("[", DefaultDepth+1) + strings.Repeat("]", DefaultDepth+1),
	} {
		var syntax *SyntaxError
		if err := skipAll([]byte(text)); !errors.As(err, &syntax) {
			t.Errorf("%s: got %v, want a *SyntaxError", name, err)
		}
	}
}

func TestDecoder_accepts_JSON(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, ` [ 1 , -0.5e+3 , true , null , "\ud83d\ude00é\n" ] `, `{"a":{"a":1},"A":2}`, `"` + "\u007f" + `"`,
		strings.Repeat("[", DefaultDepth) + strings.Repeat("]", DefaultDepth),
	} {
		if err := skipAll([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestDecoder_keeps_integers_exactly(t *testing.T) {
	for text, want := range map[string]int64{
		"9223372036854775807": 9223372036854775807, "-9223372036854775808": -9223372036854775808, "9007199254740993": 9007199254740993,
		"34.56": 34, "-0.9": 0, "1e3": 1000, "12.0": 12,
	} {
		d := NewDecoder([]byte(text))
		if got, err := d.Int64(); err != nil || got != want {
			t.Errorf("%s: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"9223372036854775808", "1e19", "-1e300", "1e999"} {
		d := NewDecoder([]byte(text))
		var wrong *TypeError
		if n, err := d.Int64(); !errors.As(err, &wrong) {
			t.Errorf("%s: got %d, %v, want a *TypeError", text, n, err)
		}
	}
	d := NewDecoder([]byte("2147483648"))
	if n, err := d.Int32(); err == nil {
		t.Errorf("Int32 reads %d", n)
	}
}

func TestDecoder_errors_name_the_path(t *testing.T) {
	d := NewDecoder([]byte(`{"a":[{"b":1},{"b":"x"}]}`))
	err := d.Object(func(string) error {
		return d.Array(func(int) error {
			return d.Struct(map[string]int{"b": 0}, func(int) error { _, err := d.Int64(); return err })
		})
	})
	if want := "json: number expected, found string at a.1.b (offset 19)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestDecoder_Struct_is_exact_and_skips_unknown_names(t *testing.T) {
	d := NewDecoder([]byte(`{"name":1,"Name":"\u0041","NAME":{"x":[]},"N\u0061me2":"b"}`))
	var got []string
	err := d.Struct(map[string]int{"Name": 0, "Name2": 63}, func(field int) error {
		s, err := d.String()
		got = append(got, s)
		return err
	})
	if err != nil || strings.Join(got, ",") != "A,b" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, twice := range []string{`{"Name":1,"Name":1}`, `{"Name":1,"N\u0061me":1}`, `{"x":1,"x":2}`} {
		d := NewDecoder([]byte(twice))
		if err := d.Struct(map[string]int{"Name": 0}, func(int) error { return d.Skip() }); err == nil {
			t.Errorf("%s is accepted", twice)
		}
	}
}

func TestDecoder_reads_times_and_bytes(t *testing.T) {
	want := time.Date(2026, 7, 1, 10, 0, 0, 123e6, time.UTC)
	d := NewDecoder([]byte("1782900000.123"))
	if got, err := d.Time(); err != nil || !got.Equal(want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if got := string(AppendTime(nil, want)); got != "1782900000.123" {
		t.Errorf("appended %s", got)
	}
	d = NewDecoder([]byte(`"AP8="`))
	if got, err := d.Bytes(); err != nil || !bytes.Equal(got, []byte{0, 255}) {
		t.Errorf("got %v, %v", got, err)
	}
	for text, answer := range map[string]string{
		`"23456"`:  "Base64 encoded length is expected a multiple of 4 bytes but found: 5",
		`"=+/="`:   "Invalid last non-pad Base64 character dectected",
		`23`:       "only base-64-encoded strings are convertible to bytes",
		`"AP8=\n"`: "Base64 encoded length is expected a multiple of 4 bytes but found: 5",
	} {
		d := NewDecoder([]byte(text))
		_, err := d.Bytes()
		var e *Error
		if !errors.As(Malformed(err), &e) || e.Message != answer {
			t.Errorf("%s: got %v, want %s", text, err, answer)
		}
	}
}

func TestDecoder_reads_an_object_without_allocating(t *testing.T) {
	data := []byte(`{"a":1,"b":[true,null,{"a":"x"}],"c":-12.5e3}`)
	fields := map[string]int{"a": 0, "b": 1, "c": 2}
	n := testing.AllocsPerRun(100, func() {
		d := NewDecoder(data)
		err := d.Struct(fields, func(int) error { return d.Skip() })
		if err == nil {
			err = d.End()
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Fatalf("%v allocations, want 0", n)
	}
}

func TestAppendString_is_read_back_by_us_and_by_encoding_json(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		text := AppendString(nil, s)
		d := NewDecoder(text)
		if got, err := d.String(); err != nil || got != s || d.End() != nil {
			t.Fatalf("%q became %s and came back as %q, %v", s, text, got, err)
		}
		var got string
		if err := json.Unmarshal(text, &got); err != nil || got != s {
			t.Fatalf("%q became %s, which encoding/json reads as %q, %v", s, text, got, err)
		}
	})
}

func TestAppendString_replaces_what_is_not_UTF8(t *testing.T) {
	if got := string(AppendString(nil, "a\xffb\x01<é")); got != "\"a\ufffdb\\u0001<é\"" {
		t.Errorf("got %s", got)
	}
}

// refusable says by encoding/json and package utf8 whether a valid JSON text is one that the services refuse.
func refusable(data []byte) bool {
	if !utf8.Valid(data) || loneSurrogate(data) {
		return true
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	type level struct {
		names map[string]bool // nil for an array
		name  bool            // a name comes next
	}
	var open []*level
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return false
		}
		if err != nil {
			return true
		}
		if len(open) > 0 {
			top := open[len(open)-1]
			if key, ok := tok.(string); ok && top.names != nil && top.name {
				if top.names[key] {
					return true
				}
				top.names[key] = true
				top.name = false
				continue
			}
			top.name = true
		}
		switch tok {
		case json.Delim('{'):
			open = append(open, &level{names: map[string]bool{}, name: true})
		case json.Delim('['):
			open = append(open, &level{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > DefaultDepth {
			return true
		}
	}
}

// loneSurrogate looks for half a pair of \u escapes in valid JSON, where a backslash stands only in strings.
func loneSurrogate(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++
		if data[i] != 'u' {
			continue
		}
		hex := strings.ToLower(string(data[i+1 : i+5]))
		i += 4
		switch {
		case hex >= "d800" && hex <= "dbff":
			if i+6 >= len(data) || data[i+1] != '\\' || data[i+2] != 'u' {
				return true
			}
			low := strings.ToLower(string(data[i+3 : i+7]))
			if low < "dc00" || low > "dfff" {
				return true
			}
			i += 6
		case hex >= "dc00" && hex <= "dfff":
			return true
		}
	}
	return false
}

func FuzzDecoder(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e3,true,null,"\ud83d\ude00"]}`, `{"a":1,"a":2}`, `"\ud800"`, "\"\xff\"", `[[[[]]]]`, `{"":{"":""}}`, `1e`, `{"a":1,"b":2,"c":[{}],}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		valid := json.Valid(data)
		want := valid && !refusable(data)
		if err := skipAll(data); (err == nil) != want {
			t.Fatalf("%q: got %v; encoding/json says valid=%t", data, err, valid)
		}
		d := NewDecoder(data)
		if got, err := d.String(); err == nil && d.End() == nil {
			var s string
			if json.Unmarshal(data, &s) != nil || s != got {
				t.Fatalf("%q: read as %q, by encoding/json as %q", data, got, s)
			}
		}
	})
}

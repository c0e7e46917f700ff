package layer

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"
)

// generator makes values of any type from a seed.
type generator struct {
	*rand.Rand
	full bool // every pointer, slice and map has something, and nothing is zero
}

// deepest is how far down a type is filled; recursive types end there.
const deepest = 6

var texts = []string{"", "a", "Grüße", "日本語", "👩🏽‍🚀", `"quoted" \ and <b>&amp;`, "line\nfeed\ttab", "\u2028", "0", "null", "9007199254740993", "2026-02-29", " space "}

var (
	numberType  = reflect.TypeFor[json.Number]()
	rawType     = reflect.TypeFor[json.RawMessage]()
	bigIntType  = reflect.TypeFor[big.Int]()
	integerEnds = []int64{0, 1, -1, 1<<53 - 1, 1<<53 + 1, math.MaxInt64, math.MinInt64}
	floatEnds   = []float64{0, 1, -1, 0.1, 1e21, 1e-7, math.MaxFloat64, math.SmallestNonzeroFloat64}
)

func (g *generator) value(t reflect.Type, depth int) reflect.Value {
	v := reflect.New(t).Elem()
	g.fill(v, depth)
	return v
}

func (g *generator) fill(v reflect.Value, depth int) {
	if g.known(v) || hasUnmarshaler(v.Type()) && opaque(v.Type()) || depth > deepest {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(g.full || g.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		g.integer(v)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		bits := g.Uint64()
		if g.full {
			bits = 7
		}
		v.SetUint(bits >> (64 - v.Type().Bits()))
		if v.IsZero() && g.full {
			v.SetUint(7)
		}
	case reflect.Float32, reflect.Float64:
		g.float(v)
	case reflect.String:
		v.SetString(g.text())
	case reflect.Pointer:
		if depth < deepest && (g.full || g.IntN(3) > 0) {
			v.Set(reflect.New(v.Type().Elem()))
			g.fill(v.Elem(), depth+1)
		}
	case reflect.Slice:
		if n := g.length(depth); n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			g.elements(v, depth)
		}
	case reflect.Array:
		g.elements(v, depth)
	case reflect.Map:
		g.entries(v, depth)
	case reflect.Struct:
		g.fields(v, depth)
	case reflect.Interface:
		if v.NumMethod() == 0 {
			g.anything(v)
		}
	}
}

func (g *generator) fields(v reflect.Value, depth int) {
	for i := range v.NumField() {
		switch f := v.Type().Field(i); {
		case f.IsExported() && f.Tag.Get("json") != "-":
			g.fill(v.Field(i), depth+1)
		case f.Anonymous && f.Type.Kind() == reflect.Struct: // its exported fields are written
			g.fields(v.Field(i), depth+1)
		}
	}
}

// known fills the types of the standard library that are not what they are made of.
func (g *generator) known(v reflect.Value) bool {
	switch v.Type() {
	case timeType:
		at := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
		if !g.full {
			at = at.Add(time.Duration(g.Int64N(int64(300 * 24 * time.Hour))))
			if g.IntN(2) == 0 {
				at = at.In(time.FixedZone("", []int{3600, -9000, 20700}[g.IntN(3)]))
			}
		}
		v.Set(reflect.ValueOf(at))
	case numberType:
		v.SetString([]string{"7", "0.1", "9007199254740993", "-1e-9"}[g.pick(4)])
	case rawType:
		v.SetBytes([]byte([]string{`{"a":[1,"b",null]}`, `"text"`, `null`, `9007199254740993`}[g.pick(4)]))
	case bigIntType:
		n, _ := new(big.Int).SetString([]string{"7", "123456789012345678901234567890", "-1", "0"}[g.pick(4)], 10)
		v.Set(reflect.ValueOf(*n))
	default:
		return false
	}
	return true
}

func (g *generator) pick(n int) int {
	if g.full {
		return 0
	}
	return g.IntN(n)
}

func (g *generator) integer(v reflect.Value) {
	n := int64(7)
	if !g.full {
		if n = g.Int64N(2000) - 1000; g.IntN(2) == 0 {
			n = integerEnds[g.IntN(len(integerEnds))]
		}
	}
	if v.OverflowInt(n) {
		n = n >> (64 - v.Type().Bits())
	}
	v.SetInt(n)
}

func (g *generator) float(v reflect.Value) {
	x := 7.5
	if !g.full {
		if x = math.Round(g.NormFloat64()*1e6) / 100; g.IntN(2) == 0 {
			x = floatEnds[g.IntN(len(floatEnds))]
		}
	}
	if v.OverflowFloat(x) {
		x = 0.5
	}
	if v.Kind() == reflect.Float32 {
		x = float64(float32(x))
	}
	v.SetFloat(x)
}

func (g *generator) text() string {
	if g.full {
		return "text"
	}
	if g.IntN(2) == 0 {
		return texts[g.IntN(len(texts))]
	}
	return strings.Repeat(string(rune('a'+g.IntN(26))), 1+g.IntN(12))
}

// length draws how many elements there are; -1 is nil.
func (g *generator) length(depth int) int {
	switch {
	case depth >= deepest:
		return -1
	case g.full:
		return 1
	}
	return g.IntN(5) - 1
}

func (g *generator) elements(v reflect.Value, depth int) {
	for i := range v.Len() {
		g.fill(v.Index(i), depth+1)
	}
}

func (g *generator) entries(v reflect.Value, depth int) {
	n := g.length(depth)
	if n < 0 {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for range n {
		v.SetMapIndex(g.value(v.Type().Key(), depth+1), g.value(v.Type().Elem(), depth+1))
	}
}

// anything draws from what JSON itself can hold.
func (g *generator) anything(v reflect.Value) {
	list := []any{"text", 7.5, true, map[string]any{"a": "b"}, []any{1.5, "c"}, nil}
	if x := list[g.pick(len(list))]; x != nil {
		v.Set(reflect.ValueOf(x))
	}
}

package layer

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/report"
)

// LossKind says in which way a value did not come back as it was.
type LossKind string

// The kinds of loss.
const (
	LossField     LossKind = "lost"          // it had a value, and is empty now
	LossChanged   LossKind = "changed"       // it has another value
	LossPrecision LossKind = "precision"     // a number or a time was rounded
	LossZone      LossKind = "zone"          // a time names the same instant in another zone
	LossEmpty     LossKind = "nil and empty" // nil became empty, or empty nil
	LossType      LossKind = "type"          // another type of value, in a field that takes any
	LossText      LossKind = "text"          // a text that is not UTF-8 was repaired
	LossUnwritten LossKind = "never written" // the field is unexported, or its tag leaves it out
	LossUnknown   LossKind = "unknown field" // a sample has a field that the type drops
	LossRefused   LossKind = "refused"       // it cannot be written, or not be read
)

// Loss is one way in which a value did not come back.
type Loss struct {
	Path  string // names as in the JSON, separated by dots; "" is the whole value
	Kind  LossKind
	Wrote string // as Go prints it
	Read  string
	Why   string // what makes it so, and what to do
}

// String prints the loss in one line.
func (l Loss) String() string {
	text := fmt.Sprintf("%s: %s", place(l.Path), l.Kind)
	if l.Wrote != "" || l.Read != "" {
		text += fmt.Sprintf(": wrote %s, read %s", report.Clean(cut(l.Wrote)), report.Clean(cut(l.Read)))
	}
	if l.Why != "" {
		text += ": " + report.Clean(l.Why)
	}
	return text
}

func place(path string) string {
	if path == "" {
		return "(the whole)"
	}
	return report.Clean(path)
}

// losses walks a value that was written and the one that was read in step.
type losses struct {
	ignored [][]string
	list    []Loss
}

func ignoring(paths []string) (list [][]string) {
	for _, p := range paths {
		list = append(list, strings.Split(p, "."))
	}
	return list
}

// ignores holds for a path that is left out, and for all below it.
func (l *losses) ignores(path []string) bool {
	return slices.ContainsFunc(l.ignored, func(p []string) bool {
		return len(p) <= len(path) && slices.EqualFunc(p, path[:len(p)], func(a, b string) bool { return a == "*" || a == b })
	})
}

func (l *losses) add(path []string, kind LossKind, wrote, read reflect.Value, why string) {
	l.list = append(l.list, Loss{Path: strings.Join(path, "."), Kind: kind, Wrote: show(wrote), Read: show(read), Why: why})
}

// deepestPath ends the walk of a value that leads to itself, which only one that writes itself can be.
const deepestPath = 100

var timeType = reflect.TypeFor[time.Time]()

func (l *losses) compare(path []string, w, r reflect.Value) {
	if l.ignores(path) || len(path) > deepestPath {
		return
	}
	if w.Type() == timeType && w.CanInterface() {
		l.times(path, w, r)
		return
	}
	switch w.Kind() {
	case reflect.Interface, reflect.Pointer:
		l.pointers(path, w, r)
	case reflect.Slice:
		if w.IsNil() != r.IsNil() && w.Len() == r.Len() {
			l.add(path, LossEmpty, w, r, "the reader cannot tell the two apart: treat them alike, or write both")
			return
		}
		l.elements(path, w, r)
	case reflect.Array:
		l.elements(path, w, r)
	case reflect.Map:
		l.maps(path, w, r)
	case reflect.Struct:
		l.structs(path, w, r)
	default:
		l.scalars(path, w, r)
	}
}

func (l *losses) times(path []string, w, r reflect.Value) {
	wrote, read := w.Interface().(time.Time), r.Interface().(time.Time)
	_, offset := wrote.Zone()
	_, got := read.Zone()
	switch apart := wrote.Sub(read).Abs(); {
	case apart == 0 && offset != got:
		l.add(path, LossZone, w, r, "the same instant in another zone: keep times in UTC, or the zone in a field of its own")
	case apart == 0:
	case read.IsZero():
		l.add(path, LossField, w, r, "")
	case apart < time.Second:
		l.add(path, LossPrecision, w, r, "the form keeps fewer digits of a second: truncate before writing")
	default:
		l.add(path, LossChanged, w, r, "")
	}
}

func (l *losses) pointers(path []string, w, r reflect.Value) {
	switch {
	case w.IsNil() && r.IsNil():
	case w.IsNil():
		l.add(path, LossEmpty, w, r, "nil was written, and something came back")
	case r.IsNil():
		kind := LossField
		if w.Elem().IsZero() || isEmpty(w.Elem()) {
			kind = LossEmpty
		}
		l.add(path, kind, w, r, "")
	case w.Elem().Type() != r.Elem().Type():
		l.add(path, LossType, w, r, fmt.Sprintf("a %s comes back as %s: give the field a type of its own, or json.Number", w.Elem().Type(), r.Elem().Type()))
	default:
		l.compare(path, w.Elem(), r.Elem())
	}
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	}
	return false
}

func (l *losses) elements(path []string, w, r reflect.Value) {
	if w.Len() != r.Len() {
		kind := LossChanged
		if r.Len() == 0 {
			kind = LossField
		}
		l.add(path, kind, w, r, fmt.Sprintf("%d elements were written, %d were read", w.Len(), r.Len()))
		return
	}
	if w.Type().Elem().Kind() == reflect.Uint8 && show(w) == show(r) {
		return
	}
	for i := range w.Len() {
		l.compare(append(slices.Clip(path), strconv.Itoa(i)), w.Index(i), r.Index(i))
	}
}

func (l *losses) maps(path []string, w, r reflect.Value) {
	if w.IsNil() != r.IsNil() && w.Len() == r.Len() {
		l.add(path, LossEmpty, w, r, "the reader cannot tell the two apart: treat them alike, or write both")
		return
	}
	keys := w.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(show(a), show(b)) })
	for _, k := range keys {
		at := append(slices.Clip(path), fmt.Sprint(k))
		if v := r.MapIndex(k); v.IsValid() {
			l.compare(at, w.MapIndex(k), v)
		} else if !l.ignores(at) {
			l.add(at, LossField, w.MapIndex(k), reflect.Value{}, "")
		}
	}
	for _, k := range r.MapKeys() {
		if at := append(slices.Clip(path), fmt.Sprint(k)); !w.MapIndex(k).IsValid() && !l.ignores(at) {
			l.add(at, LossChanged, reflect.Value{}, r.MapIndex(k), "it was not written")
		}
	}
}

func (l *losses) structs(path []string, w, r reflect.Value) {
	if opaque(w.Type()) {
		if !sameOpaque(w, r) {
			l.add(path, LossChanged, w, r, "")
		}
		return
	}
	for i := range w.NumField() {
		field := w.Type().Field(i)
		if field.Name == "_" || field.Type.PkgPath() == "sync" {
			continue
		}
		at := path
		if !field.Anonymous || jsonName(field) != field.Name {
			at = append(slices.Clip(path), jsonName(field))
		}
		if unwritten(field) && !hasMarshaler(w.Type()) {
			if !w.Field(i).IsZero() && r.Field(i).IsZero() && !l.ignores(at) {
				l.add(at, LossUnwritten, w.Field(i), r.Field(i), whyUnwritten(field))
			}
			continue
		}
		l.compare(at, w.Field(i), r.Field(i))
	}
}

func (l *losses) scalars(path []string, w, r reflect.Value) {
	if show(w) == show(r) {
		return
	}
	switch {
	case w.Kind() == reflect.String && r.String() == repaired(w.String()):
		l.add(path, LossText, w, r, "the text is not UTF-8: write bytes as []byte, which JSON carries in base64")
	case r.IsZero():
		l.add(path, LossField, w, r, "")
	case rounded(w, r):
		l.add(path, LossPrecision, w, r, "on its way the number was a float64, which keeps 15 to 17 digits: write it as a string, or read it as json.Number")
	default:
		l.add(path, LossChanged, w, r, "")
	}
}

// rounded holds for numbers that differ by rounding.
func rounded(w, r reflect.Value) bool {
	var a, b float64
	switch {
	case w.CanInt():
		a, b = float64(w.Int()), float64(r.Int())
	case w.CanUint():
		a, b = float64(w.Uint()), float64(r.Uint())
	case w.CanFloat():
		a, b = w.Float(), r.Float()
	case w.Kind() == reflect.String: // json.Number
		x, errX := strconv.ParseFloat(w.String(), 64)
		y, errY := strconv.ParseFloat(r.String(), 64)
		if errX != nil || errY != nil {
			return false
		}
		a, b = x, y
	default:
		return false
	}
	return a == b || (a-b)/a < 1e-6 && (b-a)/a < 1e-6
}

func repaired(s string) string {
	var b strings.Builder
	for _, r := range s { // each wrong byte becomes U+FFFD, as encoding/json writes it
		b.WriteRune(r)
	}
	return b.String()
}

// show prints a value in one line.
func show(v reflect.Value) string {
	if !v.IsValid() {
		return "nothing"
	}
	if v.CanInterface() {
		switch x := v.Interface().(type) {
		case time.Time:
			return x.Format(time.RFC3339Nano)
		case []byte:
			if x == nil {
				return "nil"
			}
			return fmt.Sprintf("bytes %x", x)
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return "nil"
		}
		return show(v.Elem())
	case reflect.Slice, reflect.Map:
		if v.IsNil() {
			return "nil"
		}
		if v.Len() == 0 {
			return "empty"
		}
	case reflect.String:
		return strconv.Quote(v.String())
	}
	return fmt.Sprintf("%+v", v)
}

// sameOpaque compares two values that show nothing of what they are made of: by their own method Equal, else by what they are made
// of, else by what they write, since one number can be made in several ways.
func sameOpaque(w, r reflect.Value) bool {
	if !w.CanInterface() {
		return fmt.Sprintf("%+v", w) == fmt.Sprintf("%+v", r)
	}
	if equal := w.MethodByName("Equal"); equal.IsValid() {
		if t := equal.Type(); t.NumIn() == 1 && t.In(0) == r.Type() && t.NumOut() == 1 && t.Out(0).Kind() == reflect.Bool {
			return equal.Call([]reflect.Value{r})[0].Bool()
		}
	}
	if reflect.DeepEqual(w.Interface(), r.Interface()) {
		return true
	}
	a, errA := json.Marshal(addressed(w))
	b, errB := json.Marshal(addressed(r))
	return errA == nil && errB == nil && string(a) == string(b)
}

// addressed returns a pointer to a copy, for types whose MarshalJSON has a pointer receiver.
func addressed(v reflect.Value) any {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Interface()
}

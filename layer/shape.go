package layer

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

var (
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func hasMarshaler(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Implements(jsonMarshaler) || t.Implements(textMarshaler) || p.Implements(jsonMarshaler) || p.Implements(textMarshaler)
}

func hasUnmarshaler(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonUnmarshaler) || p.Implements(textUnmarshaler)
}

// opaque holds for a struct that writes itself and shows no field, such as a decimal number.
func opaque(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || !hasMarshaler(t) {
		return false
	}
	for i := range t.NumField() {
		if t.Field(i).IsExported() {
			return false
		}
	}
	return true
}

// jsonName is what encoding/json calls a field.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" || name == "-" {
		return f.Name
	}
	return name
}

func unwritten(f reflect.StructField) bool {
	if f.Tag.Get("json") == "-" {
		return true
	}
	if f.IsExported() {
		return false
	}
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return !f.Anonymous || t.Kind() != reflect.Struct // exported fields of an embedded struct are written
}

func whyUnwritten(f reflect.StructField) string {
	if f.IsExported() {
		return `its tag is json:"-": name it in Ignore if that is meant`
	}
	return "it is unexported: export it, write a MarshalJSON, or name it in Ignore"
}

// unwrittenOf lists the fields of a type that are never written, whatever their values.
func unwrittenOf(t reflect.Type, l *losses) {
	visit(t, nil, nil, func(path []string, f reflect.StructField) {
		if unwritten(f) && !l.ignores(path) {
			l.list = append(l.list, Loss{Path: strings.Join(path, "."), Kind: LossUnwritten, Why: whyUnwritten(f)})
		}
	})
}

// visit calls see for each field of a type that writes itself as a JSON object, and of those below it.
func visit(t reflect.Type, path []string, above []reflect.Type, see func(path []string, f reflect.StructField)) {
	switch t.Kind() {
	case reflect.Pointer:
		visit(t.Elem(), path, above, see)
	case reflect.Slice, reflect.Array, reflect.Map:
		visit(t.Elem(), append(slices.Clip(path), "*"), above, see)
	case reflect.Struct:
		if hasMarshaler(t) || slices.Contains(above, t) {
			return
		}
		above = append(slices.Clip(above), t)
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Name == "_" || f.Type.PkgPath() == "sync" {
				continue
			}
			at := path
			if !f.Anonymous || jsonName(f) != f.Name {
				at = append(slices.Clip(path), jsonName(f))
			}
			if !f.Anonymous || unwritten(f) {
				see(at, f)
			}
			if !unwritten(f) {
				visit(f.Type, at, above, see)
			}
		}
	}
}

// looseParts returns the paths of the maps in a type, and of what takes any JSON.
func looseParts(t reflect.Type) (maps, open [][]string) {
	look := func(path []string, t reflect.Type) {
		for {
			switch {
			case t.Kind() == reflect.Interface || t == rawType:
				open = append(open, path)
				return
			case t.Kind() == reflect.Map:
				maps = append(maps, path)
			case t.Kind() != reflect.Pointer && t.Kind() != reflect.Slice && t.Kind() != reflect.Array:
				return
			}
			if t.Kind() != reflect.Pointer {
				path = append(slices.Clip(path), "*")
			}
			t = t.Elem()
		}
	}
	look(nil, t)
	visit(t, nil, nil, func(path []string, f reflect.StructField) { look(path, f.Type) })
	return maps, open
}

// nameOf is what a payload is called: by its method EventType, else by the name of its type.
func nameOf[P any]() string {
	var payload P
	if named, ok := any(payload).(interface{ EventType() string }); ok && !isNilPointer(payload) {
		return named.EventType()
	}
	t := reflect.TypeFor[P]()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name, _, _ := strings.Cut(t.Name(), "[")
	if name == "" {
		name = fmt.Sprint(t)
	}
	return name
}

func isNilPointer(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

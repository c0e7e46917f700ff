package layer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Version is one version of an event's payload: what is written in it, and how it is read. Make one with [VersionOf] or
// [Recorded].
type Version struct {
	name    string
	typ     string
	docs    []any                         // payloads that were written, decoded; the fullest first
	read    func(raw []byte) (any, error) // nil if the version is known by samples only
	maps    [][]string                    // paths of maps, whose members' names mean nothing to the type
	open    [][]string                    // paths of what takes any JSON
	problem error
}

const generatedDocs = 50

// VersionOf is the version whose payloads are a P: written by json.Marshal, read by json.Unmarshal and then, if P has a method
// Validate() error, accepted by it. What it writes is tried with generated values that it accepts itself, and with those given;
// give some where a Validate refuses what is not in a list.
func VersionOf[P any](name string, values ...P) Version {
	v := Version{name: name, typ: nameOf[P]()}
	v.read = func(raw []byte) (any, error) {
		var p P
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, err
		}
		if err := validate(&p); err != nil {
			return nil, err
		}
		again, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		return decodeJSON(again)
	}
	v.maps, v.open = looseParts(reflect.TypeFor[P]())
	full := generator{Rand: rand.New(rand.NewPCG(1, 1)), full: true}
	v.write(full.value(reflect.TypeFor[P](), 0).Interface())
	for _, p := range values {
		v.write(p)
	}
	var zero P
	v.write(zero)
	for i := range generatedDocs {
		g := generator{Rand: rand.New(rand.NewPCG(1, uint64(i)))}
		v.write(g.value(reflect.TypeFor[P](), 0).Interface())
	}
	if len(v.docs) == 0 {
		v.problem = fmt.Errorf("no generated payload of %s passes its own Validate: give VersionOf values that do", name)
	}
	return v
}

func validate[P any](p *P) error {
	if v, ok := any(p).(interface{ Validate() error }); ok {
		return v.Validate()
	}
	if v, ok := any(*p).(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

// write adds a payload if the version itself accepts it.
func (v *Version) write(p any) {
	raw, err := json.Marshal(p)
	if err != nil {
		return
	}
	if _, err := v.read(raw); err != nil {
		return
	}
	if doc, err := decodeJSON(raw); err == nil {
		v.docs = append(v.docs, doc)
	}
}

// Recorded is the version whose payloads were kept as JSON files: os.DirFS("testdata/events"), "OrderPlaced.v1*.json". It was
// written once and has no reader any more, so only [Backward] can be shown of it. See [Version.Save].
func Recorded(name string, files fs.FS, pattern string) Version {
	v := Version{name: name}
	list, err := fs.Glob(files, pattern)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("no file is called %s", pattern)
	}
	for _, file := range list {
		raw, err := fs.ReadFile(files, file)
		if err != nil {
			return Version{name: name, problem: err}
		}
		doc, err := decodeJSON(raw)
		if err != nil {
			return Version{name: name, problem: fmt.Errorf("%s is not JSON: %w", file, err)}
		}
		v.docs = append(v.docs, doc)
	}
	v.problem = err
	return v
}

// Save writes a payload of the version with all its fields, or the first that was recorded, to a file, to be kept when the type
// goes on: what is in queues, dead-letter queues and archives by then was written like that.
func (v Version) Save(file string) error {
	if v.problem != nil {
		return v.problem
	}
	raw, err := json.MarshalIndent(v.docs[0], "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(raw, '\n'), 0o644)
}

func decodeJSON(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// fields tells the members of documents apart: by their paths, with * for any index and for any name in a map, and none below what
// takes any JSON.
type fields struct{ maps, open [][]string }

func (f fields) within(list [][]string, path []string) bool {
	return slices.ContainsFunc(list, func(p []string) bool { return slices.Equal(p, path) })
}

// name returns the path of a member in these terms.
func (f fields) name(path string) string {
	parts := strings.Split(path, ".")
	for i, p := range parts {
		if f.within(f.open, parts[:i]) {
			return strings.Join(parts[:i], ".")
		}
		if _, err := strconv.Atoi(p); err == nil || f.within(f.maps, parts[:i]) {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, ".")
}

// paths lists all members in the documents, each with a value found there.
func (f fields) paths(docs ...any) map[string]any {
	found := map[string]any{}
	var visit func(path string, v any)
	visit = func(path string, v any) {
		name := f.name(path)
		if old, seen := found[name]; path != "" && (!seen || old == nil) {
			found[name] = v
		}
		switch v := v.(type) {
		case map[string]any:
			for _, member := range slices.Sorted(maps.Keys(v)) {
				visit(join(path, member), v[member])
			}
		case []any:
			for i, element := range v {
				visit(join(path, strconv.Itoa(i)), element)
			}
		}
	}
	for _, doc := range docs {
		visit("", doc)
	}
	return found
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func parent(path string) string {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return ""
	}
	return path[:i]
}

// edited returns a copy of a document in which every member at the path is changed: removed, or set to value.
func edited(v any, path []string, value any, remove bool) any {
	switch v := v.(type) {
	case []any:
		if path[0] != "*" || len(path) == 1 {
			return v
		}
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = edited(e, path[1:], value, remove)
		}
		return list
	case map[string]any:
		object := maps.Clone(v)
		if path[0] == "*" {
			for name, old := range v {
				switch {
				case len(path) > 1:
					object[name] = edited(old, path[1:], value, remove)
				case remove:
					delete(object, name)
				}
			}
			return object
		}
		switch old, there := v[path[0]]; {
		case len(path) > 1 && there:
			object[path[0]] = edited(old, path[1:], value, remove)
		case len(path) > 1:
		case remove:
			delete(object, path[0])
		default:
			object[path[0]] = value
		}
		return object
	}
	return v
}

func sortedPaths(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

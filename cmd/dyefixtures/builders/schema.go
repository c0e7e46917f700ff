package builders

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/dyetrace/dyetrace/fixture"
)

// schemaReader makes records of JSON Schemas.
type schemaReader struct {
	records []*record
	byPlace map[string]*record
	names   map[string]string // of records → where they are from
}

// readSchemas reads the schemas of some files, 2020-12 unless they say otherwise, and what these refer to; nothing is fetched.
func readSchemas(files []string, name string) ([]*record, error) {
	r := &schemaReader{byPlace: map[string]*record{}, names: map[string]string{}}
	if name != "" && len(files) != 1 {
		return nil, errors.New("one name is for one schema")
	}
	var problems []string
	for _, file := range files {
		root := name
		if root == "" {
			base, _, _ := strings.Cut(filepath.Base(file), ".")
			root = goName(base)
		}
		if goName(root) != root {
			return nil, fmt.Errorf("%s: %q is no name of a Go type: give one with --type", file, root)
		}
		problems = append(problems, r.file(file, root)...)
	}
	for _, rec := range r.records {
		if rec.problem == "" {
			rec.problem = rec.verify()
			if rec.problem != "" {
				problems = append(problems, rec.source+": "+rec.name+" cannot be filled: "+rec.problem)
			}
		}
	}
	if len(problems) > 0 {
		return nil, &Error{problems}
	}
	return r.records, nil
}

func (r *schemaReader) file(file, name string) (problems []string) {
	s, err := compile(file)
	if err != nil {
		return []string{fmt.Sprintf("%s: %s", file, oneLine(err))}
	}
	w := newView([]*jsonschema.Schema{s})
	roots := [][]*jsonschema.Schema{{s}}
	if kind, _ := w.kind(); kind == "" && len(w.unions) > 0 { // a document that is one of several
		roots = nil
		for _, branch := range w.unions[0] {
			roots = append(roots, []*jsonschema.Schema{branch})
		}
	}
	for i, parts := range roots {
		hint := name
		if len(roots) > 1 {
			hint = r.branchName(name, parts[0], i)
		}
		shape := r.shape(parts, place{owner: hint, name: hint, relation: hint, file: file})
		switch {
		case shape.record == nil || shape.list:
			problems = append(problems, fmt.Sprintf("%s: %s describes no object: a builder needs properties", file, where(parts[0])))
		case shape.fill == nil:
			problems = append(problems, fmt.Sprintf("%s: %s cannot be filled: %s", file, shape.record.name, shape.problem))
		}
	}
	return problems
}

// branchName names one of several alternatives: by what it refers to, by its title, or by its number.
func (r *schemaReader) branchName(owner string, s *jsonschema.Schema, i int) string {
	if name := refName(s); name != "" {
		return name
	}
	if name := goName(s.Title); name != "" && len(words(s.Title)) <= 4 {
		return name
	}
	return fmt.Sprintf("%s%d", owner, i+1)
}

// refName is the name of what a schema refers to, "" if it does not.
func refName(s *jsonschema.Schema) string {
	if s.Ref == nil {
		return ""
	}
	file, fragment, _ := strings.Cut(s.Ref.Location, "#")
	last := path.Base(fragment)
	if fragment == "" || last == "." || last == "/" {
		last, _, _ = strings.Cut(path.Base(file), ".")
	}
	if plain, err := url.PathUnescape(last); err == nil {
		last = plain
	}
	return goName(last)
}

// compile reads a schema. Formats are looked at whatever the draft says of them, and those that are not known must be told apart
// from none at all.
func compile(file string) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(loader{c, filepath.Dir(file)})
	absolute, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	at := filepath.ToSlash(absolute)
	if !strings.HasPrefix(at, "/") { // C:/…
		at = "/" + at
	}
	return c.Compile((&url.URL{Scheme: "file", Path: at}).String())
}

type loader struct {
	c   *jsonschema.Compiler
	dir string // of the schema that refers to others
}

// Load reads a file and registers the formats that it names and the compiler does not know. What is referred to by an address on
// the web is the file beside the schema that has it as its $id, or else is called as its last part.
func (l loader) Load(from string) (any, error) {
	file, err := jsonschema.FileLoader{}.ToFile(from)
	if err != nil {
		if file = l.beside(from); file == "" {
			return nil, fmt.Errorf("%s is not a file, and nothing is fetched: put it beside the schema", from)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("there is no such file")
		}
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	l.formats(document)
	return document, nil
}

// beside finds the file of a schema that is referred to by its address, "" if there is none.
func (l loader) beside(address string) string {
	files, _ := filepath.Glob(filepath.Join(l.dir, "*.json"))
	named := ""
	for _, file := range files {
		if filepath.Base(file) == path.Base(address) {
			named = file
		}
		raw, err := os.ReadFile(file)
		var schema struct {
			ID string `json:"$id"`
		}
		if err == nil && json.Unmarshal(raw, &schema) == nil && strings.TrimSuffix(schema.ID, "#") == address {
			return file
		}
	}
	return named
}

func (l loader) formats(v any) {
	switch v := v.(type) {
	case map[string]any:
		if name, ok := v["format"].(string); ok {
			if _, known := formatted[name]; !known && name != "regex" {
				l.c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(any) error { return nil }})
			}
		}
		for _, member := range v {
			l.formats(member)
		}
	case []any:
		for _, element := range v {
			l.formats(element)
		}
	}
}

// oneLine tells what is wrong with a schema without the places of this machine.
func oneLine(err error) string {
	if invalid, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		err = invalid.Err
	}
	if load, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		err = load.Err
	}
	if validation, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return reasons(validation)
	}
	return location.ReplaceAllString(strings.Join(strings.Fields(err.Error()), " "), "$1")
}

// location is a file's place on this machine, of which only the name says anything.
var location = regexp.MustCompile(`file://[^"#\s]*/([^/"#\s]*)`)

// reasons lists the innermost of what a validator found.
func reasons(e *jsonschema.ValidationError) string {
	var list []string
	var visit func(e *jsonschema.ValidationError)
	visit = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			visit(cause)
		}
		if len(e.Causes) == 0 {
			line := "/" + strings.Join(e.InstanceLocation, "/") + ": " + e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
			if !slices.Contains(list, line) {
				list = append(list, line)
			}
		}
	}
	visit(e)
	sort.Strings(list)
	return strings.Join(list, "; ")
}

const samples = 64 // values that each record is verified with

// verify makes some values and validates them against the schema: whatever keyword is not understood shows there.
func (r *record) verify() string {
	sample := fixture.Define(kebab(r.name), func(v *fixture.Values) any { return r.draw(v) })
	for seed := range uint64(samples) {
		value, err := sample.Build(fixture.New("sample", seed))
		if err != nil {
			return err.Error()
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return err.Error()
		}
		decoded, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return err.Error()
		}
		if err := r.valid(decoded); err != nil {
			return fmt.Sprintf("%s is not valid: %s; give what is at fault an example, a default or an enum", raw, oneLine(err))
		}
	}
	return ""
}

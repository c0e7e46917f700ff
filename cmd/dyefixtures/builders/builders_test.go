package builders

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

// property generates the builder of a record with one required field, value, of that schema.
func property(t interface {
	Fatal(...any)
	TempDir() string
}, schema string) (string, error) {
	file := filepath.Join(t.TempDir(), "sample.schema.json")
	text := fmt.Sprintf(`{"type": "object", "required": ["value"], "properties": {"value": %s}, "$defs": {"pair": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
		"loop": {"type": "object", "required": ["again"], "properties": {"again": {"$ref": "#/$defs/loop"}}}}}`, schema)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := Generate(Options{Schemas: []string{file}, Package: "sample"})
	return string(out), err
}

func TestSchema_is_filled_or_refused_R2_5(t *testing.T) {
	for _, c := range []struct{ reason, schema, want string }{
		{"a text", `{"type": "string"}`, `v.Text(1, 24)`},
		{"a length", `{"type": "string", "minLength": 30, "maxLength": 40}`, `v.Text(30, 30)`},
		{"a format", `{"type": "string", "format": "email"}`, `v.Email("ada")`},
		{"a time", `{"type": "string", "format": "date-time"}`, `v.Time()`},
		{"a pattern and a length", `{"type": "string", "pattern": "^\\d+$", "minLength": 9}`, "v.Pattern(`^\\d+$`, 9, -1)"},
		{"a pattern beside a format", `{"type": "string", "format": "uri", "pattern": "^https://shop\\.example/[a-z]{4}$"}`, "v.Pattern("},
		{"a format that is not known", `{"type": "string", "format": "phone"}`, `!value (#/properties/value): the format "phone" is not known: give it a pattern, an example or a default`},
		{"a format that is not known, with an example", `{"type": "string", "format": "phone", "examples": ["+39"]}`, `"+39"`},
		{"a pattern that no text of that length has", `{"type": "string", "pattern": "^a$", "minLength": 2}`, `!no text of 2 or more characters was found`},
		{"a pattern that is none in Go", `{"type": "string", "pattern": "^(?=a)b"}`, `!(?=`},
		{"a number", `{"type": "number"}`, `v.Float(1, 1000)`},
		{"a multiple", `{"type": "number", "multipleOf": 0.1, "maximum": 1}`, `float64(v.Int(-9990, 10)) * 1 / 10`},
		{"an integer that is a multiple of a fraction", `{"type": "integer", "multipleOf": 1.5, "minimum": 1, "maximum": 9}`, `3 * v.Int(1, 3)`},
		{"bounds that are not included", `{"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 3}`, `v.Int(2, 2)`},
		{"no number at all", `{"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2}`, `!no number is within its bounds`},
		{"beyond 64 bits", `{"type": "integer", "minimum": 1e30}`, `!beyond 64 bits`},
		{"an enum", `{"enum": [null, "b", "a"]}`, `new("b")`},
		{"an enum of several types", `{"enum": [1, "a"]}`, `Value: 1`},
		{"an enum of another type", `{"type": "string", "enum": [7]}`, `!no value of its enum is of its type`},
		{"an empty type", `{"type": "string", "allOf": [{"type": "integer"}]}`, `!is not valid`},
		{"nothing", `false`, `!its schema allows no value`},
		{"anything", `true`, `v.Text(1, 24)`},
		{"a list of one", `{"type": "array", "items": {"type": "integer"}}`, `[]int{v.Int(1, 1000)}`},
		{"an empty list", `{"type": "array", "items": {"type": "integer"}, "maxItems": 0}`, `[]int{}`},
		{"a list by position", `{"type": "array", "prefixItems": [{"type": "integer"}]}`, `!its elements differ by their position`},
		{"a list by position, with an example", `{"type": "array", "prefixItems": [{"type": "integer"}], "examples": [[7]]}`, `!its elements differ`},
		{"more different values than there are", `{"type": "array", "items": {"enum": [1, 2]}, "minItems": 3, "uniqueItems": true}`, `!3 different elements are asked for, and there are 2`},
		{"a list that must contain something", `{"type": "array", "items": {"type": "integer"}, "contains": {"const": -1}}`, `!is not valid`},
		{"a map", `{"type": "object", "additionalProperties": {"type": "number"}}`, `map[string]float64{}`},
		{"a map with names of its own", `{"type": "object", "required": ["a"]}`, `!it asks for a, and says nothing of them`},
		{"a part", `{"$ref": "#/$defs/pair"}`, `fixture.Child(v, pairFixture.As("value"))`},
		{"parts", `{"type": "array", "items": {"$ref": "#/$defs/pair"}, "minItems": 2}`, `fixture.Children(v, pairFixture.As("value"), 2)`},
		{"a part of itself", `{"$ref": "#/$defs/loop"}`, `!a Loop cannot be a part of itself`},
		{"one of objects", `{"oneOf": [{"$ref": "#/$defs/loop"}, {"$ref": "#/$defs/pair"}]}`, `fixture.Child(v, pairFixture.As("value"))`},
		{"a condition", `{"type": "object", "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "string"}}, "required": ["a"], "if": {"properties": {"a": {"const": "x"}}}, "then": {"required": ["b"]}}`,
			`!is not valid: /: missing property 'b'`},
		{"what is required and not known", `{"type": "object", "properties": {"a": true}, "required": ["b"]}`, `!"b" is required, and nothing is said of it`},
		{"names that are the same in Go", `{"type": "object", "properties": {"a_b": true, "aB": true}}`, `!"aB" and "a_b" are both AB in Go`},
		{"a name that is none", `{"type": "object", "properties": {"!": true}}`, `!"!" makes no name of a Go field`},
		{"what must not be", `{"type": "string", "not": {"minLength": 1}}`, `!is not valid`},
		{"not a schema", `{"type": "text"}`, `!/properties/value/type`},
		{"a reference that leads nowhere", `{"$ref": "#/$defs/none"}`, `!none`},
		{"a reference that would be fetched", `{"$ref": "https://example.com/a.json"}`, `!https://example.com/a.json is not a file, and nothing is fetched: put it beside the schema`},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			got, err := property(t, c.schema)
			if want, refused := strings.CutPrefix(c.want, "!"); refused {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v\nwant %s\n%s", err, want, got)
				}
				if err != nil && strings.Contains(err.Error(), "file://") {
					t.Errorf("the message names a place of this machine: %v", err)
				}
				return
			}
			if err != nil || !strings.Contains(got, c.want) {
				t.Fatalf("no %s: %v\n%s", c.want, err, got)
			}
			compiles(t, got)
		})
	}
}

// Catalogues of events name their schemas by addresses; the files are beside one another.
func TestSchema_refers_to_its_neighbours_R2_5(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"order.schema.json": `{"$id": "https://example.com/v1/order.schema.json", "type": "object", "required": ["to", "from"],
			"properties": {"to": {"$ref": "address.schema.json"}, "from": {"$ref": "https://example.com/v7/address#/$defs/sender"}}}`,
		"address.schema.json": `{"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}`,
		"sender.json":         `{"$id": "https://example.com/v7/address", "$defs": {"sender": {"type": "object", "required": ["zip"], "properties": {"zip": {"type": "string"}}}}}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Generate(Options{Schemas: []string{filepath.Join(folder, "order.schema.json")}, Package: "sample"})
	if err != nil {
		t.Fatal(err)
	}
	compiles(t, string(got))
	for _, part := range []string{`fixture.Child(v, addressFixture.As("to"))`, `fixture.Child(v, senderFixture.As("from"))`} {
		if !strings.Contains(string(got), part) {
			t.Errorf("no %s in\n%s", part, got)
		}
	}
}

func TestFiles_R2_5(t *testing.T) {
	for _, c := range []struct {
		reason string
		o      Options
		want   string
	}{
		{"nothing", Options{}, "name either"},
		{"no such file", Options{Schemas: []string{"testdata/none.json"}}, "testdata/none.json: there is no such file"},
		{"no object", Options{Schemas: []string{"testdata/list.json"}}, "testdata/list.json: # describes no object"},
		{"not JSON", Options{Schemas: []string{"builders_test.go"}}, "builders_test.go: "},
		{"no name", Options{Schemas: []string{"testdata/sink.schema.json"}, Name: "a b"}, `"a b" is no name of a Go type`},
		{"one name for two", Options{Schemas: []string{"a.json", "b.json"}, Name: "A"}, "one name is for one schema"},
		{"no such type", Options{Types: []string{"None"}, Dir: "testdata/structs"}, "has no type None"},
		{"no struct", Options{Types: []string{"Number"}, Dir: "testdata/structs"}, "structs.Number is no struct"},
		{"a private struct, elsewhere", Options{Types: []string{"private"}, Dir: "testdata/structs"}, "structs.private is not exported"},
		{"no package", Options{Types: []string{"A"}, Dir: "testdata"}, "there is no package in testdata"},
		{"no folder", Options{Types: []string{"A"}, Dir: "testdata/none"}, "go list in testdata/none"},
	} {
		if _, err := Generate(c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.reason, err, c.want)
		}
	}
}

func TestStructs_are_refused_with_what_to_do_R2_5(t *testing.T) {
	_, err := Generate(Options{Types: []string{"Refused"}, Dir: "testdata/structs", Package: "structs", Out: "testdata/structs/x_gen.go"})
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatal(err)
	}
	const tag = "; say what it is to be with the tag `fixture:\"value\"`, or leave it zero with `fixture:\"-\"`"
	want := []string{
		"Refused.Channel: nothing is known of a valid chan int" + tag,
		"Refused.Anything: nothing is known of a valid any" + tag,
		`Refused.Rule: validate:"postcode" is not known` + tag,
		`Refused.Bound: validate:"min=x" is no number` + tag,
		"Refused.Never: no int is within its bounds",
		`Refused.Wrong: the tag fixture:"many" is no int`,
		`Refused.Struct: the tag fixture:"x" is for texts, numbers and bools; leave it zero with "-"`,
		"Refused.Loop: Loop.Again: a builder for struct{Of Inner} is not made along" + tag,
		"Refused.Foreign: a builder for other.Thing is not made along" + tag,
		"Refused.Many: a map of 1 entries cannot be made up" + tag,
		"Refused.Pointers: a list of *Part is not filled" + tag,
	}
	if got := e.Error(); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if _, err := Generate(Options{Types: []string{"Self"}, Dir: "testdata/structs", Out: "testdata/structs/x_gen.go"}); err == nil || !strings.Contains(err.Error(), "a Self cannot be a part of itself") {
		t.Errorf("a struct in itself: %v", err)
	}
}

func TestStructs_fill_what_is_embedded_R2_5(t *testing.T) {
	got, err := Generate(Options{Types: []string{"Stamped"}, Dir: "testdata/structs", Package: "structs", Out: "testdata/structs/x_gen.go"})
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("testdata/structs/structs.go")
	if err != nil {
		t.Fatal(err)
	}
	compiles(t, string(got), string(source))
	for _, part := range []string{`stamp: fixture.Child(v, stampFixture.As("stamp")),`, `Base:  fixture.Child(v, baseFixture.As("Base")),`} {
		if !strings.Contains(string(got), part) {
			t.Errorf("no %s in\n%s", part, got)
		}
	}
	_, err = Generate(Options{Types: []string{"Stamped"}, Dir: "testdata/structs", Package: "structstest", Out: "testdata/x_gen.go"})
	if err == nil || err.Error() != "Stamped.stamp: only its own package can set stamp" {
		t.Errorf("in another package: %v", err)
	}
}

func TestGolden_R2_5(t *testing.T) {
	for golden, o := range map[string]Options{
		"sink.golden":    {Schemas: []string{"testdata/sink.schema.json"}, Package: "sink"},
		"structs.golden": {Types: []string{"Order"}, Dir: "testdata/structs", Package: "structs", Out: "testdata/structs/x_gen.go"},
		"apart.golden":   {Types: []string{"Order"}, Dir: "testdata/structs", Package: "structstest", Out: "testdata/x_gen.go"},
	} {
		got, err := Generate(o)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if again, _ := Generate(o); string(again) != string(got) {
				t.Fatalf("%s is not the same each time", golden)
			}
		}
		file := filepath.Join("testdata", golden)
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || strings.ReplaceAll(string(want), "\r\n", "\n") != string(got) {
			t.Errorf("%s is not as it was (if it is right: go test -update), %v:\n%s", file, err, got)
		}
		if o.Package == "structs" {
			source, err := os.ReadFile("testdata/structs/structs.go")
			if err != nil {
				t.Fatal(err)
			}
			compiles(t, string(got), string(source))
			continue
		}
		compiles(t, string(got))
	}
}

// Whatever a schema asks for, it is refused or what is written compiles; that its values are valid is a part of Generate.
func TestGenerate_compiles_R2_5(t *testing.T) {
	scalar := rapid.SampledFrom([]string{
		`{"type": "string"}`, `{"type": "string", "format": "date-time"}`, `{"type": ["string", "null"], "minLength": 2}`, `{"type": "integer", "minimum": 3}`,
		`{"enum": ["a", "b"]}`, `{"const": 7}`, `{"type": "number", "multipleOf": 0.5}`, `true`, `{"type": "boolean"}`, `{"type": "string", "pattern": "^x+$"}`, `{"$ref": "#/$defs/pair"}`, `{}`,
	})
	var schema func(depth int) *rapid.Generator[string]
	schema = func(depth int) *rapid.Generator[string] {
		if depth == 0 {
			return scalar
		}
		return rapid.Custom(func(r *rapid.T) string {
			inner := func(label string) string { return schema(depth-1).Draw(r, label) }
			switch rapid.IntRange(0, 6).Draw(r, "form") {
			case 0:
				return fmt.Sprintf(`{"type": "array", "items": %s, "minItems": %d}`, inner("items"), rapid.IntRange(0, 2).Draw(r, "n"))
			case 1:
				return fmt.Sprintf(`{"type": "object", "required": ["a"], "properties": {"a": %s, "type": %s}}`, inner("a"), inner("b"))
			case 2:
				return fmt.Sprintf(`{"oneOf": [%s, %s]}`, inner("one"), inner("other"))
			case 3:
				return fmt.Sprintf(`{"anyOf": [%s, {"type": "null"}]}`, inner("one"))
			case 4:
				return fmt.Sprintf(`{"allOf": [%s, %s]}`, inner("one"), inner("other"))
			case 5:
				return fmt.Sprintf(`{"type": "object", "additionalProperties": %s}`, inner("value"))
			}
			return inner("itself")
		})
	}
	folder := t.TempDir()
	refused, made := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		text := schema(3).Draw(r, "schema")
		got, err := property(temporary{r, folder}, text)
		if _, known := errors.AsType[*Error](err); err != nil && !known {
			r.Fatalf("%s: %v", text, err)
		}
		if err != nil {
			refused++
			return
		}
		made++
		compiles(r, got)
	})
	if made == 0 {
		t.Errorf("all of %d schemas were refused", refused)
	}
}

type temporary struct {
	*rapid.T
	folder string
}

func (t temporary) TempDir() string { return t.folder }

var exports = sync.OnceValues(func() (map[string]string, error) {
	_, exports, err := list(".")
	_, more, errMore := list("testdata/structs")
	for path, file := range more {
		exports[path] = file
	}
	return exports, errors.Join(err, errMore)
})

// compiles type-checks Go files of one package.
func compiles(t interface{ Fatalf(string, ...any) }, sources ...string) {
	exported, err := exports()
	if err != nil {
		t.Fatalf("%v", err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for i, source := range sources {
		file, err := parser.ParseFile(fset, fmt.Sprintf("%d.go", i), source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%v\n%s", err, source)
		}
		files = append(files, file)
	}
	from := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exported[path]) })
	if _, err := (&types.Config{Importer: from}).Check("generated", fset, files, nil); err != nil {
		t.Fatalf("%v\n%s", err, sources[0])
	}
}

func FuzzSchema(f *testing.F) {
	sink, err := os.ReadFile("testdata/sink.schema.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sink)
	f.Add([]byte(`{"properties": {"a": {"$ref": "#"}}, "required": ["a"], "allOf": [{"$ref": "#"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "fuzzed.json")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = Generate(Options{Schemas: []string{file}, Package: "fuzzed"})
	})
}

func TestNames_R2_5(t *testing.T) {
	for _, c := range []struct{ name, exported, unexported, kebab string }{
		{"contact_id", "ContactID", "contactID", "contact-id"}, {"ContactID", "ContactID", "contactID", "contact-id"}, {"contactId", "ContactID", "contactID", "contact-id"},
		{"HTTPServer", "HTTPServer", "httpServer", "http-server"}, {"id", "ID", "id", "id"}, {"2fa", "N2fa", "2fa", "2fa"}, {"x-y.z", "XYZ", "xYZ", "x-y-z"}, {"!", "", "!", ""},
		{"größe", "Größe", "größe", "größe"},
	} {
		if goName(c.name) != c.exported || lower(c.name) != c.unexported || kebab(c.name) != c.kebab {
			t.Errorf("%s: %q %q %q", c.name, goName(c.name), lower(c.name), kebab(c.name))
		}
	}
	for many, one := range map[string]string{"lines": "line", "companies": "company", "addresses": "address", "boss": "boss", "news_": "news_"} {
		if singular(many) != one {
			t.Errorf("%s: %s", many, singular(many))
		}
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func load(t *testing.T) (root string, services []service) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	services, err = readServices(".")
	if err != nil {
		t.Fatal(err)
	}
	return root, services
}

func TestGenerated_files_are_what_the_models_say_R2(t *testing.T) {
	root, services := load(t)
	files, err := generate(".", services)
	if err != nil {
		t.Fatal(err)
	}
	models := len(services)
	for _, s := range services {
		if s.QueryForm != nil {
			models++
		}
	}
	if len(files) != models {
		t.Fatalf("%d files for %d models", len(files), models)
	}
	for _, f := range files {
		have, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.path)))
		if err != nil {
			t.Fatal(err)
		}
		have = bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")) // a checkout on Windows may convert line ends
		if !bytes.Equal(have, f.text) {
			t.Errorf("%s is not what the generator writes: run `go generate ./internal/wiregen`", f.path)
		}
		if !bytes.HasPrefix(f.text, []byte(header+"\n")) {
			t.Errorf("%s does not begin with the line that marks generated code", f.path)
		}
	}
}

func TestModels_hold_no_documentation(t *testing.T) {
	_, services := load(t)
	paths, err := filepath.Glob(filepath.Join("models", "*.json"))
	if err != nil || len(paths) < len(services) {
		t.Fatalf("%d models of %d services: %v", len(paths), len(services), err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("ocumentation\"")) || bytes.Contains(text, []byte("<p>")) {
			t.Errorf("%s holds documentation text", path)
		}
	}
}

func TestModels_name_every_operation_once(t *testing.T) {
	_, services := load(t)
	for _, s := range services {
		m, err := readModel(s.modelFile("."))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(s.Operations) {
			t.Errorf("%s: operations.json is not sorted", s.Model)
		}
		for _, name := range s.Operations {
			if m.Operations[name] == nil || slices.Contains(m.NotImplemented, name) {
				t.Errorf("%s: %s is not an implemented operation of the model", s.Model, name)
			}
		}
	}
}

func TestTrim_keeps_what_the_kept_operations_need(t *testing.T) {
	m := &model{
		Operations: map[string]*operation{
			"Keep": {Input: &ref{Shape: "In"}, Errors: []ref{{Shape: "Oops"}}},
			"Drop": {Input: &ref{Shape: "Other"}},
		},
		Shapes: map[string]*shape{
			"In":    {Type: "structure", Members: members{{"L", ref{Shape: "List"}}}},
			"List":  {Type: "list", Member: &ref{Shape: "Node"}},
			"Node":  {Type: "structure", Members: members{{"Next", ref{Shape: "Node"}}, {"M", ref{Shape: "Map"}}}},
			"Map":   {Type: "map", Key: &ref{Shape: "Key"}, Value: &ref{Shape: "Value"}},
			"Key":   {Type: "string"},
			"Value": {Type: "string"},
			"Oops":  {Type: "structure", Exception: true},
			"Other": {Type: "structure"},
		},
	}
	if err := m.trim([]string{"Keep"}); err != nil {
		t.Fatal(err)
	}
	if m.Shapes["Other"] != nil || len(m.Shapes) != 7 {
		t.Errorf("kept %d shapes, want all but Other", len(m.Shapes))
	}
	if !slices.Equal(m.NotImplemented, []string{"Drop"}) {
		t.Errorf("not implemented: %q", m.NotImplemented)
	}
	if err := m.trim([]string{"Unknown"}); err == nil {
		t.Error("an operation that the model lacks is accepted")
	}
}

func TestGenerate_refuses_models_it_cannot_express(t *testing.T) {
	scalar := func(sh *shape) *model {
		return &model{
			Metadata:   metadata{Protocol: "json"},
			Operations: map[string]*operation{"Op": {Input: &ref{Shape: "In"}}},
			Shapes:     map[string]*shape{"In": {Type: "structure", Members: members{{"A", ref{Shape: "A"}}}}, "A": sh},
		}
	}
	header := scalar(&shape{Type: "string"})
	header.Shapes["In"].Members[0].Location = "header"
	for want, m := range map[string]*model{
		"rewritten patterns":   scalar(&shape{Type: "string", Pattern: "(?!a)b"}),
		"which is unknown":     scalar(&shape{Type: "document"}),
		"stands in the header": header,
		"has no input":         {Operations: map[string]*operation{"Op": {}}},
	} {
		g := &generator{service: service{Package: "x"}, model: m, done: &emitted{names: map[string]bool{}, shapes: map[string]*shape{}}, goNames: map[string]string{}}
		if _, err := g.file(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func TestOverlay_takes_the_names_of_the_older_protocol(t *testing.T) {
	now := &model{Metadata: metadata{Protocol: "json", TargetPrefix: "AmazonSQS"}, Shapes: map[string]*shape{
		"In":    {Type: "structure", Members: members{{"Names", ref{Shape: "Names"}}, {"NewNames", ref{Shape: "New"}}, {"Attributes", ref{Shape: "Map"}}}},
		"Names": {Type: "list", Member: &ref{Shape: "S"}, Flattened: true}, "New": {Type: "list", Member: &ref{Shape: "S"}, Flattened: true},
		"Map": {Type: "map", Key: &ref{Shape: "S"}, Value: &ref{Shape: "S"}}, "S": {Type: "string"},
	}}
	now.overlay(&model{Metadata: metadata{Protocol: "query", XMLNamespace: "ns"}, Shapes: map[string]*shape{
		"In":    {Type: "structure", Members: members{{"Names", ref{Shape: "Names"}}, {"Attributes", ref{Shape: "Map", LocationName: "Attribute"}}}},
		"Names": {Type: "list", Member: &ref{Shape: "S", LocationName: "Name"}, Flattened: true},
		"Map":   {Type: "map", Key: &ref{Shape: "S", LocationName: "Name"}, Value: &ref{Shape: "S", LocationName: "Value"}, Flattened: true},
	}})
	in, m := now.Shapes["In"].Members, now.Shapes["Map"]
	if now.Metadata.Protocol != "query" || now.Metadata.XMLNamespace != "ns" || now.Metadata.TargetPrefix != "" {
		t.Errorf("%+v", now.Metadata)
	}
	if in[1].LocationName != "NewName" || in[2].LocationName != "Attribute" || now.Shapes["Names"].Member.LocationName != "Name" {
		t.Errorf("%+v", in)
	}
	if !m.Flattened || m.Key.LocationName != "Name" || m.Value.LocationName != "Value" {
		t.Errorf("%+v", m)
	}
}

func TestConstantName(t *testing.T) {
	for value, want := range map[string]string{
		"PAY_PER_REQUEST": "PayPerRequest", "VisibilityTimeout": "VisibilityTimeout", "HASH": "Hash", "S": "S", "aws:kms": "AwsKms", "ENABLED_WITH-ALL": "EnabledWithAll",
	} {
		if got := constantName(value); got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

package dyetrace_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// A source is one text file of the tree. syntax is nil for files that are not Go, or do not parse (the compiler says why).
type source struct {
	path   string // slash-separated, relative to the root of the repository
	text   []byte
	fset   *token.FileSet
	syntax *ast.File
}

func (s *source) dir() string     { return path.Dir(s.path) }
func (s *source) isTest() bool    { return strings.HasSuffix(s.path, "_test.go") }
func (s *source) generated() bool { return s.syntax != nil && ast.IsGenerated(s.syntax) }

// at names the place of a node as an editor opens it.
func (s *source) at(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(pos).Line)
}

// imports returns the import paths of the file with the place of each.
func (s *source) imports() map[string]string {
	found := map[string]string{}
	for _, spec := range s.syntax.Imports {
		found[strings.Trim(spec.Path.Value, "\"`")] = s.at(spec.Pos())
	}
	return found
}

type tree []*source

// golang returns the Go files that parse.
func (t tree) golang() tree {
	var files tree
	for _, s := range t {
		if s.syntax != nil {
			files = append(files, s)
		}
	}
	return files
}

// file returns the file at a path, or nil.
func (t tree) file(name string) *source {
	for _, s := range t {
		if s.path == name {
			return s
		}
	}
	return nil
}

func newSource(name string, text []byte) *source {
	s := &source{path: name, text: text, fset: token.NewFileSet()}
	if path.Ext(name) == ".go" {
		if file, err := parser.ParseFile(s.fset, name, text, parser.ParseComments|parser.SkipObjectResolution); err == nil {
			s.syntax = file
		}
	}
	return s
}

// skipped folders hold what is installed or recorded, not what people wrote.
var skipped = map[string]bool{".git": true, "node_modules": true, ".venv": true, "__pycache__": true}

// readTree reads every text file below the root of the repository. Go files below testdata are data, and stay unparsed.
func readTree(t *testing.T) tree {
	t.Helper()
	var files tree
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err):
			return nil // removed while we walk, as an editor does with its temporary files
		case err != nil:
			return err
		case entry.IsDir() && skipped[entry.Name()]:
			return filepath.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
			return nil
		}
		slash := filepath.ToSlash(name)
		if strings.Contains("/"+slash, "/testdata/") {
			files = append(files, &source{path: slash, text: text})
			return nil
		}
		files = append(files, newSource(slash, text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files.golang()) < 5 {
		t.Fatalf("read only %d Go files: the rules would hold for an empty tree", len(files.golang()))
	}
	return files
}

// A finding is one place where a rule is broken.
type finding struct{ where, what string }

// A rule of the house. why and mend end up in every failure, so that nobody has to ask.
type rule struct {
	name  string
	why   string
	mend  string
	check func(tree) []finding

	// allow lists the files that may break the rule, each with its reason. An entry that is no longer needed fails.
	allow map[string]string

	// bad are small trees that the rule must refuse, good one that it must accept: a rule that cannot fail proves nothing.
	bad  []map[string]string
	good map[string]string
}

func rules() []rule {
	return append(append(architectureRules(), tidyRules()...), lockRules()...)
}

// TestTree_keeps_the_house_rules checks this tree.
func TestTree_keeps_the_house_rules(t *testing.T) {
	files := readTree(t)
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			used := map[string]bool{}
			for _, f := range r.check(files) {
				file, _, _ := strings.Cut(f.where, ":")
				if r.allow[file] != "" {
					used[file] = true
					continue
				}
				t.Errorf("%s: %s\n\twhy:  %s\n\tmend: %s", f.where, f.what, r.why, r.mend)
			}
			for file, reason := range r.allow {
				if !used[file] {
					t.Errorf("%s: is on the allow list of rule %q (%s), but keeps the rule; take it off the list", file, r.name, reason)
				}
			}
		})
	}
}

// TestRules_refuse_what_they_are_for checks the rules themselves.
func TestRules_refuse_what_they_are_for(t *testing.T) {
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			if len(r.bad) == 0 || r.good == nil || r.why == "" || r.mend == "" {
				t.Fatal("a rule needs a bad tree, a good tree, a reason and a way to mend")
			}
			for i, bad := range r.bad {
				if len(r.check(fixture(bad))) == 0 {
					t.Errorf("bad tree %d passes the rule: %v", i, bad)
				}
			}
			for _, f := range r.check(fixture(r.good)) {
				t.Errorf("the good tree breaks the rule: %s: %s", f.where, f.what)
			}
		})
	}
}

// fixture makes a tree of file contents keyed by path.
func fixture(contents map[string]string) tree {
	var files tree
	for name, text := range contents {
		files = append(files, newSource(name, []byte(text)))
	}
	return files
}

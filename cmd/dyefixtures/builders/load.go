package builders

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// listed is what go list tells of a package.
type listed struct {
	ImportPath, Name, Dir, Export string
	GoFiles, CgoFiles             []string
	DepOnly                       bool
	Error                         *struct{ Err string }
}

// load reads the types of the package in a folder. A file that is about to be written anew is left out, and what other files miss
// for that is no error: their structs are known all the same.
func load(dir, out string) (*types.Package, error) {
	home, exports, err := list(dir)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range append(home.GoFiles, home.CgoFiles...) {
		path := filepath.Join(home.Dir, name)
		if generated, _ := filepath.Abs(out); generated == path {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	from := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("package %s does not build", path)
		}
		return os.Open(exports[path])
	})
	config := types.Config{Importer: from, Error: func(error) {}}
	checked, err := config.Check(home.ImportPath, fset, files, nil)
	if checked == nil {
		return nil, err
	}
	return checked, nil
}

func list(dir string) (home listed, exports map[string]string, err error) {
	cmd := exec.Command("go", "list", "-e", "-export", "-deps", "-json=ImportPath,Name,Dir,Export,GoFiles,CgoFiles,DepOnly,Error", ".")
	var said bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &said
	out, err := cmd.Output()
	if err != nil {
		return home, nil, fmt.Errorf("go list in %s: %s", dir, firstLine(said.String(), err))
	}
	exports = map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return home, nil, err
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			home = p
		}
	}
	if len(home.GoFiles)+len(home.CgoFiles) == 0 {
		text := "it has no Go files"
		if home.Error != nil {
			text = firstLine(home.Error.Err, nil)
		}
		return home, nil, fmt.Errorf("there is no package in %s: %s", dir, text)
	}
	return home, exports, nil
}

func firstLine(text string, err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if line == "" && err != nil {
		return err.Error()
	}
	return line
}

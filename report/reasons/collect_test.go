package reasons_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// codes collects the codes that the source can print, each with one place where it does.
func codes(t *testing.T) map[string]string {
	t.Helper()
	c := collector{found: map[string]string{}, files: token.NewFileSet()}
	byFolder := map[string][]*ast.File{}
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			if slices.Contains([]string{"testdata", "node_modules", "internal", "examples", "report", "expr", ".git", "cmd"}, e.Name()) {
				return filepath.SkipDir
			}
			return nil
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(c.files, path, source, parser.SkipObjectResolution)
		byFolder[filepath.Dir(path)] = append(byFolder[filepath.Dir(path)], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range byFolder {
		c.folder(list)
	}
	return c.found
}

// collector finds the texts that become codes: those given to what is named a code.
type collector struct {
	files  *token.FileSet
	found  map[string]string
	consts map[string]string // of the package
	params map[string]int    // function → which parameter is its code
	kinds  bool              // the package has the kinds of finding
}

// names are those of variables, fields and parameters that hold a code, if their text is one.
var names = []string{"code", "Code", "QueryCode", "condition", "Condition", "exhausted"}

func (c *collector) folder(files []*ast.File) {
	c.consts, c.params, c.kinds = map[string]string{}, map[string]int{}, files[0].Name.Name == "expect"
	for _, f := range files {
		ast.Inspect(f, c.learn)
	}
	for _, f := range files {
		ast.Inspect(f, c.look)
	}
}

// learn takes down constants, and functions that are handed a code.
func (c *collector) learn(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if i < len(n.Values) {
				if value, ok := n.Values[i].(*ast.BasicLit); ok && value.Kind == token.STRING {
					c.consts[name.Name], _ = strconv.Unquote(value.Value)
				}
			}
		}
	case *ast.FuncDecl:
		i := 0
		for _, field := range n.Type.Params.List {
			for _, name := range field.Names {
				if slices.Contains(names, name.Name) {
					c.params[n.Name.Name] = i
				}
				i++
			}
		}
	}
	return true
}

func (c *collector) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && slices.Contains(names, key.Name) {
			c.take(n.Value)
		}
	case *ast.CallExpr:
		c.call(n)
	case *ast.CompositeLit:
		if name, ok := n.Type.(*ast.Ident); ok && name.Name == "refusal" && len(n.Elts) == 3 {
			c.take(n.Elts[1])
		}
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if len(n.Lhs) == len(n.Rhs) && slices.Contains(names, nameOf(to)) {
				c.take(n.Rhs[i])
			}
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if i < len(n.Values) && name.Name == "permanent" {
				c.values(n.Values[i])
			}
			if i < len(n.Values) && (slices.Contains(names, name.Name) || c.kinds && nameOf(n.Type) == "Kind") {
				c.take(n.Values[i])
			}
		}
	case *ast.FuncDecl:
		if slices.Contains([]string{"ErrorCode", "codeOf", "conditionOf"}, n.Name.Name) && n.Body != nil {
			ast.Inspect(n.Body, func(n ast.Node) bool {
				if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) > 0 {
					c.take(r.Results[0])
				}
				return true
			})
		}
	}
	return true
}

// values takes the values of a table from AWS's codes to those of EventBridge.
func (c *collector) values(e ast.Expr) {
	if table, ok := e.(*ast.CompositeLit); ok {
		for _, row := range table.Elts {
			c.take(row.(*ast.KeyValueExpr).Value)
		}
	}
}

func (c *collector) call(n *ast.CallExpr) {
	name := nameOf(n.Fun)
	if name == "Because" && len(n.Args) == 2 {
		c.take(n.Args[0])
		return
	}
	if i, ok := c.params[name]; ok && i < len(n.Args) {
		c.take(n.Args[i])
	}
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// take adds a code that is a text, or a constant of the package. A code that is computed is one of an error's, which is taken where
// the error is made.
func (c *collector) take(e ast.Expr) {
	var code string
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			code, _ = strconv.Unquote(e.Value)
		}
	case *ast.Ident:
		code = c.consts[e.Name]
	}
	if code == "" || strings.ContainsAny(code, " %/$") {
		return
	}
	if _, known := c.found[code]; !known {
		c.found[code] = c.files.Position(e.Pos()).String()
	}
}

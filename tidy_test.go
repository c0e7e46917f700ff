package dyetrace_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/internal/coverage"
)

const (
	functionLines = 70
	fileLines     = 500
	testFileLines = 800
)

// packagesOf groups the Go files that are not tests by package.
func packagesOf(files tree) map[string]tree {
	packages := map[string]tree{}
	for _, s := range files.golang() {
		if !s.isTest() {
			key := s.dir() + " " + s.syntax.Name.Name
			packages[key] = append(packages[key], s)
		}
	}
	return packages
}

func checkPackageComments(files tree) []finding {
	var found []finding
	for _, sources := range packagesOf(files) {
		var with []string
		for _, s := range sources {
			opening := "Package " + s.syntax.Name.Name
			if s.syntax.Name.Name == "main" {
				opening = "Command "
			}
			if text := s.syntax.Doc.Text(); text != "" {
				with = append(with, s.path)
				if !strings.HasPrefix(text, opening) {
					found = append(found, finding{s.path, fmt.Sprintf("the comment above the package clause does not open with %q; a blank line below it keeps it out of the package's documentation", opening)})
				}
			}
			for _, group := range s.syntax.Comments {
				if group != s.syntax.Doc && group.End() < s.syntax.Package && strings.HasPrefix(group.Text(), opening+" ") {
					found = append(found, finding{s.path, "a blank line parts the package comment from the package clause, so that it is shown nowhere"})
				}
			}
		}
		if len(with) != 1 {
			found = append(found, finding{sources[0].dir(), fmt.Sprintf("package %s has %d package comments, want 1 %v", sources[0].syntax.Name.Name, len(with), with)})
		}
	}
	return found
}

var requireLine = regexp.MustCompile(`(?m)^(?:require)?\s+([\w.-]+\.[\w.-]+/\S+)\s+v\S+`)

func checkRequires(files tree) []finding {
	var found []finding
	for _, s := range files {
		if path.Base(s.path) != "go.mod" {
			continue
		}
		if !bytes.Contains(s.text, []byte("\ngo 1.26\n")) {
			found = append(found, finding{s.path, "the go line is not `go 1.26`"})
		}
		for _, m := range requireLine.FindAllSubmatch(s.text, -1) {
			required := string(m[1])
			_, mine := ours(required)
			switch {
			case s.path == "go.mod" && required != "pgregory.net/rapid" && required != "github.com/google/go-cmp":
				found = append(found, finding{s.path, "the root module requires " + required})
			case s.path == "dye/dyeaws/go.mod" && !mine && required != "github.com/aws/aws-sdk-go-v2" && required != "github.com/aws/smithy-go":
				found = append(found, finding{s.path, "dyeaws requires " + required + ", which is not the SDK's core"})
			case mine && !bytes.Contains(s.text, []byte(required+" => ")):
				found = append(found, finding{s.path, "requires " + required + " without a replace"})
			}
		}
		if work := files.file("go.work"); work != nil && s.path != "go.mod" && !bytes.Contains(work.text, []byte("./"+path.Dir(s.path)+"\n")) {
			found = append(found, finding{s.path, "is not used by go.work"})
		}
	}
	return found
}

// calls tells whether a call is pkg.name(…), or name(…) inside the package itself.
func calls(s *source, call *ast.CallExpr, pkg, name string) bool {
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		x, ok := f.X.(*ast.Ident)
		return ok && x.Name == pkg && f.Sel.Name == name
	case *ast.Ident:
		return s.syntax.Name.Name == pkg && f.Name == name
	}
	return false
}

// opensBubble tells whether the function literals among a call's arguments run inside a synctest bubble.
func opensBubble(s *source, call *ast.CallExpr) bool {
	return calls(s, call, "synctest", "Test") || calls(s, call, "dye", "Test") || calls(s, call, "rapid", "SyncTest")
}

var bubbleComment = regexp.MustCompile(`^//tidy:bubble \S+`)

// excusedLines are the lines that a `//tidy:bubble reason` comment covers: its own and the next, or the whole function that it is
// in the doc comment of.
func excusedLines(s *source) map[int]bool {
	lines := map[int]bool{}
	for _, decl := range s.syntax.Decls {
		function, ok := decl.(*ast.FuncDecl)
		if !ok || function.Doc == nil || !slices.ContainsFunc(function.Doc.List, func(c *ast.Comment) bool { return bubbleComment.MatchString(c.Text) }) {
			continue
		}
		for line := s.fset.Position(function.Pos()).Line; line <= s.fset.Position(function.End()).Line; line++ {
			lines[line] = true
		}
	}
	for _, group := range s.syntax.Comments {
		for _, comment := range group.List {
			if bubbleComment.MatchString(comment.Text) {
				line := s.fset.Position(comment.Pos()).Line
				lines[line], lines[line+1] = true, true
			}
		}
	}
	return lines
}

func checkSleep(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		if !s.isTest() {
			continue
		}
		excused := excusedLines(s)
		var bubbles []ast.Node
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if opensBubble(s, call) {
				for _, argument := range call.Args {
					if literal, ok := argument.(*ast.FuncLit); ok {
						bubbles = append(bubbles, literal)
					}
				}
			}
			inside := slices.ContainsFunc(bubbles, func(b ast.Node) bool { return b.Pos() <= call.Pos() && call.End() <= b.End() })
			if calls(s, call, "time", "Sleep") && !inside && !excused[s.fset.Position(call.Pos()).Line] {
				found = append(found, finding{s.at(call.Pos()), "time.Sleep in a test, outside a bubble"})
			}
			return true
		})
	}
	return found
}

func checkAPIFiles(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		if !strings.HasPrefix(s.path, "pipeline/") || s.isTest() || s.generated() {
			continue
		}
		var operations []string
		for _, decl := range s.syntax.Decls {
			if operation := coverage.OperationOf(decl); operation != "" {
				operations = append(operations, operation)
			}
		}
		if len(operations) == 0 {
			continue
		}
		if len(operations) > 1 {
			found = append(found, finding{s.path, fmt.Sprintf("implements %d operations: %s", len(operations), strings.Join(operations, ", "))})
		}
		if want := coverage.FileName(operations[0]); path.Base(s.path) != want {
			found = append(found, finding{s.path, fmt.Sprintf("implements %s, so its name is %s", operations[0], want)})
		}
		head := coverage.Head(s.syntax)
		for _, key := range coverage.Keys {
			if head[key] == "" {
				found = append(found, finding{s.path, fmt.Sprintf("the comment at its head has no line `// %s …`", key)})
			}
		}
	}
	return found
}

func checkSizes(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		if s.generated() {
			continue
		}
		limit := fileLines
		if s.isTest() {
			limit = testFileLines
		}
		if lines := bytes.Count(s.text, []byte("\n")); lines > limit {
			found = append(found, finding{s.path, fmt.Sprintf("has %d lines, the limit is %d", lines, limit)})
		}
		for _, decl := range s.syntax.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if lines := s.fset.Position(function.End()).Line - s.fset.Position(function.Pos()).Line + 1; lines > functionLines {
				found = append(found, finding{s.at(function.Pos()), fmt.Sprintf("%s has %d lines, the limit is %d", function.Name.Name, lines, functionLines)})
			}
		}
	}
	return found
}

func checkGenerated(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		if named := strings.HasSuffix(s.path, "_gen.go"); named != s.generated() {
			found = append(found, finding{s.path, fmt.Sprintf("named *_gen.go: %v; says `Code generated … DO NOT EDIT.`: %v", named, s.generated())})
		}
	}
	return found
}

var drawers = regexp.MustCompile(`^(utils?|common|helpers?|manager|misc|types|base)$`)

func checkNames(files tree) []finding {
	var found []finding
	for _, s := range files {
		if strings.Contains("/"+s.path, "/testdata/") {
			continue
		}
		for part := range strings.SplitSeq(strings.TrimSuffix(s.path, path.Ext(s.path)), "/") {
			if slices.ContainsFunc(strings.Split(part, "_"), drawers.MatchString) {
				found = append(found, finding{s.path, fmt.Sprintf("is called %q", part)})
			}
		}
		if s.syntax != nil && drawers.MatchString(s.syntax.Name.Name) {
			found = append(found, finding{s.path, "package " + s.syntax.Name.Name})
		}
	}
	return found
}

// The patterns are put together from parts so that this file does not contain what it looks for.
var (
	machinePath  = regexp.MustCompile(`(?:^|[^\w.})-])/(?:wo` + `rk/(?:main|shared|brief|\.)|ro` + `ot/|home/\w+/|Users/\w+/)`)
	registryHost = regexp.MustCompile(`\b(?:proxy\.` + `golang\.org|sum\.` + `golang\.org|py` + `pi\.org|files\.` + `pythonhosted\.org|registry\.` + `npmjs\.org|(?:static\.)?crates\.` + `io|deb\.` + `debian\.org)\b`)
)

func checkMachine(files tree) []finding {
	var found []finding
	for _, s := range files {
		line := 0
		for text := range bytes.Lines(s.text) {
			line++
			for _, pattern := range []*regexp.Regexp{machinePath, registryHost} {
				if hit := pattern.Find(text); hit != nil {
					found = append(found, finding{fmt.Sprintf("%s:%d", s.path, line), fmt.Sprintf("names %q", bytes.TrimSpace(hit))})
				}
			}
		}
	}
	return found
}

func checkFormat(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		formatted, err := format.Source(s.text)
		if err == nil && !bytes.Equal(formatted, s.text) {
			found = append(found, finding{s.path, "is not as gofmt writes it"})
		}
	}
	return found
}

var (
	looseEnd = regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME|X` + `XX)\b`)
	issue    = regexp.MustCompile(`#\d+`)
)

func checkLooseEnds(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		for _, group := range s.syntax.Comments {
			for _, comment := range group.List {
				if looseEnd.MatchString(comment.Text) && !issue.MatchString(comment.Text) {
					found = append(found, finding{s.at(comment.Pos()), "leaves a loose end that no issue knows of"})
				}
			}
		}
	}
	return found
}

// clockCalls read or move real time, past the pipeline's clock.
var clockCalls = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}

func isDone(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	return ok && method.Sel.Name == "Done" && len(call.Args) == 0
}

func checkClock(files tree) []finding {
	var found []finding
	for _, s := range files.golang() {
		if !strings.HasPrefix(s.path, "pipeline/") || s.isTest() {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				found = append(found, finding{s.at(n.Pos()), "starts a goroutine"})
			case *ast.UnaryExpr:
				if call, ok := n.X.(*ast.CallExpr); ok && n.Op == token.ARROW && isDone(call) {
					found = append(found, finding{s.at(n.Pos()), "receives from a Done channel, which is made by someone else and need not belong to the bubble"})
				}
			case *ast.CallExpr:
				for _, name := range clockCalls {
					if calls(s, n, "time", name) {
						found = append(found, finding{s.at(n.Pos()), "calls time." + name})
					}
				}
			}
			return true
		})
	}
	return found
}

var (
	fence       = regexp.MustCompile("(?s)```(?:sh|bash|console|shell)\n(.*?)```")
	environment = regexp.MustCompile(`^(?:[A-Z_]+=\S+\s+)+`)
)

// command brings a line of a script into the form in which commands are compared; "" for what is neither go nor dyetrace.
func command(line string) string {
	line, _, _ = strings.Cut(line, " #")
	line = strings.TrimSpace(line)
	for _, prefix := range []string{"$ ", "! ", "exec ", "run ", "step "} {
		line = strings.TrimPrefix(line, prefix)
	}
	line = environment.ReplaceAllString(line, "")
	if rest, ok := strings.CutPrefix(line, "go run ./cmd/dyetrace"); ok {
		line = "dyetrace" + rest
	}
	line = strings.Trim(line, "&> \t")
	if strings.HasPrefix(line, "go ") || strings.HasPrefix(line, "dyetrace ") {
		return strings.Join(strings.Fields(line), " ")
	}
	return ""
}

// unrunnable commands of the README cannot be run in the tree, each with its reason.
var unrunnable = map[string]string{
	"go get":     "fetches a published version into the reader's own module",
	"go install": "fetches a published version",
}

func checkReadme(files tree) []finding {
	readme := files.file("README.md")
	if readme == nil {
		return nil
	}
	run := map[string]bool{}
	for _, s := range files {
		script := strings.HasPrefix(s.path, "cmd/dyetrace/testdata/") || strings.HasPrefix(s.path, "internal/e2e/testdata/")
		if s.path != ".ci/run" && !script {
			continue
		}
		for line := range strings.Lines(string(s.text)) {
			// In .ci/run a command follows the title of its step.
			for rest := line; rest != ""; {
				run[command(rest)] = true
				_, rest, _ = strings.Cut(rest, " ")
				rest = strings.TrimLeft(rest, " ")
			}
		}
	}
	var found []finding
	for _, block := range fence.FindAllStringSubmatch(string(readme.text), -1) {
		for line := range strings.Lines(block[1]) {
			c := command(line)
			words := strings.Fields(c)
			if c == "" || run[c] || unrunnable[strings.Join(words[:min(2, len(words))], " ")] != "" {
				continue
			}
			found = append(found, finding{readme.path, fmt.Sprintf("`%s` occurs neither in .ci/run nor in a test script", c)})
		}
	}
	return found
}

package matrix

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/dyetrace/dyetrace/report"
)

// Version of the JSON that JSON writes. It rises when a field changes its meaning or goes.
const Version = 1

// JSON writes the matrix as one JSON object.
func (m *Matrix) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Version int     `json:"version"`
		Kind    string  `json:"kind"`
		Percent float64 `json:"percent"`
		*Matrix
	}{Version, "matrix", m.Percent(), m})
}

// signs say an outcome without colour.
var signs = map[Outcome]string{Pass: "✓ passed", Fail: "✗ failed", Skip: "– skipped", None: "✗ no test"}

// Summary is the matrix in one line.
func (m *Matrix) Summary() string {
	parts := []string{fmt.Sprintf("%d of %d requirements covered (%.0f %%)", m.Covered, len(m.Rows), m.Percent())}
	for _, c := range []struct {
		n         int
		one, many string
	}{
		{len(m.Missing()), "without a test", "without a test"}, {len(m.Failing()), "failing", "failing"}, {len(m.Skipped()), "skipped", "skipped"},
		{len(m.Without), "test without a requirement", "tests without a requirement"},
		{len(m.Unknown), "unknown requirement named", "unknown requirements named"}, {len(m.Broken), "package broken", "packages broken"},
	} {
		switch {
		case c.n == 1:
			parts = append(parts, "1 "+c.one)
		case c.n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.many))
		}
	}
	return strings.Join(parts, ", ")
}

// text makes one safe line of Markdown text: names come from documents and from tests.
var text = strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "*", `\*`, "`", "'", "[", `\[`, "]", `\]`)

func md(s string) string { return text.Replace(report.Clean(s)) }

// code makes a code span.
func code(s string) string {
	return "`" + strings.NewReplacer("`", "'", "|", `\|`).Replace(report.Clean(s)) + "`"
}

// Markdown writes the matrix as a page: what is wrong first, then the table of all requirements.
func (m *Matrix) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Requirements and tests\n\n%s.\n", m.Summary())
	list := func(head string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n## %s\n\n- %s\n", head, strings.Join(lines, "\n- "))
		}
	}
	list("Requirements without a test", rows(m.Missing()))
	list("Failing", append(rows(m.Failing()), failures(m)...))
	list("Skipped", rows(m.Skipped()))
	var unknown, without, twice []string
	for _, r := range m.Unknown {
		unknown = append(unknown, fmt.Sprintf("%s, named by %s: %s", md(r.ID), code(r.Test.Name), md(r.Why)))
	}
	for _, t := range m.Without {
		without = append(without, code(t.Name)+" in "+md(t.Package))
	}
	for _, t := range m.Twice {
		twice = append(twice, fmt.Sprintf("%s: %s and %s", md(t.First.ID), md(t.First.where()), md(t.Second.where())))
	}
	list("Unknown requirements", unknown)
	list("Tests without a requirement", without)
	list("In two documents", twice)
	b.WriteString("\n## All\n\n| requirement | | state | tests |\n|---|---|---|---|\n")
	for _, r := range m.Rows {
		var tests []string
		for _, t := range r.Tests {
			tests = append(tests, code(t.Name)+mark(t))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", md(r.ID), md(r.Title), signs[r.Outcome], strings.Join(tests, "<br>"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Requirement) where() string { return fmt.Sprintf("%s:%d", r.File, r.Line) }

func mark(t *Test) string {
	if t.Outcome == Pass {
		return ""
	}
	return " " + signs[t.Outcome]
}

func rows(list []Row) (lines []string) {
	for _, r := range list {
		line := md(r.ID)
		if r.Title != "" {
			line += " " + md(r.Title)
		}
		lines = append(lines, line+" ("+md(r.where())+")")
	}
	return lines
}

func failures(m *Matrix) (lines []string) {
	for _, t := range m.Failed {
		lines = append(lines, code(t.Name)+" in "+md(t.Package))
	}
	for _, p := range m.Broken {
		lines = append(lines, "package "+md(p)+" does not build, or ended early")
	}
	return lines
}

// HTML writes the matrix as one page that needs no other file and no script.
func (m *Matrix) HTML(w io.Writer) error { return page.Execute(w, m) }

var page = template.Must(template.New("matrix").Funcs(template.FuncMap{
	"clean": report.Clean, "sign": func(o Outcome) string { return signs[o] },
}).Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Requirements and tests</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1b1b1b; background: #fff }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #ccc }
code { font-size: .9em; overflow-wrap: anywhere }
.fail, .none { color: #9b1c1c; font-weight: 600 }
.pass { color: #14622b }
.place { color: #555; font-size: .85em }
@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #161616 } .fail, .none { color: #ff9a9a } .pass { color: #8fdca8 } .place { color: #aaa } th, td { border-color: #444 } }
</style>
</head>
<body>
<h1>Requirements and tests</h1>
<p>{{.Summary}}.</p>
<table>
<thead><tr><th scope="col">requirement</th><th scope="col"></th><th scope="col">state</th><th scope="col">tests</th></tr></thead>
<tbody>
{{- range .Rows}}
<tr><th scope="row">{{clean .ID}}</th><td>{{clean .Title}} <span class="place">{{clean .File}}:{{.Line}}</span></td><td class="{{.Outcome}}">{{sign .Outcome}}</td><td>
{{- range .Tests}}<div><code>{{clean .Name}}</code>{{if ne .Outcome "pass"}} <span class="{{.Outcome}}">{{sign .Outcome}}</span>{{end}}</div>{{end}}</td></tr>
{{- end}}
</tbody>
</table>
{{- with .Failed}}
<h2>Tests that failed</h2>
<ul>{{range .}}<li><code>{{clean .Name}}</code> in {{clean .Package}}</li>{{end}}</ul>
{{- end}}
{{- with .Broken}}
<h2>Packages that do not build, or ended early</h2>
<ul>{{range .}}<li>{{clean .}}</li>{{end}}</ul>
{{- end}}
{{- with .Unknown}}
<h2>Unknown requirements</h2>
<ul>{{range .}}<li>{{clean .ID}}, named by <code>{{clean .Test.Name}}</code>: {{clean .Why}}</li>{{end}}</ul>
{{- end}}
{{- with .Without}}
<h2>Tests without a requirement</h2>
<ul>{{range .}}<li><code>{{clean .Name}}</code> in {{clean .Package}}</li>{{end}}</ul>
{{- end}}
{{- with .Twice}}
<h2>In two documents</h2>
<ul>{{range .}}<li>{{clean .First.ID}}: {{clean .First.File}}:{{.First.Line}} and {{clean .Second.File}}:{{.Second.Line}}</li>{{end}}</ul>
{{- end}}
</body>
</html>
`))

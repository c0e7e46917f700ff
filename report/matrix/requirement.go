package matrix

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Requirement is one requirement of a document.
type Requirement struct {
	ID    string `json:"id"`              // "CRM-2.1", "R2.13", "2.1"
	Title string `json:"title,omitempty"` // what follows the id, on one line
	File  string `json:"file"`            // as given, with slashes
	Line  int    `json:"line"`            // from 1
}

// FileError says what is wrong with a document or a test run.
type FileError struct {
	File string
	Line int // 0: all of it
	Err  error
}

// Error is "file:line: what".
func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// ErrNoRequirement says that a document has no requirement in a form that is known.
var ErrNoRequirement = errors.New("no requirement found: Markdown names them at the start of a heading (## CRM-2.1 Created), of a table's row (| CRM-2.1 | …) or," +
	" in bold, of a list item (- **CRM-2.1** …); CSV in the column id")

// Read reads the requirements of a document, in its order: CSV if the file is called *.csv, else Markdown. The error is a *FileError.
func Read(file string, text []byte) ([]Requirement, error) {
	file = strings.ReplaceAll(file, "\\", "/")
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, &FileError{File: file, Err: errors.New("is not UTF-8")}
	}
	var list []Requirement
	if strings.EqualFold(path.Ext(file), ".csv") {
		var err error
		if list, err = readCSV(file, text); err != nil {
			return nil, err
		}
	} else {
		list = readMarkdown(file, text)
	}
	if len(list) == 0 {
		return nil, &FileError{File: file, Err: ErrNoRequirement}
	}
	return list, nil
}

// An id is letters and a number, "CRM-2.1", "SEC-TENANT-002", "R2.13", or in a heading, a table or in bold, a number with a dot.
const (
	lettersID = `[A-Z][A-Za-z]*(?:[-_][A-Z][A-Za-z0-9]*)*[-_. ]?\d+(?:\.\d+)*[a-z]?`
	numberID  = `\d+(?:\.\d+)+`
	anyID     = `(?:` + lettersID + `|` + numberID + `)`
)

var (
	heading  = regexp.MustCompile(`^ {0,3}#{1,6}\s+[*_` + "`" + `\[]*(` + anyID + `)[*_` + "`" + `\]]*(?:[:.)]|\s|$)(.*)$`)
	cellID   = regexp.MustCompile(`^[*_` + "`" + `\[]*(` + anyID + `)[*_` + "`" + `\]]*(?:\([^)]*\))?$`)
	boldItem = regexp.MustCompile(`^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?(?:\*\*|__)\s*(` + anyID + `)(?:[:.]|\s[^*_]*)?(?:\*\*|__)(.*)$`)
	fence    = regexp.MustCompile("^\\s*(?:```|~~~)")
	emphasis = regexp.MustCompile("[*`]|\\b_|_\\b")
)

func readMarkdown(file string, text []byte) []Requirement {
	var list []Requirement
	var rows table
	seen := map[string]bool{}
	fenced, line := false, 0
	for raw := range strings.Lines(string(text)) {
		line++
		raw = strings.TrimRight(raw, "\r\n")
		if fence.MatchString(raw) {
			fenced = !fenced
		}
		if fenced {
			continue
		}
		id, rest := rows.read(raw)
		for _, form := range []*regexp.Regexp{heading, boldItem} {
			if found := form.FindStringSubmatch(raw); id == "" && found != nil {
				id, rest = found[1], found[2]
			}
		}
		// What is named again, in a summary for instance, is the same requirement.
		if id != "" && !seen[id] {
			seen[id] = true
			list = append(list, Requirement{ID: id, Title: title(rest), File: file, Line: line})
		}
	}
	return list
}

// table finds the ids in the rows of a table: in the column that is called as one of ids is, else in the first.
type table struct {
	before      []string // cells of the line before
	inside      bool
	idAt, title int
}

var delimiter = regexp.MustCompile(`^:?-+:?$`)

// read returns the id of a line that is a row of a table, and the cell that says more of it.
func (t *table) read(line string) (id, rest string) {
	cells := rowCells(line)
	before := t.before
	t.before = cells
	if cells == nil {
		t.inside = false
		return "", ""
	}
	if !t.inside {
		t.inside, t.idAt, t.title = true, 0, -1
	}
	if before != nil && len(before) == len(cells) && !slices.ContainsFunc(cells, func(c string) bool { return !delimiter.MatchString(c) }) {
		t.idAt, t.title = max(0, column(before, idColumns...)), column(before, titleColumns...)
		return "", ""
	}
	found := cellID.FindStringSubmatch(cell(cells, t.idAt))
	if found == nil {
		return "", ""
	}
	if t.title < 0 || t.title == t.idAt {
		return found[1], cell(cells, t.idAt+1)
	}
	return found[1], cell(cells, t.title)
}

// rowCells returns the cells of a line that begins with |, without emphasis at their ends; nil for any other.
func rowCells(line string) []string {
	line, ok := strings.CutPrefix(strings.TrimSpace(line), "|")
	if !ok {
		return nil
	}
	line = strings.TrimSuffix(line, "|")
	var cells []string
	for c := range strings.SplitSeq(strings.ReplaceAll(line, `\|`, "\x00"), "|") {
		cells = append(cells, strings.TrimSpace(strings.ReplaceAll(c, "\x00", "|")))
	}
	return cells
}

const longestTitle = 120

// title makes one plain line of what follows an id.
func title(text string) string {
	text = emphasis.ReplaceAllString(text, "")
	text = strings.Join(strings.Fields(strings.TrimLeft(text, " :–—-#")), " ")
	if runes := []rune(text); len(runes) > longestTitle {
		return strings.TrimSpace(string(runes[:longestTitle])) + "…"
	}
	return text
}

// readCSV reads the columns id and title by the names in the first line, or the first two columns if it names none.
func readCSV(file string, text []byte) ([]Requirement, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	idAt, titleAt := 0, 1
	var list []Requirement
	seen := map[string]int{}
	for first := true; ; first = false {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if parse, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, &FileError{File: file, Line: parse.Line, Err: parse.Err}
		}
		if err != nil {
			return nil, &FileError{File: file, Err: err}
		}
		line, _ := r.FieldPos(0)
		if first {
			if at := column(record, idColumns...); at >= 0 {
				idAt, titleAt = at, column(record, titleColumns...)
				continue
			}
		}
		id := cell(record, idAt)
		if id == "" {
			continue
		}
		if before := seen[id]; before > 0 {
			return nil, &FileError{File: file, Line: line, Err: fmt.Errorf("%s is a requirement of line %d already", id, before)}
		}
		seen[id] = line
		list = append(list, Requirement{ID: id, Title: title(cell(record, titleAt)), File: file, Line: line})
	}
}

// Names of the columns, the best first.
var (
	idColumns    = []string{"id", "requirement id", "requirement_id", "req", "req id", "requirement", "key"}
	titleColumns = []string{"title", "summary", "text", "description", "name", "requirement"}
)

func column(record []string, names ...string) int {
	for _, name := range names {
		for i, field := range record {
			if strings.EqualFold(strings.TrimSpace(field), name) {
				return i
			}
		}
	}
	return -1
}

func cell(record []string, at int) string {
	if at < 0 || at >= len(record) {
		return ""
	}
	return strings.TrimSpace(record[at])
}

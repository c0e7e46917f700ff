package matrix

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
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
	tableRow = regexp.MustCompile(`^\s*\|\s*[*_` + "`" + `\[]*(` + anyID + `)[*_` + "`" + `\]]*(?:\([^)]*\))?\s*\|(.*)$`)
	boldItem = regexp.MustCompile(`^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?(?:\*\*|__)\s*(` + anyID + `)(?:[:.]|\s[^*_]*)?(?:\*\*|__)(.*)$`)
	fence    = regexp.MustCompile("^\\s*(?:```|~~~)")
	emphasis = regexp.MustCompile("[*`]|\\b_|_\\b")
)

func readMarkdown(file string, text []byte) []Requirement {
	var list []Requirement
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
		for _, form := range []*regexp.Regexp{heading, tableRow, boldItem} {
			found := form.FindStringSubmatch(raw)
			if found == nil {
				continue
			}
			// What is named again, in a summary for instance, is the same requirement.
			if id := found[1]; !seen[id] {
				seen[id] = true
				list = append(list, Requirement{ID: id, Title: title(found[2]), File: file, Line: line})
			}
			break
		}
	}
	return list
}

const longestTitle = 120

// title makes one plain line of what follows an id; of a table's row it is the next cell.
func title(text string) string {
	text, _, _ = strings.Cut(strings.TrimSuffix(strings.TrimSpace(text), "|"), " | ")
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
			if at := column(record, "id", "requirement", "requirement id", "requirement_id", "key"); at >= 0 {
				idAt, titleAt = at, column(record, "title", "summary", "text", "description", "name")
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

package matrix

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Row is a requirement with its tests.
type Row struct {
	Requirement
	Outcome Outcome `json:"outcome"`
	Tests   []*Test `json:"tests"`
}

// Reference is a requirement that a test names and that no document has, or that more than one could be.
type Reference struct {
	Test *Test  `json:"test"`
	ID   string `json:"id"` // as named: "CRM-9.9", "prd section 9.9"
	Why  string `json:"why"`
}

// Matrix says which tests verify which requirement.
type Matrix struct {
	Rows    []Row       `json:"requirements"` // in the order of the documents
	Without []*Test     `json:"testsWithout"` // top-level tests that name no requirement, nor do their subtests
	Unknown []Reference `json:"unknown"`      // named by tests, and of no document
	Failed  []*Test     `json:"failed"`       // all tests that failed, whether they name a requirement or not
	Broken  []string    `json:"broken"`       // packages that failed as a whole
	Twice   []Twice     `json:"duplicates"`   // ids that two documents have; the first one counts
	Covered int         `json:"covered"`      // requirements with a test that passed and none that failed
	byID    map[string]int
}

// Twice is an id that two documents have.
type Twice struct {
	First  Requirement `json:"first"`
	Second Requirement `json:"second"`
}

// New joins requirements with a run. A test verifies the requirements that it names by d.Covers (the attribute dye.covers), and
// those in its name: the id itself with _ for every other sign (TestMerge_CRM_2_3), or the section of a document
// (TestMerge_per_prd_section_2_3: number 2.3 of the requirements in prd.md, or with the prefix PRD). A subtest's names are its
// own, and its top-level test counts as one that names a requirement. A requirement that only heads others (CRM-2 of CRM-2.1) counts if
// a test names it.
func New(requirements []Requirement, run *Run) *Matrix {
	m := &Matrix{Broken: run.Broken, byID: map[string]int{}}
	for _, r := range requirements {
		if i, twice := m.byID[r.ID]; twice {
			m.Twice = append(m.Twice, Twice{m.Rows[i].Requirement, r})
			continue
		}
		m.byID[r.ID] = len(m.Rows)
		m.Rows = append(m.Rows, Row{Requirement: r, Outcome: None, Tests: []*Test{}})
	}
	names := m.idNames()
	named := map[string]bool{}
	for _, t := range run.Tests {
		parent, own := t.top()
		if m.join(t, asName(own), names) {
			named[t.Package+"\x00"+parent] = true
		}
		if t.Outcome == Fail {
			m.Failed = append(m.Failed, t)
		}
	}
	for _, t := range run.Tests {
		if (strings.HasPrefix(t.Name, "Test") || strings.HasPrefix(t.Name, "Fuzz")) && !strings.Contains(t.Name, "/") && !named[t.Package+"\x00"+t.Name] {
			m.Without = append(m.Without, t)
		}
	}
	m.Rows = slices.DeleteFunc(m.Rows, m.chapters())
	for i := range m.Rows {
		for _, t := range m.Rows[i].Tests {
			m.Rows[i].Outcome = worse(m.Rows[i].Outcome, t.Outcome)
		}
		if m.Rows[i].Outcome == Pass {
			m.Covered++
		}
	}
	return m
}

// chapters returns what tells the rows that only head others: CRM-2, where the same document has CRM-2.1, and no test names it.
func (m *Matrix) chapters() func(Row) bool {
	heads := map[string]bool{}
	for _, r := range m.Rows {
		for dot := strings.LastIndexByte(r.ID, '.'); dot > 0; dot = strings.LastIndexByte(r.ID[:dot], '.') {
			heads[r.File+"\x00"+r.ID[:dot]] = true
		}
	}
	return func(r Row) bool { return len(r.Tests) == 0 && heads[r.File+"\x00"+r.ID] }
}

// join enters a test wherever it belongs, and reports whether it names any requirement.
func (m *Matrix) join(t *Test, own string, names map[string]*regexp.Regexp) bool {
	rows := map[int]bool{}
	any := false
	for _, id := range t.Covers {
		any = true
		if i, known := m.byID[id]; known {
			rows[i] = true
		} else {
			m.Unknown = append(m.Unknown, Reference{t, id, "no document has it"})
		}
	}
	for _, found := range section.FindAllStringSubmatch(own, -1) {
		any = true
		number := strings.ReplaceAll(found[2], "_", ".")
		of := m.sections(found[1], number)
		if len(of) == 1 {
			rows[of[0]] = true
			continue
		}
		why := "no document has it"
		if len(of) > 1 {
			why = "it could be " + m.Rows[of[0]].ID + " or " + m.Rows[of[1]].ID
		}
		m.Unknown = append(m.Unknown, Reference{t, found[1] + " section " + number, why})
	}
	for id, name := range names {
		if name.MatchString(own) {
			any, rows[m.byID[id]] = true, true
		}
	}
	for i := range rows {
		m.Rows[i].Tests = append(m.Rows[i].Tests, t)
	}
	return any
}

var (
	section = regexp.MustCompile(`(?:^|_)per_([A-Za-z0-9]+(?:_[A-Za-z0-9]+)*?)_section_(\d+(?:_\d+)*)`)
	notWord = regexp.MustCompile(`[^A-Za-z0-9]+`)
	again   = regexp.MustCompile(`#\d+$`)
)

// asName is the name of a test with _ for every sign that is no letter or digit: subtests are called "merge CRM-2.3" and "merge per
// prd section 2.3", too. The number that tells two subtests of one name apart is no part of it.
func asName(name string) string {
	return notWord.ReplaceAllString(again.ReplaceAllString(name, ""), "_")
}

// sections returns the rows with that number: of the document or the prefix that the word names, or of all if it names none.
func (m *Matrix) sections(word, number string) []int {
	var all, of []int
	for i, r := range m.Rows {
		prefix, ok := strings.CutSuffix(r.ID, number)
		if !ok || prefix != "" && strings.ContainsAny(prefix[len(prefix)-1:], "0123456789.") {
			continue
		}
		all = append(all, i)
		file := strings.TrimSuffix(path.Base(r.File), path.Ext(r.File))
		if strings.EqualFold(asName(file), word) || strings.EqualFold(asName(strings.TrimRight(prefix, "-_. ")), word) {
			of = append(of, i)
		}
	}
	if len(of) > 0 {
		return of
	}
	return all
}

// idNames returns what each id with letters looks like in the name of a test.
func (m *Matrix) idNames() map[string]*regexp.Regexp {
	names := map[string]*regexp.Regexp{}
	for _, r := range m.Rows {
		name := strings.Trim(notWord.ReplaceAllString(r.ID, "_"), "_")
		if name == "" || name[0] >= '0' && name[0] <= '9' {
			continue
		}
		names[r.ID] = regexp.MustCompile(`(?:^Test|^Fuzz|_|^)` + regexp.QuoteMeta(name) + `(?:$|_(?:[^0-9]|$))`)
	}
	return names
}

// Missing returns the requirements that no test names.
func (m *Matrix) Missing() []Row { return m.with(None) }

// Failing returns the requirements with a test that failed.
func (m *Matrix) Failing() []Row { return m.with(Fail) }

// Skipped returns the requirements all of whose tests were skipped.
func (m *Matrix) Skipped() []Row { return m.with(Skip) }

func (m *Matrix) with(o Outcome) []Row {
	return slices.DeleteFunc(slices.Clone(m.Rows), func(r Row) bool { return r.Outcome != o })
}

// Percent returns how many of a hundred requirements are covered.
func (m *Matrix) Percent() float64 {
	if len(m.Rows) == 0 {
		return 0
	}
	return 100 * float64(m.Covered) / float64(len(m.Rows))
}

package matrix_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/report/matrix"
)

func TestRead_finds_ids_R2_13(t *testing.T) {
	for _, c := range []struct {
		reason, file, text, want string
	}{
		{"headings", "prd.md", "# Product\n## CRM-2.1 *Created.* A contact\n### 2.2 Updated\n## 3 Chapters have no dot\n", "CRM-2.1|Created. A contact|2 2.2|Updated|3"},
		{"a table", "prd.md", "| id | requirement |\n|---|---|\n| R2.13 | Tests | now |\n| **SEC-TENANT-002** | Walls |\n", "R2.13|Tests|3 SEC-TENANT-002|Walls|4"},
		{"a table whose ids are not first", "prd.md", "| # | Requirement | ID |\n|--:|:---|:---:|\n| 1.1 | Walls \\| doors | `SEC-1` |\n| 1.2 | none | later |\n", "SEC-1|Walls | doors|3"},
		{"a table without names, and one after it", "prd.md", "| CRM-1.1 | One |\n\n| n | ID | text |\n|---|---|---|\n| 7 | CRM-1.2 | Two |\n", "CRM-1.1|One|1 CRM-1.2|Two|5"},
		{"a table of ids alone", "prd.md", "| Requirement |\n|---|\n| R1.1 |\n", "R1.1||3"},
		{"bold list items", "prd.md", "- **CRM-1.1** Every change\n- [x] **CRM-1.2** refused\n1. __CRM-1.3:__ `tenants`\n- CRM-9.9 is only spoken of\n", "CRM-1.1|Every change|1 CRM-1.2|refused|2 CRM-1.3|tenants|3"},
		{"code is not read, and what is named again is the same", "prd.md", "```\n## CRM-0.1 no\n```\n## CRM-1.1 one\n- **CRM-1.1** again\n", "CRM-1.1|one|4"},
		{"turned line ends and a byte order mark", "prd.md", "\ufeff## CRM-1 One\r\n## CRM-2 Two\r\n", "CRM-1|One|1 CRM-2|Two|2"},
		{"no ids", "prd.md", "# A title\n\n- **Bold** words\n- **2026** a year\n", "!prd.md: no requirement found"},
		{"not UTF-8", "prd.md", "## CRM-1 \xff", "!is not UTF-8"},
		{"CSV with names", "r.csv", "Title,ID\nOne,CRM-1\n\"Two, and\nthree\",any id\n", "CRM-1|One|2 any id|Two, and three|3"},
		{"CSV without names", "R.CSV", "CRM-1,One\nCRM-2\n", "CRM-1|One|1 CRM-2||2"},
		{"CSV with an id twice", "r.csv", "id\nA\nA\n", "!r.csv:3: A is a requirement of line 2 already"},
		{"broken CSV", "r.csv", "id\n\"A\n", "!r.csv:2: "},
		{"empty CSV", "r.csv", "id,title\n", "!no requirement found"},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			list, err := matrix.Read(c.file, []byte(c.text))
			if want, fails := strings.CutPrefix(c.want, "!"); fails {
				if e, ok := errors.AsType[*matrix.FileError](err); !ok || !strings.Contains(e.Error(), want) {
					t.Errorf("got %v, %v", list, err)
				}
				return
			}
			var got []string
			for _, r := range list {
				got = append(got, fmt.Sprintf("%s|%s|%d", r.ID, r.Title, r.Line))
			}
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("got  %s (%v)\nwant %s", strings.Join(got, " "), err, c.want)
			}
		})
	}
}

// events writes what go test -json would: "TestA pass CRM-1,CRM-2".
func events(lines ...string) string {
	var b strings.Builder
	b.WriteString("go: downloading something\n")
	for _, line := range lines {
		name, rest, _ := strings.Cut(line, " ")
		outcome, covers, _ := strings.Cut(rest, " ")
		fmt.Fprintf(&b, `{"Action":"run","Package":"crm","Test":%q}`+"\n", name)
		for id := range strings.SplitSeq(covers, ",") {
			if id != "" {
				fmt.Fprintf(&b, `{"Action":"attr","Package":"crm","Test":%q,"Key":"dye.covers","Value":%q}`+"\n", name, id)
			}
		}
		if outcome != "" {
			fmt.Fprintf(&b, `{"Action":%q,"Package":"crm","Test":%q}`+"\n", outcome, name)
		}
	}
	return b.String()
}

func join(t *testing.T, documents map[string]string, run string) *matrix.Matrix {
	t.Helper()
	var list []matrix.Requirement
	for _, file := range []string{"docs/prd.md", "sec.md"} {
		if documents[file] == "" {
			continue
		}
		more, err := matrix.Read(file, []byte(documents[file]))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, more...)
	}
	r, err := matrix.ReadRun(strings.NewReader(run))
	if err != nil {
		t.Fatal(err)
	}
	return matrix.New(list, r)
}

func TestNew_joins_R2_13(t *testing.T) {
	documents := map[string]string{
		"docs/prd.md": "## CRM-1.1 One\n## CRM-1.2 Two\n## CRM-1.3 Three\n## CRM-1.12 Twelve\n",
		"sec.md":      "## SEC-1.1 Walls\n## CRM-1.3 Three again\n",
	}
	for _, c := range []struct {
		reason string
		tests  []string
		want   string // outcomes of CRM-1.1, 1.2, 1.3, 1.12, SEC-1.1; then who is without, and what is unknown
	}{
		{"by Covers", []string{"TestA pass CRM-1.1,SEC-1.1"}, "pass none none none pass | |"},
		{"by the section of the document", []string{"TestA_per_prd_section_1_1 pass", "TestB_per_sec_section_1_1 pass"}, "pass none none none pass | |"},
		{"by the section of a document that is unknown", []string{"TestA_per_spec_section_1_1 pass", "TestB_per_spec_section_1_12 pass"}, "none none none pass none | | spec section 1.1"},
		{"by the id", []string{"TestMerge_CRM_1_1_CRM_1_2 pass", "TestX_CRM_1_1_and_more fail"}, "fail pass none none none | |"},
		{"by the id, in a subtest's own words", []string{"TestA pass", "TestA/CRM-1.1_creates pass", "TestA/creates_(CRM-1.2)#01 pass"}, "pass pass none none none | |"},
		{"by the section, in a subtest's own words", []string{"TestA pass", "TestA/creates_per_prd_section_1.1 pass", "TestA/per_prd_section_1_2#03 pass"}, "pass pass none none none | |"},
		{"an id is not part of a longer one", []string{"TestA_CRM_1_12 pass"}, "none none none pass none | |"},
		{"one failure is a failure", []string{"TestA pass CRM-1.1", "TestB fail CRM-1.1"}, "fail none none none none | |"},
		{"a test that never ended", []string{"TestA  CRM-1.1"}, "fail none none none none | |"},
		{"a skip counts only where nothing ran", []string{"TestA skip CRM-1.1,CRM-1.2", "TestB pass CRM-1.2"}, "skip pass none none none | |"},
		{"a subtest speaks for its test", []string{"TestA pass", "TestA/one pass CRM-1.1", "TestA/CRM_1_2 pass"}, "pass pass none none none | |"},
		{"without, and examples need none", []string{"TestA pass", "FuzzB pass", "ExampleC pass"}, "none none none none none | TestA FuzzB |"},
		{"unknown", []string{"TestA pass CRM-9"}, "none none none none none | | CRM-9"},
		{"a run with repeats", []string{"TestA fail CRM-1.1", "TestA pass CRM-1.1"}, "fail none none none none | |"},
	} {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			m := join(t, documents, events(c.tests...))
			var got []string
			for _, r := range m.Rows {
				got = append(got, string(r.Outcome))
			}
			got = append(got, "|")
			for _, w := range m.Without {
				got = append(got, w.Name)
			}
			got = append(got, "|")
			for _, u := range m.Unknown {
				got = append(got, u.ID)
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
			if len(m.Twice) != 1 || m.Twice[0].Second.File != "sec.md" {
				t.Errorf("CRM-1.3 is in both documents: %+v", m.Twice)
			}
		})
	}
}

func TestNew_knows_documents_of_several_words_R2_13(t *testing.T) {
	list, err := matrix.Read("docs/crm-prd.md", []byte("## 2.1 One\n## 2.2 Two\n"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := matrix.Read("docs/tasks-prd.md", []byte("## CRM-2.1 The other\n"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := matrix.ReadRun(strings.NewReader(events("TestA_per_crm_prd_section_2_1 pass", "TestB_per_prd_section_2_2_and_per_tasks_prd_section_2_1 pass")))
	if err != nil {
		t.Fatal(err)
	}
	m := matrix.New(append(list, other...), run)
	if m.Covered != 3 || len(m.Unknown) != 0 || len(m.Rows[0].Tests) != 1 || m.Rows[0].Tests[0].Name != "TestA_per_crm_prd_section_2_1" {
		t.Errorf("%+v, unknown %+v", m.Rows, m.Unknown)
	}
}

func TestNew_leaves_out_chapters_R2_13(t *testing.T) {
	const document = "## CRM-1 Contacts\n### CRM-1.1 One\n#### CRM-1.1.1 Detail\n## CRM-2 Leads\n## CRM-10.5 Last\n"
	list, err := matrix.Read("prd.md", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	for run, want := range map[string]string{
		"TestA pass CRM-1.1.1": "CRM-1.1.1 pass, CRM-2 none, CRM-10.5 none",
		"TestA pass CRM-1":     "CRM-1 pass, CRM-1.1.1 none, CRM-2 none, CRM-10.5 none",
	} {
		r, err := matrix.ReadRun(strings.NewReader(events(run)))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range matrix.New(list, r).Rows {
			got = append(got, row.ID+" "+string(row.Outcome))
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("%s: got %s, want %s", run, text, want)
		}
	}
}

func TestReadRun_R2_13(t *testing.T) {
	if _, err := matrix.ReadRun(strings.NewReader("ok  \tcrm\t0.1s\n")); !errors.Is(err, matrix.ErrNotTestRun) {
		t.Errorf("plain output of go test: %v", err)
	}
	run, err := matrix.ReadRun(strings.NewReader(`{"Action":"fail","Package":"broken","FailedBuild":"broken.test"}` + "\n" + events("TestA fail") + `{"Action":"fail","Package":"crm"}`))
	if err != nil || len(run.Broken) != 1 || run.Broken[0] != "broken" {
		t.Errorf("a package that does not build: %+v, %v", run, err)
	}
}

func TestWrite_escapes_R2_13(t *testing.T) {
	m := join(t, map[string]string{"docs/prd.md": "## CRM-1.1 <script>alert(1)</script> | a\u202e\n## CRM-1.2 two\n"}, events("TestA/<b>|`x` fail CRM-1.1", "TestB pass <i>"))
	var html, markdown, text bytes.Buffer
	if err := errors.Join(m.HTML(&html), m.Markdown(&markdown), m.JSON(&text)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script>alert", "<b>", "<i>", "\u202e"} {
		if strings.Contains(html.String(), bad) || strings.Contains(markdown.String(), bad) && bad != "<b>" {
			t.Errorf("%q is on the page", bad)
		}
	}
	if strings.Contains(html.String(), "src=") || strings.Contains(html.String(), "http://") || strings.Contains(html.String(), "https://") {
		t.Error("the page needs something from elsewhere")
	}
	var back struct {
		Version      int
		Kind         string
		Requirements []struct{ ID, Outcome string }
	}
	if err := json.Unmarshal(text.Bytes(), &back); err != nil || back.Version != matrix.Version || back.Kind != "matrix" || len(back.Requirements) != 2 || back.Requirements[0].Outcome != "fail" {
		t.Errorf("JSON: %+v, %v", back, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("## CRM-1.1 One\n| R2.13 | x |\n- **CRM-1** y\n", true)
	f.Add("id,title\nCRM-1,\"One\"\n", false)
	f.Add("id\n.1\n..\n1.\n", false)
	f.Fuzz(func(t *testing.T, text string, markdown bool) {
		file := map[bool]string{true: "a.md", false: "a.csv"}[markdown]
		list, err := matrix.Read(file, []byte(text))
		if (err == nil) != (len(list) > 0) {
			t.Fatalf("%v, %v", list, err)
		}
		run, err := matrix.ReadRun(strings.NewReader(text + "\n" + events("TestA_per_prd_section_1_1 pass CRM-1.1")))
		if err != nil {
			t.Fatal(err)
		}
		m := matrix.New(list, run)
		if err := errors.Join(m.Markdown(new(bytes.Buffer)), m.HTML(new(bytes.Buffer)), m.JSON(new(bytes.Buffer))); err != nil {
			t.Fatal(err)
		}
	})
}

func ExampleMatrix_Markdown() {
	requirements, err := matrix.Read("PRD.md", []byte("- **CRM-2.1** Created\n- **CRM-2.2** Updated\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := matrix.ReadRun(strings.NewReader(`{"Action":"run","Package":"crm","Test":"TestContactCreated_per_prd_section_2_1"}
{"Action":"pass","Package":"crm","Test":"TestContactCreated_per_prd_section_2_1"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := matrix.New(requirements, run).Markdown(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// # Requirements and tests
	//
	// 1 of 2 requirements covered (50 %), 1 without a test.
	//
	// ## Requirements without a test
	//
	// - CRM-2.2 Updated (PRD.md:2)
	//
	// ## All
	//
	// | requirement | | state | tests |
	// |---|---|---|---|
	// | CRM-2.1 | Created | ✓ passed | `TestContactCreated_per_prd_section_2_1` |
	// | CRM-2.2 | Updated | ✗ no test |  |
}

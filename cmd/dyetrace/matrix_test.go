package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestMatrix_exit_codes_R2_13(t *testing.T) {
	t.Chdir(t.TempDir())
	const passed = `{"Action":"run","Package":"crm","Test":"TestCreate_CRM_2_1"}
{"Action":"pass","Package":"crm","Test":"TestCreate_CRM_2_1"}
`
	for file, text := range map[string]string{
		"PRD.md": "- **CRM-2.1** Created\n- **CRM-2.2** Updated\n", "plain.txt": "ok  \tcrm\t0.1s\n", "passed.json": passed,
		"failed.json": strings.ReplaceAll(passed, `"pass"`, `"fail"`), "one.md": "- **CRM-2.1** Created\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		code int
		says string // on the error output
	}{
		{"--requirements PRD.md passed.json", exitPass, ""},
		{"--requirements PRD.md --threshold 50 passed.json", exitPass, ""},
		{"--requirements PRD.md --threshold 51 passed.json", exitUncovered, "less than 51 %: 1 of 2 requirements covered"},
		{"--requirements one.md --strict --threshold 100 passed.json", exitPass, ""},
		{"--requirements PRD.md --strict passed.json", exitFailed, "does not fit: 1 of 2"},
		{"--requirements PRD.md failed.json", exitFailed, "tests failed: 0 of 2"},
		{"--requirements PRD.md --strict passed.json failed.json", exitFailed, "tests failed"},
		{"passed.json", exitUsage, "no requirements: name the documents"},
		{"--requirements PRD.md plain.txt", exitUsage, "plain.txt: is not the output of go test -json"},
		{"--requirements nowhere.md --requirements plain.txt passed.json", exitUsage, "plain.txt: no requirement found"},
		{"--requirements nowhere.md passed.json", exitUsage, "nowhere.md"},
		{"--requirements PRD.md nowhere.json", exitUsage, "nowhere.json"},
		{"--requirements PRD.md --format pdf passed.json", exitUsage, `no format "pdf"`},
		{"--requirements PRD.md --threshold 101 passed.json", exitUsage, "no percentage"},
		{"--requirements PRD.md --out no/such/folder.md passed.json", exitUsage, "folder.md"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out, errOut bytes.Buffer
			code := run(append([]string{"matrix"}, strings.Fields(c.args)...), &out, &errOut)
			if code != c.code || !strings.Contains(errOut.String(), c.says) || c.says == "" && errOut.Len() > 0 {
				t.Errorf("exit code %d, want %d; %s", code, c.code, errOut.String())
			}
		})
	}
}

package firsttest

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// brokenEnv makes the README's test ask for a greeting to someone else, so that its failure can be looked at.
const brokenEnv = "FIRST_TEST_RECIPIENT"

func recipient() string {
	if name := os.Getenv(brokenEnv); name != "" {
		return name
	}
	return "ada"
}

var changing = regexp.MustCompile(`flow dye-[0-9a-f]+|_test\.go:\d+|\(\d+\.\d+s\)`)

func TestReadme_shows_this_test_and_its_failure(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("first_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(source), "import (")
	body = strings.ReplaceAll("import ("+body, "recipient()", `"ada"`)
	if !strings.Contains(string(readme), body) {
		t.Errorf("README.md does not show the test with its imports as in first_test.go:\n%s", body)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self, "-test.run=^TestGreetingArrives$")
	// The README shows a run with the defaults, whatever this run is told.
	child.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "DYETRACE_") }), brokenEnv+"=grace")
	out, err := child.CombinedOutput()
	if err == nil {
		t.Fatalf("the broken test passed:\n%s", out)
	}
	shown := changing.ReplaceAllString(string(readme), "…")
	for line := range strings.Lines(changing.ReplaceAllString(string(out), "…")) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && line != "FAIL" && !strings.Contains(shown, line) {
			t.Errorf("README.md does not show this line of the failure: %s", line)
		}
	}
}

package pattern

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The numbers are those of event-ruler 2.1.0 (MachineComplexityEvaluator), those marked with * with what EventBridge made of the
// pattern: the first was recorded by LocalStack, the others are told in public repositories that split or changed their rules for it.
func TestReached_measures_as_event_ruler_R1_4(t *testing.T) {
	for _, row := range []struct {
		wildcards string // with spaces between
		want      int
	}{
		{"*:*:*:*:*:event-bus/*", 11}, // * refused
		{"*/datasync/*.bif */datasync/*.tif */datasync/*.tiff */datasync/*.svs", 16},                  // * refused
		{"*:stack/SharedStack/* *:stack/DevStack/* *:stack/ApiStack/* *:stack/MonitoringStack/*", 12}, // * refused
		{"*:stack/SharedStack/* *:stack/DevStack/* *:stack/ApiStack/*", 9},                            // * taken
		{"*/datasync/*.bif */datasync/*.tif", 8},                                                      // * taken
		{"*.bif *.tiff *.tif *.svs", 8},                                                               // * taken
		{"*:*:*:*:event-bus/*", 9}, {"arn:aws:events:us-east-1:*:event-bus/*", 3}, {"*/dir/*", 4}, {"*", 2}, {"a*", 2}, {"*a*", 3}, {"ab", 1},
		{"/Users/*/dir/dir/dir/dir/dir/doc.txt", 7}, {"*/init/* */dir/*", 7}, {"*a*a*a*a*a*", 11}, {"x*:*:b", 4}, {"*:*ab", 3},
	} {
		var globs []*glob
		for _, text := range strings.Fields(row.wildcards) {
			w, reason := parseWildcard(text)
			if reason != "" {
				t.Fatal(reason)
			}
			globs = appendGlob(globs, newGlob("wildcard", &w))
		}
		if got := min(reached(globs), row.want+1); got != row.want {
			t.Errorf("%s: %d, want %d", row.wildcards, got, row.want)
		}
	}
}

func TestCompile_refuses_wildcards_that_are_too_complex_R1_4(t *testing.T) {
	const want = "Event pattern is not valid. Reason: Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character"
	for _, row := range []struct{ why, pattern, message string }{
		{"one field", `{"detail":{"arn":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}}`, want},
		{"none of two fields", `{"a":[{"wildcard":"*:*:*:*:event-bus/*"}],"b":[{"wildcard":"*:*:*:*:event-bus/*"}]}`, ""},
		{"the second field", `{"a":["x"],"b":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}`, want},
		{"all but some", `{"a":[{"anything-but":{"wildcard":["*:*:*:*:x*","*:*:*:*:y*"]}}]}`, want},
		{"alternatives together", `{"$or":[{"a":[{"wildcard":"*ab*ab*ab*"}]},{"a":[{"wildcard":"*ab*ab*ab*ab*"}]}]}`, want},
		{"alternatives of two fields", `{"$or":[{"a":[{"wildcard":"*ab*ab*ab*"}]},{"b":[{"wildcard":"*ab*ab*ab*ab*"}]}]}`, ""},
		{"values that begin otherwise", `{"a":[{"wildcard":"x*a*b*c*"},{"wildcard":"y*a*b*c*"},{"wildcard":"z*a*b*c*"}]}`, ""},
		{"an asterisk that is none", `{"a":[{"wildcard":"\\*:\\*:\\*:\\*:\\*:\\*:\\*:\\*:\\*:\\*:\\*:*"}]}`, ""},
	} {
		message := ""
		if _, err := Compile([]byte(row.pattern)); err != nil {
			message = err.Error()
		}
		if message != row.message {
			t.Errorf("%s: %q, want %q", row.why, message, row.message)
		}
	}
}

// TestCompile_measures_long_wildcards_in_time measures the longest pattern that AWS takes (4096 characters) in its worst forms.
func TestCompile_measures_long_wildcards_in_time(t *testing.T) {
	var heads, dense []string
	for i := range 500 {
		heads = append(heads, fmt.Sprintf(`"%03d*"`, i))
	}
	for range 200 {
		dense = append(dense, `"*aaaaaaaaa*aaaa"`)
	}
	for _, text := range []string{
		`{"a":[{"anything-but":{"wildcard":[` + strings.Join(heads, ",") + `]}}]}`,
		`{"a":[{"anything-but":{"wildcard":[` + strings.Join(dense, ",") + `]}}]}`,
		`{"a":[{"wildcard":"` + strings.Repeat("a", 2000) + "*" + strings.Repeat("a", 2000) + `"}]}`,
		`{"a":[{"wildcard":"` + strings.Repeat("ab*", 1300) + `"}]}`,
	} {
		start := time.Now()
		_, err := Compile([]byte(text))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%.40s… took %v, error %v", text, took, err)
		}
	}
}

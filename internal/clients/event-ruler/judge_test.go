package eventruler

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
)

const (
	pairs      = 100_000
	perPattern = 4
	overlooked = 20 // pairs that may differ in a known way
)

type pair struct{ pattern, event string }

// TestPatterns_are_judged_as_by_event_ruler_R1_6 is the differential test of compiler and matcher.
func TestPatterns_are_judged_as_by_event_ruler_R1_6(t *testing.T) {
	classpath := os.Getenv("DYETRACE_EVENT_RULER")
	if classpath == "" {
		t.Skip("DYETRACE_EVENT_RULER names no classpath with event-ruler: run.sh makes one")
	}
	seed, err := strconv.ParseUint(os.Getenv("DYETRACE_SEED"), 10, 64)
	if err != nil {
		seed = 1
	}
	cases := generate(seed)
	verdicts := judge(t, classpath, cases)
	count, differ, known := map[string]int{}, 0, 0
	for i, want := range verdicts {
		c := cases[i]
		got := ours(c)
		word, _, _ := strings.Cut(want, ":")
		count[word]++
		switch {
		case got == want:
		case knownDifference(c.pattern, got, want):
			known++
		default:
			if differ++; differ <= 10 {
				t.Errorf("seed %d\npattern %s\nevent   %s\nours        %s\nevent-ruler %s", seed, c.pattern, c.event, got, want)
			}
		}
	}
	t.Logf("seed %d: %d pairs, %v; %d differ, %d more in the known way", seed, len(verdicts), count, differ, known)
	if differ > 0 || known > overlooked {
		t.Errorf("%d differ, %d in the known way (at most %d are expected)", differ, known, overlooked)
	}
	for _, word := range []string{"match", "no match", "refused"} {
		if count[word] < pairs/50 {
			t.Errorf("only %d pairs end in %q: the generator does not test it", count[word], word)
		}
	}
}

// knownDifference holds where event-ruler 2.1.0 contradicts its own description: it overlooks an exists in alternatives of a $or that
// list one field with a common operator, and its byte machine lets a text beyond ASCII, or one that begins like such a text, pass a
// list that has both a wildcard and equals-ignore-case: {"a":[{"wildcard":"*s*"},{"equals-ignore-case":"\u212a"}]} takes {"a":"yy"}.
// It also holds for the complexity of wildcards in alternatives that a $or gives: how much of them event-ruler counts together depends
// on the order in which it joins them, which few patterns in 25,000 tell.
func knownDifference(pattern, ours, ruler string) bool {
	has := func(name string) bool { return strings.Contains(pattern, `"`+name+`"`) }
	complex := func(verdict string) bool { return strings.HasPrefix(verdict, "refused: Rule is too complex") }
	if has("$or") && has("wildcard") && complex(ours) != complex(ruler) {
		return true
	}
	return ours == "match" && ruler == "no match" && has("$or") && has("exists") ||
		ours == "no match" && ruler == "match" && has("wildcard") && has("equals-ignore-case")
}

func generate(seed uint64) []pair {
	g := generator{rand.New(rand.NewPCG(seed, 0x9a77))}
	var cases []pair
	for len(cases) < pairs {
		p := g.pattern(2)
		if g.IntN(8) == 0 {
			p = g.crowded()
		}
		if len(p) > 600 {
			continue
		}
		for range perPattern {
			cases = append(cases, pair{p, g.event(3)})
		}
	}
	return cases
}

// judge asks event-ruler.
func judge(t *testing.T, classpath string, cases []pair) []string {
	t.Helper()
	var in bytes.Buffer
	for _, c := range cases {
		fmt.Fprintf(&in, "%s\t%s\n", base64.StdEncoding.EncodeToString([]byte(c.pattern)), base64.StdEncoding.EncodeToString([]byte(c.event)))
	}
	java := exec.CommandContext(t.Context(), "java", "-cp", classpath, "Judge")
	java.Stdin, java.Stderr = &in, os.Stderr
	out, err := java.Output()
	if err != nil {
		t.Fatal(err)
	}
	var verdicts []string
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		verdict, message, refused := strings.Cut(lines.Text(), "refused ")
		if refused {
			text, err := base64.StdEncoding.DecodeString(message)
			if err != nil {
				t.Fatal(err)
			}
			verdict = "refused: " + string(text)
		}
		verdicts = append(verdicts, verdict)
	}
	if len(verdicts) != len(cases) {
		t.Fatalf("%d verdicts for %d pairs", len(verdicts), len(cases))
	}
	return verdicts
}

func ours(c pair) string {
	p, err := pattern.Compile([]byte(c.pattern))
	if err != nil {
		return "refused: " + strings.TrimPrefix(err.Error(), "Event pattern is not valid. Reason: ")
	}
	matched, err := p.Match([]byte(c.event))
	switch {
	case err != nil:
		return "unreadable"
	case matched:
		return "match"
	}
	return "no match"
}

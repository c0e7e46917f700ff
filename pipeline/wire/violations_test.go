package wire

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var ruleOfName = Rule{Min: 3, HasMin: true, Max: 10, HasMax: true, Pattern: NewRegexp("[a-zA-Z0-9_.-]+")}

// The texts stand in public issues and test suites that quote AWS.
func TestCoralMessage_is_worded_as_AWS_words_it(t *testing.T) {
	type element struct {
		AttributeName string
		KeyType       Opt[string]
		Tags          []string
	}
	for want, breakRules := range map[string]func(v *Violations){
		"1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null": func(v *Violations) {
			v.Missing("tableName")
		},
		"2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: " +
			"[a-zA-Z0-9_.-]+; Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3": func(v *Violations) {
			v.Str("tableName", "", &ruleOfName)
		},
		"1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100": func(v *Violations) {
			v.Int("limit", 101, &Rule{Max: 100, HasMax: true})
		},
		"1 validation error detected: Value 'x' at 'keySchema.2.member.keyType' failed to satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]": func(v *Violations) {
			v.InElement("keySchema", 1)
			v.Str("keyType", "x", &Rule{Enum: []string{"HASH", "RANGE"}})
			v.Out()
		},
		"1 validation error detected: Value null at 'requestItems.t.member.1.member.putRequest.item' failed to satisfy constraint: Member must not be null": func(v *Violations) {
			v.InValue("requestItems", "t")
			v.InElement("", 0)
			v.In("putRequest")
			v.Missing("item")
		},
		"1 validation error detected: Value '[element(attributeName=pk, keyType=HASH, tags=null), element(attributeName=sk, keyType=null, tags=[a, b])]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 1": func(v *Violations) {
			Length(v, "keySchema", []element{{AttributeName: "pk", KeyType: Some("HASH")}, {AttributeName: "sk", Tags: []string{"a", "b"}}}, &Rule{Max: 1, HasMax: true})
		},
		"1 validation error detected: Value '{de onde?=$.a, o=$.b}' at 'targets.1.member.inputTransformer.inputPathsMap' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+]": func(v *Violations) {
			v.InElement("targets", 0)
			v.In("inputTransformer")
			EachKey(v, "inputPathsMap", map[string]string{"o": "$.b", "de onde?": "$.a"},
				&Rule{Min: 1, HasMin: true, Max: 256, HasMax: true, Pattern: NewRegexp(`[A-Za-z0-9\_\-]+`)})
		},
		"1 validation error detected: Value '{t=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]": func(v *Violations) {
			EachValue(v, "requestItems", map[string][]element{"t": {}}, &Rule{Min: 1, HasMin: true, Max: 25, HasMax: true},
				func(r *Rule, l []element) bool { return r.AllowsLen(len(l)) })
		},
		"1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 2": func(v *Violations) {
			v.Str("input", "secret", &Rule{Max: 2, HasMax: true, Sensitive: true})
		},
	} {
		var v Violations
		breakRules(&v)
		if got := CoralMessage(&v); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestCoralMessage_lists_ten_violations_at_most(t *testing.T) {
	var v Violations
	for range 12 {
		v.Missing("x")
	}
	if got := CoralMessage(&v); !strings.HasPrefix(got, "10 validation errors detected") || strings.Count(got, "Value null") != 10 {
		t.Errorf("got %s", got)
	}
}

func TestViolations_keep_deep_paths(t *testing.T) {
	var v Violations
	for range 20 {
		v.In("a")
	}
	v.Missing("z")
	for range 19 {
		v.Out()
	}
	v.Missing("y")
	if got := v.Names(Required); got[0] != strings.Repeat("a.", 20)+"z" || got[1] != "a.y" {
		t.Errorf("got %q", got)
	}
}

func TestRule_counts_code_points_not_bytes(t *testing.T) {
	r := Rule{Min: 2, HasMin: true, Max: 3, HasMax: true}
	for s, want := range map[string]bool{"é": false, "éé": true, "ééé": true, "éééé": false, "ab": true, "abcd": false} {
		if r.AllowsString(s) != want {
			t.Errorf("%s: want %t", s, want)
		}
	}
}

func TestInvalidInput_is_the_services_own_if_it_has_one(t *testing.T) {
	var v Violations
	v.Missing("queueUrl")
	if err := InvalidInput(ownWords{}, "ns")("SendMessage", &v); err.Error() != "SendMessage: queueUrl" {
		t.Errorf("got %v", err)
	}
	var e *Error
	if err := InvalidInput(struct{}{}, "com.amazon.coral.validate")("PutItem", &v); !errors.As(err, &e) ||
		e.Type() != "com.amazon.coral.validate#ValidationException" || e.Message != CoralMessage(&v) || e.HTTPStatus() != 400 {
		t.Errorf("got %v", err)
	}
}

type ownWords struct{}

func (ownWords) InvalidInput(operation string, v *Violations) error {
	return errors.New(operation + ": " + v.Names(Required)[0])
}

// Each pattern that Go cannot read is compared with the lookahead written as Go code.
func TestRewritten_patterns_match_what_the_lookaheads_do_R2(t *testing.T) {
	notBlank := func(s string) bool { return !strings.Contains(s, "\n") && strings.TrimLeft(s, " \t\v\f\r") != "" }
	path := regexp.MustCompile(`^\$(\.[\w/_-]+(\[(\d+|\*)\])*)*$`)
	source := func(s string) bool {
		if strings.Contains(s, "\n") {
			return false
		}
		if strings.HasPrefix(s, "$") { // the second alternative is a prefix of anything then
			return true
		}
		for i := range len(s) {
			allowed := strings.ContainsRune("/.-_", rune(s[i])) || s[i] >= '0' && s[i] <= '9' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z'
			if allowed && !strings.HasPrefix(s[i:], "aws.") {
				return true
			}
		}
		return false
	}
	plainSource := func(s string) bool {
		first := regexp.MustCompile(`^[/\.\-_A-Za-z0-9]`).MatchString(s) && !strings.HasPrefix(s, "aws.") && !strings.Contains(s, "\n")
		return first || regexp.MustCompile(`^\$(\.[\w_-]+(\[(\d+|\*)\])*)*$`).MatchString(s) && !strings.Contains(s, "\n")
	}
	collection := func(s string) bool {
		return regexp.MustCompile(`^[_a-zA-Z0-9]`).MatchString(s) && !strings.Contains(s, "$") && !strings.HasPrefix(s, "system.")
	}
	reference := map[string]func(string) bool{
		`(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)`:                           collection,
		`(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)`: plainSource,
		`^(?!\s*$).+`: notBlank,
		`(?!\s*$).+|(\$(\.[\w/_-]+(\[(\d+|\*)\])*)*)`:                              func(s string) bool { return notBlank(s) || path.MatchString(s) },
		`.*(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w/_-]+(\[(\d+|\*)\])*)*).*`: source,
	}
	for pattern := range rewritten {
		if _, err := regexp.Compile(pattern); err == nil {
			t.Errorf("Go reads %s itself: no need to rewrite it", pattern)
		}
		if reference[pattern] == nil {
			t.Errorf("no reference for %s", pattern)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`(aws\.|system\.?|[ \t\n$.\[\]*a0_é%-]|\$\.)*`).Draw(t, "s")
		for pattern, want := range reference {
			if got := NewRegexp(pattern).Match(s); got != want(s) {
				t.Fatalf("%q against %s: got %t, want %t", s, pattern, got, want(s))
			}
		}
	})
}

func TestRegexp_matches_whole_strings(t *testing.T) {
	r := NewRegexp("a|b")
	for s, want := range map[string]bool{"a": true, "b": true, "ab": false, "xa": false, "a\n": false, "": false} {
		if r.Match(s) != want {
			t.Errorf("%q: want %t", s, want)
		}
	}
}

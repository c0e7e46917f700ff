package builders

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/fixture"
)

// textFill makes a text of which nothing is known but its name, and its length if that is bounded.
func textFill(name, owner string, least, most int) *fill {
	list := words(name)
	last := ""
	if len(list) > 0 {
		last = list[len(list)-1]
	}
	if least > 0 || most >= 0 {
		if most < 0 {
			most = least + 24
		}
		return boundedText(least, min(most, max(least, 24)))
	}
	switch last {
	case "id", "key":
		prefix := strings.Join(list[:len(list)-1], "-")
		if prefix == "" {
			prefix = kebab(owner)
		}
		return call("ID", prefix, (*fixture.Values).ID)
	case "email", "mail":
		return emailFill()
	case "url", "uri", "link":
		return call("URL", strings.Join(list[:len(list)-1], "-"), (*fixture.Values).URL)
	case "name":
		first := ""
		if len(list) > 1 {
			first = goName(list[len(list)-2])
		}
		return call("Name", first, (*fixture.Values).Name)
	}
	return boundedText(1, 24)
}

func call(method, argument string, draw func(*fixture.Values, string) string) *fill {
	return &fill{code: fmt.Sprintf("v.%s(%q)", method, argument), draw: func(v *fixture.Values) any { return draw(v, argument) }}
}

func emailFill() *fill { return call("Email", "ada", (*fixture.Values).Email) }

func boundedText(least, most int) *fill {
	return &fill{code: fmt.Sprintf("v.Text(%d, %d)", least, most), draw: func(v *fixture.Values) any { return v.Text(least, most) }}
}

func patternFill(expression string, least, most int) *fill {
	return &fill{
		code: fmt.Sprintf("v.Pattern(%s, %d, %d)", quoted(expression), least, most),
		draw: func(v *fixture.Values) any { return v.Pattern(expression, least, most) },
	}
}

// quoted writes a text as Go does that one reads best: patterns have many backslashes.
func quoted(text string) string {
	if strings.Contains(text, `\`) && strconv.CanBackquote(text) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

// formatted are the texts that the formats of JSON Schema ask for, in Go and at once.
var formatted = map[string]fill{
	"email":         *emailFill(),
	"idn-email":     *emailFill(),
	"uuid":          {code: "v.UUID()", draw: func(v *fixture.Values) any { return v.UUID() }},
	"uri":           {code: `v.URL("")`, draw: func(v *fixture.Values) any { return v.URL("") }},
	"iri":           {code: `v.URL("")`, draw: func(v *fixture.Values) any { return v.URL("") }},
	"uri-reference": {code: `v.URL("")`, draw: func(v *fixture.Values) any { return v.URL("") }},
	"iri-reference": {code: `v.URL("")`, draw: func(v *fixture.Values) any { return v.URL("") }},
	"hostname":      hostnameFill, "idn-hostname": hostnameFill,
	"date":         timeFill("2006-01-02"),
	"time":         timeFill("15:04:05Z07:00"),
	"date-time":    timeFill("2006-01-02T15:04:05Z07:00"),
	"duration":     printed("PT%dS", 1, 3600),
	"ipv4":         printed("192.0.2.%d", 1, 254),
	"ipv6":         printed("2001:db8::%x", 1, 65535),
	"json-pointer": printed("/%d", 0, 1000),
	"semver":       printed("1.0.%d", 0, 1000),
}

var hostnameFill = fill{
	code: "v.Pattern(\"^[a-z]{12}$\", 12, 12) + \".example.com\"",
	draw: func(v *fixture.Values) any { return v.Pattern("^[a-z]{12}$", 12, 12) + ".example.com" },
}

func timeFill(layout string) fill {
	return fill{code: fmt.Sprintf("v.Time().Format(%q)", layout), draw: func(v *fixture.Values) any { return v.Time().Format(layout) }}
}

func printed(format string, least, most int) fill {
	return fill{
		code: fmt.Sprintf("fmt.Sprintf(%q, v.Int(%d, %d))", format, least, most), imports: []string{"fmt"},
		draw: func(v *fixture.Values) any { return fmt.Sprintf(format, v.Int(least, most)) },
	}
}

// intFill makes a multiple of step from least to most, which are multiples of it.
func intFill(least, most, step int64) *fill {
	low, high := int(least/step), int(most/step)
	code := fmt.Sprintf("v.Int(%d, %d)", low, high)
	if step != 1 {
		code = fmt.Sprintf("%d * %s", step, code)
	}
	return &fill{code: code, draw: func(v *fixture.Values) any { return int(step) * v.Int(low, high) }}
}

func floatFill(least, most float64) *fill {
	return &fill{
		code: fmt.Sprintf("v.Float(%s, %s)", floatText(least), floatText(most)),
		draw: func(v *fixture.Values) any { return v.Float(least, most) },
	}
}

// fractionFill makes k·a/b for k from low to high.
func fractionFill(low, high, a, b int64) *fill {
	return &fill{
		code: fmt.Sprintf("float64(v.Int(%d, %d)) * %d / %d", low, high, a, b),
		draw: func(v *fixture.Values) any { return float64(v.Int(int(low), int(high))) * float64(a) / float64(b) },
	}
}

func floatText(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "math.Inf(1)"
	case math.IsInf(x, -1):
		return "math.Inf(-1)"
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// goLiteral writes decoded JSON as Go, of the type that encoding/json decodes it to in an any.
func goLiteral(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case string:
		return quoted(v)
	case json.Number:
		if x, ok := new(big.Rat).SetString(v.String()); ok && x.IsInt() && len(v) < 40 {
			return x.Num().String() // 1e2 would be no int
		}
		return v.String()
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		sort.Strings(names)
		parts := make([]string, len(names))
		for i, name := range names {
			parts[i] = strconv.Quote(name) + ": " + goLiteral(v[name])
		}
		return "map[string]any{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = goLiteral(e)
		}
		return "[]any{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(v)
}

// typedLiteral writes a scalar as Go, of that type.
func typedLiteral(goType string, v any) string {
	code := goLiteral(v)
	if goType == "float64" && !strings.ContainsAny(code, ".eE") {
		code += ".0"
	}
	return code
}

// listFill makes a list of n elements of a Go type.
func listFill(goType string, n int, element *fill) *fill {
	if n == 0 {
		return &fill{code: "[]" + goType + "{}", draw: func(*fixture.Values) any { return []any{} }}
	}
	elements := slices.Repeat([]string{element.code}, n)
	return &fill{
		code: "[]" + goType + "{" + strings.Join(elements, ", ") + "}", imports: element.imports,
		draw: func(v *fixture.Values) any {
			list := make([]any, n)
			for i := range list {
				list[i] = element.draw(v)
			}
			return list
		},
	}
}

// The checks of fields, as statements on a fixture.Checks named wrong.

func lengthCheck(least, most int) check {
	return statement("wrong.Length(%s, %s, " + fmt.Sprintf("%d, %d)", least, most))
}

func countCheck(least, most int) check {
	return check{code: func(path, value string) string {
		return fmt.Sprintf("wrong.Count(%s, len(%s), %d, %d)", path, value, least, most)
	}}
}

func matchCheck(expression string) check {
	return check{code: func(path, value string) string {
		return fmt.Sprintf("wrong.Match(%s, %s, %s)", path, value, quoted(expression))
	}}
}

func formatCheck(format string) check {
	return check{code: func(path, value string) string { return fmt.Sprintf("wrong.Format(%s, %s, %q)", path, value, format) }}
}

func amongCheck(goType string, allowed []string) check {
	return check{code: func(path, value string) string {
		return fmt.Sprintf("fixture.Among[%s](&wrong, %s, %s, %s)", goType, path, value, strings.Join(allowed, ", "))
	}}
}

func rangeCheck(b fixture.Bounds) check {
	code := fmt.Sprintf("fixture.Bounds{Least: %s, Most: %s", floatText(b.Least), floatText(b.Most))
	for _, more := range []struct {
		set  bool
		text string
	}{{b.Above, ", Above: true"}, {b.Below, ", Below: true"}, {b.MultipleOf != 0, ", MultipleOf: " + floatText(b.MultipleOf)}} {
		if more.set {
			code += more.text
		}
	}
	c := check{code: func(path, value string) string {
		return fmt.Sprintf("wrong.Range(%s, float64(%s), %s})", path, value, code)
	}}
	if math.IsInf(b.Least, 0) || math.IsInf(b.Most, 0) {
		c.imports = []string{"math"}
	}
	return c
}

func statement(format string) check {
	return check{code: func(path, value string) string { return fmt.Sprintf(format, path, value) }}
}

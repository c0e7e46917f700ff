package builders

import (
	"fmt"
	"go/types"
	"math"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/fixture"
)

// rules are those of a tag validate, as github.com/go-playground/validator reads it: the ones that say what a valid value is.
type rules struct {
	list     []rule
	elements *rules // those after dive
}

type rule struct{ name, parameter string }

var ruleFormats = map[string]string{
	"email": "email", "uuid": "uuid", "uuid4": "uuid", "url": "uri", "uri": "uri", "http_url": "uri", "hostname": "hostname", "ipv4": "ipv4", "ipv6": "ipv6", "ip": "ipv4",
}

var rulePatterns = map[string]string{
	"alpha": `^[a-zA-Z]+$`, "alphanum": `^[a-zA-Z0-9]+$`, "numeric": `^[0-9]+$`, "number": `^[0-9]+$`, "hexadecimal": `^[0-9a-fA-F]+$`,
	"e164": `^\+[1-9][0-9]{6,14}$`, "lowercase": `^[a-z]+$`, "uppercase": `^[A-Z]+$`, "iso3166_1_alpha2": `^(DE|FR|GB|JP|US)$`, "iso4217": `^(EUR|GBP|JPY|USD)$`,
}

var bounding = map[string]bool{"min": true, "max": true, "len": true, "gt": true, "gte": true, "lt": true, "lte": true, "eq": true, "oneof": true}

// readRules reads a tag. What it does not know it does not pass over: a value that breaks a rule would not be valid.
func readRules(tag string) (rules, error) {
	var r rules
	if tag == "" || tag == "-" {
		return r, nil
	}
	before, after, dives := strings.Cut(","+tag, ",dive")
	for _, text := range strings.Split(strings.TrimPrefix(before, ","), ",") {
		name, parameter, _ := strings.Cut(text, "=")
		_, isFormat := ruleFormats[name]
		_, isPattern := rulePatterns[name]
		switch {
		case name == "" && dives, name == "required", name == "omitempty", isFormat, isPattern:
		case bounding[name] && name != "oneof" && name != "eq":
			if _, err := strconv.ParseFloat(parameter, 64); err != nil {
				return r, fmt.Errorf("validate:%q is no number", text)
			}
		case bounding[name]:
		default:
			return r, fmt.Errorf("validate:%q is not known", text)
		}
		r.list = append(r.list, rule{name, parameter})
	}
	if !dives {
		return r, nil
	}
	elements, err := readRules(strings.TrimPrefix(after, ","))
	r.elements = &elements
	return r, err
}

func (r rules) has(name string) bool { return r.any(name) }

func (r rules) any(names ...string) bool {
	for _, name := range names {
		if _, ok := r.parameter(name); ok {
			return true
		}
	}
	return false
}

func (r rules) parameter(name string) (string, bool) {
	for _, rule := range r.list {
		if rule.name == name {
			return rule.parameter, true
		}
	}
	return "", false
}

// dive returns the rules of the elements of a list.
func (r rules) dive() rules {
	if r.elements == nil {
		return rules{}
	}
	return *r.elements
}

// limits returns the bounds of a number, and those of a length.
func (r rules) limits() fixture.Bounds {
	b := fixture.Bounds{Least: negativeInfinity, Most: positiveInfinity}
	for _, rule := range r.list {
		n, err := strconv.ParseFloat(rule.parameter, 64)
		if err != nil {
			continue
		}
		switch rule.name {
		case "min", "gte":
			b.Least = n
		case "max", "lte":
			b.Most = n
		case "gt":
			b.Least, b.Above = n, true
		case "lt":
			b.Most, b.Below = n, true
		case "len", "eq":
			b.Least, b.Most = n, n
		}
	}
	return b
}

// bounds returns those of a length.
func (r rules) bounds(least, most int) (int, int) {
	b := r.limits()
	if !math.IsInf(b.Least, 0) {
		least = int(b.Least)
		if b.Above {
			least++
		}
	}
	if !math.IsInf(b.Most, 0) {
		most = int(b.Most)
		if b.Below {
			most--
		}
	}
	return least, most
}

func (r rules) text(s shape, name, owner string) shape {
	if choice, ok := r.parameter("oneof"); ok {
		return chosenText(s, strings.Fields(choice))
	}
	if value, ok := r.parameter("eq"); ok {
		return chosenText(s, []string{value})
	}
	least, most := r.bounds(0, -1)
	if r.any("min", "max", "len", "gt", "gte", "lt", "lte") {
		s.checks = append(s.checks, lengthCheck(least, most))
	} else if r.has("required") {
		s.checks = append(s.checks, lengthCheck(1, -1))
	}
	s.fill = textFill(name, owner, least, most)
	for _, rule := range r.list {
		if format, ok := ruleFormats[rule.name]; ok {
			f := formatted[format]
			s.fill = &f
			s.checks = append(s.checks, formatCheck(format))
		}
		if pattern, ok := rulePatterns[rule.name]; ok {
			s.fill = patternFill(pattern, max(least, 1), most)
			s.checks = append(s.checks, matchCheck(pattern))
		}
	}
	return s
}

func chosenText(s shape, values []string) shape {
	if len(values) == 0 {
		return s.fails("validate:\"oneof\" has no values")
	}
	var codes []string
	for _, v := range values {
		codes = append(codes, strconv.Quote(strings.Trim(v, "'")))
	}
	s.checks = []check{amongCheck("string", codes)}
	s.fill = literal(codes[0], strings.Trim(values[0], "'"))
	return s
}

func (r rules) integer(s shape, basic *types.Basic) shape {
	if choice, ok := r.parameter("oneof"); ok {
		codes := strings.Fields(choice)
		for _, c := range codes {
			if _, err := strconv.ParseInt(c, 10, 64); err != nil {
				return s.fails("validate:\"oneof=%s\" has what is no number", choice)
			}
		}
		if len(codes) == 0 {
			return s.fails("validate:\"oneof\" has no values")
		}
		s.checks = []check{amongCheck(basic.Name(), codes)}
		s.fill = literal(codes[0], codes[0])
		return s
	}
	b := r.limits()
	if !math.IsInf(b.Least, 0) || !math.IsInf(b.Most, 0) {
		s.checks = []check{rangeCheck(b)}
	}
	low, high := window(b, 1)
	low, high = math.Max(low, float64(smallest(basic))), math.Min(high, float64(largest(basic)))
	if low > high || math.Abs(low) > 1<<53 || math.Abs(high) > 1<<53 {
		return s.fails("no %s is within its bounds", basic.Name())
	}
	s.fill = intFill(int64(low), int64(high), 1)
	return s
}

func (r rules) float(s shape) shape {
	b := r.limits()
	if !math.IsInf(b.Least, 0) || !math.IsInf(b.Most, 0) {
		s.checks = []check{rangeCheck(b)}
	}
	low, high := window(b, 0)
	if low > high {
		return s.fails("no number is within its bounds")
	}
	s.fill = floatFill(low, high)
	return s
}

// window is where numbers are drawn from: within the bounds, and a thousand wide where one is missing. A bound that is not
// included is left by a step, or by a part of the window if there are no steps.
func window(b fixture.Bounds, step float64) (low, high float64) {
	low, high = b.Least, b.Most
	switch {
	case math.IsInf(low, 0) && math.IsInf(high, 0):
		return 1, 1000
	case math.IsInf(low, 0):
		low = high - 1000
	case math.IsInf(high, 0):
		high = low + 1000
	}
	inside := step
	if inside == 0 {
		inside = (high - low) / 1000
	} else {
		low, high = math.Ceil(low), math.Floor(high)
	}
	if b.Above && low == math.Ceil(b.Least) || b.Above && step == 0 {
		low += inside
	}
	if b.Below && high == math.Floor(b.Most) || b.Below && step == 0 {
		high -= inside
	}
	return low, high
}

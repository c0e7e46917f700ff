package wire

import (
	"encoding/base64"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// A Form is the fields of a request in the query protocol, or those below one name of it: the list element Entry.2 of a form is
// a Form with fields such as Id. Names are matched in exact case, elements are ordered by their numbers whatever order they come
// in, and of a name that comes twice the first value counts.
//
// The methods that read a field note what does not fit; [Form.Err] tells it. The zero Form is empty. Not safe for concurrent use.
type Form struct {
	fields []formField // sorted by name
	depth  int         // bytes of each name that lead here, the dot included
	value  Opt[string] // of the name that leads here
	faults *formFaults
}

type formField struct{ name, value string }

// formFaults keeps the first thing that does not fit.
type formFaults struct{ err error }

// maxFields bounds the fields of one form. The largest request that any service takes has about 400.
const maxFields = 10_000

// ParseForm reads application/x-www-form-urlencoded text. The error is the services' answer to text that is none.
//
// Source: AWS API references, "Common Errors", MalformedQueryString.
func ParseForm(text string) (Form, error) {
	f := Form{faults: &formFaults{}}
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err == nil {
			value, err = url.QueryUnescape(value)
		}
		if err != nil || len(f.fields) == maxFields {
			return Form{}, &Error{Code: "MalformedQueryString", Status: 404, Message: "The query string contains a syntax error.", SenderFault: true}
		}
		f.fields = append(f.fields, formField{name, value})
	}
	slices.SortStableFunc(f.fields, func(a, b formField) int { return strings.Compare(a.name, b.name) })
	return f, nil
}

// Err returns the first thing that did not fit what was asked of the form, as the services answer it.
func (f Form) Err() error {
	if f.faults == nil {
		return nil
	}
	return f.faults.err
}

// Source: answers of SNS and SQS quoted in public issues (a list or structure where a text is due).
func (f Form) malformed(message string) {
	if f.faults != nil && f.faults.err == nil {
		f.faults.err = &Error{Code: "MalformedInput", Message: message, SenderFault: true}
	}
}

const unexpectedList = "Start of list found where not expected"

// at returns the field or fields of a name: its own value and those of all names below it.
func (f Form) at(name string) Form {
	if name == "" {
		return f
	}
	below := Form{depth: f.depth + len(name) + 1, faults: f.faults}
	if from := f.search(name, 0); from < len(f.fields) && f.fields[from].name[f.depth:] == name {
		below.value = Some(f.fields[from].value)
	}
	from := f.search(name, '.')
	to := from
	for to < len(f.fields) && strings.HasPrefix(f.fields[to].name[f.depth:], name) && f.fields[to].name[f.depth+len(name)] == '.' {
		to++
	}
	below.fields = f.fields[from:to]
	return below
}

// search returns the first field whose name is not before name, followed by next unless that is 0.
func (f Form) search(name string, next byte) int {
	return sort.Search(len(f.fields), func(i int) bool {
		have := f.fields[i].name[f.depth:]
		if next == 0 || !strings.HasPrefix(have, name) {
			return have >= name
		}
		return len(have) > len(name) && have[len(name)] >= next
	})
}

// String returns the text of a field; the name "" stands for the form's own value, as of an element that is a text.
func (f Form) String(name string) Opt[string] {
	at := f.at(name)
	if len(at.fields) > 0 {
		f.malformed(unexpectedList)
	}
	return at.value
}

// Int32 returns an integer. A field without a value is absent, for numbers and flags.
func (f Form) Int32(name string) Opt[int32] {
	n := f.integer(name, "Integer", 32)
	return Opt[int32]{V: int32(n.V), OK: n.OK}
}

// Int64 returns an integer.
func (f Form) Int64(name string) Opt[int64] { return f.integer(name, "Long", 64) }

func (f Form) integer(name, target string, bits int) Opt[int64] {
	text := f.String(name)
	if !text.OK || text.V == "" {
		return Opt[int64]{}
	}
	n, err := strconv.ParseInt(text.V, 10, bits)
	if err != nil {
		f.malformed("STRING_VALUE cannot be converted to " + target)
	}
	return Some(n)
}

// Bool returns a flag: true or false, in any case.
func (f Form) Bool(name string) Opt[bool] {
	text := f.String(name)
	switch {
	case !text.OK || text.V == "":
		return Opt[bool]{}
	case strings.EqualFold(text.V, "true"):
		return Some(true)
	case !strings.EqualFold(text.V, "false"):
		f.malformed("STRING_VALUE cannot be converted to Boolean")
	}
	return Some(false)
}

// Bytes returns what a field in base64 holds, nil if it is absent.
func (f Form) Bytes(name string) []byte {
	text := f.String(name)
	if !text.OK {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(text.V)
	if err != nil {
		f.malformed("only base-64-encoded strings are convertible to bytes")
	}
	return b
}

// Time returns a point in time written in ISO 8601.
func (f Form) Time(name string) Opt[time.Time] {
	text := f.String(name)
	if !text.OK || text.V == "" {
		return Opt[time.Time]{}
	}
	t, err := time.Parse(time.RFC3339Nano, text.V)
	if err != nil {
		f.malformed("STRING_VALUE cannot be converted to Date")
	}
	return Some(t)
}

// Struct returns the fields of a structure, and whether there are any.
func (f Form) Struct(name string) (Form, bool) {
	at := f.at(name)
	return at, len(at.fields) > 0
}

// List returns the elements of a list in the order of their numbers, and whether the list is there at all: an empty list is
// written as a name without a value. Between name and number stands the word member, unless that is empty. One element may come
// without a number, as old clients write it (AttributeName=All).
func (f Form) List(name, member string) ([]Form, bool) {
	at := f.at(name)
	numbered := at.at(member)
	list := numbered.elements()
	switch {
	case len(list) > 0:
	case at.value.OK && at.value.V != "":
		list = []Form{{value: at.value, faults: f.faults}}
	case len(at.fields) > 0:
		f.malformed(unexpectedList)
	}
	return list, at.value.OK || len(list) > 0
}

// A FormEntry is one entry of a map in a form.
type FormEntry struct {
	Key   string
	Value Form
}

// Map returns the entries of a map in the order of their numbers, and whether the map is there at all. Between name and number
// stands the word entry, unless that is empty; key and value are the names of an entry's two parts. A single entry may come
// without a number, as old clients write it (Attribute.Name=…&Attribute.Value=…).
func (f Form) Map(name, entry, key, value string) ([]FormEntry, bool) {
	at := f.at(name)
	numbered := at.at(entry)
	var elements []Form
	if numbered.at(key).value.OK {
		elements = []Form{numbered}
	} else {
		elements = numbered.elements()
	}
	list := make([]FormEntry, 0, len(elements))
	for _, e := range elements {
		list = append(list, FormEntry{Key: e.String(key).V, Value: e.at(value)})
	}
	return list, at.value.OK || len(list) > 0
}

// elements returns the forms below the numbers, in their order.
func (f Form) elements() []Form {
	type element struct {
		number uint64
		form   Form
	}
	var all []element
	for i := 0; i < len(f.fields); {
		segment, _, _ := strings.Cut(f.fields[i].name[f.depth:], ".")
		number, err := strconv.ParseUint(segment, 10, 31)
		if err != nil {
			f.malformed(unexpectedList)
			return nil
		}
		e := Form{depth: f.depth + len(segment) + 1, faults: f.faults}
		from := i
		for i < len(f.fields) && f.fields[i].name[f.depth:] == segment {
			if !e.value.OK {
				e.value = Some(f.fields[i].value)
			}
			i++
			from = i
		}
		for i < len(f.fields) && strings.HasPrefix(f.fields[i].name[f.depth:], segment+".") {
			i++
		}
		e.fields = f.fields[from:i]
		all = append(all, element{number, e})
	}
	slices.SortStableFunc(all, func(a, b element) int { return int(int64(a.number) - int64(b.number)) })
	forms := make([]Form, len(all))
	for i := range all {
		forms[i] = all[i].form
	}
	return forms
}

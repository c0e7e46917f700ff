package dyeaws

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

// mostAttributes is how many attributes a message may have.
//
// Source: SQS Developer Guide, "Amazon SQS message attributes": up to 10. SNS takes more, but discards such a message where it is
// delivered raw to a queue (SNS Developer Guide, "Amazon SNS message attributes").
const mostAttributes = 10

// stamp puts one correlation id into inputs of the SDK's services. Their types are known by their fields' names only: this module
// requires no service's module.
type stamp struct {
	Carrier
	correlation string
	trace       event.Trace
	traced      bool // there is a trace
	notes       []string
}

// edit returns the input with each of its entries stamped, or with itself stamped if it has no list of them. Without anything to
// put it returns the input.
func (s *stamp) edit(input any, list string, put func(entry reflect.Value)) (output any, notes []string) {
	if s.correlation == "" && !s.traced {
		return input, nil
	}
	output = edit(input, func(in reflect.Value) {
		if list == "" {
			put(in)
			return
		}
		entries := field(in, list)
		if !entries.IsValid() || entries.Kind() != reflect.Slice || entries.Type().Elem().Kind() != reflect.Struct {
			s.note("%s", strange(input))
			return
		}
		copied := reflect.MakeSlice(entries.Type(), entries.Len(), entries.Len())
		reflect.Copy(copied, entries)
		for i := range copied.Len() {
			put(copied.Index(i))
		}
		if !entries.IsNil() {
			entries.Set(copied)
		}
	})
	return output, s.notes
}

// edit returns a copy of the struct that input points to, changed. What is no such pointer is returned as it is.
func edit(input any, change func(in reflect.Value)) any {
	v := reflect.ValueOf(input)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return input
	}
	copied := reflect.New(v.Type().Elem())
	copied.Elem().Set(v.Elem())
	change(copied.Elem())
	return copied.Interface()
}

// valueAt is what goes to an attribute or member of that name; "" if nothing is known that could.
func (s *stamp) valueAt(name string) string {
	switch {
	case name != attributeTraceparent && name != attributeAWSTrace:
		return s.correlation
	case !s.traced:
		return ""
	case name == attributeAWSTrace:
		return s.trace.AWSTraceHeader()
	}
	return s.trace.Traceparent()
}

func (s *stamp) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// message puts the attribute into a message of SQS or SNS. A text message to a telephone has no place for it.
func (s *stamp) message(m reflect.Value) {
	name := s.attributeName()
	value := s.valueAt(name)
	if phone := field(m, "PhoneNumber"); value == "" || phone.IsValid() && !phone.IsZero() {
		return
	}
	attributes := field(m, "MessageAttributes")
	if !attributes.IsValid() || attributes.Kind() != reflect.Map || attributes.Type().Key().Kind() != reflect.String {
		s.note("%s", strange(m.Interface()))
		return
	}
	key := reflect.ValueOf(name).Convert(attributes.Type().Key())
	if attributes.MapIndex(key).IsValid() {
		return
	}
	if attributes.Len() >= mostAttributes {
		s.note("the message has %d attributes already, and may have %d", attributes.Len(), mostAttributes)
		return
	}
	v := reflect.New(attributes.Type().Elem()).Elem()
	if !setText(v, "DataType", "String") || !setText(v, "StringValue", value) {
		s.note("%s", strange(v.Interface()))
		return
	}
	copied := reflect.MakeMapWithSize(attributes.Type(), attributes.Len()+1)
	for each := attributes.MapRange(); each.Next(); {
		copied.SetMapIndex(each.Key(), each.Value())
	}
	copied.SetMapIndex(key, v)
	attributes.Set(copied)
}

// entry puts the trace header, and the id into the detail, of an entry of PutEvents.
func (s *stamp) entry(e reflect.Value) {
	if header := text(e, "TraceHeader"); header == "" && s.traced && !setText(e, "TraceHeader", s.trace.AWSTraceHeader()) {
		s.note("%s", strange(e.Interface()))
	}
	path := s.inDetail()
	if path == nil {
		return
	}
	value := s.valueAt(path[len(path)-1])
	if value == "" {
		return
	}
	detail, err := insert(text(e, "Detail"), path, value)
	if err != nil {
		s.note("nothing can be put at %s: %v", s.Path, err)
		return
	}
	setText(e, "Detail", detail)
}

// ask adds what Received reads to what ReceiveMessage asks for.
func (s *stamp) ask(in reflect.Value) {
	want(field(in, "MessageAttributeNames"), s.attributeName())
	system := field(in, "MessageSystemAttributeNames")
	if former := field(in, "AttributeNames"); former.IsValid() && former.Kind() == reflect.Slice && former.Len() > 0 {
		system = former // its deprecated name, in the caller's use
	}
	want(system, attributeAWSTrace)
}

// want adds a name to a list of names that does not cover it.
func want(list reflect.Value, name string) {
	if !list.IsValid() || list.Kind() != reflect.Slice || list.Type().Elem().Kind() != reflect.String {
		return
	}
	for i := range list.Len() {
		there := list.Index(i).String()
		prefix, some := strings.CutSuffix(there, ".*")
		if there == name || there == "All" || some && strings.HasPrefix(name, prefix) {
			return
		}
	}
	element := reflect.ValueOf(name).Convert(list.Type().Elem())
	list.Set(reflect.Append(list.Slice3(0, list.Len(), list.Len()), element))
}

// field returns a field of a struct; the zero Value if there is none, or it is out of reach.
func field(v reflect.Value, name string) reflect.Value {
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	f, ok := v.Type().FieldByName(name)
	if !ok || !f.IsExported() || len(f.Index) != 1 {
		return reflect.Value{}
	}
	return v.Field(f.Index[0])
}

// text returns a field of type string or *string of a struct, or "".
func text(v reflect.Value, name string) string {
	f := field(v, name)
	if f.IsValid() && f.Kind() == reflect.Pointer {
		f = f.Elem()
	}
	if !f.IsValid() || f.Kind() != reflect.String {
		return ""
	}
	return f.String()
}

// setText sets a field of type *string of a struct. It reports false if there is none.
func setText(v reflect.Value, name, value string) bool {
	f := field(v, name)
	if !f.IsValid() || f.Type() != reflect.TypeFor[*string]() {
		return false
	}
	f.Set(reflect.ValueOf(&value))
	return true
}

package wire

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func parseForm(t interface{ Fatalf(string, ...any) }, text string) Form {
	f, err := ParseForm(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f
}

func texts(list []Form) string {
	all := make([]string, len(list))
	for i, e := range list {
		all[i] = e.String("").V
	}
	return strings.Join(all, "|")
}

func TestForm_lists_come_in_the_order_of_their_numbers(t *testing.T) {
	for _, c := range []struct{ reason, text, member, want string }{
		{"flattened, as SQS has them", "N.1=a&N.2=b", "", "a|b"},
		{"with the word member, as SNS has them", "N.member.1=a&N.member.2=b", "member", "a|b"},
		{"numbers are numbers, not texts", "N.10=j&N.9=i&N.1=a", "", "a|i|j"},
		{"gaps close", "N.7=b&N.3=a", "", "a|b"},
		{"names that only begin alike are others", "N.1=a&N1.1=x&NN.1=x&N-1.2=x&M.1=x", "", "a"},
		{"an escaped dot is a dot", "N%2E1=a%2Bb+c%00", "", "a+b c\x00"},
		{"old clients leave out the number of a single one", "N=a", "", "a"},
		{"of a name twice the first counts", "N.1=a&N.1=b", "", "a"},
		{"an empty element is one", "N.1=&N.2=b", "", "|b"},
	} {
		f := parseForm(t, c.text)
		list, ok := f.List("N", c.member)
		if got := texts(list); !ok || got != c.want || f.Err() != nil {
			t.Errorf("%s: got %q %v %v, want %q", c.reason, got, ok, f.Err(), c.want)
		}
	}
	if list, ok := parseForm(t, "N=").List("N", "member"); !ok || len(list) != 0 {
		t.Errorf("a name without a value is an empty list, got %v %v", list, ok)
	}
	if _, ok := parseForm(t, "n.1=a&Nx=1").List("N", ""); ok {
		t.Error("names are matched in exact case")
	}
}

func TestForm_reads_structures_in_lists_and_maps(t *testing.T) {
	f := parseForm(t, "E.2.A.1.Name=k&E.2.A.1.Value.T=String&E.2.A.1.Value.S=v&E.2.Id=two&E.1.Id=one&E.1.N=7&E.1.B=TRUE&E.1.Y=AQID&E.1.W=2026-01-02T03:04:05Z")
	list, _ := f.List("E", "")
	if len(list) != 2 || list[0].String("Id").V != "one" || list[1].String("Id").V != "two" {
		t.Fatalf("%+v", list)
	}
	one := list[0]
	if one.Int32("N") != Some[int32](7) || one.Int64("N") != Some[int64](7) || !one.Bool("B").V || string(one.Bytes("Y")) != "\x01\x02\x03" || one.Time("W").V.Year() != 2026 {
		t.Errorf("%+v", one)
	}
	if one.Int32("None").OK || one.Bool("None").OK || one.Bytes("None") != nil || one.Time("None").OK || one.String("None").OK {
		t.Error("what is absent is there")
	}
	entries, ok := list[1].Map("A", "", "Name", "Value")
	if !ok || len(entries) != 1 || entries[0].Key != "k" || entries[0].Value.String("S").V != "v" || entries[0].Value.String("T").V != "String" {
		t.Errorf("%+v", entries)
	}
	if _, ok := list[0].Map("A", "", "Name", "Value"); ok {
		t.Error("an absent map is there")
	}
	entries, _ = parseForm(t, "A.entry.1.key=k&A.entry.1.value=v").Map("A", "entry", "key", "value")
	if len(entries) != 1 || entries[0].Key != "k" || entries[0].Value.String("").V != "v" {
		t.Errorf("%+v", entries)
	}
	entries, _ = parseForm(t, "A.Name=k&A.Value=v").Map("A", "", "Name", "Value")
	if len(entries) != 1 || entries[0].Key != "k" || entries[0].Value.String("").V != "v" {
		t.Errorf("boto 2 sets one attribute without a number, got %+v", entries)
	}
	if at, ok := f.Struct("E.2.A.1.Value"); !ok || at.String("S").V != "v" {
		t.Errorf("%+v", at)
	}
	if f.Err() != nil {
		t.Error(f.Err())
	}
}

func TestForm_answers_what_does_not_fit(t *testing.T) {
	for _, c := range []struct {
		reason, text string
		read         func(f Form)
		want         string
	}{
		{"a structure for a text", "Endpoint.EndpointArn=a", func(f Form) { f.String("Endpoint") }, "Start of list found where not expected"},
		{"a list with the word member where there is none", "N.member.1=a", func(f Form) { f.List("N", "") }, "Start of list found where not expected"},
		{"a list without the word member", "N.1=a", func(f Form) { f.List("N", "member") }, "Start of list found where not expected"},
		{"a structure for an element", "N.1.x=a", func(f Form) {
			list, _ := f.List("N", "")
			list[0].String("")
		}, "Start of list found where not expected"},
		{"a text for a number", "N=1x", func(f Form) { f.Int32("N") }, "STRING_VALUE cannot be converted to Integer"},
		{"a number beyond 32 bits", "N=2147483648", func(f Form) { f.Int32("N") }, "STRING_VALUE cannot be converted to Integer"},
		{"a text for a flag", "N=yes", func(f Form) { f.Bool("N") }, "STRING_VALUE cannot be converted to Boolean"},
		{"text that is no base64", "N=a", func(f Form) { f.Bytes("N") }, "only base-64-encoded strings are convertible to bytes"},
		{"text that is no time", "N=today", func(f Form) { f.Time("N") }, "STRING_VALUE cannot be converted to Date"},
	} {
		f := parseForm(t, c.text)
		c.read(f)
		e, ok := errors.AsType[*Error](f.Err())
		if !ok || e.Code != "MalformedInput" || e.Message != c.want || e.HTTPStatus() != 400 {
			t.Errorf("%s: got %v, want %s", c.reason, f.Err(), c.want)
		}
	}
	for _, text := range []string{"a=%zz", "%=b", "a=%4", strings.Repeat("a=b&", maxFields+1)} {
		_, err := ParseForm(text)
		if e, ok := errors.AsType[*Error](err); !ok || e.Code != "MalformedQueryString" || e.HTTPStatus() != 404 {
			t.Errorf("%.20s: got %v", text, err)
		}
	}
}

func TestForm_gives_back_what_was_written_whatever_the_order(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.String(), 1, 15).Draw(t, "values")
		var pairs []string
		for i, v := range values {
			pairs = append(pairs, fmt.Sprintf("L.member.%d.V=%s", i+1, url.QueryEscape(v)), fmt.Sprintf("M.%d.Name=k%d&M.%d.Value=%s", i+1, i, i+1, url.QueryEscape(v)))
		}
		f := parseForm(t, strings.Join(rapid.Permutation(pairs).Draw(t, "pairs"), "&"))
		list, _ := f.List("L", "member")
		entries, _ := f.Map("M", "", "Name", "Value")
		if len(list) != len(values) || len(entries) != len(values) || f.Err() != nil {
			t.Fatalf("%d and %d of %d: %v", len(list), len(entries), len(values), f.Err())
		}
		for i, v := range values {
			if list[i].String("V").V != v || entries[i].Key != fmt.Sprint("k", i) || entries[i].Value.String("").V != v {
				t.Fatalf("%d: got %q and %+v, want %q", i, list[i].String("V").V, entries[i], v)
			}
		}
	})
}

func FuzzForm(f *testing.F) {
	f.Add("Action=SendMessage&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=b", "MessageAttribute")
	f.Add("A.member.1=a&A.member.01=b&A.member=c&A=d&A.member.1.x=e", "A")
	f.Add("A.=1&.=2&=3&A..1=4", "A")
	f.Fuzz(func(t *testing.T, text, name string) {
		form, err := ParseForm(text)
		if err != nil {
			return
		}
		for _, member := range []string{"", "member"} {
			list, ok := form.List(name, member)
			if len(list) > 0 && !ok {
				t.Error("elements of a list that is not there")
			}
			for _, e := range list {
				e.String("")
				e.Map("Attribute", "entry", "key", "value")
			}
		}
		entries, _ := form.Map(name, "", "Name", "Value")
		if len(entries) > strings.Count(text, "&")+1 {
			t.Errorf("%d entries of %q", len(entries), text)
		}
		form.String(name)
		form.Int64(name)
	})
}

func TestAppendXML_holds_any_text(t *testing.T) {
	if got, want := string(AppendXML(nil, "B", "a<b>&\"\r\n\t\x00\uffff\xff é😀")), "<B>a&lt;b&gt;&amp;&quot;&#xD;\n\t\ufffd\ufffd\ufffd é😀</B>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	empty := string(AppendXMLResponse(nil, "ReceiveMessage", "ns", "r", func(dst []byte) []byte { return dst }))
	if want := `<ReceiveMessageResponse xmlns="ns"><ReceiveMessageResult/><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></ReceiveMessageResponse>`; empty != want {
		t.Errorf("got %s", empty)
	}
	none := string(AppendXMLResponse(nil, "DeleteQueue", "ns", "r", nil))
	if want := `<DeleteQueueResponse xmlns="ns"><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DeleteQueueResponse>`; none != want {
		t.Errorf("got %s", none)
	}
}

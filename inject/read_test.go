package inject_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/inject"
	"github.com/dyetrace/dyetrace/observe"
)

func TestReadCSV_R2_10(t *testing.T) {
	for _, c := range []struct {
		reason, text string
		want         []inject.Entry
	}{
		{"texts stay texts", "a,b.c\n007,true\n", []inject.Entry{{Line: 2, Place: "queue:q", Event: event.Event{Body: `{"a":"007","b":{"c":"true"}}`}}}},
		{"types", "a:number,b:bool,c:json,d:text\n1e3,false,\"{\"\"x\"\":[]}\",1\n", []inject.Entry{{Line: 2, Place: "queue:q", Event: event.Event{Body: `{"a":1e3,"b":false,"c":{"x":[]},"d":"1"}`}}}},
		{"an empty cell is nothing, and there is a way to an empty text", "a,b,c:json\n,x,\"\"\"\"\"\"\n", []inject.Entry{{Line: 2, Place: "queue:q", Event: event.Event{Body: `{"b":"x","c":""}`}}}},
		{"arrays", "l.0.sku,l.1.sku,l.1.n:number\nA,B,2\nC,,\n", []inject.Entry{
			{Line: 2, Place: "queue:q", Event: event.Event{Body: `{"l":[{"sku":"A"},{"n":2,"sku":"B"}]}`}}, {Line: 3, Place: "queue:q", Event: event.Event{Body: `{"l":[{"sku":"C"}]}`}}}},
		{"beside the body", "@place,@key,@deduplication,@type,@source,@attribute.tenant,@attribute.n:number,a\nqueue:x.fifo,k,d,T,S,acme,7,1\n", []inject.Entry{{Line: 2, Place: "queue:x.fifo",
			Event: event.Event{Body: `{"a":"1"}`, Key: "k", Type: "T", Source: "S", AttributeTypes: map[string]string{"n": "Number"},
				Attributes: map[string]string{"tenant": "acme", "n": "7", event.AttributeDeduplicationID: "d"}}}}},
		{"lines of a cell count, and so does the mark of some spreadsheets", "\ufeffa,b\r\n\"1\n2\",x\r\ny,z\r\n", []inject.Entry{
			{Line: 2, Place: "queue:q", Event: event.Event{Body: `{"a":"1\n2","b":"x"}`}}, {Line: 4, Place: "queue:q", Event: event.Event{Body: `{"a":"y","b":"z"}`}}}},
		{"a header and nothing else", "a\n", nil},
	} {
		t.Run(c.reason, func(t *testing.T) {
			got, err := inject.ReadCSV(strings.NewReader(c.text), "queue:q")
			if d := cmp.Diff(c.want, got); d != "" || err != nil {
				t.Errorf("%v\n%s", err, d)
			}
		})
	}
}

func TestReadCSV_says_what_is_wrong_where_R2_10(t *testing.T) {
	for _, c := range []struct{ reason, text, want string }{
		{"nothing", "", "line 1: there is no header row"},
		{"the same twice", "a,a\n", `line 1, column "a": it is there twice`},
		{"the same special twice", "@key,@key\n", `line 1, column "@key": it is there twice`},
		{"one in the other", "a,a.b\n", `column "a" is at a part of the same path`},
		{"object and array", "a.0,a.b\n", "a is an array or an object"},
		{"an unknown type", "a:int\n", `there is no type "int": use text, number, bool or json`},
		{"no path", "a..b\n", "it is no path"},
		{"no name", ",a\n", "it is no path"},
		{"an array at the top", "0.a\n", "does not begin with a number"},
		{"an unknown special", "@when\n", "of the columns with @ there are"},
		{"an attribute without name", "@attribute.\n", "it names no attribute"},
		{"a key is a text", "@key:number\n", "of the columns with @"},
		{"not a bool", "a:bool\nyes\n", `line 2, column "a:bool": "yes" is neither true nor false`},
		{"not JSON", "a:json\n{\n", `line 2, column "a:json": "{" is not JSON`},
		{"not one number", "a:number\n1 2\n", "is not a number as in JSON"},
		{"a gap", "l.0,l.1\n,B\n", `line 2, column "l.1": l.1 is there, and l.0 is not`},
		{"too many cells, and on with the next row", "a\n1,2\n3\n4,5\n", "line 2: wrong number of fields\nline 4: wrong number of fields"},
		{"a quote", "a,b\nx,\"y\nz", "line 3: extraneous or missing \""},
		{"not UTF-8", "a\n\xff\n", "it is not UTF-8"},
		{"a header that is not UTF-8", "\xff\n", "it is not UTF-8"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			got, err := inject.ReadCSV(strings.NewReader(c.text), "queue:q")
			if err == nil || got != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v", got, err)
			}
			if _, ok := errors.AsType[*inject.LineError](err); !ok {
				t.Errorf("%T", err)
			}
		})
	}
	_, err := inject.ReadCSV(strings.NewReader("a:bool\n"+strings.Repeat("x\n", 1000)), "queue:q")
	if n := strings.Count(err.Error(), "\n") + 1; n != 20 {
		t.Errorf("tells %d of 1000 errors", n)
	}
}

func TestReadJSONL_R2_10(t *testing.T) {
	got, err := inject.ReadJSONL(strings.NewReader("\ufeff{\"detail-type\":\"T\",\"detail\":{}}\n\n [1]\n{\"body\":\"text\",\"type\":\"T\"}\r\n"+
		`{"body":{"n":1.50},"place":"bus:b","attributes":{"a":"b"},"attributeTypes":{"a":"Number"},"time":"2026-01-02T03:04:05Z"}`+"\n"+
		`{"body":"text","subject":"not a member of an event"}`+"\n"+`{"body":null}`), "queue:q")
	want := []inject.Entry{
		{Line: 1, Place: "queue:q", Event: event.Event{Body: `{"detail-type":"T","detail":{}}`}},
		{Line: 3, Place: "queue:q", Event: event.Event{Body: `[1]`}},
		{Line: 4, Place: "queue:q", Event: event.Event{Body: `text`, Type: "T"}},
		{Line: 5, Place: "bus:b", Event: event.Event{Body: `{"n":1.50}`, Attributes: map[string]string{"a": "b"}, AttributeTypes: map[string]string{"a": "Number"}}},
		{Line: 6, Place: "queue:q", Event: event.Event{Body: `{"body":"text","subject":"not a member of an event"}`}},
		{Line: 7, Place: "queue:q", Event: event.Event{Body: `null`}},
	}
	if len(got) == len(want) {
		want[3].Event.Time = got[3].Event.Time
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	for _, c := range []struct{ reason, text, want string }{
		{"not JSON", "{}\nx\n{", "line 2: it is not one JSON value: invalid character 'x' looking for beginning of value\nline 3: it is not one JSON value: unexpected EOF"},
		{"two values", "{} {}", "line 1: it is not one JSON value: more than one JSON value"},
		{"not UTF-8", "\"\xff\"", "line 1: it is not UTF-8"},
		{"a member of another type", `{"body":"x","attributes":[]}`, "line 1: it is not an event"},
		{"no end", strings.Repeat("1", 4<<20+1), "line 1: it has more than 4194304 bytes"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			got, err := inject.ReadJSONL(strings.NewReader(c.text), "queue:q")
			if err == nil || got != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestRead_knows_the_format_R2_10(t *testing.T) {
	var recording bytes.Buffer
	r := observe.Recording{CorrelationID: "tx", Hops: []event.Hop{
		{Seq: 1, Kind: event.KindCall, From: "client:app", To: "queue:q", Outcome: event.Delivered, CorrelationID: "tx", Operation: "sqs:SendMessage"},
		{Seq: 2, Kind: event.KindArrive, From: "client:app", To: "queue:q", Outcome: event.Delivered, CorrelationID: "tx", Fact: 2, Cause: 1, Event: &event.Event{Body: "x"}},
		{Seq: 3, Kind: event.KindCall, From: "client:app", To: "table:t", Outcome: event.Delivered, CorrelationID: "tx", Operation: "dynamodb:PutItem"},
		{Seq: 4, Kind: event.KindCall, From: "client:worker", To: "queue:r", Outcome: event.Delivered, CorrelationID: "tx", Cause: 2, Operation: "sqs:SendMessage"},
		{Seq: 5, Kind: event.KindArrive, From: "client:worker", To: "queue:r", Outcome: event.Delivered, CorrelationID: "tx", Fact: 5, Cause: 4, Event: &event.Event{Body: "y"}},
		{Seq: 6, Kind: event.KindCall, From: "client:late", To: "queue:r", Outcome: event.Delivered, CorrelationID: "tx", Inferred: true, Operation: "sqs:SendMessage"},
		{Seq: 7, Kind: event.KindArrive, From: "client:late", To: "queue:r", Outcome: event.Delivered, CorrelationID: "tx", Fact: 7, Cause: 6, Event: &event.Event{Body: "z"}},
	}}
	if err := observe.WriteRecording(&recording, r); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reason, text, format string
		place                event.Place
		wantFormat           string
		want                 string
		left                 int
	}{
		{"a CSV", "a\n1\n", "", "queue:x", "csv", `queue:x {"a":"1"}`, 0},
		{"lines of JSON", "\n {\"a\":1}", "", "queue:x", "jsonl", `queue:x {"a":1}`, 0},
		{"lines of JSON that begin as no object does", "1", "jsonl", "queue:x", "jsonl", `queue:x 1`, 0},
		{"a recording: what came from outside", recording.String(), "", "", "recording", "queue:q x", 1},
		{"a recording, elsewhere", recording.String(), "recording", "queue:x", "recording", "queue:x x", 1},
	} {
		t.Run(c.reason, func(t *testing.T) {
			f, err := inject.Read(strings.NewReader(c.text), c.format, c.place)
			if err != nil || f.Format != c.wantFormat || len(f.Entries) != 1 || len(f.Left) != c.left {
				t.Fatalf("%+v, %v", f, err)
			}
			if got := fmt.Sprint(f.Entries[0].Place, " ", f.Entries[0].Event.Body); got != c.want {
				t.Error(got)
			}
		})
	}
	if _, err := inject.Read(strings.NewReader(""), "xml", ""); err == nil || !strings.Contains(err.Error(), "use csv, jsonl or recording") {
		t.Error(err)
	}
}

// What is written as a CSV with the types of its values in the header comes back.
func TestReadCSV_round_trip_R2_10(t *testing.T) {
	name := rapid.StringMatching(`[a-z][a-z_-]{0,5}`)
	rapid.Check(t, func(t *rapid.T) {
		paths := rapid.SliceOfNDistinct(name, 1, 5, rapid.ID[string]).Draw(t, "paths")
		var header, row []string
		want := map[string]any{}
		for _, p := range paths {
			deep := rapid.Bool().Draw(t, "deep")
			into := want
			column := p
			if deep {
				below := map[string]any{}
				want[p] = below
				into, p, column = below, "x", p+".x"
			}
			switch rapid.IntRange(0, 2).Draw(t, "type") {
			case 0:
				text := rapid.StringN(1, 8, -1).Filter(func(s string) bool { return !strings.Contains(s, "\r") }).Draw(t, "text") // a CSV has one kind of line end
				header, row, into[p] = append(header, column), append(row, text), text
			case 1:
				n := rapid.Int().Draw(t, "number")
				header, row, into[p] = append(header, column+":number"), append(row, fmt.Sprint(n)), n
			case 2:
				v := rapid.Bool().Draw(t, "bool")
				header, row, into[p] = append(header, column+":bool"), append(row, fmt.Sprint(v)), v
			}
		}
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		_ = w.WriteAll([][]string{header, row})
		got, err := inject.ReadCSV(&file, "queue:q")
		if err != nil || len(got) != 1 {
			t.Fatalf("%v, %v", got, err)
		}
		raw, _ := json.Marshal(want)
		var a, b any
		_ = json.Unmarshal(raw, &a)
		_ = json.Unmarshal([]byte(got[0].Event.Body), &b)
		if d := cmp.Diff(a, b); d != "" {
			t.Error(d)
		}
	})
}

// An event comes back from the line that it marshals to.
func TestReadJSONL_round_trip_R2_10(t *testing.T) {
	texts := rapid.MapOfN(rapid.StringMatching(`[a-z]{1,5}`), rapid.String(), 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		want := event.Event{
			ID: rapid.String().Draw(t, "id"), Source: rapid.String().Draw(t, "source"), Type: rapid.String().Draw(t, "type"), Key: rapid.String().Draw(t, "key"),
			Body: rapid.StringN(1, -1, -1).Draw(t, "body"),
		}
		if rapid.Bool().Draw(t, "attributes") {
			want.Attributes, want.AttributeTypes = texts.Draw(t, "values"), texts.Draw(t, "types")
		}
		line, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := inject.ReadJSONL(bytes.NewReader(line), "queue:q")
		if err != nil || len(got) != 1 {
			t.Fatalf("%v, %v", got, err)
		}
		if d := cmp.Diff(want, got[0].Event); d != "" {
			t.Error(d)
		}
	})
}

func fuzzReader(f *testing.F, read func(text string) ([]inject.Entry, error)) {
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := read(text)
		if err != nil {
			if entries != nil {
				t.Errorf("entries beside an error: %v", err)
			}
			return
		}
		last := 0
		for _, e := range entries {
			if e.Line <= last {
				t.Errorf("after line %d: %+v", last, e)
			}
			last = e.Line
		}
		_, _ = inject.Check(entries, inject.Options{CorrelationAt: []string{"a.b", "detail.c", "@attribute.d"}})
	})
}

func FuzzReadCSV(f *testing.F) {
	f.Add("a,b.0.c:number,@key\nx,1,k\n")
	f.Add("a:json\n\"{\"\"b\"\":[]}\"\n")
	f.Add("\ufeffdetail-type,source,detail.x\r\nT,S,\r\n")
	fuzzReader(f, func(text string) ([]inject.Entry, error) { return inject.ReadCSV(strings.NewReader(text), "queue:q") })
}

func FuzzReadJSONL(f *testing.F) {
	f.Add("{\"detail-type\":\"T\",\"source\":\"S\",\"detail\":{}}\n")
	f.Add(`{"body":""}`)
	f.Add(`{"body":{"a":1},"place":"stream:t","key":"k","attributes":{"a":"b"}}`)
	f.Add(`{"eventSource":"aws:dynamodb","eventName":"INSERT","dynamodb":{"NewImage":{"id":{"S":"1"}}}}`)
	fuzzReader(f, func(text string) ([]inject.Entry, error) { return inject.ReadJSONL(strings.NewReader(text), "bus:b") })
}

package eventbridge

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/jsonpath"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const inputBody = `{"version":"0","id":"1","detail-type":"T","source":"s","account":"111111111111","time":"2026-01-01T00:00:00Z","region":"us-east-1",` +
	`"resources":["r"],"detail":{"id":"0a","quote":"a\"b","payload":{"acc":"0a","n":1},"one":["HIGH"],"many":["A","B"],"ok":true,"none":null,` +
	`"list":[{"id":"x"},{"id":"y"}],"a b":{"c":2},"dup":1,"dup":2}}`

func rendered(t Target) (string, error) {
	in, err := compileInput(&t)
	if err != nil {
		return "", err
	}
	return in.render(&event.Event{ID: "1", Body: inputBody}, &rule{name: "r", arn: "arn:aws:events:us-east-1:111111111111:rule/r"}, "2026-01-01T00:00:01Z")
}

func TestInputPath_R1_4(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"$", inputBody},
		{"$.detail.id", `"0a"`},
		{"$.detail-type", `"T"`},
		{"$.detail.payload", `{"acc":"0a","n":1}`},
		{"$.detail.list[1].id", `"y"`},
		{"$.detail.list[*].id", `["x","y"]`},
		{"$.detail.list[9].id", `null`},
		{"$['detail']['a b'].c", `2`},
		{"$.detail.dup", `2`},
		{"$.detail.none", `null`},
		{"$.detail.gone", `null`},
		{"$.detail.id.deeper", `null`},
	} {
		if got, err := rendered(Target{Id: "1", InputPath: wire.Some(c.path)}); err != nil || got != c.want {
			t.Errorf("%s: %s, %v", c.path, got, err)
		}
	}
	for _, bad := range []string{"", "detail", "$.", "$..a", "$.a[", "$.a[-1]", "$.a[x]", "$['a", "$['']", "$x", "$.a b"} {
		if _, err := jsonpath.Parse(bad); err == nil {
			t.Errorf("%q is taken for a path", bad)
		}
	}
}

func TestInput_is_sent_as_it_is(t *testing.T) {
	if got, err := rendered(Target{Id: "1", Input: wire.Some(`{ "a": 1 }`)}); err != nil || got != `{ "a": 1 }` {
		t.Errorf("%s, %v", got, err)
	}
}

// The answers are AWS's, recorded in public test suites, but for the rows that say otherwise.
func TestInputTransformer_R1_4(t *testing.T) {
	paths := map[string]string{
		"id": "$.detail.id", "payload": "$.detail.payload", "gone": "$.detail.gone", "one": "$.detail.one", "many": "$.detail.many", "ok": "$.detail.ok",
		"second": "$.detail.list[1].id", "quote": "$.detail.quote", "none": "$.detail.none",
	}
	for _, c := range []struct{ template, want string }{
		{`"Payload of <payload> with path users/<id> and <id>"`, `"Payload of {acc:0a,n:1} with path users/0a and 0a"`},
		{`"<one> single"` + "\n" + `"<many> multiple"` + "\n" + `"<gone> absent"`, `"[HIGH] single"` + "\n" + `"[A,B] multiple"` + "\n" + `" absent"`},
		{`"Command is <ok>!"`, `"Command is true!"`},
		{`"{[/Check with special starting characters for <id>"`, `"{[/Check with special starting characters for 0a"`},
		{`{"path": "users/<id>", "id": <id>, "body": <payload>}`, `{"path": "users/0a", "id": "0a", "body": {"acc":"0a","n":1}}`},
		{`{"bod": [<id>, "hardcoded"]}`, `{"bod": ["0a", "hardcoded"]}`},
		{`{"single": <one>, "gone": <gone>}`, `{"single": ["HIGH"], "gone": ""}`},
		{`{"twice": "users/<id>/second/<id>"}`, `{"twice": "users/0a/second/0a"}`},
		{`{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>", "at": <aws.events.event.ingestion-time>}`,
			`{"rule": "r", "arn": "arn:aws:events:us-east-1:111111111111:rule/r", "at": "2026-01-01T00:00:01Z"}`},
		{`{"e": <aws.events.event>}`, `{"e": {"version":"0","id":"1","detailType":"T","source":"s","account":"111111111111","time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":["r"]}}`},
		{`{"e": <aws.events.event.json>}`, `{"e": ` + inputBody + `}`},
		// Not recorded: array index, escapes inside a value, null, angle brackets that are no placeholder.
		{`{"second": <second>}`, `{"second": "y"}`},
		{`{"q": "it is <quote>"}`, `{"q": "it is a\"b"}`},
		{`{"n": <none>}`, `{"n": null}`},
		{`"a < b and <not a name> <id>"`, `"a < b and <not a name> 0a"`},
	} {
		got, err := rendered(Target{Id: "1", InputTransformer: &InputTransformer{InputPathsMap: paths, InputTemplate: c.template}})
		if err != nil || got != c.want {
			t.Errorf("%s:\n got  %s, %v\n want %s", c.template, got, err, c.want)
		}
	}
	for _, template := range []string{`{"path": "users/<payload>"}`, `{"one": "<one>"}`} {
		if got, err := rendered(Target{Id: "1", InputTransformer: &InputTransformer{InputPathsMap: paths, InputTemplate: template}}); err == nil || codeOf(err) != "INVALID_JSON" {
			t.Errorf("%s: %s, %v: a list or object inside quotes is no JSON any more", template, got, err)
		}
	}
}

func TestDelivery_with_input_and_message_group(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "all", `{"source":["s"]}`)
		f.failing("gone", &wire.Error{Code: "QueueDoesNotExist", Message: "gone"})
		f.target("", "all",
			Target{Id: "0", Arn: queueARN("gone"), InputPath: wire.Some("$.detail"), DeadLetterConfig: &DeadLetterConfig{Arn: wire.Some(queueARN("original"))}},
			Target{Id: "1", Arn: queueARN("q.fifo"), InputPath: wire.Some("$.detail.a"), SqsParameters: &SqsParameters{MessageGroupId: wire.Some("g")}},
			Target{Id: "2", Arn: queueARN("bad"), InputTransformer: &InputTransformer{InputPathsMap: map[string]string{"a": "$.detail"}, InputTemplate: `{"x":"<a>"}`},
				DeadLetterConfig: &DeadLetterConfig{Arn: wire.Some(queueARN("dlq"))}})
		f.put("", `{"a":[1]}`)
		if len(f.queue.got) != 3 {
			t.Fatalf("deliveries %+v", f.queue.got)
		}
		for _, d := range f.queue.got {
			switch d.To {
			case "queue:q.fifo":
				if d.Event.Body != `[1]` || d.Event.Key != "g" {
					t.Errorf("%+v", d.Event)
				}
			case "queue:original":
				if !strings.HasPrefix(d.Event.Body, `{"version":"0",`) {
					t.Errorf("the dead letter is not the event as it was at the bus: %s", d.Event.Body)
				}
			case "queue:dlq":
				if d.Event.Attributes["ERROR_CODE"] != "INVALID_JSON" || !json.Valid([]byte(d.Event.Body)) {
					t.Errorf("%+v", d.Event)
				}
			default:
				t.Errorf("delivery to %s", d.To)
			}
		}
	})
}

func FuzzTemplate(f *testing.F) {
	f.Add(`{"a": <a>, "b": "<a>"}`, `$.detail.list[*].id`)
	f.Add(`"<a> <aws.events.event>"`, `$['detail']`)
	f.Fuzz(func(t *testing.T, text, path string) {
		in := Target{Id: "1", InputTransformer: &InputTransformer{InputPathsMap: map[string]string{"a": path}, InputTemplate: text}}
		got, err := rendered(in)
		if compiled, bad := compileInput(&in); err == nil && bad == nil && !compiled.template.plain && !json.Valid([]byte(got)) {
			t.Fatalf("%s with %s renders %s", text, path, got)
		}
	})
}

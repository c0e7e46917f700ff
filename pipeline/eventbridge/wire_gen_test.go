package eventbridge

import (
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The bodies are written by hand after the API reference, not by a program that reads the same models.
func TestWire_reads_PutEvents(t *testing.T) {
	var in PutEventsInput
	body := `{"Entries":[{"Time":1782900000.5,"Source":"crm","Resources":[],"DetailType":"ContactCreated","Detail":"{}","EventBusName":"crm"},{}]}`
	if err := wire.DecodeBody([]byte(body), false, in.DecodeJSON); err != nil {
		t.Fatal(err)
	}
	var v wire.Violations
	if in.Violations(&v); v.Any() {
		t.Fatal(v.List)
	}
	e := in.Entries[0]
	if !e.Time.OK || !e.Time.V.Equal(time.UnixMilli(1782900000500)) || e.Source.V != "crm" || e.Resources == nil || in.Entries[1].Source.OK || in.Entries[1].Resources != nil {
		t.Errorf("got %+v", in)
	}
	out := PutEventsOutput{FailedEntryCount: wire.Some[int32](0), Entries: []PutEventsResultEntry{{EventId: wire.Some("e")}}}
	if got, want := string(out.AppendJSON(nil)), `{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWire_words_violations_as_EventBridge_does(t *testing.T) {
	var in PutTargetsInput
	body := `{"Rule":"r","Targets":[{"Id":"1","Arn":"arn","InputTransformer":{"InputPathsMap":{"de onde?":"$.a"},"InputTemplate":"x"}}]}`
	if err := wire.DecodeBody([]byte(body), false, in.DecodeJSON); err != nil {
		t.Fatal(err)
	}
	var v wire.Violations
	in.Violations(&v)
	want := "1 validation error detected: Value '{de onde?=$.a}' at 'targets.1.member.inputTransformer.inputPathsMap' failed to satisfy constraint: " +
		"Map keys must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 1, " +
		"Member must satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+]"
	if got := wire.CoralMessage(&v); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if e := ErrResourceNotFoundException("Rule r does not exist."); string(e.AppendJSON(nil)) != `{"__type":"ResourceNotFoundException","message":"Rule r does not exist."}` {
		t.Errorf("got %s", e.AppendJSON(nil))
	}
	table := Operations(nil)
	if table.JSONVersion != "1.1" || table.TargetPrefix != "AWSEvents" || table.Operations["PutEvents"].Serve == nil {
		t.Errorf("got %+v", table)
	}
	if _, known := table.NotImplemented["CreateEndpoint"]; !known {
		t.Error("CreateEndpoint is not in the table of operations that AWS has")
	}
}

package sts

import (
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

type fixed struct{}

func (fixed) GetCallerIdentity(*engine.Call, *GetCallerIdentityInput) (*GetCallerIdentityOutput, error) {
	return &GetCallerIdentityOutput{Account: wire.Some("000000000000"), Arn: wire.Some("arn:aws:iam::000000000000:root")}, nil
}

// The answer is laid out as the example in the API reference of GetCallerIdentity.
func TestWire_answers_GetCallerIdentity_in_XML(t *testing.T) {
	table := Operations(fixed{})
	out, err := table.Operations["GetCallerIdentity"].Serve(&engine.Call{RequestID: "r-1"}, &wire.Request{}, nil)
	want := `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>000000000000</Account>` +
		`<Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
	if err != nil || string(out) != want {
		t.Errorf("got %s, %v", out, err)
	}
	if _, known := table.NotImplemented["AssumeRole"]; !known {
		t.Error("AssumeRole is not in the table of operations that AWS has")
	}
}

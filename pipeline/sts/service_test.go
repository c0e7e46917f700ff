package sts

import (
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

func TestGetCallerIdentity_is_the_root_of_the_account(t *testing.T) {
	s := New(engine.New(engine.Options{}).Scope("123456789012", "us-east-1"))
	out, err := s.GetCallerIdentity(nil, &GetCallerIdentityInput{})
	if err != nil || out.Account.V != "123456789012" || out.Arn.V != "arn:aws:iam::123456789012:root" || out.UserId.V != "123456789012" {
		t.Errorf("%+v, %v", out, err)
	}
}

// Implements: all of it.
// Differs from AWS: nobody can answer STOP, so numbers opt out by POST /_aws/sns/phone-opt-outs.
// Not implemented: nothing.

package sns

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// CheckIfPhoneNumberIsOptedOut tells whether somebody wants no SMS any more.
func (s *Service) CheckIfPhoneNumberIsOptedOut(_ *engine.Call, in *CheckIfPhoneNumberIsOptedOutInput) (*CheckIfPhoneNumberIsOptedOutOutput, error) {
	number, err := phone(in.PhoneNumber)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	return &CheckIfPhoneNumberIsOptedOutOutput{IsOptedOut: wire.Some(s.sms.optedOut[number])}, nil
}

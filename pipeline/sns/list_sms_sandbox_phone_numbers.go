// Implements: all of it, up to 100 numbers a page.
// Differs from AWS: numbers come in order.
// Not implemented: nothing.

package sns

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListSMSSandboxPhoneNumbers lists the numbers of the sandbox.
func (s *Service) ListSMSSandboxPhoneNumbers(_ *engine.Call, in *ListSMSSandboxPhoneNumbersInput) (*ListSMSSandboxPhoneNumbersOutput, error) {
	most := pageSize
	if in.MaxResults.OK {
		most = int(in.MaxResults.V)
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	numbers, next, err := page(wire.SortedKeys(s.sms.sandbox), in.NextToken, most)
	if err != nil {
		return nil, err
	}
	out := &ListSMSSandboxPhoneNumbersOutput{PhoneNumbers: make([]SMSSandboxPhoneNumber, len(numbers)), NextToken: next}
	for i, number := range numbers {
		status := SMSSandboxPhoneNumberVerificationStatusPending
		if s.sms.sandbox[number].verified {
			status = SMSSandboxPhoneNumberVerificationStatusVerified
		}
		out.PhoneNumbers[i] = SMSSandboxPhoneNumber{PhoneNumber: wire.Some(number), Status: wire.Some(status)}
	}
	return out, nil
}

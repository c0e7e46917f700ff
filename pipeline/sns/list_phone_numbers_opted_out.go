// Implements: all of it, 100 numbers a page.
// Differs from AWS: numbers come in order.
// Not implemented: nothing.

package sns

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListPhoneNumbersOptedOut lists the numbers of those who want no SMS any more.
func (s *Service) ListPhoneNumbersOptedOut(_ *engine.Call, in *ListPhoneNumbersOptedOutInput) (*ListPhoneNumbersOptedOutOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	numbers, next, err := page(wire.SortedKeys(s.sms.optedOut), in.NextToken, pageSize)
	if err != nil {
		return nil, err
	}
	return &ListPhoneNumbersOptedOutOutput{PhoneNumbers: numbers, NextToken: next}, nil
}

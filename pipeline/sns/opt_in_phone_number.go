// Implements: all of it; a number that has not opted out is success.
// Differs from AWS: a number can opt in again at any time, not once in 30 days.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// OptInPhoneNumber lets SMS be sent to a number that had opted out.
func (s *Service) OptInPhoneNumber(c *engine.Call, in *OptInPhoneNumberInput) (*OptInPhoneNumberOutput, error) {
	number, err := phone(in.PhoneNumber)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	delete(s.sms.optedOut, number)
	c.Lineage(smsPlace(number))
	return &OptInPhoneNumberOutput{}, nil
}

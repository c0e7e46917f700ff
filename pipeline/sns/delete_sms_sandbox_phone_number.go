// Implements: all of it.
// Differs from AWS: a verified number can be deleted at once, not after 24 hours only.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// DeleteSMSSandboxPhoneNumber removes a number from the sandbox.
func (s *Service) DeleteSMSSandboxPhoneNumber(c *engine.Call, in *DeleteSMSSandboxPhoneNumberInput) (*DeleteSMSSandboxPhoneNumberOutput, error) {
	number, err := phone(in.PhoneNumber)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if _, ok := s.sms.sandbox[number]; !ok {
		return nil, ErrResourceNotFoundException("Resource does not exist")
	}
	delete(s.sms.sandbox, number)
	c.Lineage(smsPlace(number))
	return &DeleteSMSSandboxPhoneNumberOutput{}, nil
}

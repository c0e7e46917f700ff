// Implements: verification by the one-time password of the SMS.
// Differs from AWS: passwords do not expire and may be guessed at as often as one likes.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// VerifySMSSandboxPhoneNumber marks a number as verified.
func (s *Service) VerifySMSSandboxPhoneNumber(c *engine.Call, in *VerifySMSSandboxPhoneNumberInput) (*VerifySMSSandboxPhoneNumberOutput, error) {
	number, err := phone(in.PhoneNumber)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	one, ok := s.sms.sandbox[number]
	switch {
	case !ok:
		return nil, ErrResourceNotFoundException("Resource does not exist")
	case one.password != in.OneTimePassword:
		return nil, ErrVerificationException("The one-time password is not that of the last message to the phone number")
	}
	one.verified = true
	s.sms.sandbox[number] = one
	c.Lineage(smsPlace(number))
	return &VerifySMSSandboxPhoneNumberOutput{}, nil
}

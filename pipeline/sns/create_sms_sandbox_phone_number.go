// Implements: storing a number; the one-time password is in the body of the SMS, which is recorded as not delivered. Once more sends another.
// Differs from AWS: the number of destinations is not limited; the language is not looked at; the wording of the SMS is its own.
// Not implemented: nothing.

package sns

import (
	"fmt"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// CreateSMSSandboxPhoneNumber stores a number that is to be verified.
func (s *Service) CreateSMSSandboxPhoneNumber(c *engine.Call, in *CreateSMSSandboxPhoneNumberInput) (*CreateSMSSandboxPhoneNumberOutput, error) {
	number, err := phone(in.PhoneNumber)
	if err != nil {
		return nil, err
	}
	hold := s.scope.Hold()
	defer hold.End()
	if s.sms.optedOut[number] {
		return nil, ErrOptedOutException("The phone number has opted out of receiving SMS messages")
	}
	password := fmt.Sprintf("%06d", s.scope.IntN(1_000_000))
	s.sms.sandbox[number] = sandboxed{password: password}
	m := &message{id: s.scope.UUID(), at: s.engine.Now(), text: "Your verification code is " + password}
	hold.End()
	s.unsent(c, smsPlace(number), m, undeliverable["sms"])
	return &CreateSMSSandboxPhoneNumberOutput{}, nil
}

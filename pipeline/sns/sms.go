package sns

import (
	"errors"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// sms is what an account has of SMS in a region. Guarded by the scope's lock.
type sms struct {
	attributes map[string]string
	optedOut   map[string]bool      // by number, without what sets its parts apart
	sandbox    map[string]sandboxed // likewise
}

// sandboxed is a number that is to be verified, or was.
type sandboxed struct {
	password string
	verified bool
}

// newSMS returns what an account begins with.
//
// Source: recorded against AWS by LocalStack, test_get_sms_attributes_from_unmodified_region.
func newSMS() sms {
	return sms{attributes: map[string]string{"MonthlySpendLimit": "1"}, optedOut: map[string]bool{}, sandbox: map[string]sandboxed{}}
}

func smsPlace(number string) event.Place { return event.At("sms", number) }

// phone returns a number as it is kept: without what sets its parts apart.
func phone(text string) (string, error) {
	if !strings.HasPrefix(text, "+") || !validPhone(text) {
		return "", invalid("PhoneNumber Reason: input incorrectly formatted")
	}
	return plain(text), nil
}

// plain removes what may set the parts of a number apart.
func plain(number string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(apart, c) {
			return -1
		}
		return c
	}, number)
}

// OptOut marks a number as one whose owner wants no SMS any more: at AWS, by answering STOP.
//
// Errors: AWS's InvalidParameter if it is no number.
func (s *Service) OptOut(number string) error {
	number, err := phone(number)
	if err != nil {
		return err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	s.sms.optedOut[number] = true
	return nil
}

// wantsNone tells whether the owner of a number has opted out. The scope must not be locked.
func (s *Service) wantsNone(number string) bool {
	s.scope.Lock()
	defer s.scope.Unlock()
	return s.sms.optedOut[plain(number)]
}

// optedOut is why a number gets no SMS that wants none.
var optedOut = event.Because(notDelivered, "the phone number has opted out of SMS, and dyetrace sends none")

// unsent records a message of a client that goes to no topic, and is not delivered.
func (s *Service) unsent(c *engine.Call, to event.Place, m *message, why *event.Reason) {
	s.record(event.Hop{Kind: event.KindDrop, From: c.Place(), To: to, Outcome: event.Failed, Reason: why, Event: m.event("")}, c.Lineage(to))
}

// checkRate refuses what is no percentage.
func checkRate(text string) error {
	if rate, err := strconv.Atoi(text); err != nil || rate < 0 || rate > 100 {
		return errors.New("must be a number from 0 to 100")
	}
	return nil
}

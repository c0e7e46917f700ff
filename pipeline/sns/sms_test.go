package sns

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The texts are those of AWS, recorded in the SNS tests of LocalStack (TestSNSSMS).
func TestSMSAttributes_are_stored_and_refused_as_AWS_does_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		get := func(names ...string) map[string]string {
			return must[*GetSMSAttributesOutput](t)(f.svc.GetSMSAttributes(f.call(), &GetSMSAttributesInput{Attributes: names})).Attributes
		}
		if got := get(); !maps.Equal(got, map[string]string{"MonthlySpendLimit": "1"}) {
			t.Errorf("at first: %v", got)
		}
		for _, c := range []struct{ name, value, message string }{
			{"DeliveryStatusSuccessSamplingRate", "100", ""},
			{"DeliveryStatusSuccessSamplingRate", "101", "DeliveryStatusSuccessSamplingRate is invalid"},
			{"DefaultSenderID", "LSTest", ""},
			{"DefaultSenderID", "abcdefghijkl", "DefaultSenderID is invalid"},
			{"DefaultSenderID", "123456789", "DefaultSenderID is invalid"},
			{"DefaultSMSType", "Promotional", ""},
			{"DefaultSMSType", "invalid", "DefaultSMSType is invalid"},
			{"DefaultSendID", "a", "DefaultSendID is not a valid attribute"},
		} {
			_, err := f.svc.SetSMSAttributes(f.call(), &SetSMSAttributesInput{Attributes: map[string]string{c.name: c.value}})
			if c.message != "" {
				wantError(t, c.name, err, "InvalidParameter", c.message)
			} else if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if got := get(); !maps.Equal(got, map[string]string{"DefaultSMSType": "Promotional", "DefaultSenderID": "LSTest", "DeliveryStatusSuccessSamplingRate": "100", "MonthlySpendLimit": "1"}) {
			t.Errorf("all: %v", got)
		}
		if got := get("DefaultSenderID", "DefaultSMSType"); !maps.Equal(got, map[string]string{"DefaultSMSType": "Promotional", "DefaultSenderID": "LSTest"}) {
			t.Errorf("some: %v", got)
		}
		must[*SetSMSAttributesOutput](t)(f.svc.SetSMSAttributes(f.call(), &SetSMSAttributesInput{Attributes: map[string]string{"DefaultSenderID": "", "DefaultSMSType": "", "DeliveryStatusSuccessSamplingRate": "", "MonthlySpendLimit": ""}}))
		if got := get(); len(got) != 0 {
			t.Errorf("taken away: %v", got)
		}
	})
}

func TestPhoneNumber_opts_out_and_in_R4_4(t *testing.T) {
	bubble(t, func(f *fixture) {
		out := func(number string) bool {
			return must[*CheckIfPhoneNumberIsOptedOutOutput](t)(f.svc.CheckIfPhoneNumberIsOptedOut(f.call(), &CheckIfPhoneNumberIsOptedOutInput{PhoneNumber: number})).IsOptedOut.V
		}
		listed := func() []string {
			return must[*ListPhoneNumbersOptedOutOutput](t)(f.svc.ListPhoneNumbersOptedOut(f.call(), &ListPhoneNumbersOptedOutInput{})).PhoneNumbers
		}
		if out("+15551234567") || len(listed()) != 0 {
			t.Error("somebody opted out at the start")
		}
		if err := f.svc.OptOut("+1 555-123-4567"); err != nil {
			t.Fatal(err)
		}
		f.publish(&PublishInput{PhoneNumber: wire.Some("+15551234567"), Message: "m"})
		topic := f.topic("t")
		f.subscribe(topic, "sms", "+1-555-123-4567")
		f.publish(&PublishInput{TopicArn: wire.Some(topic), Message: "m"})
		if hops := f.hops(event.KindDrop); len(hops) != 2 || hops[0].Reason != optedOut || hops[1].Reason != optedOut {
			t.Errorf("got %s", reasons(hops))
		}
		if !out("+15551234567") || !out("+1.555.123.4567") || out("+15551234568") || !slices.Equal(listed(), []string{"+15551234567"}) {
			t.Errorf("opted out: %v", listed())
		}
		for range 2 {
			must[*OptInPhoneNumberOutput](t)(f.svc.OptInPhoneNumber(f.call(), &OptInPhoneNumberInput{PhoneNumber: "+15551234567"}))
		}
		if out("+15551234567") {
			t.Error("opted in and still out")
		}
		_, err := f.svc.OptInPhoneNumber(f.call(), &OptInPhoneNumberInput{PhoneNumber: "invalid"})
		wantError(t, "no number", err, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: input incorrectly formatted")
		_, err = f.svc.CheckIfPhoneNumberIsOptedOut(f.call(), &CheckIfPhoneNumberIsOptedOutInput{PhoneNumber: "+44++55"})
		wantError(t, "no number", err, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: input incorrectly formatted")
	})
}

func TestSandbox_number_is_verified_by_the_password_in_its_SMS_R1_6(t *testing.T) {
	bubble(t, func(f *fixture) {
		const number = "+15551234567"
		must[*CreateSMSSandboxPhoneNumberOutput](t)(f.svc.CreateSMSSandboxPhoneNumber(f.call(), &CreateSMSSandboxPhoneNumberInput{PhoneNumber: number}))
		status := func() string {
			all := must[*ListSMSSandboxPhoneNumbersOutput](t)(f.svc.ListSMSSandboxPhoneNumbers(f.call(), &ListSMSSandboxPhoneNumbersInput{})).PhoneNumbers
			if len(all) != 1 || all[0].PhoneNumber.V != number {
				t.Fatalf("%+v", all)
			}
			return all[0].Status.V
		}
		hops := f.hops(event.KindDrop)
		if len(hops) != 1 || hops[0].To != smsPlace(number) || hops[0].Reason.Code != "NotDelivered" || status() != "Pending" {
			t.Fatalf("%s, %s", reasons(hops), status())
		}
		verify := func(password string) error {
			_, err := f.svc.VerifySMSSandboxPhoneNumber(f.call(), &VerifySMSSandboxPhoneNumberInput{PhoneNumber: number, OneTimePassword: password})
			return err
		}
		if err := verify("none"); codeOf(err) != "VerificationException" || status() != "Pending" {
			t.Errorf("%v, %s", err, status())
		}
		if err := verify(strings.TrimPrefix(hops[0].Event.Body, "Your verification code is ")); err != nil || status() != "Verified" {
			t.Errorf("%v, %s", err, status())
		}
		must[*DeleteSMSSandboxPhoneNumberOutput](t)(f.svc.DeleteSMSSandboxPhoneNumber(f.call(), &DeleteSMSSandboxPhoneNumberInput{PhoneNumber: number}))
		_, err := f.svc.DeleteSMSSandboxPhoneNumber(f.call(), &DeleteSMSSandboxPhoneNumberInput{PhoneNumber: number})
		wantError(t, "a number that is gone", err, "ResourceNotFound", "Resource does not exist")
		if in := must[*GetSMSSandboxAccountStatusOutput](t)(f.svc.GetSMSSandboxAccountStatus(f.call(), &GetSMSSandboxAccountStatusInput{})).IsInSandbox; in {
			t.Error("in the sandbox")
		}
		if numbers := must[*ListOriginationNumbersOutput](t)(f.svc.ListOriginationNumbers(f.call(), &ListOriginationNumbersInput{})).PhoneNumbers; numbers == nil || len(numbers) != 0 {
			t.Errorf("%+v", numbers)
		}
	})
}

package event_test

import (
	"testing"

	"github.com/dyetrace/dyetrace/event"
)

func TestIsAccount_R2_7(t *testing.T) {
	for id, want := range map[string]bool{
		"123456789012": true, "000000000000": true,
		"": false, "12345678901": false, "1234567890123": false, "12345678901a": false, "123456789012\n": false, "１２３４": false,
	} {
		if got := event.IsAccount(id); got != want {
			t.Errorf("%q: %t", id, got)
		}
	}
}

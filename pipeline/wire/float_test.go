package wire

import (
	"math"
	"testing"
)

// Source of the fractions: answers of DynamoDB as its users record them, such as "CapacityUnits":1.0.
func TestAppendFloat_shows_a_fraction_as_AWS_does_R1_3(t *testing.T) {
	for _, tt := range []struct {
		f    float64
		want string
	}{
		{1, "1.0"}, {0, "0.0"}, {0.5, "0.5"}, {-3, "-3.0"}, {127.5, "127.5"}, {1e15, "1000000000000000.0"}, {1e-7, "1e-07"}, {1e22, "1e+22"},
		{math.NaN(), "null"}, {math.Inf(1), "null"},
	} {
		if got := string(AppendFloat(nil, tt.f)); got != tt.want {
			t.Errorf("%g: %s, want %s", tt.f, got, tt.want)
		}
	}
}

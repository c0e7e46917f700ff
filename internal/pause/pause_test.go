package pause_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/internal/pause"
)

func TestFor_takes_virtual_time_with_a_context_of_outside_R1_5(t *testing.T) {
	outside, end := context.WithCancel(t.Context())
	defer end()
	outside.Done() // its channel is made at the first call, which is to be out here
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		pause.For(outside, time.Hour)
		if d := time.Since(start); d != time.Hour {
			t.Errorf("took %v", d)
		}
	})
}

func TestFor_ends_with_its_context_R1_5(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		pause.For(ctx, time.Hour)
		pause.For(ctx, time.Hour)
		if d := time.Since(start); d != time.Minute {
			t.Errorf("took %v", d)
		}
	})
}

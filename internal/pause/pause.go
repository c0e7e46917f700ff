// Package pause lets time pass, in a way that is durable in a testing/synctest bubble.
package pause

import (
	"context"
	"time"
)

// For returns when d has passed or ctx has ended. It does not select on the context: if that is of outside a bubble, time in the
// bubble would stand still.
func For(ctx context.Context, d time.Duration) {
	if d <= 0 || ctx.Err() != nil {
		return
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { close(ended) })
	defer stop()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ended:
	}
}

package layer

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"
)

// loop has a consumer with a loop of its own run: once, or in two instances, and again when a case made it die.
type loop struct {
	consumer Consumer
	tap      *Tapped
	instance context.CancelFunc
	over     chan struct{} // closed when all instances have ended
	pass     func(time.Duration) error

	mu      sync.Mutex
	ending  bool
	problem string
}

// startLoop runs the consumer in so many instances.
func startLoop(ctx context.Context, c Consumer, tap *Tapped, instances int, pass func(time.Duration) error) *loop {
	ctx, cancel := context.WithCancel(ctx)
	l := &loop{consumer: c, tap: tap, instance: cancel, over: make(chan struct{}), pass: pass}
	var all sync.WaitGroup
	for range instances {
		all.Go(func() { l.supervise(ctx) })
	}
	go func() {
		all.Wait()
		close(l.over)
	}()
	return l
}

// supervise starts the consumer, and starts it again after a crash that the case made.
func (l *loop) supervise(ctx context.Context) {
	for {
		life, die := context.WithCancel(ctx)
		crashed := l.tap.onCrash(die)
		err := l.run(life)
		die()
		if !crashed() {
			l.ended(err)
			return
		}
		if l.consumer.Restart != nil {
			l.consumer.Restart()
		}
	}
}

func (l *loop) run(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return l.consumer.Run(ctx)
}

// ended notes that an instance ended of itself, which a consumer must not.
func (l *loop) ended(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ending {
		l.problem = cmp.Or(l.problem, fmt.Sprintf("the consumer ended by itself: %v", err))
	}
}

// round does nothing: the instances are at work whenever time is given to them.
func (l *loop) round(context.Context) error { return nil }

func (l *loop) end(context.Context) error { return nil }

// stop ends all instances.
func (l *loop) stop(context.Context) {
	l.mu.Lock()
	l.ending = true
	l.mu.Unlock()
	l.instance()
	_ = l.pass(time.Minute)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-l.over:
	case <-late.C: // a minute of a manual clock is over before a goroutine has noticed that its context is
		l.mu.Lock()
		l.problem = cmp.Or(l.problem, "Run did not return within a minute after its context had ended")
		l.mu.Unlock()
	}
}

// said knows nothing: the consumer keeps its errors to itself.
func (l *loop) said(string) error { return nil }

func (l *loop) trouble() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.problem
}

package backendtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
)

const delay = 30 * time.Second

func moves(ctx context.Context, s suite) error {
	return s.with(func(b backend.Backend) error {
		mover, ok := b.(backend.Mover)
		if !b.Features().VirtualTime {
			if !ok {
				return nil
			}
			if _, err := mover.Advance(ctx, time.Second); err == nil {
				return errors.New("VirtualTime is not declared, and yet Advance works")
			}
			return nil
		}
		return s.delayed(ctx, b, func() error {
			if q, err := mover.Advance(ctx, delay-time.Second); err != nil || !q.Quiet {
				return fmt.Errorf("method or field Advance: quiet %t, error %v", q.Quiet, err)
			}
			if got, err := s.drive.Receive(ctx, b.Endpoint("worker"), "orders"); err != nil || len(got) != 0 {
				return fmt.Errorf("received %q a second before it was due (error %v)", got, err)
			}
			q, err := mover.Advance(ctx, time.Second)
			if err == nil && !q.Quiet {
				err = errors.New("method or field Advance is not quiet")
			}
			return err
		})
	})
}

func drains(ctx context.Context, s suite) error {
	return s.with(func(b backend.Backend) error {
		mover, ok := b.(backend.Mover)
		if !ok || !b.Features().VirtualTime {
			return nil
		}
		return s.delayed(ctx, b, func() error {
			start, err := settled(ctx, b)
			if err != nil {
				return err
			}
			q, err := mover.Drain(ctx, time.Hour)
			if err != nil || !q.Quiet {
				return fmt.Errorf("method or field Drain: quiet %t, error %v", q.Quiet, err)
			}
			if passed := q.At.Sub(start.At); passed != time.Hour {
				return fmt.Errorf("method or field Drain(1h) let %v pass", passed)
			}
			return nil
		})
	})
}

// delayed sends an event that can be received after delay, sees it pending, lets pass do its part, and receives it.
func (s suite) delayed(ctx context.Context, b backend.Backend, pass func() error) error {
	app := b.Endpoint("app")
	if err := s.drive.CreateQueue(ctx, app, "orders"); err != nil {
		return err
	}
	if err := s.drive.Send(ctx, app, "orders", "later", delay); err != nil {
		return err
	}
	q, err := settled(ctx, b)
	if err != nil {
		return err
	}
	if len(q.Pending) != 1 || !q.Pending[0].Due.Equal(q.At.Add(delay)) {
		return fmt.Errorf("a message that is due in %v is not what is pending at %v: %+v", delay, q.At, q.Pending)
	}
	if err := pass(); err != nil {
		return err
	}
	got, err := s.drive.Receive(ctx, b.Endpoint("worker"), "orders")
	if err != nil || len(got) != 1 || got[0] != "later" {
		return fmt.Errorf("received %q after it was due (error %v)", got, err)
	}
	return nil
}

// consumers checks the rule that a consumer is at work until it asks again, where absence rests on it.
func consumers(ctx context.Context, s suite) error {
	return s.with(func(b backend.Backend) error {
		if b.Features().Absence != event.Settled {
			return nil
		}
		worker := b.Endpoint("worker")
		if err := s.drive.CreateQueue(ctx, worker, "orders"); err != nil {
			return err
		}
		if err := s.drive.Send(ctx, b.Endpoint("app"), "orders", "{}", 0); err != nil {
			return err
		}
		if got, err := s.drive.Receive(ctx, worker, "orders"); err != nil || len(got) != 1 {
			return fmt.Errorf("received %q (error %v)", got, err)
		}
		short, stop := context.WithTimeout(ctx, 50*time.Millisecond)
		defer stop()
		if q, err := b.Settle(short); err != nil || q.Quiet || len(q.Pending) == 0 {
			return fmt.Errorf("settled while a consumer has a message and has not asked again: %+v (error %v)", q, err)
		}
		if _, err := s.drive.Receive(ctx, worker, "orders"); err != nil {
			return err
		}
		_, err := settled(ctx, b)
		return err
	})
}

package backendtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
)

// Open returns a backend that nobody else uses: each call another one. The suite closes it.
type Open func() (backend.Backend, error)

// patience is how long a backend may take to come to rest.
const patience = 5 * time.Second

// check is one statement that holds for every backend.
type check struct {
	name string
	run  func(ctx context.Context, s suite) error
}

type suite struct {
	open  Open
	drive Driver
}

var checks = []check{
	{"declares its features", features},
	{"gives endpoints that can be used", endpoints},
	{"records hops in order, with client and correlation id", hops},
	{"describes its topology", topology},
	{"keeps accounts apart, and forgets one at Close", isolation},
	{"rests while another's consumer is at work", undisturbed},
	{"moves its clock, if it says so", moves},
	{"drains to a horizon, if it can move its clock", drains},
	{"knows a consumer that is at work", consumers},
	{"records visits to ends outside of it, if it can", visits},
}

// Check runs the suite and returns everything that the backend does wrong, each error naming the check it comes from; nil says
// that it does everything right. It takes seconds on a backend in real time.
func Check(ctx context.Context, open Open, drive Driver) error {
	var wrong []error
	for _, c := range checks {
		if err := c.run(ctx, suite{open, drive}); err != nil {
			wrong = append(wrong, fmt.Errorf("a backend %s: %w", c.name, err))
		}
	}
	return errors.Join(wrong...)
}

// with opens a backend, runs f and closes it.
func (s suite) with(f func(b backend.Backend) error) error {
	b, err := s.open()
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	err = f(b)
	if closing := b.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("method or field Close: %w", closing))
	}
	return err
}

func features(_ context.Context, s suite) error {
	return s.with(func(b backend.Backend) error {
		declared := b.Features()
		_, mover := b.(backend.Mover)
		switch {
		case b.Name() == "":
			return errors.New("method or field Name is empty")
		case declared.VirtualTime && !mover:
			return errors.New("VirtualTime is declared, but it is no Mover")
		case declared.Absence <= event.Inconclusive || declared.Absence > event.Proved:
			return fmt.Errorf("method or field Absence %d is no grade that it could ever reach", declared.Absence)
		case declared.Relative == "":
			return errors.New("method or field Relative does not say what absence is relative to")
		}
		return nil
	})
}

func endpoints(ctx context.Context, s suite) error {
	return s.with(func(b backend.Backend) error {
		e := b.Endpoint("app")
		u, err := url.Parse(e.URL)
		if err != nil || u.Host == "" || u.Path != "" {
			return fmt.Errorf("URL %q is not a scheme and a host", e.URL)
		}
		if len(e.AccountID) != 12 {
			return fmt.Errorf("AccountID %q is not 12 digits", e.AccountID)
		}
		if e.Region == "" || e.Transport == nil {
			return errors.New("method or field Region or Transport is missing")
		}
		return s.drive.CreateQueue(ctx, e, "orders")
	})
}

func hops(ctx context.Context, s suite) error {
	return s.with(func(b backend.Backend) error {
		e := b.Endpoint("shop")
		if err := s.drive.CreateQueue(ctx, e, "orders"); err != nil {
			return err
		}
		before, err := settled(ctx, b)
		if err != nil {
			return err
		}
		if err := s.drive.Send(event.WithCorrelation(ctx, "flow-1"), e, "orders", `{"n":1}`, 0); err != nil {
			return err
		}
		if _, err := settled(ctx, b); err != nil {
			return err
		}
		list, lost, err := b.Hops(ctx, before.Seq)
		if err != nil || lost != 0 {
			return fmt.Errorf("method or field Hops: %d lost, error %v", lost, err)
		}
		return checkHops(list, before.Seq, e.AccountID)
	})
}

func checkHops(list []event.Hop, after uint64, account string) error {
	var called, arrived bool
	for _, h := range list {
		if h.Seq <= after {
			return fmt.Errorf("hop %d came after %d was asked for", h.Seq, after)
		}
		after = h.Seq
		if h.Account != account {
			return fmt.Errorf("hop %d is of account %s, not of %s", h.Seq, h.Account, account)
		}
		ours := h.CorrelationID == "flow-1"
		called = called || ours && h.From == "client:shop"
		arrived = arrived || ours && h.Arrives() && h.To == "queue:orders" && h.Event != nil && h.Event.Body == `{"n":1}`
	}
	if !called || !arrived {
		return fmt.Errorf("of a send by client shop in flow-1 the call was recorded: %t, the arrival: %t; hops: %+v", called, arrived, list)
	}
	return nil
}

func topology(ctx context.Context, s suite) error {
	return s.with(func(b backend.Backend) error {
		if err := s.drive.CreateQueue(ctx, b.Endpoint("app"), "orders"); err != nil {
			return err
		}
		t, err := b.Topology(ctx)
		if err != nil {
			return err
		}
		if !slices.Contains(t.Places, "queue:orders") {
			return fmt.Errorf("a queue that was created is not in the topology: %v", t.Places)
		}
		return nil
	})
}

func isolation(ctx context.Context, s suite) error {
	use := func(other backend.Backend) error {
		if err := s.drive.CreateQueue(ctx, other.Endpoint("app"), "orders"); err != nil {
			return err
		}
		return s.drive.Send(ctx, other.Endpoint("app"), "orders", "{}", 0)
	}
	if err := s.with(use); err != nil {
		return err
	}
	return s.with(func(b backend.Backend) error {
		if !b.Features().Seeded { // else the order of this one's calls is not to depend on another's
			if err := s.with(use); err != nil {
				return err
			}
		}
		t, err := b.Topology(ctx)
		if err != nil || slices.Contains(t.Places, "queue:orders") {
			return fmt.Errorf("a queue of another backend is in the topology: %v (error %v)", t.Places, err)
		}
		list, _, err := b.Hops(ctx, 0)
		if err != nil || len(list) > 0 {
			return fmt.Errorf("hops of another backend are listed: %+v (error %v)", list, err)
		}
		return s.drive.CreateQueue(ctx, b.Endpoint("app"), "orders")
	})
}

// undisturbed checks that parallel tests on one server do not wait for one another.
func undisturbed(ctx context.Context, s suite) error {
	return s.with(func(b backend.Backend) error {
		if b.Features().Seeded { // it has nobody beside it
			return nil
		}
		return s.with(func(other backend.Backend) error {
			if err := s.drive.CreateQueue(ctx, other.Endpoint("app"), "orders"); err != nil {
				return err
			}
			for _, delay := range []time.Duration{0, delay} {
				if err := s.drive.Send(ctx, other.Endpoint("app"), "orders", "{}", delay); err != nil {
					return err
				}
			}
			if got, err := s.drive.Receive(ctx, other.Endpoint("worker"), "orders"); err != nil || len(got) != 1 {
				return fmt.Errorf("received %q (error %v)", got, err)
			}
			q, err := settled(ctx, b)
			if err == nil && len(q.Pending) > 0 {
				err = fmt.Errorf("what is pending is another backend's: %+v", q.Pending)
			}
			return err
		})
	})
}

// settled settles and wants it quiet.
func settled(ctx context.Context, b backend.Backend) (event.Quiescence, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	q, err := b.Settle(ctx)
	if err == nil && !q.Quiet {
		err = fmt.Errorf("not quiet after %v: %+v", patience, q.Pending)
	}
	return q, err
}

package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// A client that follows the pipeline is answered the moment something it asked for happens.
func TestControl_hops_waits_for_the_next_R2_9(t *testing.T) {
	const mine, other = "111111111111", "222222222222"
	for _, row := range []struct {
		reason string
		query  string
		happen func(s *Server)
		after  time.Duration // until the answer
		seqs   []uint64
		last   uint64
	}{
		{"something is there already", "wait=30s", nil, 0, []uint64{1}, 1},
		{"without wait it answers at once", "after=1", nil, 0, nil, 1},
		{"the next hop ends the wait", "after=1&wait=30s", func(s *Server) { s.engine.Record(event.Hop{Account: mine}) }, 10 * time.Second, []uint64{2}, 2},
		{"what others do does not", "after=1&wait=30s&account=" + mine, func(s *Server) { s.engine.Record(event.Hop{Account: other}) }, 30 * time.Second, nil, 2},
		{"nothing happens", "after=1&wait=20s", func(s *Server) {}, 20 * time.Second, nil, 1},
		{"the server ends", "after=1&wait=30s", func(s *Server) { s.Shutdown(context.Background()) }, 10 * time.Second, nil, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := serving(t, Options{}, engine.Options{})
			s.engine.Record(event.Hop{Account: mine})
			begin := time.Now()
			if row.happen != nil {
				time.AfterFunc(10*time.Second, func() { row.happen(s) })
			}
			var got Hops
			if status := control(t, s, "GET", "/_dyetrace/hops?"+row.query, &got); status != 200 {
				t.Fatalf("%s: %d", row.reason, status)
			}
			var seqs []uint64
			for _, h := range got.Hops {
				seqs = append(seqs, h.Seq)
			}
			if took := time.Since(begin); took != row.after || len(seqs) != len(row.seqs) || len(seqs) > 0 && seqs[0] != row.seqs[0] || got.Last != row.last {
				t.Errorf("%s: hops %v up to %d after %v, want %v up to %d after %v", row.reason, seqs, got.Last, took, row.seqs, row.last, row.after)
			}
		})
	}
}

package embedded

import (
	"net/http"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// spinLimit is how often a client may ask the same while nothing happens and no time passes.
const spinLimit = 10_000

// spins finds clients that poll without a pause. Against AWS that costs money; in a bubble virtual time stops, because it
// passes only when everybody waits.
type spins struct {
	report func(client, operation string)

	mu      sync.Mutex
	clients map[string]*spin
}

type spin struct {
	operation string
	at        time.Time
	hop       uint64
	times     int
	told      bool
}

// count counts a call and reports whether its client spins.
func (s *spins) count(e *engine.Engine, client string, r *http.Request) bool {
	operation := r.Header.Get("X-Amz-Target")
	now := e.Now()
	hop, _ := e.LastSeq()
	s.mu.Lock()
	if s.clients == nil {
		s.clients = map[string]*spin{}
	}
	c := s.clients[client]
	if c == nil {
		c = &spin{}
		s.clients[client] = c
	}
	if c.operation != operation || c.hop != hop || !c.at.Equal(now) {
		c.operation, c.hop, c.at, c.times = operation, hop, now, 0
	}
	c.times++
	spinning := c.times > spinLimit
	tell := spinning && !c.told
	c.told = c.told || tell
	s.mu.Unlock()
	if tell && s.report != nil {
		s.report(client, operation)
	}
	return spinning
}

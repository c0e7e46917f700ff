// Implements: all of it.
// Differs from AWS: the event is checked for the members id, detail-type, source, account, time and region only.
// Not implemented: nothing.

package eventbridge

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/eventbridge/pattern"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

var wholeEvent = pattern.MustCompile(`{"id":[{"exists":true}],"detail-type":[{"exists":true}],"source":[{"exists":true}],` +
	`"account":[{"exists":true}],"time":[{"exists":true}],"region":[{"exists":true}]}`)

// TestEventPattern tells whether an event matches a pattern.
func (s *Service) TestEventPattern(_ *engine.Call, in *TestEventPatternInput) (*TestEventPatternOutput, error) {
	p, err := compile(in.EventPattern)
	if err != nil {
		return nil, err
	}
	e, err := pattern.ParseString(in.Event)
	if err != nil || !wholeEvent.MatchEvent(e) {
		return nil, invalid("Parameter Event is not valid.")
	}
	return &TestEventPatternOutput{Result: wire.Some(p.MatchEvent(e))}, nil
}

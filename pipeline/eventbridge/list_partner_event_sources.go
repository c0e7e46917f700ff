// Implements: prefix, limit and token; sorted by name.
// Differs from AWS: nothing known.
// Not implemented: nothing.

package eventbridge

import (
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListPartnerEventSources returns the sources that the account offers.
func (s *Service) ListPartnerEventSources(_ *engine.Call, in *ListPartnerEventSourcesInput) (*ListPartnerEventSourcesOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	list := []PartnerEventSource{}
	for _, name := range wire.SortedKeys(s.offered) {
		if strings.HasPrefix(name, in.NamePrefix) {
			list = append(list, PartnerEventSource{Arn: wire.Some(sourceARN(s.scope.Region, name)), Name: wire.Some(name)})
		}
	}
	list, next, err := page(list, func(src PartnerEventSource) string { return src.Name.V }, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	return &ListPartnerEventSourcesOutput{PartnerEventSources: list, NextToken: next}, nil
}

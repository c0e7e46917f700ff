// Implements: all of it, 100 applications a page.
// Differs from AWS: applications come in the order of their ARNs.
// Not implemented: nothing.

package sns

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// ListPlatformApplications lists the applications.
func (s *Service) ListPlatformApplications(_ *engine.Call, in *ListPlatformApplicationsInput) (*ListPlatformApplicationsOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	arns, next, err := page(wire.SortedKeys(s.applications), in.NextToken, pageSize)
	if err != nil {
		return nil, err
	}
	out := &ListPlatformApplicationsOutput{PlatformApplications: make([]PlatformApplication, len(arns)), NextToken: next}
	for i, arn := range arns {
		out.PlatformApplications[i] = PlatformApplication{PlatformApplicationArn: wire.Some(arn), Attributes: s.applications[arn].shown()}
	}
	return out, nil
}

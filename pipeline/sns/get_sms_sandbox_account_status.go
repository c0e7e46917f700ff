// Implements: the answer false: SMS to every number are recorded.
// Differs from AWS: accounts at AWS begin in the sandbox.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// GetSMSSandboxAccountStatus tells whether SMS go to verified numbers only: they do not.
func (s *Service) GetSMSSandboxAccountStatus(*engine.Call, *GetSMSSandboxAccountStatusInput) (*GetSMSSandboxAccountStatusOutput, error) {
	return &GetSMSSandboxAccountStatusOutput{IsInSandbox: false}, nil
}

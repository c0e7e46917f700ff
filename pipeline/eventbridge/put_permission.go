// Implements: statements by id, and whole policies; stored and described.
// Differs from AWS: nobody is refused because of a policy.
// Not implemented: nothing.

package eventbridge

import "github.com/dyetrace/dyetrace/pipeline/engine"

// PutPermission adds a statement to a bus's policy, or replaces the policy.
//
// Source: EventBridge API Reference, PutPermission: events:PutEvents is the one action; moto's tests have the text for others.
func (s *Service) PutPermission(c *engine.Call, in *PutPermissionInput) (*PutPermissionOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	b, err := s.bus(in.EventBusName.Or(""))
	if err != nil {
		return nil, err
	}
	if in.Policy.OK {
		whole, err := readPolicy(in.Policy.V)
		if err != nil {
			return nil, invalid("This policy contains invalid Json: " + err.Error())
		}
		b.policy = whole
	} else {
		if !in.Action.OK || !in.Principal.OK || !in.StatementId.OK {
			return nil, invalid("Parameter(s) Action, Principal and StatementId, or Policy, must be specified.")
		}
		if in.Action.V != "events:PutEvents" {
			return nil, invalid("Provided value in parameter 'action' is not supported.")
		}
		b.policy = b.policy.with(in.StatementId.V, statementOf(in, b.arn))
	}
	b.modified = s.scope.Engine.Now()
	c.Lineage(b.place)
	return &PutPermissionOutput{}, nil
}

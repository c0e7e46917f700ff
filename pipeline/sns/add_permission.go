// Implements: statements of the topic's access policy, readable by GetTopicAttributes.
// Differs from AWS: policies are stored and returned, not enforced.
// Not implemented: nothing.

package sns

import "github.com/dyetrace/dyetrace/pipeline/engine"

// AddPermission adds a statement to the access policy of a topic.
func (s *Service) AddPermission(c *engine.Call, in *AddPermissionInput) (*AddPermissionOutput, error) {
	s = s.at(in.TopicArn)
	s.scope.Lock()
	defer s.scope.Unlock()
	t, err := s.find(in.TopicArn, "AddPermission")
	if err != nil {
		return nil, err
	}
	actions := make([]string, len(in.ActionName))
	for i, action := range in.ActionName {
		if !knownAction(action) {
			return nil, invalid("Policy statement action out of service scope!")
		}
		actions[i] = "SNS:" + action
	}
	p, err := t.readPolicy()
	if err != nil {
		return nil, err
	}
	for _, statement := range p.Statement {
		if statement["Sid"] == in.Label {
			return nil, invalid("Statement already exists")
		}
	}
	accounts := make([]string, len(in.AWSAccountId))
	for i, account := range in.AWSAccountId {
		accounts[i] = "arn:aws:iam::" + account + ":root"
	}
	p.Statement = append(p.Statement, map[string]any{
		"Sid": in.Label, "Effect": "Allow", "Principal": map[string]any{"AWS": oneOrAll(accounts)}, "Action": oneOrAll(actions), "Resource": t.arn,
	})
	t.attributes[attributePolicy] = p.text()
	c.Lineage(t.place)
	return &AddPermissionOutput{}, nil
}

// oneOrAll is how policies write a list of one.
func oneOrAll(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

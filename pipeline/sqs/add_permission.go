package sqs

// Implements: a statement of the queue's policy under a label, for accounts and actions.
// Differs from AWS: stored and told, never enforced; whether an account exists is not checked.
// Not implemented: nothing known.

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// Limits of a policy.
//
// Source: Amazon SQS Developer Guide, "Custom policies with the Amazon SQS Access Policy Language" and "Policy quotas"; the texts of
// errors are those that moto and LocalStack recorded.
const (
	maxStatements = 20
	maxActions    = 7
	maxPrincipals = 50
)

// AddPermission adds a statement to the queue's policy. One that is there already may be added again.
//
// Source of the latter: the tests of a public server for Node that follow AWS's answers.
func (s *Service) AddPermission(c *engine.Call, in *AddPermissionInput) (*AddPermissionOutput, error) {
	s, err := s.own(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	p, statement := parsePolicy(q.settings.policy), in.statement(q.arn)
	i := p.index(in.Label)
	switch {
	case i >= 0 && bytes.Equal(p.Statement[i], statement):
		c.Lineage(q.place)
		return &AddPermissionOutput{}, nil
	case i >= 0:
		return nil, errInvalidParameter(in.Label, "Label", "Already exists.")
	case len(p.Statement) >= maxStatements:
		return nil, ErrOverLimit(strconv.Itoa(len(p.Statement)+1) + " Statements were found, maximum allowed is " + strconv.Itoa(maxStatements) + ".")
	}
	if p.Version == "" {
		p.Version, p.ID = "2008-10-17", q.arn+"/SQSDefaultPolicy"
	}
	p.Statement = append(p.Statement, statement)
	c.Lineage(q.place)
	q.settings.policy, q.modified = p.String(), s.engine.Now()
	return &AddPermissionOutput{}, nil
}

func (in *AddPermissionInput) check() error {
	switch {
	case !validQueueName(in.Label):
		return errInvalidParameter(in.Label, "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	case len(in.Actions) == 0:
		return errMissing("Actions")
	case len(in.Actions) > maxActions:
		return ErrOverLimit(strconv.Itoa(len(in.Actions)) + " Actions were found, maximum allowed is " + strconv.Itoa(maxActions) + ".")
	case len(in.AWSAccountIds) > maxPrincipals:
		return ErrOverLimit(strconv.Itoa(len(in.AWSAccountIds)) + " Principals were found, maximum allowed is " + strconv.Itoa(maxPrincipals) + ".")
	}
	for _, action := range in.Actions {
		if action != "*" && !operationNames[action] {
			return errInvalidParameter("SQS:"+action, "ActionName", "Please refer to the appropriate WSDL for a list of valid actions. ")
		}
		if ownerOnly[action] {
			return errInvalidParameter("SQS:"+action, "ActionName", "Only the queue owner is allowed to invoke this action.")
		}
	}
	unverified := slices.ContainsFunc(in.AWSAccountIds, func(id string) bool { return !event.IsAccount(id) })
	if unverified || len(in.AWSAccountIds) == 0 {
		return errInvalidParameter("["+strings.Join(in.AWSAccountIds, ", ")+"]", "PrincipalId", "Unable to verify.")
	}
	return nil
}

// ownerOnly are the operations that no policy can give to another account.
//
// Source: Amazon SQS Developer Guide, "Limitations of cross-account permissions"; the answer is in moto, test_add_permission_errors.
var ownerOnly = map[string]bool{
	"AddPermission": true, "CancelMessageMoveTask": true, "CreateQueue": true, "DeleteQueue": true, "ListMessageMoveTasks": true,
	"ListQueues": true, "ListQueueTags": true, "RemovePermission": true, "SetQueueAttributes": true, "StartMessageMoveTask": true,
	"TagQueue": true, "UntagQueue": true,
}

// operationNames are the operations of SQS.
var operationNames = func() map[string]bool {
	table := Operations(nil)
	names := map[string]bool{}
	for name := range table.Operations {
		names[name] = true
	}
	return names
}()

func (in *AddPermissionInput) statement(arn string) json.RawMessage {
	actions, principals := []string{}, []string{}
	for _, a := range in.Actions {
		actions = append(actions, quoted("SQS:"+a))
	}
	for _, id := range in.AWSAccountIds {
		principals = append(principals, quoted("arn:aws:iam::"+id+":root"))
	}
	return json.RawMessage(`{"Sid":` + quoted(in.Label) + `,"Effect":"Allow","Principal":{"AWS":` + oneOrList(principals) + `},"Action":` + oneOrList(actions) + `,"Resource":` + quoted(arn) + "}")
}

// oneOrList writes one value as itself and several as a list, as SQS does.
func oneOrList(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return "[" + strings.Join(values, ",") + "]"
}

// policy is a queue's access policy, with its statements as they were given.
type policy struct {
	Version   string            `json:"Version"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

// The members that a policy and its statements may have.
var (
	knownOfPolicy    = map[string]bool{"Version": true, "Id": true, "Statement": true}
	knownOfStatement = map[string]bool{
		"Sid": true, "Effect": true, "Principal": true, "NotPrincipal": true, "Action": true, "NotAction": true, "Resource": true,
		"NotResource": true, "Condition": true,
	}
)

// checkPolicy refuses a policy that is none by its form; what it means is not looked at.
//
// Source: the tests of a public server for Node that follow AWS's answers.
func checkPolicy(text string) error {
	if text == "" {
		return nil
	}
	whole, ok := object(json.RawMessage(text), knownOfPolicy)
	version := string(whole["Version"])
	if !ok || version != "" && version != `"2012-10-17"` && version != `"2008-10-17"` {
		return errAttributeValue(QueueAttributeNamePolicy)
	}
	statement, given := whole["Statement"]
	var list []json.RawMessage
	if given && json.Unmarshal(statement, &list) != nil {
		list = []json.RawMessage{statement}
	}
	if n := len(list); n > maxStatements {
		return ErrOverLimit(strconv.Itoa(n) + " statements were found in the submitted policy, max allowed is " + strconv.Itoa(maxStatements))
	}
	for _, one := range list {
		if _, ok := object(one, knownOfStatement); !ok {
			return errAttributeValue(QueueAttributeNamePolicy)
		}
	}
	if given && len(list) == 0 {
		return errAttributeValue(QueueAttributeNamePolicy)
	}
	return nil
}

// object reads a JSON object that has known members only.
func object(text json.RawMessage, known map[string]bool) (members map[string]json.RawMessage, ok bool) {
	if json.Unmarshal(text, &members) != nil || members == nil {
		return nil, false
	}
	for name := range members {
		if !known[name] {
			return nil, false
		}
	}
	return members, true
}

// parsePolicy reads a policy that was set; a single statement may stand without a list.
func parsePolicy(text string) *policy {
	p, one := &policy{}, struct{ Statement json.RawMessage }{}
	if text == "" || json.Unmarshal([]byte(text), p) == nil {
		return p
	}
	if json.Unmarshal([]byte(text), &one) == nil && one.Statement != nil {
		p.Statement = []json.RawMessage{one.Statement}
	}
	return p
}

// index returns which statement has that label, -1 if none has.
func (p *policy) index(label string) int {
	return slices.IndexFunc(p.Statement, func(text json.RawMessage) bool {
		var s struct{ Sid string }
		return json.Unmarshal(text, &s) == nil && s.Sid == label
	})
}

// String returns the policy as JSON, "" if it has no statement.
func (p *policy) String() string {
	if len(p.Statement) == 0 {
		return ""
	}
	text, _ := json.Marshal(p) // statements were read from JSON: cannot fail
	return string(text)
}

package eventbridge

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// policy is the resource policy of a bus: its statements, as JSON, in order. A change makes a new one.
type policy []statement

type statement struct {
	id   string
	text json.RawMessage
}

func readPolicy(text string) (policy, error) {
	var whole struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return nil, err
	}
	list := []json.RawMessage{whole.Statement}
	if strings.HasPrefix(string(whole.Statement), "[") {
		list = nil
		if err := json.Unmarshal(whole.Statement, &list); err != nil {
			return nil, err
		}
	}
	var p policy
	for _, raw := range list {
		var named struct{ Sid string }
		if err := json.Unmarshal(raw, &named); err != nil {
			return nil, err
		}
		p = append(p, statement{named.Sid, raw})
	}
	return p, nil
}

func (p policy) with(id string, text json.RawMessage) policy {
	changed := slices.Clone(p)
	if i := slices.IndexFunc(changed, func(s statement) bool { return s.id == id }); i >= 0 {
		changed[i].text = text
		return changed
	}
	return append(changed, statement{id, text})
}

func (p policy) without(id string) (left policy, found bool) {
	left = slices.DeleteFunc(slices.Clone(p), func(s statement) bool { return s.id == id })
	return left, len(left) < len(p)
}

// text returns the policy as DescribeEventBus answers it.
func (p policy) text() wire.Opt[string] {
	if len(p) == 0 {
		return wire.Opt[string]{}
	}
	var b strings.Builder
	b.WriteString(`{"Version":"2012-10-17","Statement":[`)
	for i, s := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(s.text)
	}
	b.WriteString("]}")
	return wire.Some(b.String())
}

// statementOf makes the statement that a request describes: an account as principal stands for its root.
func statementOf(in *PutPermissionInput, busARN string) json.RawMessage {
	b := wire.AppendString([]byte(`{"Sid":`), in.StatementId.V)
	b = append(b, `,"Effect":"Allow","Principal":`...)
	if in.Principal.V == "*" {
		b = append(b, `"*"`...)
	} else {
		b = append(wire.AppendString(append(b, `{"AWS":`...), "arn:aws:iam::"+in.Principal.V+":root"), '}')
	}
	b = wire.AppendString(append(b, `,"Action":`...), in.Action.V)
	b = wire.AppendString(append(b, `,"Resource":`...), busARN)
	if c := in.Condition; c != nil {
		b = append(wire.AppendString(append(b, `,"Condition":{`...), c.Type), ":{"...)
		b = wire.AppendString(append(wire.AppendString(b, c.Key), ':'), c.Value)
		b = append(b, "}}"...)
	}
	return append(b, '}')
}

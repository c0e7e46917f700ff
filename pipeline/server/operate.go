package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

var _ engine.Operations = (*Services)(nil)

// sdkNames are the names that the AWS SDK has for services where it is not the one that they are signed for.
//
// Source: EventBridge Scheduler User Guide, "Using universal targets": the service identifiers of the AWS SDK.
var sdkNames = map[string]string{"eventbridge": "events"}

// sdkOperation finds an operation by the names that SDKs have for it. JSON is preferred where a service speaks several protocols.
func (s *Services) sdkOperation(service, action string) (svc *Service, op Operation, found bool) {
	if action == "" {
		return nil, op, false
	}
	if name, other := sdkNames[service]; other {
		service = name
	}
	action = strings.ToUpper(action[:1]) + action[1:]
	for _, candidate := range s.byName[service] {
		o, ok := candidate.Operations[action]
		if ok && (!found || svc.Protocol == wire.Query) {
			svc, op, found = candidate, o, true
		}
	}
	return svc, op, found
}

// Operates is engine.Operations.
func (s *Services) Operates(service, action string) (known, implemented bool) {
	_, _, implemented = s.sdkOperation(service, action)
	if name, other := sdkNames[service]; other {
		service = name
	}
	return len(s.byName[service]) > 0, implemented
}

// Operate is engine.Operations.
func (s *Services) Operate(c *engine.Call, service, action string, input []byte) error {
	svc, op, found := s.sdkOperation(service, action)
	if !found {
		return wire.NotImplemented(service, action)
	}
	c.Service, c.Operation, c.Body = svc.Name, op.Name, input
	e := c.Scope.Engine
	_, err := e.InTurn(c, func() ([]byte, error) {
		c.RequestID = e.NewRequestID()
		request, err := requestOf(svc, op, input)
		if err != nil {
			return nil, err
		}
		return op.Serve(c, request, nil)
	})
	return err
}

// requestOf is what the operation's protocol makes of the members in input.
func requestOf(svc *Service, op Operation, input []byte) (*wire.Request, error) {
	if svc.Protocol == wire.JSON {
		return &wire.Request{Body: input}, nil
	}
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(input))
	d.UseNumber()
	if err := d.Decode(&members); err != nil {
		return nil, wire.Malformed(&wire.SyntaxError{Reason: err.Error()})
	}
	if svc.Protocol == wire.Query {
		form, err := wire.ParseForm(formOf(members).Encode())
		return &wire.Request{Form: form, Path: "/"}, err
	}
	request := &wire.Request{Body: input}
	request.Labels, request.Query = pathOf(op.Path, members)
	return request, nil
}

// pathOf returns the members of a REST request that are not in its body: the labels of the path, in order, and what a query can have.
func pathOf(path string, members map[string]any) (labels []string, query url.Values) {
	query = url.Values{}
	for segment := range strings.SplitSeq(path, "/") {
		if name, isLabel := strings.CutPrefix(segment, "{"); isLabel {
			labels = append(labels, scalar(members[strings.TrimRight(name, "+}")]))
		}
	}
	for name, v := range members {
		switch v.(type) {
		case map[string]any, []any, nil:
		default:
			query.Set(name, scalar(v))
			query.Set(strings.ToLower(name[:min(1, len(name))])+name[min(1, len(name)):], scalar(v))
		}
	}
	return labels, query
}

func scalar(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// formOf writes the members of a request in the query protocol, as SNS has it: lists have members, maps have entries.
func formOf(members map[string]any) url.Values {
	form := url.Values{}
	var add func(name, last string, v any)
	add = func(name, last string, v any) {
		switch v := v.(type) {
		case []any:
			for i, element := range v {
				add(name+".member."+strconv.Itoa(i+1), "", element)
			}
		case map[string]any:
			key, value, isMap := "key", "value", last == "Attributes"
			if last == "MessageAttributes" {
				key, value, isMap = "Name", "Value", true
			}
			n := 0
			for _, k := range wire.SortedKeys(v) {
				if n++; !isMap {
					add(name+"."+k, k, v[k])
					continue
				}
				entry := name + ".entry." + strconv.Itoa(n)
				form.Set(entry+"."+key, k)
				add(entry+"."+value, "", v[k])
			}
		case nil:
		default:
			form.Set(name, scalar(v))
		}
	}
	for name, v := range members {
		add(name, name, v)
	}
	return form
}

// Implements: SQS queues (with message group), SNS topics, functions of the pipeline, API destinations (with path, header and query
// parameters), CloudWatch Logs groups as places that can be read, other buses, any other ARN as a stored target; input, input path, input
// transformer, retry policy, dead-letter queue; five targets a rule.
// Differs from AWS: roles are stored and not needed; a bus as target takes no input, path or transformer; a target of a
// service that the pipeline does not have fails at delivery, with the reason in the hops.
// Not implemented: the parameters of targets other than SQS and HTTP are stored without effect.

package eventbridge

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// maxTargets is AWS's limit of targets of one rule.
const maxTargets = 5

// The defaults and bounds of a retry policy.
//
// Source: EventBridge User Guide, "How EventBridge retries delivering events".
const (
	defaultRetries = 185
	defaultMaxAge  = 24 * time.Hour
)

// target is immutable; a change makes a new one.
type target struct {
	settings Target
	to       address
	group    string // message group id of an SQS queue
	input    input
	retries  int
	maxAge   time.Duration
	dlq      *address
}

// PutTargets adds targets to a rule or replaces those with the same ids.
func (s *Service) PutTargets(c *engine.Call, in *PutTargetsInput) (*PutTargetsOutput, error) {
	out := &PutTargetsOutput{FailedEntries: []PutTargetsResultEntry{}}
	var accepted []*target
	for i := range in.Targets {
		t, refused, err := s.compileTarget(&in.Targets[i])
		if err != nil {
			return nil, err
		}
		if refused == "" {
			accepted = append(accepted, t)
			continue
		}
		out.FailedEntries = append(out.FailedEntries, PutTargetsResultEntry{
			TargetId: wire.Some(in.Targets[i].Id), ErrorCode: wire.Some("ValidationException"), ErrorMessage: wire.Some(refused),
		})
	}
	out.FailedEntryCount = wire.Some(int32(len(out.FailedEntries)))
	s.scope.Lock()
	defer s.scope.Unlock()
	b, r, err := s.rule(in.EventBusName.Or(""), in.Rule)
	if err != nil {
		return nil, err
	}
	changed := *r
	changed.targets = slices.Clone(r.targets)
	for _, t := range accepted {
		i, found := slices.BinarySearchFunc(changed.targets, t.settings.Id, func(t *target, id string) int { return strings.Compare(t.settings.Id, id) })
		if found {
			changed.targets[i] = t
		} else {
			changed.targets = slices.Insert(changed.targets, i, t)
		}
	}
	if len(changed.targets) > maxTargets {
		return nil, overLimit()
	}
	b.put(&changed)
	c.Lineage(r.place)
	return out, nil
}

var targetARN = regexp.MustCompile(`^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12})?:.+$`)

// badARN is the answer to a request with an ARN that can be none of its parameter.
func badARN(text string) *wire.Error {
	return invalid("Parameter " + text + " is not valid. Reason: Provided Arn is not in correct format.")
}

// compileTarget checks one target. refused is the message of an entry that fails alone.
//
// Source: users of Terraform, CloudFormation and the AWS DDK quote refusals of the whole request for ARNs in a wrong format and for FIFO
// queues without a message group (issue 20263 of terraform, 183 of aws-ddk); moto's tests have both texts.
func (s *Service) compileTarget(in *Target) (t *target, refused string, err error) {
	t = &target{settings: *in, retries: defaultRetries, maxAge: defaultMaxAge}
	if t.input, err = compileInput(in); err != nil {
		return nil, "", err
	}
	a, ok := parseARN(in.Arn)
	if !ok || !targetARN.MatchString(in.Arn) {
		return nil, "", badARN(in.Arn)
	}
	t.to = addressOf(a, s.scope.Account, s.scope.Region)
	if in.SqsParameters != nil {
		t.group = in.SqsParameters.MessageGroupId.Or("")
	}
	if a.Service == "sqs" && strings.HasSuffix(a.Resource, ".fifo") && t.group == "" {
		return nil, "", invalid("Parameter(s) SqsParameters must be specified for target: " + in.Id + ".")
	}
	if t.to.place.Kind() == event.PlaceBus && t.input.changes() {
		return nil, "Input, InputPath and InputTransformer are not supported for target " + in.Id + ", an event bus.", nil
	}
	if in.RetryPolicy != nil {
		t.retries = int(in.RetryPolicy.MaximumRetryAttempts.Or(defaultRetries))
		if age := in.RetryPolicy.MaximumEventAgeInSeconds; age.OK {
			t.maxAge = time.Duration(age.V) * time.Second
		}
	}
	if in.DeadLetterConfig == nil || !in.DeadLetterConfig.Arn.OK {
		return t, "", nil
	}
	a, ok = parseARN(in.DeadLetterConfig.Arn.V)
	if !ok || a.Service != "sqs" {
		return nil, "", badARN(in.DeadLetterConfig.Arn.V)
	}
	if strings.HasSuffix(a.Resource, ".fifo") {
		return nil, "Parameter " + in.DeadLetterConfig.Arn.V + " is not valid. Reason: a dead-letter queue must be a standard queue.", nil
	}
	dlq := addressOf(a, s.scope.Account, s.scope.Region)
	t.dlq = &dlq
	return t, "", nil
}

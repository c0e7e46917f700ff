package sqs

// Implements: the tasks of a source queue, the latest first, at most ten.
// Differs from AWS: nothing known.
// Not implemented: nothing known.

import (
	"strconv"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const maxListed = 10 // tasks of a queue that are remembered

// ListMessageMoveTasks lists the move tasks of a dead-letter queue.
func (s *Service) ListMessageMoveTasks(_ *engine.Call, in *ListMessageMoveTasksInput) (*ListMessageMoveTasksOutput, error) {
	if v := in.MaxResults; v.OK && (v.V < 1 || v.V > maxListed) {
		return nil, errInvalidParameter(strconv.Itoa(int(v.V)), "MaxResults", "Must be between 1 and 10, if provided.")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.byARN(in.SourceArn, "SourceArn")
	if err != nil {
		return nil, err
	}
	out := &ListMessageMoveTasksOutput{Results: []ListMessageMoveTasksResultEntry{}}
	for i := len(q.tasks) - 1; i >= 0 && len(out.Results) < int(in.MaxResults.Or(1)); i-- {
		out.Results = append(out.Results, q.tasks[i].entry())
	}
	return out, nil
}

func (t *moveTask) entry() ListMessageMoveTasksResultEntry {
	e := ListMessageMoveTasksResultEntry{
		Status: wire.Some(t.state), SourceArn: wire.Some(t.source.arn), ApproximateNumberOfMessagesMoved: wire.Some(t.moved),
		ApproximateNumberOfMessagesToMove: wire.Some(t.toMove), StartedTimestamp: wire.Some(t.started.UnixMilli()),
	}
	if t.state == taskRunning {
		e.TaskHandle = wire.Some(t.handle())
	}
	if t.target != "" {
		e.DestinationArn = wire.Some(t.target)
	}
	if t.rate > 0 {
		e.MaxNumberOfMessagesPerSecond = wire.Some(t.rate)
	}
	if t.failure != "" {
		e.FailureReason = wire.Some(t.failure)
	}
	return e
}

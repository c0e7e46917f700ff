package sqs

// Implements: the end of a running task; what it moved stays moved.
// Differs from AWS: it ends at once, without the state CANCELLING.
// Not implemented: nothing known.

import (
	"encoding/base64"
	"encoding/json"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// taskHandle is what a task handle stands for: the Base64 of its JSON.
type taskHandle struct {
	Task   string `json:"taskId"`
	Source string `json:"sourceArn"`
}

func (t *moveTask) handle() string {
	text, _ := json.Marshal(taskHandle{t.id, t.source.arn}) // two strings: cannot fail
	return base64.StdEncoding.EncodeToString(text)
}

// CancelMessageMoveTask ends a running move task.
func (s *Service) CancelMessageMoveTask(_ *engine.Call, in *CancelMessageMoveTaskInput) (*CancelMessageMoveTaskOutput, error) {
	var h taskHandle
	text, err := base64.StdEncoding.DecodeString(in.TaskHandle)
	if err != nil || json.Unmarshal(text, &h) != nil || h.Task == "" || h.Source == "" {
		return nil, errInvalidValue("Value for parameter TaskHandle is invalid.")
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.byARN(h.Source, "SourceArn")
	if err != nil {
		return nil, err
	}
	for _, t := range q.tasks {
		if t.id != h.Task {
			continue
		}
		if t.state != taskRunning {
			return nil, ErrUnsupportedOperation("Only a task that is RUNNING can be cancelled; this one is " + t.state + ".")
		}
		t.state = taskCancelled
		return &CancelMessageMoveTaskOutput{ApproximateNumberOfMessagesMoved: wire.Some(t.moved)}, nil
	}
	return nil, ErrResourceNotFoundException("Task does not exist.")
}

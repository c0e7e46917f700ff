package sqs

// Implements: a task that moves the visible messages of a dead-letter queue to another queue or back to where they came from, at a
// given rate or at once; moved messages are new ones, with new ids and retention.
// Differs from AWS: moves at most as many messages as were visible when it started, for as long as that takes (AWS: 36 hours).
// Not implemented: nothing known.

import (
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The states of a move task.
const (
	taskRunning   = "RUNNING"
	taskCompleted = "COMPLETED"
	taskCancelled = "CANCELLED"
	taskFailed    = "FAILED"
)

const (
	maxTasks = 100  // active ones of an account
	maxRate  = 500  // messages a second
	atOnce   = 1000 // messages that a task without a rate moves before it lets others have the scope's lock
)

const arnForm = "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"

// moveTask moves messages out of a dead-letter queue.
//
// Source: Amazon SQS API Reference, StartMessageMoveTask, and Developer Guide, "Configure a dead-letter queue redrive": moved
// messages get a new id and enqueue time. Texts and states were recorded against AWS by LocalStack, test_sqs_move_task.py.
type moveTask struct {
	id      string
	source  *queue
	target  string // ARN; "": each message goes back to where it came from
	rate    int32  // messages a second; 0: no limit
	started time.Time
	toMove  int64
	moved   int64
	state   string
	failure string
}

// StartMessageMoveTask starts to move the messages of a dead-letter queue.
func (s *Service) StartMessageMoveTask(c *engine.Call, in *StartMessageMoveTaskInput) (*StartMessageMoveTaskOutput, error) {
	s.scope.Lock()
	defer s.scope.Unlock()
	q, err := s.byARN(in.SourceArn, "SourceArn")
	if err != nil {
		return nil, err
	}
	if err := s.checkTask(q, in); err != nil {
		return nil, err
	}
	q.wake(q.settle(s.now()))
	t := &moveTask{
		id: s.scope.UUID(), source: q, target: in.DestinationArn.V, rate: in.MaxNumberOfMessagesPerSecond.V, started: s.engine.Now(),
		toMove: int64(q.visible()), state: taskRunning,
	}
	c.Lineage(q.place)
	q.tasks = append(q.tasks[max(0, len(q.tasks)-maxListed+1):], t)
	t.schedule(t.started)
	return &StartMessageMoveTaskOutput{TaskHandle: wire.Some(t.handle())}, nil
}

func (s *Service) checkTask(q *queue, in *StartMessageMoveTaskInput) error {
	if v := in.MaxNumberOfMessagesPerSecond; v.OK && (v.V < 1 || v.V > maxRate) {
		return errInvalidParameter(strconv.Itoa(int(v.V)), "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500, if provided.")
	}
	running, sources := 0, 0
	for _, other := range s.queues {
		if p := other.settings.redrive; p != nil && p.name == q.name {
			sources++
		}
		if other.task() != nil {
			running++
		}
	}
	if sources == 0 {
		return errInvalidValue("Source queue must be configured as a Dead Letter Queue.")
	}
	if in.DestinationArn.V != "" {
		target, err := s.byARN(in.DestinationArn.V, "DestinationArn")
		if err != nil {
			return err
		}
		if (target.fifo == nil) != (q.fifo == nil) || target == q {
			return errInvalidParameter(in.DestinationArn.V, "DestinationArn", "The destination queue must be another one, and of the type of the source queue.")
		}
	}
	if q.task() != nil {
		return errInvalidValue("There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
	}
	if running >= maxTasks {
		return ErrRequestThrottled("The maximum number of active message movement tasks is reached: " + strconv.Itoa(maxTasks) + ".")
	}
	return nil
}

// byARN returns the queue that a parameter names by its ARN. The scope must be locked.
func (s *Service) byARN(text, parameter string) (*queue, error) {
	a, ok := parseARN(text)
	if !ok {
		return nil, errInvalidValue("You must use this format to specify the " + parameter + ": " + arnForm)
	}
	if q := s.queues[a.Resource]; q != nil && q.arn == text {
		return q, nil
	}
	return nil, ErrResourceNotFoundException("The resource that you specified for the " + parameter + " parameter doesn't exist.")
}

// parseARN takes ARNs of resources without colons in their names, as those of queues are.
func parseARN(text string) (arn.ARN, bool) {
	a, ok := arn.Parse(text)
	return a, ok && !strings.Contains(a.Resource, ":")
}

// task returns the running task of the queue, nil if there is none.
func (q *queue) task() *moveTask {
	if n := len(q.tasks); n > 0 && q.tasks[n-1].state == taskRunning {
		return q.tasks[n-1]
	}
	return nil
}

func (t *moveTask) schedule(due time.Time) {
	s := t.source.service
	s.engine.Schedule(&engine.Task{
		Due: due, Scope: s.scope, Channel: "move from " + string(t.source.place), What: "move of messages from " + string(t.source.place), Place: t.source.place, Run: t.run,
	})
}

// run moves what is due and schedules itself for the rest.
func (t *moveTask) run() {
	q := t.source
	s := q.service
	hold := s.scope.Hold()
	defer hold.End()
	if t.state != taskRunning || s.queues[q.name] != q {
		return
	}
	q.wake(q.settle(s.now()))
	limit := atOnce
	if t.rate > 0 {
		limit = 1
	}
	var moves []move
	for range limit {
		m := q.peek()
		if m == nil || t.moved == t.toMove {
			t.state = taskCompleted
			break
		}
		if t.failure = t.destination(m); t.failure != "" {
			t.state = taskFailed
			break
		}
		if v := t.moveOne(m); v.message != nil {
			moves = append(moves, v)
		}
		t.moved++
	}
	if t.moved == t.toMove && t.state == taskRunning {
		t.state = taskCompleted
	}
	if t.state == taskRunning {
		due := s.engine.Now()
		if t.rate > 0 {
			due = t.started.Add(time.Duration(t.moved) * time.Second / time.Duration(t.rate))
		}
		t.schedule(due)
	}
	hold.End()
	s.make(moves)
}

// destination tells why a message cannot be moved, "" if it can.
func (t *moveTask) destination(m *message) (failure string) {
	arn := t.arn(m)
	if arn == "" {
		return "CouldNotDetermineMessageSource"
	}
	if _, err := t.source.service.byARN(arn, ""); err != nil {
		return errNoQueue().QueryCode
	}
	return ""
}

func (t *moveTask) arn(m *message) string {
	if t.target == "" {
		return m.more().source
	}
	return t.target
}

// moveOne takes the first message of the source and stores it in its destination, or returns it for the interceptors.
func (t *moveTask) moveOne(m *message) move {
	q := t.source
	s, now := q.service, q.service.now()
	target, _ := s.byARN(t.arn(m), "")
	hop := q.hop(event.KindArrive, m)
	hop.From, hop.To, hop.Outcome = q.place, target.place, event.Delivered
	hop.Reason = event.Because("MessageMoveTask", "task "+t.id+" moved the message out of the dead-letter queue")
	fresh := *m
	fresh.id, fresh.sent, fresh.due, fresh.first, fresh.handed, fresh.count, fresh.carried = s.scope.NewID(), now, now, 0, 0, 0, 0
	if m.extras != nil {
		fresh.with(func(r *rare) { r.source = "" })
		if target.fifo != nil {
			fresh.extras.number = target.fifo.number()
		}
	}
	q.pop()
	q.bury(m)
	if q.fifo != nil {
		q.fifo.rest()
	}
	if s.engine.Intercepted() {
		return move{message: &fresh, hop: hop, target: target.name}
	}
	target.store(&fresh, hop, now)
	return move{}
}

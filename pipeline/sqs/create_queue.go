package sqs

// Implements: standard and FIFO queues with all their attributes, defaults, ranges and tags; an existing queue with the same attributes
// is returned, one with another value of a given attribute refused.
// Differs from AWS: a name can be used again at once after its queue was deleted, unless AWS's waiting rules are on. In all operations
// a queue URL of another account or Region needs no permission; where no such queue is, it names one of the caller's own.
// Not implemented: nothing known.

import (
	"maps"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// CreateQueue makes a queue. It is idempotent.
func (s *Service) CreateQueue(c *engine.Call, in *CreateQueueInput) (*CreateQueueOutput, error) {
	attributes := maps.Clone(in.Attributes)
	if err := checkNewQueue(in.QueueName, attributes); err != nil {
		return nil, err
	}
	if err := checkTags(in.QueueName, in.Tags, nil); err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	out := &CreateQueueOutput{QueueUrl: wire.Some(queueURL(c.BaseURL, s.scope.Account, in.QueueName))}
	if q := s.queues[in.QueueName]; q != nil {
		if err := q.sameAttributes(attributes); err != nil {
			return nil, err
		}
		return out, nil
	}
	if at, ok := s.deleted[in.QueueName]; ok && s.engine.Now().Sub(at) < waiting {
		return nil, ErrQueueDeletedRecently("You must wait 60 seconds after deleting a queue before you can create another with the same name.")
	}
	q := &queue{service: s, id: s.scope.Uint64(), name: in.QueueName, arn: s.arn(in.QueueName), place: event.At(event.PlaceQueue, in.QueueName)}
	if isFifo(q.name) {
		q.fifo = newFifo()
	}
	settings, err := defaultSettings(q.fifo != nil).with(attributes)
	if err != nil {
		return nil, err
	}
	if err := s.checkRedrive(q, settings.redrive); err != nil {
		return nil, err
	}
	q.settings, q.tags = settings, maps.Clone(in.Tags)
	q.created = s.engine.Now()
	q.modified = q.created
	q.forget()
	c.Lineage(q.place)
	s.queues[q.name] = q
	delete(s.deleted, q.name)
	return out, nil
}

func (s *Service) arn(name string) string {
	return "arn:aws:sqs:" + s.scope.Region + ":" + s.scope.Account + ":" + name
}

// checkNewQueue checks the name and that it fits the type: only names of FIFO queues end in .fifo.
func checkNewQueue(name string, attributes map[string]string) error {
	base, fifoName := strings.CutSuffix(name, ".fifo")
	fifo := strings.EqualFold(attributes[QueueAttributeNameFifoQueue], "true")
	switch {
	case name == "":
		return errInvalidValue("Queue name cannot be empty")
	case fifo && (!fifoName || !validQueueName(base) || len(name) > 80):
		return errInvalidValue("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
	case !fifo && !validQueueName(name):
		return errInvalidValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	return nil
}

// sameAttributes refuses attributes that differ from those of an existing queue.
func (q *queue) sameAttributes(attributes map[string]string) error {
	wish, err := q.settings.with(attributes)
	if err != nil {
		return err
	}
	for _, name := range wire.SortedKeys(attributes) {
		if wish.get(name) != q.settings.get(name) {
			return ErrQueueNameExists("A queue already exists with the same name and a different value for attribute " + name)
		}
	}
	return nil
}

// checkRedrive checks that the dead-letter queue of a policy exists in this account and region and lets q use it.
func (s *Service) checkRedrive(q *queue, p *redrivePolicy) error {
	if p == nil {
		return nil
	}
	wrong := func(reason string) error {
		return errInvalidParameter(p.given, QueueAttributeNameRedrivePolicy, reason)
	}
	a, _ := parseARN(p.arn)
	if a.Account != s.scope.Account {
		return wrong("Dead-letter target owner should be same as the source.")
	}
	if isFifo(p.name) != (q.fifo != nil) {
		return wrong("Dead-letter queue must be same type of queue as the source..") // two full stops, as AWS writes it
	}
	dlq := s.queues[p.name]
	if dlq == nil || a.Region != s.scope.Region {
		return wrong("Dead letter target does not exist.")
	}
	if !dlq.settings.allow.allows(q.arn) {
		return wrong("The redrive allow policy of the dead-letter queue does not allow this source queue.")
	}
	return nil
}

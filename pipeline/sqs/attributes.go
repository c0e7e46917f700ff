package sqs

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// settings are the attributes of a queue that its owner sets. Defaults and ranges: Amazon SQS API Reference, CreateQueue; the
// largest message is 1 MiB since August 2025.
type settings struct {
	visibility int32 // seconds, as all the others
	delay      int32
	retention  int32
	wait       int32
	maxSize    int32 // bytes
	keyReuse   int32
	sse        bool
	kmsKey     string
	policy     string
	redrive    *redrivePolicy
	allow      *redriveAllowPolicy

	fifo      bool
	byContent bool   // ContentBasedDeduplication
	scope     string // DeduplicationScope
	quota     string // FifoThroughputLimit
}

// Values of DeduplicationScope and FifoThroughputLimit; the first of each is the default.
const (
	scopeQueue = "queue"
	scopeGroup = "messageGroup"
	quotaQueue = "perQueue"
	quotaGroup = "perMessageGroupId"
)

const (
	maxVisibility = 43200   // seconds
	maxDelay      = 900     // seconds
	maxWait       = 20      // seconds
	maxMessage    = 1 << 20 // bytes, of a message and of a batch
	maxInFlight   = 120000  // messages of a queue; of FIFO queues, too, since November 2024
)

func defaultSettings(fifo bool) settings {
	return settings{visibility: 30, retention: 345600, maxSize: maxMessage, keyReuse: 300, sse: true, fifo: fifo, scope: scopeQueue, quota: quotaQueue}
}

// number describes one numeric attribute.
type number struct {
	min, max int32
	of       func(*settings) *int32
}

var numbers = map[string]number{
	QueueAttributeNameVisibilityTimeout:             {0, maxVisibility, func(s *settings) *int32 { return &s.visibility }},
	QueueAttributeNameDelaySeconds:                  {0, maxDelay, func(s *settings) *int32 { return &s.delay }},
	QueueAttributeNameMessageRetentionPeriod:        {60, 1209600, func(s *settings) *int32 { return &s.retention }},
	QueueAttributeNameReceiveMessageWaitTimeSeconds: {0, maxWait, func(s *settings) *int32 { return &s.wait }},
	QueueAttributeNameMaximumMessageSize:            {1024, maxMessage, func(s *settings) *int32 { return &s.maxSize }},
	QueueAttributeNameKmsDataKeyReusePeriodSeconds:  {60, 86400, func(s *settings) *int32 { return &s.keyReuse }},
}

func errAttributeValue(name string) *wire.Error {
	return ErrInvalidAttributeValue("Invalid value for the parameter " + name + ".")
}

// with returns the settings after attributes were set, or AWS's error and nothing applied. An empty value of a policy or a key
// removes it.
func (s settings) with(attributes map[string]string) (settings, error) {
	for _, name := range wire.SortedKeys(attributes) {
		if err := s.set(name, attributes[name]); err != nil {
			return settings{}, err
		}
	}
	ssePresent := attributes[QueueAttributeNameSqsManagedSseEnabled] == "true"
	if attributes[QueueAttributeNameKmsMasterKeyId] != "" {
		if ssePresent {
			return settings{}, ErrInvalidAttributeName("You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")
		}
		s.sse = false
	}
	if ssePresent {
		s.kmsKey = ""
	}
	if s.quota == quotaGroup && s.scope != scopeGroup {
		return settings{}, ErrInvalidAttributeValue("Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only when DeduplicationScope is messageGroup.")
	}
	return s, nil
}

func (s *settings) set(name, value string) error {
	if n, ok := numbers[name]; ok {
		v, err := strconv.ParseInt(value, 10, 32)
		if value == "" || value[0] == '+' || err != nil || int32(v) < n.min || int32(v) > n.max {
			return errAttributeValue(name)
		}
		*n.of(s) = int32(v)
		return nil
	}
	var err error
	switch name {
	case QueueAttributeNameSqsManagedSseEnabled:
		if value != "true" && value != "false" {
			return errAttributeValue(name)
		}
		s.sse = value == "true"
	case QueueAttributeNameKmsMasterKeyId:
		s.kmsKey = value
	case QueueAttributeNamePolicy:
		s.policy, err = value, checkPolicy(value)
	case QueueAttributeNameRedrivePolicy:
		s.redrive, err = parseRedrivePolicy(value)
	case QueueAttributeNameRedriveAllowPolicy:
		s.allow, err = parseRedriveAllowPolicy(value)
	default:
		return s.setFifo(name, value)
	}
	return err
}

// setFifo sets an attribute that only FIFO queues have.
func (s *settings) setFifo(name, value string) error {
	switch {
	case !fifoAttributes[name] || !s.fifo && (name == QueueAttributeNameFifoQueue || name == QueueAttributeNameContentBasedDeduplication):
		return ErrInvalidAttributeName("Unknown Attribute " + name + ".")
	case !s.fifo:
		return ErrInvalidAttributeName("You can specify the " + name + " only when FifoQueue is set to true.")
	}
	ok := false
	switch name {
	case QueueAttributeNameFifoQueue:
		if ok = strings.EqualFold(value, "true"); strings.EqualFold(value, "false") {
			return ErrInvalidAttributeValue("Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.")
		}
	case QueueAttributeNameContentBasedDeduplication:
		s.byContent = strings.EqualFold(value, "true")
		ok = s.byContent || strings.EqualFold(value, "false")
	case QueueAttributeNameDeduplicationScope:
		s.scope = value
		ok = value == scopeQueue || value == scopeGroup
	case QueueAttributeNameFifoThroughputLimit:
		s.quota = value
		ok = value == quotaQueue || value == quotaGroup
	}
	if !ok {
		return errAttributeValue(name)
	}
	return nil
}

// get returns an attribute that can be set, "" if it is not set.
func (s *settings) get(name string) string {
	if n, ok := numbers[name]; ok {
		if name == QueueAttributeNameKmsDataKeyReusePeriodSeconds && s.kmsKey == "" {
			return ""
		}
		return strconv.Itoa(int(*n.of(s)))
	}
	switch name {
	case QueueAttributeNameSqsManagedSseEnabled:
		return strconv.FormatBool(s.sse)
	case QueueAttributeNameKmsMasterKeyId:
		return s.kmsKey
	case QueueAttributeNamePolicy:
		return s.policy
	case QueueAttributeNameRedrivePolicy:
		return s.redrive.String()
	case QueueAttributeNameRedriveAllowPolicy:
		return s.allow.String()
	}
	if s.fifo {
		return s.getFifo(name)
	}
	return ""
}

func (s *settings) getFifo(name string) string {
	switch name {
	case QueueAttributeNameFifoQueue:
		return "true"
	case QueueAttributeNameContentBasedDeduplication:
		return strconv.FormatBool(s.byContent)
	case QueueAttributeNameDeduplicationScope:
		return s.scope
	case QueueAttributeNameFifoThroughputLimit:
		return s.quota
	}
	return ""
}

// attributeNames are the attributes of queues; a standard queue has no value for those of FIFO queues.
var attributeNames = []string{
	QueueAttributeNamePolicy, QueueAttributeNameVisibilityTimeout, QueueAttributeNameMaximumMessageSize, QueueAttributeNameMessageRetentionPeriod,
	QueueAttributeNameApproximateNumberOfMessages, QueueAttributeNameApproximateNumberOfMessagesNotVisible, QueueAttributeNameCreatedTimestamp,
	QueueAttributeNameLastModifiedTimestamp, QueueAttributeNameQueueArn, QueueAttributeNameApproximateNumberOfMessagesDelayed,
	QueueAttributeNameDelaySeconds, QueueAttributeNameReceiveMessageWaitTimeSeconds, QueueAttributeNameRedrivePolicy,
	QueueAttributeNameKmsMasterKeyId, QueueAttributeNameKmsDataKeyReusePeriodSeconds, QueueAttributeNameRedriveAllowPolicy,
	QueueAttributeNameSqsManagedSseEnabled, QueueAttributeNameFifoQueue, QueueAttributeNameContentBasedDeduplication,
	QueueAttributeNameDeduplicationScope, QueueAttributeNameFifoThroughputLimit,
}

// fifoAttributes are those that only FIFO queues have: asked for, a standard queue leaves them out.
var fifoAttributes = map[string]bool{
	QueueAttributeNameFifoQueue: true, QueueAttributeNameContentBasedDeduplication: true, QueueAttributeNameDeduplicationScope: true,
	QueueAttributeNameFifoThroughputLimit: true,
}

// attribute returns any attribute of the queue, "" if it is not set. The queue must be settled.
func (q *queue) attribute(name string) string {
	switch name {
	case QueueAttributeNameApproximateNumberOfMessages:
		return strconv.Itoa(q.visible())
	case QueueAttributeNameApproximateNumberOfMessagesNotVisible:
		return strconv.Itoa(len(q.inFlight))
	case QueueAttributeNameApproximateNumberOfMessagesDelayed:
		return strconv.Itoa(len(q.delayed))
	case QueueAttributeNameCreatedTimestamp:
		return strconv.FormatInt(q.created.Unix(), 10)
	case QueueAttributeNameLastModifiedTimestamp:
		return strconv.FormatInt(q.modified.Unix(), 10)
	case QueueAttributeNameQueueArn:
		return q.arn
	}
	return q.settings.get(name)
}

// redrivePolicy says when a message moves to which dead-letter queue.
type redrivePolicy struct {
	arn   string // of the dead-letter queue
	name  string // of the dead-letter queue
	max   int32  // receives after which the next one moves the message
	given string // as it was set
}

// String returns the policy as JSON, "" for none.
func (p *redrivePolicy) String() string {
	if p == nil {
		return ""
	}
	return `{"deadLetterTargetArn":` + quoted(p.arn) + `,"maxReceiveCount":` + strconv.Itoa(int(p.max)) + "}"
}

func quoted(s string) string { return string(wire.AppendString(nil, s)) }

func parseRedrivePolicy(value string) (*redrivePolicy, error) {
	if value == "" {
		return nil, nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(value), &members) != nil || members == nil {
		return nil, ErrInvalidAttributeValue("Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.")
	}
	wrong := func(reason string) (*redrivePolicy, error) {
		return nil, errInvalidParameter(value, QueueAttributeNameRedrivePolicy, reason)
	}
	for _, name := range []string{"maxReceiveCount", "deadLetterTargetArn"} {
		if _, ok := members[name]; !ok {
			return wrong("Redrive policy does not contain mandatory attribute: " + name + ".")
		}
	}
	if len(members) > 2 {
		return wrong("Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].")
	}
	count := strings.Trim(string(members["maxReceiveCount"]), `"`)
	n, err := strconv.ParseInt(count, 10, 32)
	if err != nil || n < 1 || n > 1000 {
		return wrong("Invalid value for maxReceiveCount: " + count + ", valid values are from 1 to 1000 both inclusive.")
	}
	p := &redrivePolicy{max: int32(n), given: value}
	dlq, ok := arn.ARN{}, false
	if json.Unmarshal(members["deadLetterTargetArn"], &p.arn) == nil {
		dlq, ok = parseARN(p.arn)
	}
	if ok && dlq.Service != "sqs" {
		return wrong("Only SQS queues are valid resources for deadLetterTargetArn.")
	}
	if !ok || dlq.Resource == "" {
		return wrong("Dead-letter target ARN should be fully qualified ARN.")
	}
	p.name = dlq.Resource
	return p, nil
}

// redriveAllowPolicy says which queues may use this one as their dead-letter queue; nil allows all.
type redriveAllowPolicy struct {
	Permission string   `json:"redrivePermission"`
	Sources    []string `json:"sourceQueueArns,omitempty"`
}

// String returns the policy as JSON, "" for none.
func (p *redriveAllowPolicy) String() string {
	if p == nil {
		return ""
	}
	text, _ := json.Marshal(p) // strings only: cannot fail
	return string(text)
}

func (p *redriveAllowPolicy) allows(source string) bool {
	if p == nil || p.Permission == "allowAll" {
		return true
	}
	for _, arn := range p.Sources {
		if arn == source {
			return true
		}
	}
	return false
}

func parseRedriveAllowPolicy(value string) (*redriveAllowPolicy, error) {
	if value == "" {
		return nil, nil
	}
	p := &redriveAllowPolicy{}
	d := json.NewDecoder(strings.NewReader(value))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil || d.More() || p.Permission != "allowAll" && p.Permission != "denyAll" && p.Permission != "byQueue" {
		return nil, ErrInvalidAttributeValue("Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.")
	}
	reason := ""
	switch {
	case p.Permission != "byQueue" && p.Sources != nil:
		reason = "To specify one or more source queue ARNs, you must set redrivePermission to byQueue."
	case p.Permission == "byQueue" && len(p.Sources) == 0:
		reason = "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."
	case len(p.Sources) > 10:
		reason = "The maximum number of source queue ARNs you can specify is 10."
	}
	if reason != "" {
		return nil, errInvalidParameter(value, QueueAttributeNameRedriveAllowPolicy, "Amazon SQS can't create the redrive allow policy. "+reason)
	}
	return p, nil
}

package dye

import (
	"time"
)

// Option changes how [Test] runs a body, or how a value is compared by [T.Diff].
type Option interface{ apply(*options) }

type options struct {
	patience time.Duration
	seed     uint64
	tenantAt []string

	correlationAt []string
	causationAt   []string
}

const defaultPatience = 10 * time.Second

func newOptions(list []Option) *options {
	o := &options{patience: defaultPatience, seed: defaultSeed}
	for _, option := range list {
		option.apply(o)
	}
	return o
}

type patience time.Duration

func (p patience) apply(o *options) { o.patience = time.Duration(p) }

// Patience sets how much real time a test may hang before it is abandoned and what it hangs on is named: in a bubble when
// something is waited for that is not of the bubble; on a running server when the flow does not come to rest. The default is 10 s.
func Patience(d time.Duration) Option { return patience(d) }

type tenantAt []string

func (paths tenantAt) apply(o *options) { o.tenantAt = paths }

// TenantAt declares the paths at which events name their tenant, in place of detail.tenant_id, detail.tenantId, detail.tenant,
// tenant_id and tenant: "detail.org.id". The message attribute tenant is looked at when no path leads to a name.
func TenantAt(paths ...string) Option { return tenantAt(paths) }

type correlationAt []string

func (paths correlationAt) apply(o *options) { o.correlationAt = paths }

// CorrelationAt declares where events name the transaction that they are of: paths of the body ("detail.correlation_id") or
// message attributes ("traceparent", of which the trace id counts). What a flow is called there is learnt from the first events of
// its stimulus; events that name it are then of that flow, also when a consumer sends them after it has acknowledged what led to
// them, or while it holds messages of other flows.
func CorrelationAt(paths ...string) Option { return correlationAt(paths) }

type causationAt []string

func (paths causationAt) apply(o *options) { o.causationAt = paths }

// CausationAt declares where events name what caused them: paths of the body ("detail.causation_id") or message attributes. It is for
// transports that strip every header and consumers that hide who they are, where the pipeline cannot know a cause. What is named is
// looked for among the ids of earlier events: of the envelope, of the message, and a member event_id, message_id or id beside the path
// or above it. The event that has it is then the cause, in [Chain], reports and recordings, and what follows is of its flow. A cause
// that the pipeline knows for certain stays; an id that no event has, or several, is told where a chain breaks.
func CausationAt(paths ...string) Option { return causationAt(paths) }

type seed uint64

func (s seed) apply(o *options) { o.seed = uint64(s) }

// Seed sets the seed of a test where neither DYETRACE_SEED nor -dye.seed does: to keep a schedule that once failed. Without it
// the seed is 1, so that a test gives the same result each time until somebody asks for other schedules.
func Seed(n uint64) Option { return seed(n) }

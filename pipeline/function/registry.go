package function

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// The defaults of a [Function].
//
// Source: AWS Lambda Developer Guide, "Lambda quotas" (timeout) and "How Lambda handles errors and retries with asynchronous
// invocation".
const (
	DefaultTimeout  = 15 * time.Minute // the longest that AWS allows; AWS's own default is 3 s
	DefaultRetries  = 2
	DefaultEventAge = 6 * time.Hour
)

// Function is a handler with the settings of its function. Only Handler is needed.
type Function struct {
	Handler any           // see [Registry.Register]
	Timeout time.Duration // of one invocation, in package time; 0 means DefaultTimeout

	// Of asynchronous invocations:
	Retries    int           // after the first attempt; 0 means DefaultRetries, negative means none
	EventAge   time.Duration // an event that is older is not tried again; 0 means DefaultEventAge
	DeadLetter string        // ARN of the SQS queue or SNS topic that gets events that failed for good; "" is none

	// Context, if not nil, adds to the context of each invocation, e.g. what lambdacontext.FromContext finds.
	Context func(ctx context.Context, in Invocation) context.Context
}

// Invocation says what a function is invoked for.
type Invocation struct {
	RequestID string
	ARN       string // of the function as it was called, with its qualifier
	Attempt   int    // from 1; of a synchronous invocation always 1
}

// Registry holds the functions of a pipeline. The zero value is ready.
type Registry struct {
	mu  sync.RWMutex
	all map[string]*compiled // by name or unqualified ARN
}

type compiled struct {
	Function
	invoke invoker
	dead   *address // of DeadLetter
}

// form compiles an expression when it is first asked for: their repetitions take a millisecond and half a megabyte, which every start
// would pay.
func form(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

var (
	nameForm = form(`^[a-zA-Z0-9-_]{1,64}$`)
	arnForm  = form(`^arn:aws[a-z-]*:lambda:([a-z0-9-]+):([0-9]{12}):function:([a-zA-Z0-9-_]{1,64})(?::([a-zA-Z0-9$_-]{1,128}))?$`)
	deadForm = form(`^arn:aws[a-z-]*:(sqs|sns):([a-z0-9-]+):([0-9]{12}):([a-zA-Z0-9-_]{1,256})$`)
)

// Register adds a function, or replaces the one of that name. A name stands for a function in every account and region, an ARN
// (arn:aws:lambda:REGION:ACCOUNT:function:NAME) for that one only. handler is a [Function], or what aws-lambda-go takes:
//
//	func ([context.Context] [, TIn]) ([TOut,] [error])
//
// with JSON types TIn and TOut, or a value with the method Invoke(context.Context, []byte) ([]byte, error). It may be called by
// several goroutines at once.
func (r *Registry) Register(name string, handler any) error {
	f, ok := handler.(Function)
	if !ok {
		f = Function{Handler: handler}
	}
	m := arnForm().FindStringSubmatch(name)
	if !nameForm().MatchString(name) && (m == nil || m[4] != "") {
		return fmt.Errorf("function %q: the name must have 1 to 64 letters, digits, - and _, or be the ARN of a function without a qualifier", name)
	}
	c := &compiled{Function: f}
	var err error
	if c.invoke, err = compile(f.Handler); err != nil {
		return fmt.Errorf("function %s: %w", name, err)
	}
	if c.DeadLetter != "" {
		dead, ok := deadLetterAddress(c.DeadLetter)
		if !ok {
			return fmt.Errorf("function %s: the dead letter %q must be the ARN of a standard SQS queue or SNS topic", name, c.DeadLetter)
		}
		c.dead = &dead
	}
	c.defaults()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]*compiled{}
	}
	r.all[name] = c
	return nil
}

func (c *compiled) defaults() {
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	switch {
	case c.Retries == 0:
		c.Retries = DefaultRetries
	case c.Retries < 0:
		c.Retries = 0
	}
	if c.EventAge <= 0 {
		c.EventAge = DefaultEventAge
	}
}

// find returns the function of a name in an account and region, or nil.
func (r *Registry) find(account, region, name string) *compiled {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if f := r.all[arnOf(account, region, name)]; f != nil {
		return f
	}
	return r.all[name]
}

// names returns what can be invoked in an account and region.
func (r *Registry) names(account, region string) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var names []string
	for key := range r.all {
		if name, here := strings.CutPrefix(key, arnOf(account, region, "")); here || !strings.HasPrefix(key, "arn:") {
			names = append(names, name)
		}
	}
	return names
}

func arnOf(account, region, name string) string {
	return "arn:aws:lambda:" + region + ":" + account + ":function:" + name
}

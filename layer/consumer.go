package layer

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// Consumer is a consumer under test, made afresh for each run of a case: all that it keeps must be made with it. One of Handle,
// HandleBatch and Run says how it consumes.
type Consumer struct {
	// Handle handles one message; nil acknowledges it, an error leaves it to come again. Calls of it, and of HandleBatch, are made
	// one after the other.
	Handle func(ctx context.Context, m observe.Message) error
	// HandleBatch handles up to ten messages and returns the ids of those that failed, as a Lambda function with
	// ReportBatchItemFailures does; an error fails them all.
	HandleBatch func(ctx context.Context, batch []observe.Message) (failed []string, err error)
	// Run is a consumer with a loop of its own: it reads the queue with a client of the run's backend until ctx ends. In case Slow
	// it is called twice at once, as two instances; in case Crash again after its ctx was ended.
	Run func(ctx context.Context) error

	// State reads what the consumer made of the events: anything that can be written as JSON.
	State func(ctx context.Context) (any, error)

	Queue   string            // that it reads; "" is DefaultQueue. Made with a dead-letter queue if it does not exist
	Restart func()            // forgets what a process loses when it dies; nil: nothing
	Break   func(broken bool) // makes what the consumer depends on fail, or work again; nil: case Outage is left out
}

// DefaultQueue is the queue of a [Consumer] that names none.
const DefaultQueue = "consumer-under-test"

// Case names what may happen to a consumer.
type Case string

// The cases, in the order in which a table has them.
const (
	Plain        Case = "plain"         // each event once, in order, one after the other
	Redelivered  Case = "redelivered"   // each message comes twice: its acknowledgement was lost
	Duplicated   Case = "duplicated"    // each event comes in two messages, the second among later events
	OutOfOrder   Case = "out of order"  // the events come in other orders
	Poison       Case = "poison"        // a message that cannot be handled goes to the dead-letter queue, and the rest goes on
	PartialBatch Case = "partial batch" // in a batch with such a message, only that one comes again
	Crash        Case = "crash"         // the consumer dies just before, or just after, each of its acknowledgements
	Slow         Case = "slow"          // it holds the first message longer than its visibility timeout, and another instance overtakes it
	Outage       Case = "outage"        // what it depends on fails for a while: all events come again, and none is lost
)

// AllCases returns the cases in order.
func AllCases() []Case {
	return []Case{Plain, Redelivered, Duplicated, OutOfOrder, Poison, PartialBatch, Crash, Slow, Outage}
}

// Cases says what a table of consumer cases does. Of its fields only Events is needed.
type Cases struct {
	Events []event.Event // what the consumer gets, in the order in which it was stated: see Bodies
	Want   any           // the state that they lead to; nil: what case Plain leads to
	Poison event.Event   // cannot be handled, and the consumer is to say so; zero: a text that is not JSON

	Only []Case          // nil: all
	Skip map[Case]string // cases that the consumer's contract leaves out, each with the reason

	Volatile     []string      // paths of the state that differ from run to run
	Permutations int           // at most so many orders in case OutOfOrder; 0 is 24: all of up to four events
	Seed         uint64        // of the orders that are tried where there are more; 0 is 1
	FIFO         bool          // make a FIFO queue, with Event.Key as message group: OutOfOrder is then left out
	Visibility   time.Duration // of the queue, if it is made; 0 is 30s
	MaxReceives  int           // of its redrive policy, if it is made; 0 is 3
}

// Bodies returns events with these bodies.
func Bodies(bodies ...string) []event.Event {
	list := make([]event.Event, len(bodies))
	for i, b := range bodies {
		list[i].Body = b
	}
	return list
}

// Variant is one run of a case.
type Variant struct {
	Case  Case
	Text  string // what is particular to it: "order 2 1 3"; "" if the case has one run only
	Skip  string // why it is left out; "" if it is not
	order []int  // of the events
	after bool   // of Crash: the acknowledgement is done before
}

// String names the variant.
func (v Variant) String() string {
	if v.Text == "" {
		return string(v.Case)
	}
	return string(v.Case) + ", " + v.Text
}

// Plan returns the runs of all cases, case by case. A case that is left out has one variant, which says why. The error says that
// the table itself is wrong.
func (c Cases) Plan() ([]Variant, error) {
	if len(c.Events) == 0 {
		return nil, fmt.Errorf("a table of consumer cases needs Events")
	}
	named := slices.Clone(c.Only)
	for name, reason := range c.Skip {
		if reason == "" {
			return nil, fmt.Errorf("case %q is left out without a reason: Skip says why", name)
		}
		named = append(named, name)
	}
	for _, name := range named {
		if !slices.Contains(AllCases(), name) {
			return nil, fmt.Errorf("there is no case %q: see AllCases", name)
		}
	}
	var plan []Variant
	for _, name := range AllCases() {
		if c.Only == nil || slices.Contains(c.Only, name) {
			plan = append(plan, c.variants(name)...)
		}
	}
	return plan, nil
}

func (c Cases) variants(name Case) []Variant {
	inOrder := make([]int, len(c.Events))
	for i := range inOrder {
		inOrder[i] = i
	}
	one := []Variant{{Case: name, order: inOrder}}
	switch reason := c.Skip[name]; {
	case reason != "":
		one[0].Skip = reason
	case name == Duplicated:
		return []Variant{
			{Case: name, Text: "each again behind the next event", order: interleaved(len(c.Events))},
			{Case: name, Text: "all again from the first", order: append(slices.Clone(inOrder), inOrder...)},
		}
	case name == OutOfOrder && c.FIFO:
		one[0].Skip = "the queue is FIFO, and keeps the order within a message group"
	case name == PartialBatch && c.FIFO:
		one[0].Skip = "in a FIFO queue, what follows a failed message of its group waits for it: see case poison"
	case name == OutOfOrder && len(c.Events) == 1:
		one[0].Skip = "there is only one event"
	case name == OutOfOrder:
		return c.orders(inOrder)
	case name == Crash:
		return []Variant{
			{Case: name, Text: "before the acknowledgement", order: inOrder},
			{Case: name, Text: "after the acknowledgement", order: inOrder, after: true},
		}
	}
	return one
}

// interleaved returns the order 1 2 1 3 2 4 3 … n.
func interleaved(n int) []int {
	list := []int{0}
	for i := 1; i < n; i++ {
		list = append(list, i, i-1)
	}
	return append(list, n-1)
}

// orders returns all other orders of the events, or as many as are asked for.
func (c Cases) orders(inOrder []int) []Variant {
	most := cmp.Or(c.Permutations, 24)
	var list []Variant
	seen := map[string]bool{orderText(inOrder): true}
	add := func(order []int) {
		if text := orderText(order); !seen[text] {
			seen[text] = true
			list = append(list, Variant{Case: OutOfOrder, Text: text, order: slices.Clone(order)})
		}
	}
	backwards := slices.Clone(inOrder)
	slices.Reverse(backwards)
	add(backwards) // the one that shows most comes first
	if others := factorial(len(inOrder), most+1); others <= most {
		permute(slices.Clone(inOrder), 0, add)
		return list
	}
	random := rand.New(rand.NewPCG(cmp.Or(c.Seed, 1), 0))
	for tries := 0; len(list) < most && tries < 100*most; tries++ {
		order := slices.Clone(inOrder)
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		add(order)
	}
	return list
}

func factorial(n, limit int) int {
	f := 1
	for i := 2; i <= n && f < limit; i++ {
		f *= i
	}
	return f
}

func permute(list []int, from int, see func([]int)) {
	if from == len(list) {
		see(list)
		return
	}
	for i := from; i < len(list); i++ {
		list[from], list[i] = list[i], list[from]
		permute(list, from+1, see)
		list[from], list[i] = list[i], list[from]
	}
}

func orderText(order []int) string {
	var b strings.Builder
	b.WriteString("order")
	for _, i := range order {
		fmt.Fprintf(&b, " %d", i+1)
	}
	return b.String()
}

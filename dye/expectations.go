package dye

import (
	"time"

	"github.com/dyetrace/dyetrace/expect"
)

// Expectation is a statement about a flow, for [Flow.Expect].
type Expectation = expect.Expectation

// Selector is an expectation that selects events, by type, place, tenant and fields, and says how many there are: at least one
// unless its method Exactly says otherwise.
type Selector = expect.Selector

// Type selects the events of that type.
func Type(name string) Selector { return expect.Type(name) }

// On selects the arrivals at places that match: kind and name as in "bus:crm", "queue:acme-*" and "dlq:*", which are the queues
// that some redrive or dead-letter configuration names.
func On(place string) Selector { return expect.On(place) }

// Tenant selects the events of that tenant, as their payload names it ([TenantAt]) or as their place does.
func Tenant(name string) Selector { return expect.Tenant(name) }

// InOrder says that each part came after the one before, as the pipeline counts its steps.
func InOrder(parts ...Expectation) Expectation { return expect.InOrder(parts...) }

// AnyOrder says that there is an event for each of the selectors, no two of them the same.
func AnyOrder(selectors ...Selector) Expectation { return expect.AnyOrder(selectors...) }

// Chain says that an event of each type came, and that each was caused by the one before.
func Chain(types ...string) Expectation { return expect.Chain(types...) }

// Never says that no event came that any of the selectors selects, with the grade at which that is shown. A place that does not
// exist and a tenant that no event names fail, too: they would prove nothing. So does a type, a source, a tenant or a path of a field
// that nothing in the test knows, if it is a slip away from one that an event, a rule's pattern or another expectation names:
// "did you mean LeadConverted?" Where both are meant, [T.Known] says so.
func Never(selectors ...Selector) Expectation { return expect.Never(selectors...) }

// NothingElse says that the flow has no event beside those that the other expectations of the same Expect select.
func NothingElse() Expectation { return expect.NothingElse() }

// LagBelow says that at most that much time passes on the backend's clock from when an event is stated until it leads to a change
// of the place, such as the table of a read model: for each event that one of the selectors selects, or for those that lead there.
// The report says how long it took.
func LagBelow(place string, most time.Duration, selectors ...Selector) Expectation {
	return expect.LagBelow(place, most, selectors...)
}

// Within sets the horizon of an Expect: how much time passes on the backend's clock before the flow is judged. Within(0) judges
// as soon as nothing is due now.
func Within(d time.Duration) Expectation { return expect.Within(d) }

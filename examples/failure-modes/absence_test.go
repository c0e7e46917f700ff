package failuremodes

import (
	"context"
	"os"
	"testing"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
)

// The system leaks: each tenant's rule matches everybody's orders. The test looks whether the rival got something, and finds
// nothing, because the message is still on its way. Had it looked later, it would have looked at one queue of many.
func TestNaive_incomplete_negative_assertion(t *testing.T) {
	naive(t)
	dye.Test(t, func(d *dye.T) {
		shop := open(d, dyeaws.Config(d), 2, true)
		if err := shop.Place(d.Context(), Order{"acme", 1}); err != nil {
			d.Fatal(err)
		}
		if got := receive(d.Context(), d, shop, "rival", 0); len(got) != 0 {
			d.Errorf("the rival got %d orders", len(got))
		}
	})
}

// The same test with the absence proved: nothing of the flow comes to a place of the rival's, and nothing can come any more.
func TestNegative_assertion_R2_6(t *testing.T) {
	t.Parallel()
	dye.Test(t, func(d *dye.T) {
		shop := open(d, dyeaws.Config(d), 2, os.Getenv("LEAK") != "") // modes_test.go lets it leak, and reads what this test says
		flow := d.Dye(func(ctx context.Context) error { return shop.Place(ctx, Order{"acme", 1}) })
		flow.Expect(
			dye.Type("OrderPlaced").On("queue:acme-packing").Exactly(1),
			dye.Never(dye.Tenant("rival"), dye.On("queue:rival-packing")),
			dye.NothingElse(),
		)
	})
}

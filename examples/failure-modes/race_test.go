package failuremodes

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
)

// The system is right, and as slow as it may be: a message is there after two seconds. A test that has only ever met it on a good
// day sleeps for less. (It sleeps in virtual time here, so that it goes wrong each time and at once.)
func TestNaive_race_in_collection(t *testing.T) {
	naive(t)
	dye.Test(t, func(d *dye.T) {
		shop := open(d, dyeaws.Config(d), 2, false)
		if err := shop.Place(d.Context(), Order{"acme", 1}, Order{"acme", 2}); err != nil {
			d.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := receive(d.Context(), d, shop, "acme", 0); len(got) != 2 {
			d.Errorf("want 2 orders, got %d", len(got))
		}
	})
}

// The same test, but the pipeline knows what is still on its way.
func TestRace_in_collection_R2_2(t *testing.T) {
	t.Parallel()
	dye.Test(t, func(d *dye.T) {
		shop := open(d, dyeaws.Config(d), 2, false)
		orders := []Order{{"acme", 1}, {"acme", 2}}
		if os.Getenv("LOSE") != "" { // modes_test.go lets one get lost, and reads what this test says
			orders = orders[:1]
		}
		flow := d.Dye(func(ctx context.Context) error { return shop.Place(ctx, orders...) })
		flow.Expect(dye.Type("OrderPlaced").On("queue:acme-packing").Exactly(2), dye.NothingElse())
	})
}

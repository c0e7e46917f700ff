package dye

import (
	"sync"

	"github.com/dyetrace/dyetrace/fixture"
)

// lazyFixtures is made when it is first asked for: few tests do.
type lazyFixtures struct {
	once   sync.Once
	source *fixture.Source
}

// Fixtures returns what the fixtures of the run are drawn from (package fixture): ids, names and addresses that no other test has,
// and that are the same whenever the run is repeated with its seed. It is the same source each time; a fixture that cannot be built
// ends the test.
func (d *T) Fixtures() *fixture.Source {
	d.fixtures.once.Do(func() { d.fixtures.source = fixture.For(d, d.seed) })
	return d.fixtures.source
}

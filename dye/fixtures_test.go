package dye_test

import (
	"testing"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/fixture"
)

type contactCreated struct{ ContactID, Email string }

var contactFixtures = fixture.Define("contact", func(v *fixture.Values) contactCreated {
	return contactCreated{ContactID: v.ID("con"), Email: v.Email("ada")}
})

func TestFixtures_are_unique_and_repeatable_R2_5(t *testing.T) {
	built := func(t *testing.T, seed uint64) (list []contactCreated) {
		dye.Test(t, func(d *dye.T) {
			list = append(contactFixtures.Many(d.Fixtures(), 2), contactFixtures.One(d.Fixtures()))
		}, dye.Seed(seed))
		return list
	}
	first, again, other := built(t, 7), built(t, 7), built(t, 8)
	for i := range first {
		if first[i] != again[i] || first[i] == other[i] || i > 0 && first[i] == first[i-1] {
			t.Errorf("contact %d: %v, again %v, of another seed %v", i, first[i], again[i], other[i])
		}
	}
	t.Run("elsewhere", func(t *testing.T) {
		if elsewhere := built(t, 7); elsewhere[0] == first[0] {
			t.Errorf("two tests have %v", first[0])
		}
	})
}

func TestChildFixtures(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		contactFixtures.Trait("vip").Many(d.Fixtures(), 2)
	})
}

func TestFixtures_end_the_test_at_its_line_R2_5(t *testing.T) {
	got := child(t, "^TestChildFixtures$", nil)
	if !got.failed {
		t.Errorf("it passed:\n%s", got.output)
	}
	got.says(t, `fixtures_test.go:39: fixture contact \(vip\), build 1: there is no trait "vip"; there is none`)
}

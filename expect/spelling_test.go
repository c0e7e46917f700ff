package expect

import "testing"

func TestAlike_R2_6(t *testing.T) {
	for _, c := range []struct {
		reason string
		a, b   string
		want   bool
	}{
		{"a letter is missing", "LeadConvrted", "LeadConverted", true},
		{"a letter is wrong", "LeedConverted", "LeadConverted", true},
		{"two are out of turn", "LaedConverted", "LeadConverted", true},
		{"two slips in a long word", "LeadConvertet", "LeadConvrted", true},
		{"the tense", "LeadConvert", "LeadConverted", true},
		{"another way to write it", "lead_converted", "LeadConverted", true},
		{"another way, and a slip", "lead.convrted", "LeadConverted", true},
		{"in capitals", "LEADCONVERTED", "LeadConverted", true},
		{"no word boundary, and a slip", "leadconvrted", "LeadConverted", true},
		{"a capital in a row of them", "SMSSnet", "SMSSent", true},
		{"a member", "detail_id", "detailId", true},
		{"letters that are not Latin", "ЗаказСоздон", "ЗаказСоздан", true},

		{"the same", "LeadConverted", "LeadConverted", false},
		{"another version", "OrderPlaced.v1", "OrderPlaced.v2", false},
		{"another number", "Step1Done", "Step11Done", false},
		{"the opposite", "LeadLocked", "LeadUnlocked", false},
		{"the opposite by another first letter", "ContactImported", "ContactExported", false},
		{"another deed", "ContactCreated", "ContactUpdated", false},
		{"another thing", "LeadCreated", "DealCreated", false},
		{"short words have no slips", "UserLoggedIn", "UserLoggedOn", false},
		{"a word more", "LeadConvertedAgain", "LeadConverted", false},
		{"slips in two words are another name", "LeedConvertd", "LeadConverted", false},
		{"tenants by letter", "tenant-a", "tenant-b", false},
		{"nothing", "", "Lead", false},
		{"only separators", "--", "..", false},
	} {
		if got := alike(c.a, c.b); got != c.want {
			t.Errorf("%s: %q and %q: %t", c.reason, c.a, c.b, got)
		}
		if alike(c.b, c.a) != alike(c.a, c.b) {
			t.Errorf("%q and %q: not the same from both sides", c.a, c.b)
		}
	}
}

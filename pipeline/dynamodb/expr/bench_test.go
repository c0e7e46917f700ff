package expr

import "testing"

func BenchmarkConditionalAppend(b *testing.B) {
	values := item(b, `{":v":{"N":"12"},":t":{"S":"acme"}}`)
	names := map[string]string{"#t": "tenant"}
	row := item(b, `{"pk":{"S":"C-17"},"version":{"N":"12"},"tenant":{"S":"acme"}}`)
	b.ReportAllocs()
	for b.Loop() {
		p, err := NewParams(names, values)
		if err != nil {
			b.Fatal(err)
		}
		c, err := ParseCondition(Condition, "attribute_not_exists(pk) OR (version = :v AND #t = :t)", p)
		if err != nil || p.Unused() != nil || !c.Eval(row) {
			b.Fatal(err)
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	values := item(b, `{":one":{"N":"1"},":e":{"S":"ada@example.com"}}`)
	row := item(b, `{"pk":{"S":"C-17"},"version":{"N":"12"},"detail":{"M":{"email":{"S":"x"},"name":{"S":"Ada"}}}}`)
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p, _ := NewParams(nil, values)
			if _, err := ParseUpdate("SET version = version + :one, detail.email = :e", p); err != nil {
				b.Fatal(err)
			}
		}
	})
	p, _ := NewParams(nil, values)
	u, err := ParseUpdate("SET version = version + :one, detail.email = :e", p)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("apply", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := u.Apply(row); err != nil {
				b.Fatal(err)
			}
		}
	})
}

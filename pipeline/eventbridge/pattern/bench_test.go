package pattern

import (
	"fmt"
	"testing"
)

const benchEvent = `{"version":"0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","detail-type":"ContactCreated","source":"crm.contact",` +
	`"account":"111122223333","time":"2026-11-21T18:43:48Z","region":"us-east-1","resources":[],` +
	`"detail":{"tenant_id":"acme","contact_id":"C-17","version":3,"email":"jane@example.com","name":{"first":"Jane","last":"Doe"},"tags":["a","b"]}}`

func benchRules(n int) []*Pattern {
	var all []*Pattern
	for i := range n {
		tenant := "acme"
		if i > 0 {
			tenant = fmt.Sprint("tenant-", i)
		}
		all = append(all, MustCompile(`{"source":["crm.contact"],"detail-type":[{"prefix":"Contact"}],"detail":{"tenant_id":["`+tenant+`"]}}`))
	}
	return all
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseString(benchEvent); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			rules := benchRules(n)
			e, err := ParseString(benchEvent)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				matched := 0
				for _, p := range rules {
					if p.MatchEvent(e) {
						matched++
					}
				}
				if matched != 1 {
					b.Fatalf("%d rules match", matched)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		benchRules(1)
	}
}

func BenchmarkWildcard_without_blow_up(b *testing.B) {
	p := MustCompile(`{"a":[{"wildcard":"*a*a*a*a*a*a*a*a*a*a*b"}]}`)
	text := make([]byte, 4096)
	for i := range text {
		text[i] = 'a'
	}
	e, err := ParseString(`{"a":"` + string(text) + `"}`)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if p.MatchEvent(e) {
			b.Fatal("matches")
		}
	}
}

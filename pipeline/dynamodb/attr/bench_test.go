package attr

import (
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// event is an item of an event store, about 300 bytes.
const event = `{"pk":{"S":"acme#contact#C-17"},"version":{"N":"12"},"type":{"S":"ContactUpdated"},"at":{"S":"2026-11-21T10:00:00Z"},` +
	`"detail":{"M":{"contact_id":{"S":"C-17"},"tenant_id":{"S":"acme"},"email":{"S":"ada@example.com"},"tags":{"SS":["vip","eu"]},` +
	`"score":{"N":"98.75"},"active":{"BOOL":true}}}}`

func BenchmarkDecodeItem(b *testing.B) {
	data := []byte(event)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		d := wire.NewDecoder(data)
		if _, err := DecodeItem(&d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendItem(b *testing.B) {
	d := wire.NewDecoder([]byte(event))
	item, _ := DecodeItem(&d)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendItem(dst[:0], item)
	}
}

func BenchmarkNumber(b *testing.B) {
	const long = "12345678901234567890123456789012345.678"
	x, _ := ParseNumber(long)
	y, _ := ParseNumber("-98.75")
	b.Run("parse 38 digits", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = ParseNumber(long)
		}
	})
	b.Run("parse 98.75", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = ParseNumber("98.75")
		}
	})
	b.Run("add", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = x.Add(y)
		}
	})
	b.Run("compare", func(b *testing.B) {
		for b.Loop() {
			x.Compare(y)
		}
	})
	b.Run("key", func(b *testing.B) {
		var buf []byte
		for b.Loop() {
			buf = x.AppendKey(buf[:0])
		}
	})
}

package dynamodb

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
)

// BenchmarkTableOf stores and finds items in tables of growing size: the cost grows with the logarithm. B/item is what an item
// of 100 bytes takes in memory.
func BenchmarkTableOf(b *testing.B) {
	for _, size := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			t := &table{keys: keySchema{hash: keyAttribute{"pk", attr.KindS}, sort: keyAttribute{"sk", attr.KindN}}}
			item := func(i int) attr.Item {
				return attr.Item{"pk": attr.String(fmt.Sprint("p", i/100)), "sk": attr.Num(attr.NumberFromInt64(int64(i % 100))), "v": attr.String(fmt.Sprintf("%085d", i))}
			}
			put := func(i int) {
				it := item(i)
				key, _ := t.keys.appendKey(nil, it)
				t.store(t.items.get(string(key)), newRecord(string(key), it))
			}
			for i := range size {
				put(i)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			for i := 0; b.Loop(); i++ {
				put(i * 7919 % size)
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(size), "B/item")
		})
	}
}

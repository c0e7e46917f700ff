package dynamodb

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// BenchmarkTableOf puts into and queries tables of growing size, through the whole operation: the cost grows with the logarithm.
// B/item is what an item of 100 bytes takes in memory, its place in the table included.
func BenchmarkTableOf(b *testing.B) {
	for _, size := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := benchFixture(b)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			f.do("CreateTable", strings.Replace(sortTable, `"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"`, `"StreamEnabled":false`, 1))
			var dst, body []byte
			put := func(i, version int) {
				body = fmt.Appendf(body[:0], `{"TableName":"sort","Item":{"pk":{"S":"p%d"},"sk":{"N":"%d"},"v":{"S":"%085d"}}}`, i/100, i%100, version)
				dst = f.serve(b, "PutItem", body, dst[:0])
			}
			for i := range size {
				put(i, 0)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.Run("Put", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					put(i*7919%size, i)
				}
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(size), "B/item")
			})
			b.Run("Query10", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					body = fmt.Appendf(body[:0], `{"TableName":"sort","KeyConditionExpression":"pk = :p AND sk >= :s","Limit":10,"ExpressionAttributeValues":`+
						`{":p":{"S":"p%d"},":s":{"N":"%d"}}}`, i*7919%(size/100), i%90)
					dst = f.serve(b, "Query", body, dst[:0])
				}
			})
		})
	}
}

package server

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func deflated(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestServeHTTP_expands_bodies_for_DynamoDB_alone_R1_3(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	item := `{"TableName":"accounts"}`
	whole := gzipped(t, item)
	for _, row := range []struct {
		reason, target, encoding, body string
		status                         int
		want                           string
	}{
		{"gzip", "DynamoDB_20120810.Echo", "gzip", whole, 200, item},
		{"two pieces of gzip", "DynamoDB_20120810.Echo", "gzip", gzipped(t, item[:9]) + gzipped(t, item[9:]), 200, item},
		{"deflate", "DynamoDB_20120810.Echo", "deflate", deflated(t, item), 200, item},
		{"not compressed at all", "DynamoDB_20120810.Echo", "gzip", item, 500, "InternalServerError"},
		{"cut short", "DynamoDB_20120810.Echo", "gzip", whole[:len(whole)-1], 500, "InternalServerError"},
		{"more behind it", "DynamoDB_20120810.Echo", "gzip", whole + "junk", 500, "InternalServerError"},
		{"more behind deflate", "DynamoDB_20120810.Echo", "deflate", deflated(t, item) + "junk", 500, "4 bytes are left behind it"},
		{"unknown", "DynamoDB_20120810.Echo", "brotli", whole, 500, "not known"},
		{"as much as allowed", "DynamoDB_20120810.Echo", "gzip", gzipped(t, strings.Repeat(" ", maxBody)), 200, " "},
		{"a byte more", "DynamoDB_20120810.Echo", "gzip", gzipped(t, strings.Repeat(" ", maxBody+1)), 413, "RequestEntityTooLarge"},
		{"another service", "AmazonSQS.Echo", "gzip", whole, 400, "must not be compressed"},
		{"an operation that is none", "DynamoDB_20120810.Nothing", "gzip", whole, 400, "UnknownOperationException"},
	} {
		w := get(s, ask(row.target, row.body, set("Content-Encoding", row.encoding)))
		if w.Code != row.status || !strings.Contains(w.Body.String(), row.want) {
			t.Errorf("%s: %d %.300s, want %d and %s", row.reason, w.Code, w.Body, row.status, row.want)
		}
	}
}

func FuzzInflate(f *testing.F) {
	f.Add("gzip", []byte(gzipped(f, "{}")))
	f.Add("deflate", []byte(deflated(f, "{}")))
	f.Add("gzip", []byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, encoding string, body []byte) {
		whole, err := inflate(encoding, body)
		if err != nil && whole != nil {
			t.Errorf("%d bytes and %v", len(whole), err)
		}
		if len(whole) > maxBody {
			t.Errorf("%d bytes", len(whole))
		}
	})
}

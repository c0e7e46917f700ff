package coverage_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/dyetrace/dyetrace/internal/coverage"
)

var update = flag.Bool("update", false, "write docs/aws-coverage.md")

func TestPage_is_current(t *testing.T) {
	services, err := coverage.Read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	const file = "../../docs/aws-coverage.md"
	want := coverage.Page(services)
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/aws-coverage.md is not what the heads of the API files say; run: go generate ./internal/coverage\n%s", cmp.Diff(string(got), string(want)))
	}
}

func TestHead(t *testing.T) {
	tests := []struct {
		name, source, reason string
		want                 map[string]string
	}{
		{
			name:   "three keys above the package clause",
			source: "// Implements: all of it,\n// on two lines.\n// Differs from AWS: nothing known.\n// Not implemented: FIFO.\n\npackage sqs\n",
			reason: "this is how each API file opens",
			want:   map[string]string{coverage.Implements: "all of it, on two lines.", coverage.Differs: "nothing known.", coverage.NotImplemented: "FIFO."},
		},
		{
			name:   "an empty value",
			source: "// Implements: all.\n// Differs from AWS:\n// Not implemented: x.\n\npackage sqs\n",
			reason: "a key that says nothing counts as missing",
			want:   map[string]string{coverage.Implements: "all.", coverage.NotImplemented: "x."},
		},
		{
			name:   "text after an empty line",
			source: "// Implements: all.\n//\n// A story.\n\npackage sqs\n",
			reason: "prose of the file does not belong to the last key",
			want:   map[string]string{coverage.Implements: "all."},
		},
		{name: "no head", source: "// Package sqs is one.\npackage sqs\n", reason: "other comments are no head"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file, err := parser.ParseFile(token.NewFileSet(), "a.go", test.source, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, coverage.Head(file)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

func TestOperationOf(t *testing.T) {
	for source, want := range map[string]string{
		"func (s *Service) SendMessage(c *engine.Call, in *SendMessageInput) (*SendMessageOutput, error) { return nil, nil }":     "SendMessage",
		"func (s *Streams) GetRecords(c *engine.Call, in *StreamsGetRecordsInput) (*StreamsGetRecordsOutput, error) { panic(0) }": "GetRecords",
		"func SendMessage(c *engine.Call, in *SendMessageInput) {}":                                                               "",
		"func (s *Service) sendMessage(c *engine.Call, in *SendMessageInput) {}":                                                  "",
		"func (s *Service) Send(c *engine.Call, in *SendMessageInput) {}":                                                         "",
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "a.go", "package p\n"+source, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := coverage.OperationOf(file.Decls[0]); got != want {
			t.Errorf("OperationOf(%s) = %q, want %q", source, got, want)
		}
	}
}

func TestFileName(t *testing.T) {
	for operation, want := range map[string]string{
		"Publish": "publish.go", "GetQueueUrl": "get_queue_url.go", "SetSMSAttributes": "set_sms_attributes.go", "UpdateTTL": "update_ttl.go", "ListV2Things": "list_v2_things.go",
	} {
		if got := coverage.FileName(operation); got != want {
			t.Errorf("FileName(%s) = %q, want %q", operation, got, want)
		}
	}
}

func Example() {
	tree := fstest.MapFS{
		"internal/wiregen/operations.json": {Data: []byte(`[{"model": "sqs/2012-11-05", "package": "pipeline/sqs", "operations": ["PurgeQueue", "GetQueueUrl"]}]`)},
		"internal/wiregen/models/sqs.json": {Data: []byte(`{"NotImplemented": ["StartMessageMoveTask"]}`)},
		"pipeline/sqs/get_queue_url.go":    {Data: []byte("// Implements: a | b.\n// Differs from AWS: nothing known.\n// Not implemented: c.\n\npackage sqs\n")},
	}
	services, err := coverage.Read(tree)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, table, _ := bytes.Cut(coverage.Page(services), []byte("## Amazon SQS\n\n"))
	fmt.Print(string(table))
	// Output:
	// Model `sqs/2012-11-05`, package `pipeline/sqs`.
	//
	// | operation | implements | differs from AWS | not implemented |
	// |---|---|---|---|
	// | [GetQueueUrl](../pipeline/sqs/get_queue_url.go) | a \| b. | nothing known. | c. |
	//
	// Not implemented: PurgeQueue, StartMessageMoveTask.
}

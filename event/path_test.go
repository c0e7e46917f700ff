package event_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
)

func TestSplitPath_undoes_PathName_R2_3(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[a-z./*]{1,8}`), 1, 5).Draw(r, "names")
		var written []string
		for _, n := range names {
			written = append(written, event.PathName(n))
		}
		if got := event.SplitPath(strings.Join(written, ".")); !slices.Equal(got, names) {
			r.Fatalf("%q is split to %q", names, got)
		}
	})
}

func ExampleLookup() {
	d, _ := event.Decode(`{"detail":{"lines":[{"sku":"A-1"}],"labels":{"app.kubernetes.io/name":"crm"}}}`)
	fmt.Println(event.Lookup(d.Root, "detail.lines.0.sku"))
	fmt.Println(event.Lookup(d.Root, `detail.labels.app\.kubernetes\.io/name`))
	fmt.Println(event.Lookup(d.Root, "detail.lines.1"))
	// Output:
	// A-1 true
	// crm true
	// <nil> false
}

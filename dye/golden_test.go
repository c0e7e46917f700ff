package dye_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/event"
)

// Where the child's golden files are, and what differs from the run that wrote them.
const (
	folderVariable = "DYE_TEST_FOLDER"
	bodyVariable   = "DYE_TEST_BODY"
)

func TestChildGolden(t *testing.T) {
	onlyInChild(t)
	t.Chdir(os.Getenv(folderVariable))
	dye.Test(t, func(d *dye.T) {
		orders(d, 0)
		flow := d.Dye(func(ctx context.Context) error {
			return (backendtest.SQS{}).Send(ctx, d.AWS("shop"), "orders", os.Getenv(bodyVariable), 0)
		})
		flow.Golden("placed", dye.Volatile("key"), dye.VolatilePattern("port", `:\d+`), dye.Unordered("tags"))
	})
}

func TestGolden_R2_4(t *testing.T) {
	const (
		first  = `{"detail-type":"OrderPlaced","detail":{"id":"8c3f6a52-9d1e-4b7a-a0f3-2e5d8c7b6a91","of":"8c3f6a52-9d1e-4b7a-a0f3-2e5d8c7b6a91","key":"K-1","host":"a:1","tags":["x","y"]}}`
		second = `{"detail-type":"OrderPlaced","detail":{"id":"0d4b2c1a-7e6f-4a3b-9c8d-1f2e3d4c5b6a","of":"0d4b2c1a-7e6f-4a3b-9c8d-1f2e3d4c5b6a","key":"K-2","host":"a:2","tags":["y","x"]}}`
		page   = `1  OrderPlaced
   client:shop → queue:orders (not received)
   {
     "host": "a<port-1>",
     "id": "<id-1>",
     "key": "<key-1>",
     "of": "<id-1>",
     "tags": [
       "x",
       "y"
     ]
   }
`
	)
	folder := t.TempDir()
	run := func(t *testing.T, body string, env ...string) childRun {
		t.Helper()
		return child(t, "^TestChildGolden$", append(env, folderVariable+"="+folder, bodyVariable+"="+body))
	}
	run(t, first).fails(t, `golden_test\.go:\d+: dye: there is no golden file testdata/golden/TestChildGolden/placed\.txt; write it with DYETRACE_UPDATE=1`)
	run(t, first, "DYETRACE_UPDATE=maybe").fails(t, `DYETRACE_UPDATE is "maybe"; it must be 1 or 0`)
	if got := run(t, first, "DYETRACE_UPDATE=1"); got.failed {
		t.Fatal(got.output)
	}
	file := filepath.Join(folder, "testdata", "golden", "TestChildGolden", "placed.txt")
	raw, err := os.ReadFile(file)
	if err != nil || string(raw) != page {
		t.Errorf("the page is\n%s(%v), want\n%s", raw, err, page)
	}
	if got := run(t, second); got.failed {
		t.Errorf("other ids, the same flow:\n%s", got.output)
	}
	run(t, strings.Replace(second, `"of":"0`, `"of":"1`, 1)).fails(t,
		`golden_test\.go:\d+: dye: the flow is not as in testdata/golden/TestChildGolden/placed\.txt`, `line 7\n\s+-      "of": "<id-1>",\n\s+\+      "of": "<id-2>",`, "again:")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(page, "\n", "\r\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := run(t, second); got.failed {
		t.Errorf("turned line ends:\n%s", got.output)
	}
	if got := child(t, "^TestChildGolden$", []string{folderVariable + "=" + folder, bodyVariable + "=" + first, "DYETRACE_UPDATE=0"}, "-dye.update"); got.failed {
		t.Errorf("the flag of the same meaning:\n%s", got.output)
	}
	if raw, err := os.ReadFile(file); err != nil || string(raw) != page {
		t.Errorf("the page that -dye.update wrote is\n%s(%v), want\n%s", raw, err, page)
	}
}

// Another seed makes other correlation ids, and the page is the same.
func TestGolden_names_correlation_ids_R2_4(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	for _, seed := range []string{"1", "2"} {
		got := child(t, "^TestChildGoldenFlow$", []string{folderVariable + "=" + folder, "DYETRACE_SEED=" + seed, "DYETRACE_UPDATE=" + map[string]string{"1": "1", "2": "0"}[seed]})
		if got.failed {
			t.Errorf("seed %s:\n%s", seed, got.output)
		}
	}
	raw, err := os.ReadFile(filepath.Join("testdata", "golden", "TestChildGoldenFlow", "carried.txt"))
	if err != nil || !strings.Contains(string(raw), `"trace": "<flow-1>"`) {
		t.Errorf("the page is\n%s(%v)", raw, err)
	}
}

func TestChildGoldenFlow(t *testing.T) {
	onlyInChild(t)
	t.Chdir(os.Getenv(folderVariable))
	dye.Test(t, func(d *dye.T) {
		orders(d, 0)
		flow := d.Dye(func(ctx context.Context) error {
			return (backendtest.SQS{}).Send(ctx, d.AWS("shop"), "orders", `{"trace":"`+event.Correlation(ctx)+`"}`, 0)
		})
		flow.Golden("carried")
	})
}

func TestChildDiffNormal(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		type pair struct {
			Port, Same string
			Tags       []string
		}
		want, got := pair{"a:1", "b:1", []string{"x", "y"}}, pair{"a:7", "b:7", []string{"y", "x"}}
		d.Diff(want, got, dye.VolatilePattern("port", `:\d+`), dye.Unordered("Tags"))
		d.Log("same so far")
		got.Same = "b:8"
		d.Diff(want, got, dye.VolatilePattern("port", `:\d+`), dye.Unordered("Tags"))
		d.Diff(want, got, dye.VolatilePattern("port", `(`))
	})
}

func TestDiff_in_normal_form_R2_4(t *testing.T) {
	child(t, "^TestChildDiffNormal$", nil).fails(t, "same so far", `Same\n\s+want "b<port-1>"\n\s+got  "b<port-2>"`, `Diff: VolatilePattern\("port", …\): error parsing regexp`)
}

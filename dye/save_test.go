package dye_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
	"github.com/dyetrace/dyetrace/pipeline"
)

func read(t testing.TB, file string) observe.Recording {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := observe.ReadRecording(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A flow that was saved is judged as the flow itself.
func TestSave_keeps_the_flow_R2_14(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flows", "order.jsonl")
	dye.Test(t, func(d *dye.T) {
		d.Covers("SHOP-1")
		orders(d, 0)
		place := func(ctx context.Context) error {
			return (backendtest.SQS{}).Send(ctx, d.AWS("shop"), "orders", order, 0)
		}
		d.Dye(place).Save(filepath.Join(filepath.Dir(file), "other.jsonl"))
		flow := d.Dye(place)
		flow.Expect(dye.Type("OrderPlaced").On("queue:orders").Exactly(1), dye.NothingElse())
		flow.Save(file)
		flow.Save(file) // written anew
		r := read(d, file)
		if r.CorrelationID != flow.CorrelationID() || len(r.Hops) != len(flow.Hops()) || r.Grade != event.Proved ||
			r.Origin.Test != d.Name() || !slices.Equal(r.Origin.Covers, []string{"SHOP-1"}) || r.Origin.Seed != 1 || r.Origin.Backend != "embedded" ||
			!strings.Contains(r.Origin.Again, "-dye.seed=1") {
			d.Errorf("saved %+v", r)
		}
		for _, h := range r.Hops {
			if h.CorrelationID != flow.CorrelationID() {
				d.Errorf("hop %d is of flow %s", h.Seq, h.CorrelationID)
			}
		}
		if v := expect.Judge(observe.NewFlow(r), expect.Type("OrderPlaced").On("queue:orders").Exactly(1), expect.NothingElse()); !v.OK {
			d.Errorf("judged from the file: %+v", v.Findings)
		}
	})
	left, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("files %q, %v", left, err)
	}
}

func TestChildRecord(t *testing.T) {
	onlyInChild(t)
	for _, name := range []string{"all is well", "ö", "ä", "fails/in it", "says nothing"} {
		t.Run(name, func(t *testing.T) {
			dye.Test(t, func(d *dye.T) {
				orders(d, 0)
				place := func(ctx context.Context) error {
					return (backendtest.SQS{}).Send(ctx, d.AWS("shop"), "orders", order, 0)
				}
				d.Dye(place)
				second := d.Dye(place)
				switch name {
				case "fails/in it":
					second.Expect(dye.Type("OrderLost"))
				case "says nothing":
					d.Dye(place)
					d.Dye(place)
					d.FailNow()
				}
			})
		})
	}
}

// files returns the files below a folder, as slash paths.
func files(t *testing.T, folder string) (list []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			list = append(list, path)
			read(t, filepath.Join(folder, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRecord_saves_every_flow_of_every_test_R2_14(t *testing.T) {
	const here = "github.com/dyetrace/dyetrace/dye/TestChildRecord"
	folder := t.TempDir()
	got := child(t, "^TestChildRecord$", []string{"DYETRACE_RECORD=" + folder}, "-test.count=2")
	path := func(name string) string {
		return regexp.QuoteMeta(filepath.Join(folder, filepath.FromSlash(here+name)))
	}
	got.fails(t,
		`again:  go test .*\n\s+trace:  dyetrace trace `+path(".fails.in_it.seed-1.flow-2.jsonl")+`\n`,
		`again:  go test .*\n\s*trace:  dyetrace trace `+path(".says_nothing.seed-1.flow-1.jsonl")+`\n\s+trace: .*flow-2.jsonl\n\s+trace: .*flow-3.jsonl\n\s+and 1 more flows beside it`)
	list := files(t, folder)
	for _, want := range []string{".all_is_well.seed-1.flow-1", ".all_is_well.seed-1.flow-2", ".all_is_well.seed-1.run-2.flow-1",
		"._-[0-9a-f]{8}.seed-1.flow-1", ".fails.in_it.seed-1.flow-1", ".says_nothing.seed-1.flow-4"} {
		if !slices.ContainsFunc(list, regexp.MustCompile("^"+here+want+".jsonl$").MatchString) {
			t.Errorf("no file %s in\n%s", want, strings.Join(list, "\n"))
		}
	}
	if want := 2 * (4*2 + 4); len(list) != want { // two names that are the same but for a sign have files of their own
		t.Errorf("%d files, want %d:\n%s", len(list), want, strings.Join(list, "\n"))
	}
}

func TestRecord_each_seed_and_on_a_server_R2_14(t *testing.T) {
	folder := t.TempDir()
	child(t, "^TestChildSeeds$", []string{"DYETRACE_SEEDS=4", "DYETRACE_RECORD=" + folder}).fails(t, "seed 4 failed")
	if list := files(t, folder); len(list) != 0 {
		t.Errorf("the test dyes nothing, and there are %q", list)
	}
	child(t, "^TestChildFlow$", []string{"DYETRACE_SEEDS=2", "DYETRACE_RECORD=" + folder})
	child(t, "^TestChildFlow$", append(serve(t, pipeline.Options{}), "DYETRACE_RECORD="+folder))
	const here = "github.com/dyetrace/dyetrace/dye/TestChildFlow."
	if got, want := files(t, folder), []string{here + "seed-1.flow-1.jsonl", here + "seed-2.flow-1.jsonl", here + "server.flow-1.jsonl"}; !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	if r := read(t, filepath.Join(folder, filepath.FromSlash(here+"server.flow-1.jsonl"))); r.Origin.Seed != 0 || r.Grade != event.Settled {
		t.Errorf("on a server: %+v", r)
	}
}

func TestRecord_says_where_it_cannot_save(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	child(t, "^TestChildFlow$", []string{"DYETRACE_RECORD=" + file}).fails(t, "DYETRACE_RECORD is .*it must be a folder that flows can be saved in")
}

package dye_test

import (
	"testing"

	"github.com/dyetrace/dyetrace/dye"
)

func TestChildSeeds(t *testing.T) {
	onlyInChild(t)
	runs := 0
	dye.Test(t, func(d *dye.T) {
		runs++
		d.Logf("run %d", runs)
		if runs == 4 {
			d.Error("the fourth run fails")
		}
	})
}

func TestSeeds_stop_at_the_first_that_fails_R1_8(t *testing.T) {
	const again = `again:  go test github.com/dyetrace/dyetrace/dye -run '\^TestChildSeeds\$' -dye\.seed=`
	for _, c := range []struct {
		name     string
		env      []string
		flags    []string
		fails    bool
		patterns []string
	}{
		{"variable", []string{"DYETRACE_SEEDS=10"}, nil, true, []string{"run 4\n", "seed 4 failed, the first of 4 tried", again + "4\n"}},
		{"flag", nil, []string{"-dye.seeds=10"}, true, []string{"run 4\n", again + "4\n"}},
		{"from a seed on", []string{"DYETRACE_SEEDS=10", "DYETRACE_SEED=100"}, nil, true, []string{again + "103\n"}},
		{"flag wins", []string{"DYETRACE_SEEDS=10"}, []string{"-dye.seeds=2"}, false, []string{"2 seeds passed, 1 to 2"}},
		{"one", []string{"DYETRACE_SEED=0x10"}, nil, false, []string{"run 1\n"}},
		{"no number", []string{"DYETRACE_SEED=abc"}, nil, true, []string{`DYETRACE_SEED or -dye.seed is "abc"; it must be a number`}},
		{"no seeds", []string{"DYETRACE_SEEDS=0"}, nil, true, []string{"must be a number of seeds from 1 on"}},
		{"unknown backend", []string{"DYETRACE_BACKEND=carrier-pigeon:"}, nil, true, []string{`DYETRACE_BACKEND is "carrier-pigeon:"; it must be`}},
		{"nobody there", []string{"DYETRACE_BACKEND=http://127.0.0.1:1"}, nil, true, []string{"did not answer.*is it running"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := child(t, "^TestChildSeeds$", c.env, c.flags...)
			if got.failed != c.fails {
				t.Errorf("failed: %t\n%s", got.failed, got.output)
			}
			got.says(t, c.patterns...)
		})
	}
}

package dye_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/dye"
)

func TestChildFails(t *testing.T) {
	onlyInChild(t)
	for name, body := range map[string]func(d *dye.T){
		"error": func(d *dye.T) {
			d.Cleanup(func() { d.Log("cleaned up", d.Context().Err()) })
			d.Errorf("the body goes on\nafter this")
			d.Log("it did")
		},
		"fatal": func(d *dye.T) {
			d.Cleanup(func() { d.Log("first in, last out") })
			d.Cleanup(func() { d.Fatal("a cleanup fails") })
			d.Fatalf("ends %s", "here")
			d.Log("never reached")
		},
		"helper": func(d *dye.T) { equal(d, 1, 2) },
		"panic":  func(d *dye.T) { panic("boom") },
		"skip":   func(d *dye.T) { d.Skip("not today") },
		"goroutine": func(d *dye.T) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				d.Error("from another goroutine")
			}()
			<-done
		},
		"output": func(d *dye.T) { fmt.Fprintln(d.Output(), "raw line") },
		"attributes": func(d *dye.T) {
			d.Covers("CRM-4.2", "CRM-4.3")
			d.Attr("team", "sales")
		},
	} {
		t.Run(name, func(t *testing.T) { dye.Test(t, body) })
	}
}

// equal stands for an assertion library: it takes a testing.TB and marks itself as helper.
func equal(t testing.TB, a, b int) {
	t.Helper()
	if a != b {
		t.Fatalf("%d is not %d", a, b)
	}
}

func TestRecorder_shows_failures_at_the_users_line(t *testing.T) {
	source, err := os.ReadFile("recorder_test.go")
	if err != nil {
		t.Fatal(err)
	}
	line := func(text string) string {
		before, _, _ := strings.Cut(string(source), text)
		return fmt.Sprintf(`recorder_test\.go:%d: `, strings.Count(before, "\n")+1)
	}
	for name, want := range map[string]struct {
		fails    bool
		patterns []string
	}{
		"error":      {true, []string{line("d.Errorf(") + "the body goes on\n +after this", line(`d.Log("it`) + "it did", "cleaned up context canceled", "again:  go test github.com/dyetrace/dyetrace/dye -run '.TestChildFails./.error.' -dye.seed=1\n"}},
		"fatal":      {true, []string{line("d.Fatalf(") + "ends here", line(`d.Fatal("a`) + "a cleanup fails", "first in, last out"}},
		"helper":     {true, []string{line("equal(d, 1") + "1 is not 2"}},
		"panic":      {true, []string{line(`panic("boom")`) + "panic: boom\n", `recorder_test\.go:\d+  .*TestChildFails`}},
		"skip":       {false, []string{line("d.Skip(") + "not today", "--- SKIP"}},
		"goroutine":  {true, []string{line(`d.Error("from`) + "from another goroutine"}},
		"output":     {false, []string{"    raw line\n"}},
		"attributes": {false, []string{"ATTR .*dye.covers CRM-4.2", "ATTR .*dye.covers CRM-4.3", "ATTR .*team sales"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := child(t, "^TestChildFails$/^"+name+"$|TestChildAfter", nil)
			if c.failed != want.fails {
				t.Errorf("failed: %t\n%s", c.failed, c.output)
			}
			c.says(t, want.patterns...)
			if strings.Contains(c.output, "never reached") || strings.Contains(c.output, "created by") {
				t.Errorf("says too much:\n%s", c.output)
			}
		})
	}
}

func TestT_is_a_run_of_its_test(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		if d.Name() != t.Name() {
			d.Errorf("Name %q", d.Name())
		}
		if now := time.Now().UTC().Format(time.RFC3339); now != "2026-01-01T00:00:00Z" {
			d.Errorf("the clock starts at %s", now)
		}
		if d.Context().Err() != nil {
			d.Error("the context has ended before the body")
		}
		if err := os.WriteFile(d.TempDir()+"/a", nil, 0o600); err != nil {
			d.Error(err)
		}
		if d.Failed() || d.Skipped() {
			d.Error("failed or skipped from the start")
		}
	})
}

func TestT_lets_goroutines_end_after_its_context(t *testing.T) {
	ended := false
	dye.Test(t, func(d *dye.T) {
		go func() {
			<-d.Context().Done()
			time.Sleep(30 * time.Second) // a slow shutdown
			ended = true
		}()
	})
	if !ended {
		t.Error("the goroutine did not end")
	}
}

func TestEventually_R2_11(t *testing.T) {
	dye.Test(t, func(d *dye.T) {
		start := time.Now()
		var written atomic.Bool
		time.AfterFunc(90*time.Second, func() { written.Store(true) })
		d.Eventually(func(context.Context) error {
			if !written.Load() {
				return fmt.Errorf("no row")
			}
			return nil
		})
		if passed := time.Since(start); passed < 90*time.Second || passed > 91*time.Second {
			d.Errorf("returned after %v", passed)
		}
	})
}

func TestChildEventually(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) {
		looks := 0
		d.Eventually(func(context.Context) error {
			looks++
			return fmt.Errorf("saw version %d", looks)
		})
	})
}

func TestEventually_says_what_it_saw_last_R2_11(t *testing.T) {
	child(t, "^TestChildEventually$", nil).fails(t, `recorder_test\.go:\d+: dye: not within 1h0m0s of virtual time, after (\d+) looks\n +✗ saw version \d+\n`)
}

func TestChildDiff(t *testing.T) {
	onlyInChild(t)
	type contact struct {
		ID    string `json:"id"`
		Email string `json:"email"`
		At    string `json:"at"`
	}
	dye.Test(t, func(d *dye.T) {
		d.Diff(contact{Email: "a@b.test"}, contact{ID: "7", Email: "a@b.test", At: "now"}, dye.Volatile("id", "at"))
		d.Log("equal so far")
		d.Diff(contact{ID: "7", Email: "a@b.test"}, contact{ID: "8", Email: "a@b.test\x1b[2J"})
	})
}

func TestDiff_R2_3(t *testing.T) {
	child(t, "^TestChildDiff$", nil).fails(t, "equal so far", `recorder_test\.go:\d+: dye: values differ`, "email\n +want \"a@b.test\"\n +got  ", "id\n +want \"7\"\n +got  \"8\"")
}

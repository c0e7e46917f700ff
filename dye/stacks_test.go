package dye

import (
	"testing"
)

func TestParseGoroutine(t *testing.T) {
	for _, c := range []struct {
		reason, text string
		ok           bool
		want         goroutine
	}{
		{"a plain header", "goroutine 7 [running]:", true, goroutine{id: 7, state: "running"}},
		{"in a bubble, waiting for long", "goroutine 24 [chan receive (durable), 3 minutes, synctest bubble 12]:", true, goroutine{id: 24, state: "chan receive (durable)", bubble: 12}},
		{"with labels", `goroutine 9 [select, synctest bubble 3 labels:{"dye": "run-1", "a": "[x]"}]:`, true, goroutine{id: 9, state: "select", bubble: 3, labels: `{"dye": "run-1", "a": "[x]"}`}},
		{"with addresses of a higher traceback level", "goroutine 1 gp=0xc000002380 m=0 mp=0x5 [IO wait]:", true, goroutine{id: 1, state: "IO wait"}},
		{"no goroutine", "...additional frames elided...", false, goroutine{}},
		{"nothing", "", false, goroutine{}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			got, ok := parseGoroutine(c.text)
			if ok != c.ok || got.id != c.want.id || got.state != c.want.state || got.bubble != c.want.bubble || got.labels != c.want.labels {
				t.Errorf("got %+v, %t; want %+v, %t", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestParseGoroutine_reads_frames(t *testing.T) {
	g, ok := parseGoroutine("goroutine 5 [sync.Mutex.Lock, synctest bubble 1]:\n" +
		"internal/sync.runtime_SemacquireMutex(0x1, 0x2?, 0x3)\n\t/go/src/runtime/sema.go:95 +0x25\n" +
		"example.com/shop.(*Store).Put(...)\n\t/src/shop/store.go:12\n" +
		"created by example.com/shop.Start in goroutine 4\n\t/src/shop/start.go:7 +0x1d\n")
	if !ok || len(g.frames) != 2 {
		t.Fatalf("got %+v, %t", g, ok)
	}
	if want := (frame{"example.com/shop.(*Store).Put", "/src/shop/store.go", 12}); g.frames[1] != want {
		t.Errorf("frame %+v, want %+v", g.frames[1], want)
	}
	if want := (frame{"example.com/shop.Start", "/src/shop/start.go", 7}); g.creator != want {
		t.Errorf("creator %+v, want %+v", g.creator, want)
	}
	if g.durable() || g.working() {
		t.Error("a goroutine that waits for a mutex is neither durably blocked nor at work")
	}
}

func FuzzParseGoroutine(f *testing.F) {
	f.Add("goroutine 24 [chan receive (durable), synctest bubble 12 labels:{\"a\": \"b\"}]:\nmain.f(0x1)\n\t/a.go:1 +0x2")
	f.Add("goroutine")
	f.Fuzz(func(t *testing.T, text string) {
		g, ok := parseGoroutine(text)
		if ok && g.String() == "" {
			t.Error("a goroutine without a description")
		}
	})
}

func TestFrame_knows_whose_code_it_is(t *testing.T) {
	for _, c := range []struct {
		reason string
		frame  frame
		users  bool
	}{
		{"a test of the user's", frame{"example.com/shop_test.TestA", "/src/shop/a_test.go", 3}, true},
		{"the standard library", frame{"time.Sleep", standardRoot + "runtime/time.go", 3}, false},
		{"the façade", frame{module + "dye.(*T).Settle", "/src/dye/time.go", 3}, false},
		{"a test of the façade", frame{module + "dye.TestA", "/src/dye/a_test.go", 3}, true},
		{"the pipeline", frame{module + "pipeline/engine.(*Poll).Wait", "/src/park.go", 3}, false},
		{"an example system", frame{module + "examples/crm.Run", "/src/crm/run.go", 3}, true},
		{"nothing", frame{}, false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			if got := c.frame.users(); got != c.users {
				t.Errorf("users() = %t", got)
			}
		})
	}
}

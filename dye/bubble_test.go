package dye

import (
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const testPatience = 300 * time.Millisecond

//tidy:bubble each body of the table runs through runBubble
func TestRunBubble_names_what_keeps_it_from_ending(t *testing.T) {
	outside := make(chan int)
	for _, c := range []struct {
		name string
		body func(w *watch)
		kind troubleKind
		want []string
	}{
		{"nothing wrong", func(w *watch) { time.Sleep(time.Hour) }, 0, nil},
		{"a goroutine waits for ever after the body", func(w *watch) {
			w.ending.Store(true)
			c := make(chan int)
			go func() { <-c }()
		}, leftBehind, []string{"chan receive", "bubble_test.go:", "started at bubble_test.go:"}},
		{"a goroutine sleeps longer than the body", func(w *watch) {
			w.ending.Store(true)
			go time.Sleep(time.Hour)
		}, leftBehind, []string{"sleep", "bubble_test.go:"}},
		{"the body waits for nobody", func(w *watch) {
			<-make(chan int)
		}, deadlocked, []string{"chan receive", "bubble_test.go:"}},
		{"a mutex is held across a wait", func(w *watch) {
			var mu sync.Mutex
			mu.Lock()
			go func() { time.Sleep(time.Second); mu.Unlock() }()
			mu.Lock()
		}, stuck, []string{"sync.Mutex.Lock", "bubble_test.go:", "a mutex held across a wait"}},
		{"a channel from outside the bubble", func(w *watch) {
			go func() { time.Sleep(time.Hour) }()
			<-outside
		}, stuck, []string{"chan receive", "bubble_test.go:"}},
		{"a real socket", func(w *watch) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				panic(err)
			}
			_, _ = l.Accept()
		}, stuck, []string{"IO wait", "bubble_test.go:"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &watch{}
			got := runBubble(t, testPatience, w, func() { c.body(w) })
			if got == nil {
				if c.kind != 0 {
					t.Fatal("no trouble found")
				}
				return
			}
			text := got.text(testPatience)
			if got.kind != c.kind {
				t.Fatalf("kind %d, want %d: %s", got.kind, c.kind, text)
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in:\n%s", want, text)
				}
			}
			if strings.Contains(text, "tRunner") {
				t.Errorf("names goroutines that are not the user's:\n%s", text)
			}
			t.Log(text)
		})
	}
	runBubble(t, testPatience, &watch{}, synctest.Wait) // other bubbles go on
}

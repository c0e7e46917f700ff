package dye_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/backend/backendtest"
	"github.com/dyetrace/dyetrace/dye"
)

//tidy:bubble each body of the table is given to dye.Test
func TestChildTrouble(t *testing.T) {
	onlyInChild(t)
	outside := make(chan int)
	for name, body := range map[string]func(d *dye.T){
		"leak": func(d *dye.T) {
			never := make(chan int)
			go func() { <-never }()
		},
		"sleeper": func(d *dye.T) { go time.Sleep(24 * time.Hour) },
		"mutex": func(d *dye.T) {
			var mu sync.Mutex
			mu.Lock()
			go func() { time.Sleep(time.Minute); mu.Unlock() }()
			mu.Lock()
		},
		"channel from outside": func(d *dye.T) { <-outside },
		"deadlock":             func(d *dye.T) { <-make(chan int) },
		"nested":               func(d *dye.T) { dye.Test(t, func(*dye.T) {}) },
		"waits itself": func(d *dye.T) {
			queues := backendtest.SQS{}
			for range 20 {
				go func() { _ = queues.CreateQueue(d.Context(), d.AWS(), "orders") }()
			}
			synctest.Wait()
		},
		"endless": func(d *dye.T) {
			go func() {
				for d.Context() != nil {
				}
			}()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dye.Test(t, body, dye.Patience(childPatience))
		})
	}
}

func TestTest_names_what_a_test_hangs_on_and_other_tests_go_on_R1_5(t *testing.T) {
	const here = `watchdog_test\.go:\d+ \(dye_test\.TestChildTrouble\.func\d`
	for name, patterns := range map[string][]string{
		"leak":                 {"the test is over, and goroutines that it started are not", `chan receive\] at ` + here, "started at " + here},
		"sleeper":              {"the test is over, and goroutines that it started are not", `sleep\] at `, "started at " + here},
		"mutex":                {"hangs for 500ms of real time.*a mutex held across a wait", `sync\.Mutex\.Lock\] at ` + here, "one of these may be what they wait for", `sleep\] at ` + here},
		"channel_from_outside": {"hangs for 500ms of real time.*a channel from outside", `chan receive\] at ` + here},
		"deadlock":             {"nothing can ever go on", `chan receive\] at ` + here},
		"nested":               {"it must not be called in one"},
		"waits_itself":         {`use d\.Settle\(\) in its place`},
		"endless":              {"the test is over, and for 500ms of real time something of it kept running", here},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := child(t, "^TestChildTrouble$/^"+name+"$|^TestChildAfter$", nil)
			c.fails(t, patterns...)
			c.says(t, "--- PASS: TestChildAfter")
			c.says(t, "--- FAIL: TestChildTrouble")
		})
	}
}

func TestTest_survives_all_troubles_at_once(t *testing.T) {
	c := child(t, "^TestChildTrouble$|^TestChildAfter$", nil)
	c.fails(t, "--- FAIL: TestChildTrouble")
	c.says(t, "--- PASS: TestChildAfter")
}

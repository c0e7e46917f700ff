package engine

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

// PanicError is a panic in the pipeline that was contained: whoever waits for what failed gets it as the error.
type PanicError struct {
	Where string // for people: what was being done
	Panic any
}

// Error says what failed and with which panic.
func (e *PanicError) Error() string {
	return fmt.Sprintf("the pipeline itself failed (%s): %v", e.Where, e.Panic)
}

// ErrorCode is what AWS answers where it fails itself.
func (e *PanicError) ErrorCode() string { return "InternalFailure" }

// contain, deferred, ends a panic of what the engine runs by itself and tells of it. It does nothing where nobody is to be told: a
// panic must not go unnoticed. then, if not nil, says what is to become of what failed.
func (e *Engine) contain(what string, at event.Place, then func(*PanicError)) {
	if e.panicked == nil {
		return
	}
	p := recover()
	if p == nil {
		return
	}
	where := strings.TrimSpace(what + " " + string(at))
	e.panicked(where, p, debug.Stack())
	if then != nil {
		then(&PanicError{Where: where, Panic: p})
	}
}

// perform runs a task. An event that a failing task carried ends there, and the history says so.
func (e *Engine) perform(t *Task) {
	defer e.contain(t.What, "", func(fault *PanicError) {
		if t.Event == nil || t.Scope == nil {
			return
		}
		e.Record(event.Hop{
			Account: t.Scope.Account, Region: t.Scope.Region, Kind: event.KindDrop, To: t.Place, Outcome: event.Failed,
			Reason: event.Because(fault.ErrorCode(), fault.Error()), Fact: t.Fact, Event: t.Event,
		})
	})
	t.Run()
}

package fake

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Answer is what a [Service] does about one request. Answers are values: a method returns a changed copy.
type Answer struct {
	status  int
	header  http.Header
	body    string
	after   time.Duration
	hang    bool
	broken  bool
	compute func(Request) Answer
}

// Status answers with that status and no body.
func Status(code int) Answer { return Answer{status: code} }

// Text answers with a body of plain text.
func Text(code int, body string) Answer {
	return Answer{status: code, body: body}.Header("Content-Type", "text/plain; charset=utf-8")
}

// JSON answers with v as JSON. A v that cannot be written as JSON answers 500 and says so.
func JSON(code int, v any) Answer {
	body, err := json.Marshal(v)
	if err != nil {
		return Text(http.StatusInternalServerError, fmt.Sprintf("fake.JSON: %v", err))
	}
	return Answer{status: code, body: string(body)}.Header("Content-Type", "application/json")
}

// Hang answers nothing until the client gives up.
func Hang() Answer { return Answer{hang: true} }

// Broken cuts the connection in place of an answer.
func Broken() Answer { return Answer{broken: true} }

// Func computes the answer from the request. It may be called from several goroutines at a time.
func Func(answer func(Request) Answer) Answer { return Answer{compute: answer} }

// Header adds a header.
func (a Answer) Header(name, value string) Answer {
	a.header = a.header.Clone()
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Add(name, value)
	return a
}

// After lets that much time pass before the answer; in a bubble, virtual time.
func (a Answer) After(d time.Duration) Answer { a.after = d; return a }

// wait lets the answer's time pass, and reports whether the client is still there. The context may be of outside a bubble: selecting
// on it would not be durable there.
func (a Answer) wait(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	if !a.hang && a.after <= 0 {
		return true
	}
	gone := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { close(gone) })
	defer stop()
	var due <-chan time.Time
	if !a.hang {
		timer := time.NewTimer(a.after)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-due:
		return true
	case <-gone:
		return false
	}
}

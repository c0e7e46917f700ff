package dye

import "github.com/dyetrace/dyetrace/backend"

// Function runs a Go function in the place of the AWS Lambda function of that name: the target of a rule, of a subscription, a
// pipe or an event source mapping. handler is whatever aws-lambda-go takes:
//
//	func ([context.Context] [, TIn]) ([TOut,] [error])
//
// Calls that it makes with its context belong to the flow of the event that it was invoked for. On a backend that is not in this
// process the test is skipped.
func (d *T) Function(name string, handler any) {
	d.Helper()
	local, ok := d.backend.(backend.Local)
	if !ok {
		d.Skipf("dye: Function(%q) needs a pipeline in this process, and %s is another one", name, d.backend.Name())
	}
	if err := local.Function(name, handler); err != nil {
		d.Fatalf("dye: Function(%q): %v", name, err)
	}
}

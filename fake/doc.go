// Package fake stands in for the HTTP ends of a flow that are not the system's own: services that the system calls, and webhooks
// that it or the pipeline delivers to (R2.15).
//
// A [Service] answers by a script and keeps every request. It is an http.Handler, for a server or for a pipeline in process;
// [Service.Client] reaches it in process, without a socket, and records each request as a hop where a backend is given:
//
//	billing := fake.NewService("http://billing.example.test")
//	billing.On("POST /charges", fake.Status(503), fake.JSON(201, map[string]any{"id": "ch_1"})) // the first fails, all others do not
//
// In a Go test, (*dye.T).Service makes one that belongs to the test.
package fake

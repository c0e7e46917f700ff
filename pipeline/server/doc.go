// Package server answers AWS requests from the services of an embedded pipeline: over TCP as an [http.Handler], or in process
// through an [http.RoundTripper] that needs no socket.
//
// For each request it guards against pages of foreign origin, finds out protocol, service and operation, account and region
// (from the Signature Version 4, which is read and not verified), runs the operation through the engine and writes the answer
// or AWS's error. Beside that it serves the control API below /_dyetrace/.
//
// # Concurrency
//
// A [Server] may be used by any number of goroutines. It starts none itself: a request is served on its caller's.
package server

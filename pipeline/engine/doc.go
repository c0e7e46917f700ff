// Package engine is the heart that the services of one embedded pipeline share: one clock, one event heap, the calls under
// way, the history of hops, and the seeded order in which concurrent things happen.
//
// # Concurrency
//
// The engine has no goroutine of its own: due tasks run on a goroutine that ends when nothing is due, or on the [Gate]'s.
// Each account and region is a [Scope] with one lock, held for microseconds. The order of locks is Scope, then anything
// inside the engine; never two scopes, and never a lock across a callback, a channel operation, a sleep or I/O. What crosses
// services or accounts goes through [Engine.Send].
//
// # Time
//
// All time comes from one [Clock]. Its default is package time, which is virtual inside a testing/synctest bubble.
package engine

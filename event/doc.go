// Package event holds the words every layer of dyetrace shares: the [Event] (a fact in its envelope), the [Place] it is at,
// the [Hop] it takes from one place to the next and why, the [Delivery] that carries it, and the [Lineage] that ties each of
// them to what caused it.
//
// The package imports nothing else of dyetrace, holds no state and starts no goroutine.
package event

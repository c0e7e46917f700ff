// Package observe turns the hops a backend recorded into the [Flow] that one stimulus set off: its facts, where each of them
// arrived, in which form, how often it was handed out, and what is still to happen.
//
// A Flow is a snapshot; it does not change when the pipeline goes on. Its methods are safe for concurrent use.
package observe

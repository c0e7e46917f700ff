package main

import "runtime/debug"

// gcPercent is how much the heap of a server may grow between two collections. What it holds is mostly messages and items
// without pointers, cheap to mark, so it collects more often than Go's default of 100 and keeps less garbage beside them.
const gcPercent = 40

// saveMemory trades a little CPU for memory; GOGC in the environment has precedence.
func saveMemory() {
	if old := debug.SetGCPercent(gcPercent); old != 100 {
		debug.SetGCPercent(old)
	}
}

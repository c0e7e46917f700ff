// Package backendtest is the one suite that every backend passes: [Check] returns what a backend does wrong, so that tests, the
// CLI and other modules can run it.
package backendtest

// Package firsttest is the README's first test: a message comes to a queue, and nothing else does.
package firsttest

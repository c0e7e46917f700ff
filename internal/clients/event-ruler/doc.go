// Package eventruler compares the pattern language with event-ruler, the library that Amazon EventBridge itself is built on: for
// generated pairs of pattern and event both must give the same verdict, and refuse the same patterns with the same words.
//
// run.sh fetches event-ruler and runs the tests; without it they are skipped. The pairs follow a seed.
package eventruler

// Package failuremodes shows the three ways in which tests of event-driven systems fail their readers, each as a naive test and as
// a test with dyetrace of the same system:
//
//   - race_test.go: a race in collection. The naive test sleeps and then takes what is there; it is red although the system is right.
//   - absence_test.go: an incomplete negative assertion. The naive test looks for the leak at one place, and too early; it is green
//     although the system leaks.
//   - pollution_test.go: state shared between tests. The naive tests use one emulator; one of them is red, depending on the order.
//
// The naive tests run only if NAIVE=1 is set: NAIVE=1 go test -run Naive -v. The test in modes_test.go does that, and checks that
// each of them goes wrong as it is said here.
package failuremodes

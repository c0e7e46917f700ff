// Package e2e holds the tests that drive dyetrace from end to end with the stock AWS SDK for Go v2.
//
// It is a module of its own so that the clients it needs never reach a user of the root module.
package e2e

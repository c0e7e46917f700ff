// Package dyeaws makes an ordinary aws.Config for the endpoint of a dye test, so that the system under test
// uses the stock AWS SDK for Go v2 and knows nothing of dyetrace.
//
// It is a module of its own, and requires the SDK's core only, never one of its service modules: a test tool must not
// change which service clients a user's production code links.
package dyeaws

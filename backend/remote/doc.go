// Package remote joins a running dyetrace server to the port [backend.Backend], over its control API. Each backend has an account
// of its own on the server and forgets it at the end.
package remote

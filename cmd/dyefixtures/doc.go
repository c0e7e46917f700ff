// Command dyefixtures writes typed fixture builders (package fixture) from Go structs or JSON Schemas, for go generate.
//
//	//go:generate go run github.com/dyetrace/dyetrace/cmd/dyefixtures ContactCreated Account
//
// It is not a verb of dyetrace, whose server would start with everything that a schema needs.
package main

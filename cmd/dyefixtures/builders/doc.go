// Package builders writes typed fixture builders (package fixture) from Go structs and from JSON Schemas: for ContactCreated a
// ContactCreatedBuilder with a method for each field, and what a valid value of each field is. What it cannot fill it refuses.
package builders

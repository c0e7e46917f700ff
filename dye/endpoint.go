package dye

import "github.com/dyetrace/dyetrace/backend"

// Endpoint is what a client of the system under test needs: URL, Region, AccountID (which is to be the access key id) and the
// Transport that carries its calls.
type Endpoint = backend.Endpoint

// AWS returns the endpoint of the test's pipeline for a client of that name, "app" if none is given. The name shows in traces as
// client:NAME, and it is what the seed tells clients apart by: give each consumer its own.
//
// Package dyeaws makes an aws.Config of it. For other code: the endpoint's URL as base endpoint, its AccountID as access key id,
// any secret, and an http.Client with its Transport.
func (d *T) AWS(name ...string) Endpoint {
	if len(name) > 1 {
		d.Fatalf("dye: AWS takes one name, not %d", len(name))
	}
	client := "app"
	if len(name) == 1 {
		client = name[0]
	}
	if d.tap != nil {
		return d.guard(d.tap.Endpoint(client), client)
	}
	return d.guard(d.backend.Endpoint(client), client)
}

// Tenant returns the id of a tenant for the system under test to work with: the name itself, since the account that a test works
// in is nobody else's.
func (d *T) Tenant(name string) string {
	if name == "" {
		d.Fatalf("dye: a tenant needs a name")
	}
	return name
}

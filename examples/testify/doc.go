// Package testify shows that testify's require and assert take a *dye.T: what they report belongs to the run of the body, and
// require ends it. Its tests are the example.
package testify

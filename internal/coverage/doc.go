// Package coverage writes docs/aws-coverage.md: what of AWS's API is implemented, where it differs, and what is missing.
//
// The facts come from two places that nobody can forget to keep: internal/wiregen's list of operations with its models, and
// the head of each operation's own file, three keys in a comment:
//
//	// Implements: …
//	// Differs from AWS: …
//	// Not implemented: …
package coverage

//go:generate go test -run ^TestPage_is_current$ -update .

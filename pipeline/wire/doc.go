// Package wire is the runtime of the generated service types: a strict JSON tokenizer, append-style writers, error
// values, constraint violations and the table of a service's operations. The types themselves are made by
// internal/wiregen from AWS's service models and live in the packages of the services.
package wire

// Package watermill runs Watermill's own conformance suite on its SQS and SNS Pub/Subs against a running server, whose endpoint is
// in DYETRACE_ENDPOINT. It is a module of its own and outside the workspace: run.sh runs it.
package watermill

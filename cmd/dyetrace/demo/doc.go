// Package demo is what `dyetrace demo` does: it runs the CRM of examples/crm on an embedded pipeline, shows an event flow as it
// happens, proves that no other tenant got anything, lets a poisoned event run into its dead-letter queue by moving the clock,
// and then breaks the flow on purpose to show the failure a user would get.
package demo

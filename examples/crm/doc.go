// Package crm is a small event-sourced, multi-tenant CRM, as a team would run it on AWS: commands validate and append events to
// an event store in DynamoDB with an optimistic version check; the table's stream feeds an EventBridge pipe, the pipe a bus, and
// on the bus each tenant has a rule and a queue; a projector per tenant keeps the read model of contacts.
//
// It is an ordinary production service on the AWS SDK for Go v2 and knows nothing of dyetrace: only its tests do. PRD.md numbers
// what it must do.
package crm

// Package crm is a system under test: an event-sourced, multi-tenant CRM as a production service would be written.
//
// It talks to AWS through the AWS SDK for Go v2, creates its topology through the API, and knows nothing of dyetrace.
package crm

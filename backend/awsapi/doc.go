// Package awsapi calls operations of AWS's API through a backend.Endpoint, without an SDK: for what dyetrace itself asks of an
// account, such as taking messages from a queue, putting a rule beside the system under test, or writing an item.
//
// Calls are not signed: they name the endpoint's account in a credential that dyetrace and most emulators accept as it is. Where
// a signature is needed, the endpoint's Transport makes it.
package awsapi

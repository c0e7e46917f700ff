// Package awsapi calls operations of AWS's API through a backend.Endpoint, without an SDK: for what dyetrace itself asks of an
// account, such as taking messages from a queue, putting a rule beside the system under test, or writing an item.
//
// By itself a call is not signed: it names the endpoint's account in a credential, which dyetrace and most emulators accept as it is.
// [Open] makes endpoints whose Transport signs, for AWS itself and for whatever checks signatures; anything that takes a
// backend.Endpoint can use them (observe/sqs, observe/tap, inject, probe).
//
//	at, err := awsapi.Open(awsapi.Options{URL: awsapi.AWS, Region: "eu-central-1"}) // keys as AWS's tools find them
//	t, err := tap.Attach(ctx, at, "bus:crm", tap.Options{})
package awsapi

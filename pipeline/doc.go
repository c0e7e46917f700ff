// Package pipeline is the embedded AWS-compatible system: DynamoDB with its streams, EventBridge with its pipes, SNS, SQS and STS
// in one Go value, without a container and without a socket.
//
//	p := pipeline.New(pipeline.Options{})
//	defer p.Close()
//	client := &http.Client{Transport: p.RoundTripper("orders")} // for any AWS SDK
//
// A [Pipeline] needs no test around it. What it did is told by [Pipeline.Hops], what exists by [Pipeline.Topology], and whether
// anything is under way by [Pipeline.Settle].
//
// # Isolation
//
// A client whose access key id is 12 digits works in the account of that number; all others share account 000000000000. Accounts
// and regions see nothing of each other.
package pipeline

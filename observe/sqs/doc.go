// Package sqs lets observe.Collect take messages from an SQS queue, through the endpoint of any backend and without an AWS SDK.
package sqs

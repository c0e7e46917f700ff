// Package sqs lets observe.Collect take messages from an SQS queue, through the endpoint of any backend or of awsapi.Open, and without an AWS SDK.
package sqs

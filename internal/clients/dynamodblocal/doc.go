// Package dynamodblocal compares the pipeline's DynamoDB with DynamoDB Local, Amazon's own emulator, on generated sequences of
// operations: the same results, and the same error codes.
//
// The comparison needs both servers: run.sh starts DynamoDB Local and runs the tests. DynamoDB Local is not DynamoDB, and where the
// two are documented to differ the service's behaviour counts: see the table in differences_test.go, which holds every difference
// that was met.
package dynamodblocal

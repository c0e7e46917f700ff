// Package expr parses and evaluates DynamoDB's expressions: condition, filter, key condition, projection and update.
//
// A request makes one [Params] of its ExpressionAttributeNames and ExpressionAttributeValues, parses its expressions
// with it, in the order update, condition, key condition, filter, projection, and asks at last for [Params.Unused]:
// that is the order in which the service reports mistakes. Parsed expressions are immutable and safe for concurrent
// use; a Params is not.
//
// Every error is an [*Error] whose text is the service's message of a ValidationException. An expression has at most
// 4 KB, which also bounds the depth of every recursion here.
//
// Sources: Amazon DynamoDB Developer Guide, "Expressions", "Reserved words" and "Expression parameters" (limits).
// Message texts as observed on the service and recorded in public conformance suites.
package expr

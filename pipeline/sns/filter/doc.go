// Package filter compiles the filter policies of SNS subscriptions and matches messages against them.
//
// The language is that of EventBridge's event patterns with fewer operators: exact values, anything-but (also with a prefix),
// prefix, suffix, equals-ignore-case, cidr, numeric, exists, and $or. A policy looks at the message attributes or, in the scope
// MessageBody, at the body, which must be a JSON object.
//
// Of message attributes, a String is a string, a Number is a number, a String.Array is the list of its JSON elements, and a Binary
// one is not looked at.
//
// Source: SNS Developer Guide, "Subscription filter policies" and "Filter policy constraints"; the texts of refusals are those that
// AWS was recorded to send in the filter policy tests of LocalStack (snapshots taken against AWS).
//
// A *Policy is immutable and safe for concurrent use; a *Message is used by one goroutine.
package filter

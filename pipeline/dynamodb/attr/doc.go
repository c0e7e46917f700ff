// Package attr is DynamoDB's data model: attribute values, 38-digit numbers, equality and order, item sizes,
// sort-key bytes, and the JSON form of all of it.
//
// A [Value] is immutable once it is built. Whoever hands a map or a slice to a constructor gives it away, and what an
// accessor returns must not be changed; an update builds new containers along the path that it touches. That is why
// values may be shared freely between items, stream records and goroutines.
//
// A value that DynamoDB would refuse (an empty set, a number with 39 digits, two data types in one object) is decoded
// into an invalid Value that carries the reason, because DynamoDB reports such values only after it has checked the
// shape of the whole request, and with a prefix that depends on where they stood. Ask [Value.Err] or [CheckItem].
//
// Sources: Amazon DynamoDB Developer Guide, "Supported data types and naming rules" and "DynamoDB item sizes and
// formats"; API Reference, AttributeValue. Message texts as observed on the service by public conformance suites.
package attr

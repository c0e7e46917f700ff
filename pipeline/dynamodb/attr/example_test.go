package attr_test

import (
	"fmt"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// A value that DynamoDB would refuse is read whole, and says why when it is asked.
func ExampleValue_DecodeJSON() {
	d := wire.NewDecoder([]byte(`{"M":{"tags":{"SS":["vip","vip"]}}}`))
	var v attr.Value
	fmt.Println(v.DecodeJSON(&d))
	fmt.Println(v.Err())
	// Output:
	// <nil>
	// One or more parameter values were invalid: Input collection [vip, vip] contains duplicates.
}

// Sums are exact. What needs more than 38 digits is refused, not rounded.
func ExampleNumber_Add() {
	a, _ := attr.ParseNumber("1e37")
	b, _ := attr.ParseNumber("2.50e-1")
	fmt.Println(b.Add(attr.NumberFromInt64(1)))
	_, err := a.Add(b)
	fmt.Println(err)
	// Output:
	// 1.25 <nil>
	// Attempting to store more than 38 significant digits in a Number
}

// Package arn reads Amazon Resource Names: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
package arn

import "strings"

// ARN is an Amazon Resource Name in its parts. Region and Account are empty where the service leaves them out.
type ARN struct {
	Partition, Service, Region, Account string

	Resource string // all that is left; it may have colons: "function:name:1"
}

// Parse cuts an ARN into its parts. ok is false if text does not begin with "arn:" or has too few parts; which parts may be empty, and
// what stands in them, is for the caller to check.
//
// Source: AWS General Reference, "Amazon Resource Names (ARNs)".
func Parse(text string) (a ARN, ok bool) {
	rest, ok := strings.CutPrefix(text, "arn:")
	if !ok {
		return ARN{}, false
	}
	for _, part := range []*string{&a.Partition, &a.Service, &a.Region, &a.Account} {
		if *part, rest, ok = strings.Cut(rest, ":"); !ok {
			return ARN{}, false
		}
	}
	a.Resource = rest
	return a, true
}

// String returns the ARN as text.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

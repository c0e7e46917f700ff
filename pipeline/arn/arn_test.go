package arn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/pipeline/arn"
)

func ExampleParse() {
	a, ok := arn.Parse("arn:aws:lambda:eu-central-1:123456789012:function:leads:1")
	fmt.Println(a.Service, a.Region, a.Account, a.Resource, ok)
	// Output: lambda eu-central-1 123456789012 function:leads:1 true
}

func TestParse_takes_what_has_six_parts_R1_1(t *testing.T) {
	for text, want := range map[string]bool{
		"arn:aws:s3:::bucket":                          true, // neither region nor account
		"arn:aws-cn:sqs:cn-north-1:123456789012:leads": true,
		"arn:aws:sqs:eu-central-1:123456789012:":       true, // the caller checks what may be empty
		"arn:aws:sqs:eu-central-1:123456789012":        false,
		"urn:aws:sqs:eu-central-1:123456789012:leads":  false,
		"arn": false,
		"":    false,
	} {
		a, ok := arn.Parse(text)
		if ok != want || ok && a.String() != text || !ok && a != (arn.ARN{}) {
			t.Errorf("%q: %+v %v", text, a, ok)
		}
	}
}

func TestParse_allocates_nothing_R1_1(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { arn.Parse("arn:aws:sqs:eu-central-1:123456789012:leads") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("arn:aws:sns:eu-central-1:123456789012:leads.fifo:id")
	f.Fuzz(func(t *testing.T, text string) {
		a, ok := arn.Parse(text)
		if ok != (strings.HasPrefix(text, "arn:") && strings.Count(text, ":") >= 5) || ok && a.String() != text {
			t.Errorf("%q: %+v %v", text, a, ok)
		}
	})
}

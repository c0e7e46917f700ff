package event_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
)

func ExampleTraceFor() {
	t := event.TraceFor("dye-a6f76d9e")
	fmt.Println(t.Traceparent())
	fmt.Println(t.AWSTraceHeader())
	fmt.Println(t.Correlation())
	// Output:
	// 00-3b37306c6479652d6136663736643965-212fafbec17a04cb-01
	// Root=1-3b37306c-6479652d6136663736643965;Parent=212fafbec17a04cb;Sampled=1
	// dye-a6f76d9e
}

func TestTrace_tells_what_it_was_made_of_R2_8(t *testing.T) {
	const trace = "0af7651916cd43dd8448eb211c80319c"
	for _, c := range []struct {
		reason, id, want string
	}{
		{"an id of package dye", "dye-a6f76d9e", "dye-a6f76d9e"},
		{"one letter", "a", "a"},
		{"a trace id", trace, trace},
		{"too long to be read from 16 bytes", "order-4711-of-2026", ""},
		{"zero bytes pad, so that none can end an id", "a\x00", ""},
		{"zeros are no trace id", strings.Repeat("0", 32), ""},
	} {
		for _, header := range []string{event.TraceFor(c.id).Traceparent(), event.TraceFor(c.id).AWSTraceHeader()} {
			got, ok := event.ParseTrace(header)
			if !ok || got != event.TraceFor(c.id) || got.Correlation() != c.want {
				t.Errorf("%s: %q is read as %+v, %v, of %q, want %q", c.reason, header, got, ok, got.Correlation(), c.want)
			}
		}
	}
}

func TestTrace_of_somebody_else_is_of_no_correlation_id_R2_8(t *testing.T) {
	for _, header := range []string{
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", // the W3C's example
		"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
		"Root=1-5759e988-bd862e3fe1be46a994272793",
	} {
		got, ok := event.ParseTrace(header)
		if !ok || got.Correlation() != "" {
			t.Errorf("%q: %+v, %v, of %q", header, got, ok, got.Correlation())
		}
		if again, ok := event.ParseTrace(got.Traceparent()); !ok || again.ID != got.ID {
			t.Errorf("%q is passed on as %q", header, got.Traceparent())
		}
	}
}

func TestParseTrace_refuses_what_is_none_R2_8(t *testing.T) {
	for _, header := range []string{
		"", "-", "---", "dye-1", "Root=", "Root=1-2-3", "Root=1-0af76519-16cd43dd8448eb211c80319G",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-",
	} {
		if got, ok := event.ParseTrace(header); ok {
			t.Errorf("%q is read as %+v", header, got)
		}
	}
}

func TestTraceFor_is_always_a_valid_header_R2_8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.String().Draw(t, "id")
		made := event.TraceFor(id)
		for _, header := range []string{made.Traceparent(), made.AWSTraceHeader()} {
			got, ok := event.ParseTrace(header)
			if !ok || got != made {
				t.Fatalf("%q of %q is read as %+v, %v", header, id, got, ok)
			}
			if c := got.Correlation(); c != "" && c != id {
				t.Fatalf("%q of %q tells %q", header, id, c)
			}
		}
	})
}

func FuzzParseTrace(f *testing.F) {
	f.Add("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Add("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
	f.Fuzz(func(t *testing.T, header string) {
		got, ok := event.ParseTrace(header)
		if !ok {
			return
		}
		if again, ok := event.ParseTrace(got.Traceparent()); !ok || again.ID != got.ID || again.Sampled != got.Sampled {
			t.Errorf("%q is passed on as %q, which is read as %+v, %v", header, got.Traceparent(), again, ok)
		}
	})
}

package main

import "testing"

func TestEndpoint_has_no_token_to_be_shown(t *testing.T) {
	for given, want := range map[string]string{
		"http://s3cret@127.0.0.1:4566":     "http://127.0.0.1:4566",
		"http://s3cret:x@localhost:4566/":  "http://localhost:4566",
		"https://emulator.example.test/a/": "https://emulator.example.test/a",
	} {
		o := accountFlags{endpoint: given}
		if at, err := o.at("test"); err != nil || at.URL != want {
			t.Errorf("%s: %q, %v; want %q", given, at.URL, err, want)
		}
	}
}

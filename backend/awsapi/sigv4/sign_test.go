package sigv4_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi/sigv4"
)

var keys = sigv4.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

func ExampleSigner_Sign() {
	body := []byte(`{"QueueName":"orders"}`)
	r, err := http.NewRequest(http.MethodPost, "https://sqs.eu-central-1.amazonaws.com/", bytes.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AmazonSQS.GetQueueUrl")
	s := sigv4.Signer{Credentials: keys, Scope: sigv4.Scope{Region: "eu-central-1", Service: "sqs"}}
	fmt.Println(s.Sign(r, body, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
	for part := range strings.SplitSeq(r.Header.Get("Authorization"), ", ") {
		fmt.Println(part)
	}
	// Output:
	// <nil>
	// AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-central-1/sqs/aws4_request
	// SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-target
	// Signature=de2d05b638062ce0e45b84632bf9ff26a029cde6c211c3b039d64767185e2d77
}

func TestSign_leaves_no_trace_of_an_earlier_signature(t *testing.T) {
	r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:80/a/?b=2&a=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := sigv4.Signer{Credentials: keys, Scope: sigv4.Scope{Region: "r", Service: "s"}}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := s.Sign(r, nil, at); err != nil {
		t.Fatal(err)
	}
	first := r.Header.Clone()
	temporary := s
	temporary.Credentials.SessionToken = "token"
	if err := temporary.Sign(r, []byte("body"), at.Add(time.Hour)); err != nil || r.Header.Get("X-Amz-Security-Token") != "token" {
		t.Fatal(err, r.Header)
	}
	if err := s.Sign(r, nil, at); err != nil || fmt.Sprint(r.Header) != fmt.Sprint(first) {
		t.Errorf("%v: %v, first %v", err, r.Header, first)
	}
	if r.URL.RawQuery != "a=1&b=2" || r.Host != "127.0.0.1" { // what is signed is what is sent
		t.Error(r.URL.RawQuery, r.Host)
	}
}

func TestSign_refuses_what_it_cannot_sign(t *testing.T) {
	for reason, c := range map[string]struct {
		keys  sigv4.Credentials
		query string
	}{
		"no secret":      {sigv4.Credentials{AccessKeyID: "A"}, ""},
		"no key id":      {sigv4.Credentials{SecretAccessKey: "S"}, ""},
		"a broken query": {keys, "%zz"},
	} {
		r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = c.query
		if err := (sigv4.Signer{Credentials: c.keys}).Sign(r, nil, time.Now()); err == nil || len(r.Header) != 0 {
			t.Errorf("%s: %v, %v", reason, err, r.Header)
		}
	}
}

func TestCredentials_are_never_printed(t *testing.T) {
	c := sigv4.Credentials{AccessKeyID: "AKID", SecretAccessKey: "hidden-1", SessionToken: "hidden-2"}
	s := sigv4.Signer{Credentials: c}
	text, err := json.Marshal(map[string]any{"c": c, "s": s})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "c", c, "s", s)
	all := string(text) + log.String() + fmt.Sprintf("%v %+v %#v %s %q %v %+v %#v", c, c, c, c, c, s, &s, s)
	if strings.Contains(all, "hidden") || !strings.Contains(all, "AKID") {
		t.Error(all)
	}
}

func TestScopeOf_reads_what_a_signature_is_for(t *testing.T) {
	for header, want := range map[string]string{
		"AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=x": "us-east-1 sqs",
		"AWS4-HMAC-SHA256 SignedHeaders=host,Credential=a/b/c/20260101/r/events/aws4_request,Signature=x":    "r events",
		"AWS4-HMAC-SHA256 Credential=/20260101/r/events/aws4_request":                                        "r events",
		"AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/sqs/aws4":                                          "",
		"AWS4-HMAC-SHA256 Credential=A/20260101//sqs/aws4_request":                                           "",
		"AWS4-HMAC-SHA256 Credential=r/sqs/aws4_request":                                                     "",
		"AWS4-HMAC-SHA256 Signature=x":                                                                       "",
		"Basic QTpC":                                                                                         "",
		"":                                                                                                   "",
	} {
		scope, ok := sigv4.ScopeOf(header)
		if got := strings.TrimSpace(scope.Region + " " + scope.Service); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", header, got, ok)
		}
	}
}

func FuzzScopeOf(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=x")
	f.Add("AWS4-HMAC-SHA256 Credential=////")
	f.Fuzz(func(t *testing.T, header string) {
		scope, ok := sigv4.ScopeOf(header)
		if ok != (scope.Region != "" && scope.Service != "") || ok && !strings.Contains(header, scope.Region+"/"+scope.Service+"/aws4_request") {
			t.Errorf("%q: %+v, %v", header, scope, ok)
		}
	})
}

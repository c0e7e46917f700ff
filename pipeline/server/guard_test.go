package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// TestServeHTTP_refuses_web_pages replays what a page in a browser on this machine can send to it: forms and fetches across
// sites, and requests under the page's own name after its address was changed to 127.0.0.1 (DNS rebinding).
func TestServeHTTP_refuses_web_pages(t *testing.T) {
	s := serving(t, Options{}, engine.Options{})
	const formType = "application/x-www-form-urlencoded"
	send := func(method, url, host, contentType, body string, header ...string) *http.Request {
		r := httptest.NewRequest(method, url, strings.NewReader(body))
		r.Host = host
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return r
	}
	const act = "Action=GetCallerIdentity&Version=2011-06-15"
	for _, row := range []struct {
		reason string
		r      *http.Request
		code   string // "": served
	}{
		{"1: form of a foreign site", send("POST", "/", "127.0.0.1:4566", formType, act, "Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site"), "CrossSiteRequest"},
		{"2: form of a sandboxed frame", send("POST", "/", "127.0.0.1:4566", formType, act, "Origin", "null"), "CrossOriginRequest"},
		{"3: image with an action in its URL", send("GET", "/?"+act, "127.0.0.1:4566", "", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "image"), "CrossSiteRequest"},
		{"4: POST after rebinding", send("POST", "/", "evil.example:4566", formType, act, "Origin", "http://evil.example:4566", "Sec-Fetch-Site", "same-origin"), "HostNotAllowed"},
		{"5: GET after rebinding, without Origin", send("GET", "/?"+act, "evil.example:4566", "", ""), "HostNotAllowed"},
		{"6: preflight of a foreign page", send("OPTIONS", "/", "127.0.0.1:4566", "", "", "Origin", "http://evil.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-amz-target"), "CrossOriginRequest"},
		{"7: page on another port of this machine", send("POST", "/", "localhost:4566", formType, act, "Origin", "http://localhost:3000", "Sec-Fetch-Site", "same-site"), "CrossSiteRequest"},
		{"8: control API from a foreign page", send("POST", "/_dyetrace/reset", "127.0.0.1:4566", formType, "", "Origin", "http://evil.example"), "CrossOriginRequest"},
		{"a name that only begins as ours", send("GET", "/?"+act, "localhost.evil.example", "", ""), "HostNotAllowed"},
		{"a name that only ends as ours", send("GET", "/?"+act, "evillocalhost", "", ""), "HostNotAllowed"},
		{"an address of the network", send("GET", "/?"+act, "192.168.1.7:4566", "", ""), "HostNotAllowed"},
		{"no name", send("GET", "/?"+act, "", "", ""), "HostNotAllowed"},
		{"a second, foreign origin", func() *http.Request {
			r := send("POST", "/", "localhost:4566", formType, act, "Origin", "http://localhost:4566")
			r.Header.Add("Origin", "http://evil.example")
			return r
		}(), "CrossOriginRequest"},
		{"a program", send("POST", "/", "127.0.0.1:4566", formType, act), ""},
		{"a page of this server", send("POST", "/", "localhost:4566", formType, act, "Origin", "http://localhost:4566", "Sec-Fetch-Site", "same-origin"), ""},
		{"an address typed by the user", send("GET", "/?"+act, "localhost:4566", "", "", "Sec-Fetch-Site", "none"), ""},
		{"IPv6", send("GET", "/?"+act, "[::1]:4566", "", ""), ""},
		{"another loopback address", send("GET", "/?"+act, "127.8.9.1", "", ""), ""},
		{"a name below localhost, in capitals and with the root's dot", send("GET", "/?"+act, "SQS.us-east-1.Localhost.:4566", "", ""), ""},
		{"LocalStack's name for this machine", send("GET", "/?"+act, "sqs.us-east-1.localhost.localstack.cloud:4566", "", ""), ""},
	} {
		w := get(s, row.r)
		refused := w.Code == http.StatusForbidden
		if refused != (row.code != "") || !strings.Contains(w.Body.String(), row.code) {
			t.Errorf("%s: %d %s, want %q", row.reason, w.Code, w.Body, row.code)
		}
		for name := range w.Header() {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: the answer has %s", row.reason, name)
			}
		}
	}
}

func TestServeHTTP_answers_to_configured_names(t *testing.T) {
	s := serving(t, Options{Hosts: []string{"Aws.Test", "*.ci.example"}}, engine.Options{})
	for host, want := range map[string]bool{"aws.test:4566": true, "aws.test": true, "a.ci.example": true, "ci.example": false, "b.aws.test": false, "test": false} {
		r := httptest.NewRequest("GET", "/?Action=GetCallerIdentity", nil)
		r.Host = host
		if got := get(s, r).Code == 200; got != want {
			t.Errorf("host %s: served is %v, want %v", host, got, want)
		}
	}
}

func TestControl_needs_the_token_where_there_is_one(t *testing.T) {
	s := serving(t, Options{Token: "0123456789abcdef"}, engine.Options{})
	for _, row := range []struct {
		method, path, token string
		status              int
	}{
		{"GET", "/_dyetrace/hops", "", 401},
		{"POST", "/_dyetrace/reset", "0123456789abcdee", 401},
		{"POST", "/_dyetrace/reset", "0123456789abcdef", 200},
		{"GET", "/_dyetrace/health", "", 200},
		{"GET", "/_localstack/health", "", 200},
	} {
		r := httptest.NewRequest(row.method, "http://localhost"+row.path, nil)
		r.Header.Set(HeaderToken, row.token)
		if w := get(s, r); w.Code != row.status {
			t.Errorf("%s %s with token %q: %d, want %d", row.method, row.path, row.token, w.Code, row.status)
		}
	}
}

func TestParseAuthorization_takes_nothing_on_trust(t *testing.T) {
	absent := credential{account: DefaultAccount, region: DefaultRegion}
	for _, row := range []struct {
		reason, header string
		want           credential
	}{
		{"as SDKs write it", signed("AKIDEXAMPLE", "eu-west-1", "sqs"), credential{DefaultAccount, "eu-west-1", "sqs"}},
		{"without blanks", "AWS4-HMAC-SHA256 Credential=123456789012/20260102/us-west-2/dynamodb/aws4_request,SignedHeaders=host,Signature=0", credential{"123456789012", "us-west-2", "dynamodb"}},
		{"for all regions", "AWS4-ECDSA-P256-SHA256 Credential=AKID/20260102/sqs/aws4_request, Signature=0", credential{DefaultAccount, DefaultRegion, "sqs"}},
		{"nothing", "", absent},
		{"another scheme", "Basic Credential=123456789012/20260102/us-west-2/sqs/aws4_request", absent},
		{"cut off in the key", "AWS4-HMAC-SHA256 Credential=1234", absent},
		{"cut off in the scope", "AWS4-HMAC-SHA256 Credential=123456789012/20260102/us-west-2", credential{"123456789012", DefaultRegion, ""}},
		{"only slashes", "AWS4-HMAC-SHA256 Credential=//////////", absent},
		{"region that climbs", signed("test", "..", "sqs"), credential{DefaultAccount, DefaultRegion, "sqs"}},
		{"region with NUL", signed("test", "eu\x00west", "sqs"), credential{DefaultAccount, DefaultRegion, "sqs"}},
		{"region with a slash too many", signed("test", "eu/west-1", "sqs"), credential{DefaultAccount, "eu", ""}},
		{"region without end", signed("test", strings.Repeat("a", 1000), "sqs"), credential{DefaultAccount, DefaultRegion, "sqs"}},
		{"13 digits are no account", signed("1234567890123", "eu-west-1", "sqs"), credential{DefaultAccount, "eu-west-1", "sqs"}},
		{"digits of another script are no account", signed("١٢٣٤٥٦", "eu-west-1", "sqs"), credential{DefaultAccount, "eu-west-1", "sqs"}},
	} {
		if got := parseAuthorization(row.header); got != row.want {
			t.Errorf("%s: %+v, want %+v", row.reason, got, row.want)
		}
	}
	r := httptest.NewRequest("GET", "/?Action=GetCallerIdentity&X-Amz-Credential=123456789012%2F20260102%2Feu-west-1%2Fsts%2Faws4_request", nil)
	if got, want := credentialOf(r), (credential{"123456789012", "eu-west-1", "sts"}); got != want {
		t.Errorf("presigned: %+v, want %+v", got, want)
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add(signed("123456789012", "eu-west-1", "sqs"))
	f.Add("AWS4-HMAC-SHA256 Credential=//a/")
	f.Fuzz(func(t *testing.T, header string) {
		c := parseAuthorization(header)
		if !event.IsAccount(c.account) || !isName(c.region) || c.service != "" && !isName(c.service) {
			t.Errorf("%q became %+v", header, c)
		}
	})
}

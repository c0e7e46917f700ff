package server

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dyetrace/dyetrace/event"
)

// Where requests without a usable signature go.
const (
	DefaultAccount = "000000000000"
	DefaultRegion  = "us-east-1"
)

// A credential is what a request's Signature Version 4 says about who asks whom. The signature itself is not verified.
type credential struct {
	account string // the access key id if that is 12 digits, else DefaultAccount
	region  string // of the credential scope, else DefaultRegion
	service string // of the credential scope: "sqs"; "" if there is none
}

// credentialOf reads the header Authorization or, of a presigned request, the parameter X-Amz-Credential.
func credentialOf(r *http.Request) credential {
	if h := r.Header["Authorization"]; len(h) > 0 {
		return parseAuthorization(h[0])
	}
	if strings.Contains(r.URL.RawQuery, "X-Amz-Credential=") {
		for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
			if value, ok := strings.CutPrefix(pair, "X-Amz-Credential="); ok {
				if text, err := url.QueryUnescape(value); err == nil {
					return parseScope(text)
				}
			}
		}
	}
	return linked(r)
}

// linked reads what an unsigned link tells of where it leads: SNS puts links with the ARN of a topic or subscription into its
// messages, for anybody to confirm or end a subscription.
func linked(r *http.Request) credential {
	c := credential{account: DefaultAccount, region: DefaultRegion}
	if !strings.Contains(r.URL.RawQuery, "Arn=") {
		return c
	}
	for _, name := range []string{"TopicArn", "SubscriptionArn"} {
		parts := strings.Split(r.URL.Query().Get(name), ":")
		if len(parts) >= 6 && isName(parts[3]) && event.IsAccount(parts[4]) {
			c.region, c.account = parts[3], parts[4]
			return c
		}
	}
	return c
}

// parseAuthorization reads the header Authorization: "AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/sqs/aws4_request, …".
// Whatever it cannot use is taken as absent.
//
// Source: AWS Signature Version 4, "Add the signature to the request".
func parseAuthorization(header string) credential {
	_, scope, found := strings.Cut(header, "Credential=")
	if !found || !strings.HasPrefix(header, "AWS4-") {
		return credential{account: DefaultAccount, region: DefaultRegion}
	}
	if end := strings.IndexAny(scope, ", "); end >= 0 {
		scope = scope[:end]
	}
	return parseScope(scope)
}

// parseScope reads key/date/region/service/aws4_request, or key/date/service/aws4_request of a signature for all regions.
func parseScope(scope string) credential {
	c := credential{account: DefaultAccount, region: DefaultRegion}
	key, rest, _ := strings.Cut(scope, "/")
	if event.IsAccount(key) {
		c.account = key
	}
	_, rest, _ = strings.Cut(rest, "/")
	rest, found := strings.CutSuffix(rest, "/aws4_request")
	if !found {
		return c
	}
	region, service, both := strings.Cut(rest, "/")
	if !both {
		region, service = "", region
	}
	if isName(region) {
		c.region = region
	}
	if isName(service) {
		c.service = service
	}
	return c
}

// isName holds for what can be a region or a service: it becomes part of ARNs and URLs.
func isName(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

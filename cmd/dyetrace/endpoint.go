package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/event"
)

// accountFlags say where verbs that call AWS's API do so.
type accountFlags struct {
	endpoint string
	account  string
	region   string
}

func (o *accountFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.endpoint, "endpoint", "", "`URL` of the AWS-compatible endpoint (default: AWS_ENDPOINT_URL, else http://127.0.0.1:4566)")
	f.StringVar(&o.account, "account", "", "12-digit `account` (default: AWS_ACCESS_KEY_ID if it is one, else 000000000000)")
	f.StringVar(&o.region, "region", "", "`region` (default: AWS_REGION, else us-east-1)")
}

var twelveDigits = regexp.MustCompile(`^\d{12}$`)

// at returns the endpoint that the flags and the environment name, for a client of that name.
func (o *accountFlags) at(client string) (backend.Endpoint, error) {
	e := backend.Endpoint{
		URL:    strings.TrimSuffix(cmp.Or(o.endpoint, os.Getenv("AWS_ENDPOINT_URL"), "http://127.0.0.1:4566"), "/"),
		Region: cmp.Or(o.region, os.Getenv("AWS_REGION"), "us-east-1"), AccountID: o.account, Transport: named{client, http.DefaultTransport},
	}
	u, err := url.Parse(e.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return e, fmt.Errorf("--endpoint must be like http://127.0.0.1:4566, not %q", e.URL)
	case strings.HasSuffix(u.Hostname(), ".amazonaws.com"):
		return e, fmt.Errorf("--endpoint %s is AWS itself, which takes signed calls only: this is for dyetrace and emulators", e.URL)
	case o.account != "" && !twelveDigits.MatchString(o.account):
		return e, fmt.Errorf("--account must have 12 digits, not be %q", o.account)
	}
	u.User = nil // a token is for the control API; here it would only be shown
	e.URL = u.String()
	if e.AccountID == "" {
		e.AccountID = "000000000000"
		if key := os.Getenv("AWS_ACCESS_KEY_ID"); twelveDigits.MatchString(key) {
			e.AccountID = key
		}
	}
	return e, nil
}

// named tells a dyetrace server who calls, and in which flow; others pass over it.
type named struct {
	client string
	next   http.RoundTripper
}

// RoundTrip sends r with two headers more.
func (t named) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Dyetrace-Client", t.client)
	if id := event.Correlation(r.Context()); id != "" {
		r.Header.Set("X-Dyetrace-Correlation", id)
	}
	return t.next.RoundTrip(r)
}

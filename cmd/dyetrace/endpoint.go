package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/report"
)

// accountFlags say where verbs that call AWS's API do so, and as whom.
type accountFlags struct {
	endpoint string
	account  string
	region   string
	profile  string
	sign     bool
}

func (o *accountFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.endpoint, "endpoint", "", "`URL` of the AWS-compatible endpoint, or aws: for AWS itself (default: AWS_ENDPOINT_URL, else http://127.0.0.1:4566)")
	f.StringVar(&o.account, "account", "", "12-digit `account` (default: AWS_ACCESS_KEY_ID if it is one, else 000000000000; signed: whose the keys are, and it must be this one)")
	f.StringVar(&o.region, "region", "", "`region` (default: AWS_REGION, else us-east-1; signed: also AWS_DEFAULT_REGION and the profile's)")
	f.BoolVar(&o.sign, "sign", false, "sign calls with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or with the keys of the profile (at AWS itself always)")
	f.StringVar(&o.profile, "profile", "", "sign with the keys of this profile `name` of ~/.aws/credentials or ~/.aws/config")
}

// place is an endpoint, and how it is called for people.
type place struct {
	backend.Endpoint
	signed bool
}

// at returns the endpoint that the flags and the environment name, for a client of that name. It makes no call.
func (o *accountFlags) at(client string) (place, error) {
	if o.account != "" && !event.IsAccount(o.account) {
		return place{}, fmt.Errorf("--account must have 12 digits, not be %q", o.account)
	}
	address := cmp.Or(o.endpoint, os.Getenv("AWS_ENDPOINT_URL"), "http://127.0.0.1:4566")
	if address == awsapi.AWS {
		return o.open(address, http.DefaultTransport)
	}
	u, err := url.Parse(strings.TrimSuffix(address, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return place{}, fmt.Errorf("--endpoint must be like http://127.0.0.1:4566, or aws: for AWS itself, not %q", address)
	}
	u.User = nil // a token is for the control API; here it would only be shown
	e := backend.Endpoint{
		URL: u.String(), Region: cmp.Or(o.region, os.Getenv("AWS_REGION"), "us-east-1"), AccountID: o.account, Transport: named{client, http.DefaultTransport},
	}
	if o.sign || o.profile != "" || awsapi.AtAWS(e) {
		return o.open(e.URL, e.Transport)
	}
	if e.AccountID == "" {
		e.AccountID = "000000000000"
		if key := os.Getenv("AWS_ACCESS_KEY_ID"); event.IsAccount(key) {
			e.AccountID = key
		}
	}
	return place{Endpoint: e}, nil
}

// open is at for signed calls.
func (o *accountFlags) open(address string, next http.RoundTripper) (place, error) {
	e, err := awsapi.Open(awsapi.Options{URL: address, Profile: o.profile, Region: o.region, AccountID: o.account, Transport: next})
	return place{e, true}, err
}

// identify finds out whose the keys are, and so that they are good, before anything is done with them. What is compatible with AWS may
// not be able to tell.
func (o *accountFlags) identify(ctx context.Context, p *place) error {
	if !p.signed {
		return nil
	}
	account, err := awsapi.Identify(ctx, p.Endpoint)
	e, _ := errors.AsType[*awsapi.Error](err)
	switch {
	case err == nil && o.account != "" && account != o.account:
		return &exitError{exitUsage, fmt.Errorf("the keys are of account %s, not of %s as --account says: nothing was done", account, o.account)}
	case err == nil:
		p.AccountID = account
	case e != nil && e.Status == 0 && e.Err != nil:
		return p.silent(e)
	case p.atAWS() || e == nil || e.Denied():
		return &exitError{exitFailed, fmt.Errorf("nothing was done: %s", report.Clean(err.Error()))}
	}
	p.AccountID = cmp.Or(p.AccountID, "000000000000")
	return nil
}

// atAWS reports whether it is AWS itself, a real account.
func (p *place) atAWS() bool { return awsapi.AtAWS(p.Endpoint) }

// String says which account and where, for people.
func (p *place) String() string {
	if p.atAWS() {
		return fmt.Sprintf("account %s at AWS in %s", p.AccountID, p.Region)
	}
	return fmt.Sprintf("account %s at %s", p.AccountID, report.Clean(p.URL))
}

// name is the endpoint as --endpoint takes it.
func (p *place) name() string {
	if p.atAWS() {
		return awsapi.AWS
	}
	return p.URL
}

// silent says that nobody answered.
func (p *place) silent(e *awsapi.Error) error {
	if p.atAWS() {
		return &exitError{exitUnavailable, fmt.Errorf("AWS does not answer: %s", report.Clean(e.Error()))}
	}
	return &exitError{exitUnavailable, fmt.Errorf("nothing answers at %s: %w; is it running?", report.Clean(p.URL), e.Err)}
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

package awsapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi/profile"
	"github.com/dyetrace/dyetrace/backend/awsapi/sigv4"
	"github.com/dyetrace/dyetrace/event"
)

// AWS is the URL that stands for AWS itself: each service has a host of its own there.
const AWS = "aws:"

// Credentials are keys, which never print but for the access key id.
type Credentials = sigv4.Credentials

// Options say where signed calls go, and whose they are. The zero value is what AWS's own tools take from the environment and from
// ~/.aws (package profile says how).
type Options struct {
	// URL is [AWS], which "" means, too, or that of something compatible for all services, such as "http://127.0.0.1:5000". At AWS the
	// endpoints count that AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SQS and so on name, or the config file; a URL that is given here goes
	// before them.
	URL         string
	Profile     string      // "" is AWS_PROFILE, else "default"
	Region      string      // "" is that of the environment or the profile; then us-east-1, but not at AWS itself
	AccountID   string      // 12 digits; "" is AWS_ACCOUNT_ID, aws_account_id of the profile, or a key id that is one; else [Identify] can tell
	Credentials Credentials // zero: of the environment or the profile

	Transport http.RoundTripper   // carries the signed calls; nil is http.DefaultTransport
	Seed      uint64              // of the pauses after throttled calls; 0 draws one
	Getenv    func(string) string // nil is os.Getenv
}

// regionForm is compiled by the first who opens an endpoint: every test and every start of the command links this package.
var regionForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z]{2,8}(-[a-z0-9]+){1,4}$`) // it becomes part of a host name
})

// Open returns an endpoint whose Transport signs each call with Signature Version 4 and sends it to the service that it is for. It
// makes no call. A call that is throttled is made again, at most five times within some four seconds; a service refuses it before
// it does anything, so this is safe for every operation.
//
// The endpoint's AccountID is "" if nothing told it. Its URL is a name for AWS itself, which only this Transport can reach.
//
// Errors: *[profile.CredentialsError] if there are no keys, with what to do; *[profile.SyntaxError]; of a wrong URL, region or account.
func Open(o Options) (backend.Endpoint, error) {
	settings, noKeys := profile.Load(profile.Options{Profile: o.Profile, Region: o.Region, Credentials: o.Credentials, Getenv: o.Getenv})
	if settings == nil {
		return backend.Endpoint{}, noKeys
	}
	t := &signed{keys: settings.Credentials, settings: settings, region: settings.Region, next: o.Transport}
	if t.next == nil {
		t.next = http.DefaultTransport
	}
	if err := t.locate(o.URL); err != nil {
		return backend.Endpoint{}, err
	}
	if noKeys != nil {
		return backend.Endpoint{}, noKeys
	}
	account := cmp.Or(o.AccountID, settings.AccountID)
	if account == "" && event.IsAccount(t.keys.AccessKeyID) {
		account = t.keys.AccessKeyID
	}
	if account != "" && !event.IsAccount(account) {
		return backend.Endpoint{}, fmt.Errorf("an account has 12 digits, and is not %q", account)
	}
	seed := o.Seed
	for seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		seed = binary.LittleEndian.Uint64(b[:])
	}
	t.random = mathrand.New(mathrand.NewPCG(seed, 0x4a))
	at := backend.Endpoint{URL: "https://" + t.region + "." + suffix(t.region), Region: t.region, AccountID: account, Transport: t}
	if t.base != nil {
		at.URL = t.base.String()
	}
	return at, nil
}

// locate decides between AWS itself and one URL for all services.
func (t *signed) locate(where string) error {
	given, everywhere := where, "the URL"
	if where == "" || where == AWS {
		given, everywhere = t.settings.Everywhere(), "AWS_ENDPOINT_URL, or endpoint_url of the profile,"
		t.own = map[string]*url.URL{}
		for _, id := range profile.Services {
			if of := t.settings.Endpoint(id); of != given {
				u, err := parseEndpoint("AWS_ENDPOINT_URL_"+strings.ToUpper(id)+", or endpoint_url of the service in the config file,", of)
				if err != nil {
					return err
				}
				t.own[id] = u
			}
		}
	}
	if given != "" {
		u, err := parseEndpoint(everywhere, given)
		if err != nil {
			return err
		}
		if service, region, ok := oneService(u.Hostname()); ok {
			return fmt.Errorf("%s is of one service of AWS, %s: name %s with region %s in its place, and each call finds its service", u, service, AWS, region)
		}
		t.base = u
		t.region = cmp.Or(t.region, "us-east-1")
	}
	switch {
	case t.region == "":
		return errors.New("at AWS a region is needed: set AWS_REGION, or region in the profile")
	case !regionForm().MatchString(t.region):
		return fmt.Errorf("a region is like eu-central-1, and not %q", t.region)
	}
	return nil
}

func parseEndpoint(what, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%s must be like https://host:port, or %s for AWS itself", what, AWS)
	}
	u.User = nil // a name there is for other servers, and would only be shown
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), ""
	return u, nil
}

// Identify asks the Security Token Service which account the endpoint's calls are of. It needs no permission.
func Identify(ctx context.Context, at backend.Endpoint) (account string, err error) {
	var out struct{ Account string }
	if err := New(at).Query(ctx, STS, "GetCallerIdentity", nil, &out); err != nil {
		return "", err
	}
	if !event.IsAccount(out.Account) {
		return "", &Error{Service: STS.scope, Operation: "GetCallerIdentity", Status: http.StatusOK, Code: InvalidAnswer, Message: fmt.Sprintf("account %q", out.Account)}
	}
	return out.Account, nil
}

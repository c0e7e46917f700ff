package awsapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi/profile"
	"github.com/dyetrace/dyetrace/backend/awsapi/sigv4"
	"github.com/dyetrace/dyetrace/internal/pause"
)

// signed carries calls to their services, signed. It takes the service from the credential scope of the Authorization header that a
// call comes with, of a [Client] or of any SDK, and puts its own signature in the place of that.
type signed struct {
	keys     sigv4.Credentials
	settings *profile.Settings
	region   string
	base     *url.URL            // for all services; nil is AWS itself
	own      map[string]*url.URL // for one service, by its identifier; goes before base
	next     http.RoundTripper

	mu     sync.Mutex // held for moments
	random *mathrand.Rand
}

// What is tried again, and for how long.
const (
	mostAttempts = 6
	firstPause   = 150 * time.Millisecond // doubles; drawn from [d/2, d], so that all together are at most 4.65 s
)

// RoundTrip signs and sends a call, again while it is throttled.
func (t *signed) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	scope, ok := sigv4.ScopeOf(r.Header.Get("Authorization"))
	if !ok {
		return nil, fmt.Errorf("the call to %s does not say which service it is for: it has no credential scope", r.URL.Host)
	}
	to, err := t.target(scope.Service, r)
	if err != nil {
		return nil, err
	}
	signer := sigv4.Signer{Credentials: t.keys, Scope: sigv4.Scope{Region: t.region, Service: scope.Service}}
	wait := firstPause
	for n := 1; ; n++ {
		call := r.Clone(r.Context())
		call.URL, call.Host = to, ""
		call.Body, call.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		call.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		if len(body) == 0 {
			call.Body, call.GetBody = http.NoBody, nil
		}
		if err := signer.Sign(call, body, time.Now()); err != nil {
			return nil, err
		}
		answer, err := t.next.RoundTrip(call)
		if err != nil || n == mostAttempts || !throttled(answer) || !t.rest(r.Context(), wait) {
			return answer, err
		}
		answer.Body.Close()
		wait *= 2
	}
}

// target returns where a call to a service goes.
func (t *signed) target(scope string, r *http.Request) (*url.URL, error) {
	at, path := t.base, r.URL.EscapedPath()
	if at != nil {
		path = strings.TrimPrefix(path, at.EscapedPath())
	}
	known := false
	for _, h := range hosted {
		if h.scope != scope || !strings.HasPrefix(r.Header.Get("X-Amz-Target"), h.target) {
			continue
		}
		known = true
		if own := t.own[h.id]; own != nil {
			at = own
		} else if at == nil {
			at = &url.URL{Scheme: "https", Host: h.host + "." + t.region + "." + suffix(t.region)}
			if variants := t.settings.Variants(); len(variants) > 0 {
				return nil, fmt.Errorf("%s asks for another endpoint of AWS than %s, which dyetrace does not know: name it in AWS_ENDPOINT_URL_%s", variants[0], at.Host, strings.ToUpper(h.id))
			}
		}
		break
	}
	if !known && at == nil {
		return nil, fmt.Errorf("calls to the service %q of AWS are not made from here", scope)
	}
	to := at.JoinPath(path)
	if to.Path == "" {
		to.Path = "/"
	}
	to.RawQuery = r.URL.RawQuery
	return to, nil
}

// rest pauses, and reports whether there is time for another attempt.
func (t *signed) rest(ctx context.Context, d time.Duration) bool {
	t.mu.Lock()
	d = d/2 + time.Duration(t.random.Int64N(int64(d/2)+1))
	t.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return false // the answer that there is says more than the deadline's error
	}
	pause.For(ctx, d)
	return ctx.Err() == nil
}

// throttled looks whether an answer says that there were too many calls. It can be read again afterwards.
func throttled(answer *http.Response) bool {
	if answer.StatusCode < http.StatusBadRequest {
		return false
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	answer.Body.Close()
	answer.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	return answer.StatusCode == http.StatusTooManyRequests || isThrottle(refused("", "", answer.StatusCode, body).Code)
}

// failing is the end of an answer that broke off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	longTime   = "20060102T150405Z"
	shortTime  = "20060102"
)

// Signer signs requests to one service in one region. Safe for concurrent use.
type Signer struct {
	Credentials Credentials
	Scope       Scope
}

// Sign sets X-Amz-Date, Authorization and, with temporary credentials, X-Amz-Security-Token of a request whose body is body. It writes
// the query in its canonical order, Host without a port that is the scheme's own, and X-Amz-Content-Sha256 anew if the request has it.
// Everything else must be in its place before:
// all headers are signed but those that a proxy or the transport may change (Authorization, User-Agent, Connection, Expect,
// Transfer-Encoding, X-Amzn-Trace-Id, …).
//
// The signature holds for about five minutes (SQS: 15) around at. The error is of a query that cannot be parsed, or of missing keys.
func (s Signer) Sign(r *http.Request, body []byte, at time.Time) error {
	c := s.Credentials
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return errors.New("sign: access key id and secret access key are both needed")
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return fmt.Errorf("sign: the query is not valid: %w", err)
	}
	hash := hexHash(body)
	r.Header.Set("X-Amz-Date", at.UTC().Format(longTime))
	r.Header.Del("X-Amz-Security-Token")
	if c.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", c.SessionToken)
	}
	if r.Header.Get("X-Amz-Content-Sha256") != "" {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	r.Host = hostOf(r)
	m := message{
		method: r.Method, path: r.URL.EscapedPath(), query: canonicalQuery(query), host: r.Host, header: r.Header, length: len(body), hash: hash,
	}
	if m.method == "" {
		m.method = http.MethodGet
	}
	r.Header.Set("Authorization", s.authorization(&m, at))
	r.URL.RawQuery = m.query
	return nil
}

// authorization returns the header.
func (s Signer) authorization(m *message, at time.Time) string {
	canonical, signed := m.canonical()
	day := at.UTC().Format(shortTime)
	scope := strings.Join([]string{day, s.Scope.Region, s.Scope.Service, terminator}, "/")
	toSign := strings.Join([]string{algorithm, at.UTC().Format(longTime), scope, hexHash([]byte(canonical))}, "\n")
	signature := hex.EncodeToString(sum(s.key(day), toSign))
	return fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%s", algorithm, s.Credentials.AccessKeyID, scope, signed, signature)
}

// key derives the signing key of a day.
func (s Signer) key(day string) []byte {
	key := []byte("AWS4" + s.Credentials.SecretAccessKey)
	for _, part := range []string{day, s.Scope.Region, s.Scope.Service, terminator} {
		key = sum(key, part)
	}
	return key
}

func sum(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func hexHash(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// hostOf returns the host without a port that is the scheme's own: servers and proxies leave it out before they verify.
func hostOf(r *http.Request) string {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	switch {
	case r.URL.Scheme == "http" && strings.HasSuffix(host, ":80"):
		host = strings.TrimSuffix(host, ":80")
	case r.URL.Scheme == "https" && strings.HasSuffix(host, ":443"):
		host = strings.TrimSuffix(host, ":443")
	}
	return host
}

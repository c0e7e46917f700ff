package sigv4

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// suiteToken is the session token of the suite's post-sts-header-before.
const suiteToken = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQr" +
	"mGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yj" +
	"c8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="

const unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// The published cases: AWS's Signature Version 4 test suite, as kept in awslabs/aws-c-auth, tests/aws-signing-test-suite/v4, of 2026. All
// of them are here that sign headers with a normalised path: request.txt and header-signature.txt. The time, keys, region and service
// are those of their context.json.
var suite = []struct {
	name      string
	target    string // path and query of the request line, as it is
	method    string
	header    http.Header
	body      string
	token     string
	signature string
}{
	{name: "get-header-key-duplicate", target: "/", header: http.Header{"My-Header1": {"value2", "value2", "value1"}}, signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
	{name: "get-header-value-multiline", target: "/", header: http.Header{"My-Header1": {"value1\n  value2\n     value3"}}, signature: "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd"},
	{name: "get-header-value-order", target: "/", header: http.Header{"My-Header1": {"value4", "value1", "value3", "value2"}}, signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
	{name: "get-header-value-trim", target: "/", header: http.Header{"My-Header1": {" value1"}, "My-Header2": {` "a   b   c"`}}, signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
	{name: "get-relative-normalized", target: "/example/..", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{name: "get-relative-relative-normalized", target: "/example1/example2/../..", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{name: "get-slash-dot-slash-normalized", target: "/./", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{name: "get-slash-normalized", target: "//", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{name: "get-slash-pointless-dot-normalized", target: "/./example", signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
	{name: "get-slashes-normalized", target: "//example//", signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
	{name: "get-space-normalized", target: "/example space/", signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
	{name: "get-unreserved", target: "/" + unreserved, signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
	{name: "get-utf8", target: "/ሴ", signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
	{name: "get-vanilla", target: "/", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{name: "get-vanilla-empty-query-key", target: "/?Param1=value1", signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
	{name: "get-vanilla-query-order-encoded", target: "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1", signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
	{name: "get-vanilla-query-order-key-case", target: "/?Param2=value2&Param1=value1", signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
	{name: "get-vanilla-query-unreserved", target: "/?" + unreserved + "=" + unreserved, signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
	{name: "get-vanilla-utf8-query", target: "/?ሴ=bar", signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
	{name: "get-vanilla-with-session-token", target: "/", token: "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267", signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
	{name: "post-header-key-sort", target: "/", method: "POST", header: http.Header{"My-Header1": {"value1"}}, signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
	{name: "post-header-value-case", target: "/", method: "POST", header: http.Header{"My-Header1": {"VALUE1"}}, signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
	{name: "post-sts-header-before", target: "/", method: "POST", token: suiteToken, signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
	{name: "post-vanilla, post-header-key-case, post-sts-header-after", target: "/", method: "POST", signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	{name: "post-vanilla-query, post-vanilla-empty-query-value", target: "/?Param1=value1", method: "POST", signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
	{name: "post-x-www-form-urlencoded", target: "/", method: "POST", header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "X-Amz-Content-Sha256": {""}}, body: "Param1=value1",
		signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"},
	{name: "post-x-www-form-urlencoded-parameters", target: "/", method: "POST", header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}, "X-Amz-Content-Sha256": {""}},
		body: "Param1=value1", signature: "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422"},
}

func TestSign_gives_the_signatures_of_the_published_suite_R4_1(t *testing.T) {
	at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	for _, c := range suite {
		t.Run(c.name, func(t *testing.T) {
			path, rawQuery, _ := strings.Cut(c.target, "?")
			query, err := url.ParseQuery(rawQuery)
			if err != nil {
				t.Fatal(err)
			}
			header := http.Header{"X-Amz-Date": {"20150830T123600Z"}}
			for name, values := range c.header {
				header[name] = values
			}
			if _, ok := header["X-Amz-Content-Sha256"]; ok {
				header.Set("X-Amz-Content-Sha256", hexHash([]byte(c.body)))
			}
			if c.token != "" {
				header.Set("X-Amz-Security-Token", c.token)
			}
			m := message{
				method: "GET", path: path, query: canonicalQuery(query), host: "example.amazonaws.com", header: header, length: len(c.body), hash: hexHash([]byte(c.body)),
			}
			if c.method != "" {
				m.method = c.method
			}
			s := Signer{
				Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: c.token}, Scope{"us-east-1", "service"},
			}
			got := s.authorization(&m, at)
			if !strings.HasSuffix(got, "Signature="+c.signature) {
				canonical, _ := m.canonical()
				t.Errorf("%s, want %s; canonical request:\n%s", got, c.signature, canonical)
			}
		})
	}
}

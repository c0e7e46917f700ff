package awsapi_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/awsapi/profile"
)

// none is an environment without files; settings are NAME=value.
func none(settings ...string) func(string) string {
	set := map[string]string{"AWS_CONFIG_FILE": "/nowhere/config", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials"}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		set[name] = value
	}
	return func(name string) string { return set[name] }
}

// keyed is one with keys, and a region.
func keyed(settings ...string) func(string) string {
	return none(append([]string{"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=s3cret", "AWS_REGION=eu-central-1"}, settings...)...)
}

// sent is a transport that keeps what would be sent.
type sent struct {
	urls    []string
	headers []http.Header
	bodies  []string
	answer  func(n int) (status int, body string)
}

func (s *sent) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.urls, s.headers, s.bodies = append(s.urls, r.URL.String()), append(s.headers, r.Header.Clone()), append(s.bodies, string(body))
	status, text := 200, "{}"
	if s.answer != nil {
		status, text = s.answer(len(s.urls))
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(text))}, nil
}

// askAll makes a call to each service.
func askAll(t *testing.T, at backend.Endpoint) error {
	c := awsapi.New(at)
	var errs []error
	for _, s := range []awsapi.JSONService{awsapi.SQS, awsapi.DynamoDB, awsapi.DynamoDBStreams, awsapi.EventBridge} {
		errs = append(errs, c.JSON(t.Context(), s, "List", nil, nil))
	}
	return errors.Join(append(errs, c.Query(t.Context(), awsapi.SNS, "List", nil, nil), c.Query(t.Context(), awsapi.STS, "List", nil, nil))...)
}

func TestOpen_sends_each_call_to_its_service_R4_1(t *testing.T) {
	at := func(suffix string, hosts ...string) string {
		return "https://" + strings.Join(hosts, suffix+"/ https://") + suffix + "/"
	}
	services := []string{"sqs", "dynamodb", "streams.dynamodb", "events", "sns", "sts"}
	six := func(url string) string { return strings.TrimSpace(strings.Repeat(url+" ", 6)) }
	for _, c := range []struct {
		reason  string
		options awsapi.Options
		getenv  func(string) string
		want    string
		aws     bool
		account string
	}{
		{"AWS itself", awsapi.Options{URL: awsapi.AWS}, keyed(), at(".eu-central-1.amazonaws.com", services...), true, ""},
		{"AWS in China", awsapi.Options{Region: "cn-north-1", AccountID: "111111111111"}, keyed(), at(".cn-north-1.amazonaws.com.cn", services...), true, "111111111111"},
		{"an emulator, as the caller says", awsapi.Options{URL: "http://127.0.0.1:5000/"}, keyed("AWS_ENDPOINT_URL_SQS=http://other"), six("http://127.0.0.1:5000/"), false, ""},
		{"an emulator behind a path", awsapi.Options{URL: "http://token@127.0.0.1:5000/a/b"}, keyed("AWS_ACCOUNT_ID=222222222222"), six("http://127.0.0.1:5000/a/b/"), false, "222222222222"},
		{"an emulator, as the environment says", awsapi.Options{URL: awsapi.AWS}, keyed("AWS_ENDPOINT_URL=http://127.0.0.1:5000", "AWS_ACCESS_KEY_ID=333333333333"), six("http://127.0.0.1:5000/"), false, "333333333333"},
		{"one service elsewhere", awsapi.Options{}, keyed("AWS_ENDPOINT_URL_DYNAMODB_STREAMS=http://127.0.0.1:8000/x"),
			strings.Replace(at(".eu-central-1.amazonaws.com", services...), "https://streams.dynamodb.eu-central-1.amazonaws.com/", "http://127.0.0.1:8000/x/", 1), true, ""},
	} {
		t.Run(c.reason, func(t *testing.T) {
			s := &sent{answer: func(int) (int, string) { return 200, "" }}
			c.options.Getenv, c.options.Transport = c.getenv, s
			at, err := awsapi.Open(c.options)
			if err != nil {
				t.Fatal(err)
			}
			if err := askAll(t, at); err != nil {
				t.Error(err)
			}
			if got := strings.Join(s.urls, " "); got != c.want {
				t.Errorf("\n%s, want\n%s", got, c.want)
			}
			if awsapi.AtAWS(at) != c.aws || at.AccountID != c.account {
				t.Errorf("AWS itself: %v; account %q", !c.aws, at.AccountID)
			}
			for i, h := range s.headers {
				if a := h.Get("Authorization"); !strings.Contains(a, "/"+at.Region+"/") || strings.Contains(a, "Signature=none") || h.Get("X-Amz-Date") == "" {
					t.Errorf("%s: %v", s.urls[i], h)
				}
			}
		})
	}
}

func TestOpen_says_what_is_wrong_before_any_call_R4_1(t *testing.T) {
	for _, c := range []struct {
		reason  string
		options awsapi.Options
		getenv  func(string) string
		want    string
	}{
		{"no keys", awsapi.Options{}, none("AWS_REGION=eu-central-1"), "no credentials: "},
		{"no region", awsapi.Options{}, keyed("AWS_REGION="), "set AWS_REGION"},
		{"a region that would name another host", awsapi.Options{Region: "evil.example/"}, keyed(), "a region is like eu-central-1"},
		{"a URL of one service", awsapi.Options{URL: "https://sqs.eu-west-1.amazonaws.com"}, keyed(), "one service of AWS, sqs: name aws: with region eu-west-1"},
		{"no URL", awsapi.Options{URL: "localhost:4566"}, keyed(), "the URL must be like https://host:port, or aws:"},
		{"another scheme", awsapi.Options{URL: "ftp://127.0.0.1"}, keyed(), "the URL must be like"},
		{"a wrong URL in the environment", awsapi.Options{}, keyed("AWS_ENDPOINT_URL_SNS=sns"), "AWS_ENDPOINT_URL_SNS, or "},
		{"a wrong account", awsapi.Options{AccountID: "12"}, keyed(), "12 digits"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			c.options.Getenv = c.getenv
			if _, err := awsapi.Open(c.options); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	_, err := awsapi.Open(awsapi.Options{Getenv: none("AWS_REGION=eu-central-1")})
	if _, ok := errors.AsType[*profile.CredentialsError](err); !ok {
		t.Errorf("%#v", err)
	}
}

func TestSigned_sends_nothing_of_which_it_does_not_know_the_service(t *testing.T) {
	s := &sent{}
	at, err := awsapi.Open(awsapi.Options{Getenv: keyed(), Transport: s})
	if err != nil {
		t.Fatal(err)
	}
	for _, authorization := range []string{"", "Bearer x", "AWS4-HMAC-SHA256 Credential=A/20260101/eu-central-1/s3/aws4_request"} {
		r, err := http.NewRequest(http.MethodGet, at.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", authorization)
		if _, err := at.Transport.RoundTrip(r); err == nil {
			t.Errorf("%q went to %s", authorization, s.urls)
		}
	}
	at, err = awsapi.Open(awsapi.Options{Getenv: keyed("AWS_USE_FIPS_ENDPOINT=true", "AWS_ENDPOINT_URL_SNS=https://sns-fips.us-gov-west-1.amazonaws.com"), Transport: s})
	if err != nil {
		t.Fatal(err)
	}
	if err := awsapi.New(at).JSON(t.Context(), awsapi.SQS, "ListQueues", nil, nil); err == nil || !strings.Contains(err.Error(), "AWS_ENDPOINT_URL_SQS") || len(s.urls) != 0 {
		t.Errorf("%v, %v", err, s.urls)
	}
	if err := awsapi.New(at).Query(t.Context(), awsapi.SNS, "ListTopics", nil, nil); err != nil {
		t.Error(err)
	}
}

func TestIdentify_tells_the_account_R4_1(t *testing.T) {
	for answer, want := range map[string]string{
		`<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>x</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`: "123456789012",
		`<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>`:                                                                     "",
		"<html>": "",
	} {
		at, err := awsapi.Open(awsapi.Options{Getenv: keyed(), Transport: &sent{answer: func(int) (int, string) { return 200, answer }}})
		if err != nil {
			t.Fatal(err)
		}
		account, err := awsapi.Identify(t.Context(), at)
		if account != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", answer, account, err)
		}
	}
}

func ExampleOpen() {
	at, err := awsapi.Open(awsapi.Options{URL: awsapi.AWS, Region: "eu-central-1", Getenv: none()}) // Getenv is for this example only
	fmt.Println(err)
	at, err = awsapi.Open(awsapi.Options{URL: "http://127.0.0.1:5000", Getenv: keyed()})
	fmt.Println(at.URL, at.Region, err)
	// Output:
	// no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and profile "default" has no keys in /nowhere/credentials, /nowhere/config; set them, or export temporary keys:  eval "$(aws configure export-credentials --profile default --format env)"
	// http://127.0.0.1:5000 eu-central-1 <nil>
}

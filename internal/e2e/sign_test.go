package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/backend/awsapi/sigv4"
	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/inject"
	"github.com/dyetrace/dyetrace/observe"
	dyesqs "github.com/dyetrace/dyetrace/observe/sqs"
	"github.com/dyetrace/dyetrace/observe/tap"
	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/probe"
)

func hashOf(body []byte) string {
	h := sha256.Sum256(body)
	return hex.EncodeToString(h[:])
}

// The SDK does not take . and .. and doubled slashes out of a path, which AWS does: paths here have none.
func TestSign_is_byte_for_byte_that_of_the_SDK_R4_1(t *testing.T) {
	text := rapid.StringMatching(`[ -~äλ☃]{0,20}`)
	word := rapid.StringMatching(`[A-Za-z0-9-]{1,12}`)
	segment := rapid.OneOf(word, rapid.StringMatching(`[ -.0-~äλ☃]{0,8}x`))
	rapid.Check(t, func(t *rapid.T) {
		u := &url.URL{Scheme: rapid.SampledFrom([]string{"http", "https"}).Draw(t, "scheme"), Host: rapid.SampledFrom([]string{"sqs.eu-central-1.amazonaws.com", "127.0.0.1:4566", "localhost:80", "a.example:443"}).Draw(t, "host")}
		u.Path = "/" + strings.Join(rapid.SliceOfN(segment, 0, 3).Draw(t, "path"), "/")
		query := url.Values{}
		for range rapid.IntRange(0, 4).Draw(t, "parameters") {
			query.Add(text.Draw(t, "name"), text.Draw(t, "value"))
		}
		u.RawQuery = query.Encode()
		body := []byte(rapid.StringN(0, 200, -1).Draw(t, "body"))
		make := func() *http.Request {
			r, err := http.NewRequest(rapid.Just(http.MethodPost).Draw(t, "method"), u.String(), bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		ours, theirs := make(), make()
		for range rapid.IntRange(0, 4).Draw(t, "headers") {
			name, value := "X-"+word.Draw(t, "header"), rapid.StringMatching(`[!-~ ]{0,20}`).Draw(t, "value")
			ours.Header.Add(name, value)
			theirs.Header.Add(name, value)
		}
		c := sigv4.Credentials{AccessKeyID: word.Draw(t, "key"), SecretAccessKey: rapid.StringMatching(`[!-~]{1,40}`).Draw(t, "secret"), SessionToken: rapid.StringMatching(`[A-Za-z0-9+/=]{0,60}`).Draw(t, "token")}
		region, service := word.Draw(t, "region"), word.Draw(t, "service")
		at := time.Unix(rapid.Int64Range(0, 4102444800).Draw(t, "at"), 0)
		if err := (sigv4.Signer{Credentials: c, Scope: sigv4.Scope{Region: region, Service: service}}).Sign(ours, body, at); err != nil {
			t.Fatal(err)
		}
		keys := aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
		if err := v4.NewSigner().SignHTTP(context.Background(), keys, theirs, hashOf(body), service, region, at); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
			if got, want := ours.Header.Get(name), theirs.Header.Get(name); got != want {
				t.Errorf("%s of %s:\n%s, want\n%s", name, u, got, want)
			}
		}
		if ours.URL.RawQuery != theirs.URL.RawQuery || ours.Host != theirs.Host {
			t.Errorf("%s of %s, want %s of %s", ours.URL.RawQuery, ours.Host, theirs.URL.RawQuery, theirs.Host)
		}
	})
}

func TestOpen_knows_the_hosts_that_the_SDK_knows_R4_1(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-central-1", "ap-southeast-5", "mx-central-1", "us-gov-west-1", "cn-northwest-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1"} {
		for service, resolve := range resolvers {
			want, err := resolve(t.Context(), region)
			if err != nil {
				t.Fatal(err)
			}
			var got string
			at, err := awsapi.Open(awsapi.Options{Region: region, Credentials: sigv4.Credentials{AccessKeyID: "A", SecretAccessKey: "S"}, Getenv: nothing,
				Transport: carrying(func(r *http.Request) { got = r.URL.Scheme + "://" + r.URL.Host })})
			if err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequest(http.MethodPost, at.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			scope, target, _ := strings.Cut(service, "/")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=A/20260101/"+region+"/"+scope+"/aws4_request")
			r.Header.Set("X-Amz-Target", target)
			if _, err := at.Transport.RoundTrip(r); err != nil || got != want.URI.String() || !awsapi.AtAWS(at) {
				t.Errorf("%s in %s: %s, %v; want %s", service, region, got, err, want.URI.String())
			}
		}
	}
}

func nothing(name string) string {
	if strings.HasSuffix(name, "_FILE") {
		return "/nowhere"
	}
	return ""
}

type resolver func(ctx context.Context, region string) (smithyendpoints.Endpoint, error)

// resolvers are the SDK's own, by name for signatures and what the operation's target begins with.
var resolvers = map[string]resolver{
	"sqs": func(ctx context.Context, region string) (smithyendpoints.Endpoint, error) {
		return sqs.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, sqs.EndpointParameters{Region: &region}.WithDefaults())
	},
	"sns": func(ctx context.Context, region string) (smithyendpoints.Endpoint, error) {
		return sns.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, sns.EndpointParameters{Region: &region}.WithDefaults())
	},
	"events": func(ctx context.Context, region string) (smithyendpoints.Endpoint, error) {
		return eventbridge.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, eventbridge.EndpointParameters{Region: &region}.WithDefaults())
	},
	"pipes": func(ctx context.Context, region string) (smithyendpoints.Endpoint, error) {
		return pipes.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, pipes.EndpointParameters{Region: &region}.WithDefaults())
	},
	"dynamodb": func(ctx context.Context, region string) (smithyendpoints.Endpoint, error) {
		return dynamodb.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, dynamodb.EndpointParameters{Region: &region}.WithDefaults())
	},
	"dynamodb/DynamoDBStreams_20120810.": func(ctx context.Context, region string) (smithyendpoints.Endpoint, error) {
		return dynamodbstreams.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, dynamodbstreams.EndpointParameters{Region: &region}.WithDefaults())
	},
	"sts": func(ctx context.Context, region string) (smithyendpoints.Endpoint, error) {
		return sts.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, sts.EndpointParameters{Region: &region}.WithDefaults())
	},
}

type carrying func(r *http.Request)

func (f carrying) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// verifier lets through to the pipeline what is signed with its keys, as the SDK signs it, and refuses the rest as AWS does.
type verifier struct {
	keys aws.Credentials
	next http.Handler

	mu       sync.Mutex
	services []string // whose calls came through
	refused  int
}

func (v *verifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	code := v.check(r, body)
	scope, _ := sigv4.ScopeOf(r.Header.Get("Authorization"))
	v.mu.Lock()
	if code != "" {
		v.refused++
	} else if !slices.Contains(v.services, scope.Service) {
		v.services = append(v.services, scope.Service)
	}
	v.mu.Unlock()
	if code == "" {
		// The pipeline takes the access key id for the account.
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), v.keys.AccessKeyID, serverAccount, 1))
		r.Body = io.NopCloser(bytes.NewReader(body))
		v.next.ServeHTTP(w, r)
		return
	}
	w.WriteHeader(http.StatusForbidden)
	if r.Header.Get("X-Amz-Target") == "" {
		fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>refused</Message></Error></ErrorResponse>", code)
		return
	}
	fmt.Fprintf(w, `{"__type":"com.amazon.coral.service#%s","message":"refused"}`, code)
}

// check signs the call again with what its signature says it covers.
func (v *verifier) check(r *http.Request, body []byte) (code string) {
	authorization := r.Header.Get("Authorization")
	scope, ok := sigv4.ScopeOf(authorization)
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	switch {
	case !ok || err != nil || strings.Contains(authorization, "Signature=none"):
		return "MissingAuthenticationTokenException"
	case !strings.Contains(authorization, "Credential="+v.keys.AccessKeyID+"/") || r.Header.Get("X-Amz-Security-Token") != v.keys.SessionToken:
		return "UnrecognizedClientException"
	case time.Since(at).Abs() > 5*time.Minute:
		return "RequestExpired"
	}
	_, rest, _ := strings.Cut(authorization, "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	again := &http.Request{Method: r.Method, URL: &url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}, Host: r.Host, Header: http.Header{}}
	for name := range strings.SplitSeq(names, ";") {
		switch name {
		case "content-length":
			again.ContentLength = r.ContentLength
		case "host":
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	if err := v4.NewSigner().SignHTTP(r.Context(), v.keys, again, hashOf(body), scope.Service, scope.Region, at); err != nil || again.Header.Get("Authorization") != authorization {
		return "InvalidSignatureException"
	}
	return ""
}

// verified starts a pipeline behind a verifier.
func verified(t *testing.T) (*verifier, string) {
	t.Helper()
	p := pipeline.New(pipeline.Options{})
	v := &verifier{keys: aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: "token+/=="}, next: p.Handler()}
	server := httptest.NewServer(v)
	t.Cleanup(func() {
		server.Close()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return v, server.URL
}

func TestToolkit_works_where_signatures_are_checked_R4_1(t *testing.T) {
	v, address := verified(t)
	ctx := t.Context()
	at, err := awsapi.Open(awsapi.Options{URL: address, Credentials: sigv4.Credentials{AccessKeyID: v.keys.AccessKeyID, SecretAccessKey: v.keys.SecretAccessKey, SessionToken: v.keys.SessionToken}, Getenv: nothing})
	if err != nil {
		t.Fatal(err)
	}
	if at.AccountID, err = awsapi.Identify(ctx, at); err != nil || at.AccountID != serverAccount {
		t.Fatal(at.AccountID, err)
	}
	furnish(t, awsapi.New(at))
	var taps []*tap.Tap
	for _, place := range []event.Place{"bus:crm", "topic:refunds", "queue:leads", "stream:leads"} {
		observer, err := tap.Attach(ctx, at, place, tap.Options{Test: t.Name()})
		if err != nil {
			t.Fatal(err)
		}
		taps = append(taps, observer)
	}
	entries := slices.Concat(
		inject.At("bus:crm", event.Event{Source: "crm.lead", Type: "LeadQualified", Body: `{"lead_id":"L-17 äλ☃ +&="}`}),
		inject.At("topic:refunds", event.Event{Body: `{"refund":"äλ☃ +&=~"}`, Attributes: map[string]string{"tenant": "a b"}}),
		inject.At("table:leads", event.Event{Body: `{"id":"L-17"}`}),
	)
	if report, err := inject.Put(ctx, at, entries, inject.Options{}); err != nil {
		t.Fatalf("%v, %+v", err, report)
	}
	for _, observer := range taps {
		got, err := observe.Collect(ctx, observer, observe.CollectOptions{Count: 1, AtLeast: true})
		if err != nil {
			t.Errorf("%s: %v, %+v", observer.Place(), err, got)
		}
		if err := observer.Close(ctx); err != nil {
			t.Error(err)
		}
	}
	queue, err := dyesqs.Open(ctx, at, "leads")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := observe.Collect(ctx, queue, observe.CollectOptions{Count: 1, AtLeast: true}); err != nil {
		t.Errorf("%v, %+v", err, got)
	}
	if item, err := probe.Item(at, "leads", probe.Key{"id": "L-17"}).Look(ctx); err != nil || fmt.Sprint(item) != "map[id:L-17]" {
		t.Errorf("%v, %v", item, err)
	}
	if left, err := tap.Sweep(ctx, at, 0, true); err != nil || len(left) != 0 {
		t.Errorf("%+v, %v", left, err)
	}
	slices.Sort(v.services)
	if want := []string{"dynamodb", "events", "sns", "sqs", "sts"}; !slices.Equal(v.services, want) || v.refused != 0 {
		t.Errorf("%v, want %v; %d refused", v.services, want, v.refused)
	}
}

// furnish makes the system under test.
func furnish(t *testing.T, c awsapi.Client) {
	t.Helper()
	ctx := t.Context()
	for _, in := range []struct {
		service   awsapi.JSONService
		operation string
		in        any
	}{
		{awsapi.SQS, "CreateQueue", map[string]any{"QueueName": "leads"}},
		{awsapi.EventBridge, "CreateEventBus", map[string]any{"Name": "crm"}},
		{awsapi.EventBridge, "PutRule", map[string]any{"EventBusName": "crm", "Name": "leads", "EventPattern": `{"source":["crm.lead"]}`}},
		{awsapi.EventBridge, "PutTargets", map[string]any{"EventBusName": "crm", "Rule": "leads", "Targets": []any{map[string]string{"Id": "q", "Arn": "arn:aws:sqs:us-east-1:" + serverAccount + ":leads"}}}},
		{awsapi.DynamoDB, "CreateTable", map[string]any{"TableName": "leads", "BillingMode": "PAY_PER_REQUEST", "KeySchema": []any{map[string]string{"AttributeName": "id", "KeyType": "HASH"}},
			"AttributeDefinitions": []any{map[string]string{"AttributeName": "id", "AttributeType": "S"}}, "StreamSpecification": map[string]any{"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}}},
	} {
		if err := c.JSON(ctx, in.service, in.operation, in.in, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Query(ctx, awsapi.SNS, "CreateTopic", url.Values{"Name": {"refunds"}}, nil); err != nil {
		t.Fatal(err)
	}
}

// An endpoint is for any client: what an SDK signed for a name that reaches nobody is signed again for where it goes.
func TestOpen_serves_clients_of_the_SDK_R4_1(t *testing.T) {
	v, address := verified(t)
	at, err := awsapi.Open(awsapi.Options{URL: awsapi.AWS, Region: "eu-central-1", Getenv: nothing,
		Credentials: sigv4.Credentials{AccessKeyID: v.keys.AccessKeyID, SecretAccessKey: v.keys.SecretAccessKey, SessionToken: v.keys.SessionToken},
		Transport:   carriedTo(address, http.DefaultTransport)})
	if err != nil {
		t.Fatal(err)
	}
	queues := sqs.NewFromConfig(aws.Config{
		Region: at.Region, BaseEndpoint: &at.URL, Credentials: credentials.NewStaticCredentialsProvider("any", "any", "any"),
		HTTPClient: &http.Client{Transport: at.Transport}, RetryMaxAttempts: 1,
	})
	name := "orders"
	if _, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}); err == nil || v.refused != 1 {
		t.Fatal("the signature is for AWS's host, and not for the verifier's", err)
	}
	at, err = awsapi.Open(awsapi.Options{URL: address, Region: "eu-central-1", Getenv: nothing,
		Credentials: sigv4.Credentials{AccessKeyID: v.keys.AccessKeyID, SecretAccessKey: v.keys.SecretAccessKey, SessionToken: v.keys.SessionToken}})
	if err != nil {
		t.Fatal(err)
	}
	queues = sqs.NewFromConfig(aws.Config{
		Region: at.Region, BaseEndpoint: &at.URL, Credentials: credentials.NewStaticCredentialsProvider("any", "any", "any"),
		HTTPClient: &http.Client{Transport: at.Transport}, RetryMaxAttempts: 1,
	})
	if _, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}); err != nil {
		t.Error(err)
	}
}

// carriedTo takes calls to another address, as a proxy would that changes the host.
func carriedTo(address string, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		u, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host, r.Host = u.Scheme, u.Host, u.Host
		return next.RoundTrip(r)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestVerifier_refuses_what_is_not_signed_well_R4_1(t *testing.T) {
	v, address := verified(t)
	good := sigv4.Credentials{AccessKeyID: v.keys.AccessKeyID, SecretAccessKey: v.keys.SecretAccessKey, SessionToken: v.keys.SessionToken}
	for _, c := range []struct {
		reason string
		keys   func(c *sigv4.Credentials)
		change func(r *http.Request)
		want   string
	}{
		{"an unknown key", func(c *sigv4.Credentials) { c.AccessKeyID = "AKIDOTHER" }, nil, "this access key id is not known there"},
		{"a wrong secret", func(c *sigv4.Credentials) { c.SecretAccessKey += "x" }, nil, "the secret access key is not that of the access key id"},
		{"no session token", func(c *sigv4.Credentials) { c.SessionToken = "" }, nil, "need their AWS_SESSION_TOKEN"},
		{"a changed body", nil, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"QueueName":"others"}`)) }, "InvalidSignatureException"},
		{"another operation", nil, func(r *http.Request) { r.Header.Set("X-Amz-Target", "AmazonSQS.DeleteQueue") }, "InvalidSignatureException"},
		{"an old call", nil, func(r *http.Request) { r.Header.Set("X-Amz-Date", "20200101T000000Z") }, "the clock of this machine is wrong"},
		{"no signature", nil, func(r *http.Request) { r.Header.Del("Authorization") }, "calls must be signed here"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			keys := good
			if c.keys != nil {
				c.keys(&keys)
			}
			at, err := awsapi.Open(awsapi.Options{URL: address, Credentials: keys, Getenv: nothing, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if c.change != nil {
					c.change(r)
				}
				return http.DefaultTransport.RoundTrip(r)
			})})
			if err != nil {
				t.Fatal(err)
			}
			err = awsapi.New(at).JSON(t.Context(), awsapi.SQS, "CreateQueue", map[string]any{"QueueName": "orders"}, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

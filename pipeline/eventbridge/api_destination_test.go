package eventbridge

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// host answers as it is told and writes down what it was asked.
type host struct {
	asked  []string
	answer []int // statuses, the last one for ever
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.asked = append(h.asked, fmt.Sprintf("%s %s [%s%s] %s", r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"), body))
	if strings.HasPrefix(r.URL.Path, "/token") {
		io.WriteString(w, `{"access_token":"t-1"}`)
		return
	}
	status := 200
	if len(h.answer) > 0 {
		status = h.answer[0]
	}
	if len(h.answer) > 1 {
		h.answer = h.answer[1:]
	}
	w.WriteHeader(status)
}

func (f *fixture) connect(kind string, auth CreateConnectionAuthRequestParameters) string {
	f.t.Helper()
	return must[*CreateConnectionOutput](f.t)(f.svc.CreateConnection(f.call(), &CreateConnectionInput{Name: "crm", AuthorizationType: kind, AuthParameters: auth})).ConnectionArn.V
}

func (f *fixture) apiTarget(connection string, o ...func(*Target)) {
	f.t.Helper()
	arn := must[*CreateApiDestinationOutput](f.t)(f.svc.CreateApiDestination(f.call(), &CreateApiDestinationInput{
		Name: "contacts", ConnectionArn: connection, InvocationEndpoint: "https://crm.example.test/*/contacts", HttpMethod: "POST",
	})).ApiDestinationArn.V
	f.rule("", "r", `{"source":["s"]}`)
	target := Target{Id: "h", Arn: arn, InputPath: wire.Some("$.detail"), DeadLetterConfig: &DeadLetterConfig{Arn: wire.Some(queueARN("dlq"))},
		HttpParameters: &HttpParameters{PathParameterValues: []string{"v 1"}, QueryStringParameters: map[string]string{"a": "target", "b": "target"}}}
	for _, change := range o {
		change(&target)
	}
	f.target("", "r", target)
}

func basic() CreateConnectionAuthRequestParameters {
	return CreateConnectionAuthRequestParameters{
		BasicAuthParameters: &CreateConnectionBasicAuthRequestParameters{Username: "u", Password: "p"},
		InvocationHttpParameters: &ConnectionHttpParameters{
			QueryStringParameters: []ConnectionQueryStringParameter{{Key: wire.Some("a"), Value: wire.Some("connection")}},
			BodyParameters:        []ConnectionBodyParameter{{Key: wire.Some("key"), Value: wire.Some("hidden"), IsValueSecret: wire.Some(true)}},
		},
	}
}

func TestAPIDestination_is_asked_with_the_parameters_of_both_R1_6(t *testing.T) {
	for _, c := range []struct {
		kind string
		auth CreateConnectionAuthRequestParameters
		want string
	}{
		{ConnectionAuthorizationTypeBasic, basic(), `POST /v%201/contacts?a=connection&b=target [Basic dTpw] {"key":"hidden","n":1}`},
		{ConnectionAuthorizationTypeApiKey, CreateConnectionAuthRequestParameters{ApiKeyAuthParameters: &CreateConnectionApiKeyAuthRequestParameters{ApiKeyName: "x-api-key", ApiKeyValue: "k"}},
			`POST /v%201/contacts?a=target&b=target [k] {"n":1}`},
		{ConnectionAuthorizationTypeOauthClientCredentials, CreateConnectionAuthRequestParameters{OAuthParameters: &CreateConnectionOAuthRequestParameters{
			AuthorizationEndpoint: "https://crm.example.test/token", HttpMethod: "POST",
			ClientParameters: CreateConnectionOAuthClientRequestParameters{ClientID: "id", ClientSecret: "s"}}},
			"POST /token [] client_id=id&client_secret=s&grant_type=client_credentials\n" + `POST /v%201/contacts?a=target&b=target [Bearer t-1] {"n":1}`},
	} {
		bubble(t, func(t *testing.T, f *fixture) {
			h := &host{}
			f.port.Handle("crm.example.test", h)
			f.apiTarget(f.connect(c.kind, c.auth))
			f.put("", `{"n":1}`)
			if got := strings.Join(h.asked, "\n"); got != c.want {
				t.Errorf("%s: asked\n%s\nwant\n%s", c.kind, got, c.want)
			}
			arrived := f.hops(event.KindArrive)
			if last := arrived[len(arrived)-1]; last.To != "http:api-destination/contacts" || last.CorrelationID != "flow-1" {
				t.Errorf("%s: %s", c.kind, reasons(arrived))
			}
		})
	}
}

func TestAPIDestination_failures_are_retried_as_AWS_does(t *testing.T) {
	for _, c := range []struct {
		reason  string
		answers []int
		asked   int
		dead    string // ERROR_CODE
	}{
		{"a fault passes", []int{503, 429, 200}, 3, ""},
		{"a refusal stays", []int{404}, 1, "ERROR_FROM_TARGET"},
		{"a redirect is none", []int{302}, 1, "ERROR_FROM_TARGET"},
	} {
		bubble(t, func(t *testing.T, f *fixture) {
			h := &host{answer: c.answers}
			f.port.Handle("crm.example.test", h)
			f.apiTarget(f.connect(ConnectionAuthorizationTypeBasic, basic()))
			f.put("", `{"n":1}`)
			f.pass(time.Hour)
			code := ""
			for _, d := range f.queue.got {
				code = d.Event.Attributes["ERROR_CODE"]
			}
			if len(h.asked) != c.asked || code != c.dead {
				t.Errorf("%s: asked %d times, dead letter %q\n%s", c.reason, len(h.asked), code, reasons(f.hops(event.KindRetry)))
			}
		})
	}
}

func TestAPIDestination_that_leads_outside_is_refused_with_a_reason(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.svc.outbound = nil
		f.apiTarget(f.connect(ConnectionAuthorizationTypeBasic, basic()))
		f.put("", `{"n":1}`)
		drops := f.hops(event.KindDrop)
		if len(drops) != 1 || drops[0].Reason.Code != "OutboundRefused" || !strings.Contains(drops[0].Reason.Text, "allow the host") {
			t.Errorf("%s", reasons(drops))
		}
	})
}

func TestAPIDestination_needs_its_connection(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.port.Handle("crm.example.test", &host{})
		f.apiTarget(f.connect(ConnectionAuthorizationTypeBasic, basic()), func(t *Target) { t.DeadLetterConfig = nil })
		state := func() string {
			return must[*DescribeApiDestinationOutput](t)(f.svc.DescribeApiDestination(f.call(), &DescribeApiDestinationInput{Name: "contacts"})).ApiDestinationState.V
		}
		if state() != ApiDestinationStateActive {
			t.Error("not active")
		}
		must[*DeauthorizeConnectionOutput](t)(f.svc.DeauthorizeConnection(f.call(), &DeauthorizeConnectionInput{Name: "crm"}))
		f.put("", `{"n":1}`)
		if drops := f.hops(event.KindDrop); state() != ApiDestinationStateInactive || len(drops) != 1 || drops[0].Reason.Code != "NO_PERMISSIONS" {
			t.Errorf("%s, %s", state(), reasons(f.hops(event.KindDrop)))
		}
		must[*UpdateConnectionOutput](t)(f.svc.UpdateConnection(f.call(), &UpdateConnectionInput{Name: "crm", AuthParameters: &UpdateConnectionAuthRequestParameters{
			BasicAuthParameters: &UpdateConnectionBasicAuthRequestParameters{Password: wire.Some("new")}}}))
		shown := must[*DescribeConnectionOutput](t)(f.svc.DescribeConnection(f.call(), &DescribeConnectionInput{Name: "crm"}))
		if shown.AuthParameters.BasicAuthParameters.Username.V != "u" || shown.AuthParameters.InvocationHttpParameters.BodyParameters[0].Value.OK || state() != ApiDestinationStateActive {
			t.Errorf("%+v", shown.AuthParameters)
		}
		must[*UpdateApiDestinationOutput](t)(f.svc.UpdateApiDestination(f.call(), &UpdateApiDestinationInput{Name: "contacts", HttpMethod: wire.Some("PUT")}))
		list := must[*ListApiDestinationsOutput](t)(f.svc.ListApiDestinations(f.call(), &ListApiDestinationsInput{ConnectionArn: shown.ConnectionArn}))
		if len(list.ApiDestinations) != 1 || list.ApiDestinations[0].HttpMethod.V != "PUT" || list.ApiDestinations[0].InvocationRateLimitPerSecond.V != 300 {
			t.Errorf("%+v", list)
		}
		must[*DeleteConnectionOutput](t)(f.svc.DeleteConnection(f.call(), &DeleteConnectionInput{Name: "crm"}))
		if state() != ApiDestinationStateInactive {
			t.Error("active without its connection")
		}
		must[*DeleteApiDestinationOutput](t)(f.svc.DeleteApiDestination(f.call(), &DeleteApiDestinationInput{Name: "contacts"}))
		_, err := f.svc.DescribeApiDestination(f.call(), &DescribeApiDestinationInput{Name: "contacts"})
		wantError(t, err, "ResourceNotFoundException", "contacts")
		if list := must[*ListConnectionsOutput](t)(f.svc.ListConnections(f.call(), &ListConnectionsInput{})); len(list.Connections) != 0 {
			t.Errorf("%+v", list)
		}
	})
}

func TestConnections_refuse(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		_, err := f.svc.CreateConnection(f.call(), &CreateConnectionInput{Name: "c", AuthorizationType: ConnectionAuthorizationTypeApiKey, AuthParameters: basic()})
		wantError(t, err, "ValidationException", "needs the AuthParameters of its own kind")
		_, err = f.svc.CreateApiDestination(f.call(), &CreateApiDestinationInput{Name: "d", ConnectionArn: "arn:aws:events:us-east-1:111111111111:connection/gone/1"})
		wantError(t, err, "ResourceNotFoundException", "does not exist")
		f.connect(ConnectionAuthorizationTypeBasic, basic())
		_, err = f.svc.CreateConnection(f.call(), &CreateConnectionInput{Name: "crm", AuthorizationType: ConnectionAuthorizationTypeBasic, AuthParameters: basic()})
		wantError(t, err, "ResourceAlreadyExistsException", "Connection crm already exists.")
	})
}

func TestLogGroup_is_a_place_to_look_at(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		f.rule("", "r", `{"source":["s"]}`)
		f.target("", "r", Target{Id: "l", Arn: "arn:aws:logs:us-east-1:111111111111:log-group:/aws/events/crm"})
		f.put("", `{"n":1}`)
		arrived := f.hops(event.KindArrive)
		if last := arrived[len(arrived)-1]; last.To != "log:/aws/events/crm" || !strings.Contains(last.Event.Body, `"n":1`) {
			t.Errorf("%s", reasons(arrived))
		}
	})
}

func TestPolicy_of_a_bus_is_stored(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		policy := func() string {
			return must[*DescribeEventBusOutput](t)(f.svc.DescribeEventBus(f.call(), &DescribeEventBusInput{})).Policy.V
		}
		put := func(in *PutPermissionInput) error {
			_, err := f.svc.PutPermission(f.call(), in)
			return err
		}
		for _, id := range []string{"a", "b"} {
			if err := put(&PutPermissionInput{Action: wire.Some("events:PutEvents"), Principal: wire.Some(other), StatementId: wire.Some(id)}); err != nil {
				t.Fatal(err)
			}
		}
		must[*RemovePermissionOutput](t)(f.svc.RemovePermission(f.call(), &RemovePermissionInput{StatementId: wire.Some("a")}))
		want := `{"Version":"2012-10-17","Statement":[{"Sid":"b","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"events:PutEvents",` +
			`"Resource":"arn:aws:events:us-east-1:111111111111:event-bus/default"}]}`
		if policy() != want {
			t.Errorf("got %s", policy())
		}
		_, err := f.svc.RemovePermission(f.call(), &RemovePermissionInput{StatementId: wire.Some("a")})
		wantError(t, err, "ResourceNotFoundException", "Statement with the provided id does not exist.")
		wantError(t, put(&PutPermissionInput{Policy: wire.Some("{")}), "ValidationException", "invalid Json")
		wantError(t, put(&PutPermissionInput{StatementId: wire.Some("a")}), "ValidationException", "must be specified")
		if err := put(&PutPermissionInput{Policy: wire.Some(`{"Statement":{"Sid":"x","Effect":"Allow"}}`)}); err != nil || !strings.Contains(policy(), `[{"Sid":"x"`) {
			t.Errorf("%v, %s", err, policy())
		}
		must[*RemovePermissionOutput](t)(f.svc.RemovePermission(f.call(), &RemovePermissionInput{RemoveAllPermissions: wire.Some(true)}))
		if policy() != "" {
			t.Errorf("got %s", policy())
		}
		out := must[*UpdateEventBusOutput](t)(f.svc.UpdateEventBus(f.call(), &UpdateEventBusInput{Description: wire.Some("all of the CRM")}))
		if out.Description.V != "all of the CRM" || out.Name.V != "default" {
			t.Errorf("%+v", out)
		}
	})
}

// The codes and texts are those of recorded messages.
func TestAPIDestination_that_is_not_reached_says_so_as_AWS_does_R1_6(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		asked := 0
		f.port.Handle("crm.example.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			asked++
			<-r.Context().Done() // longer than the five seconds that AWS waits
		}))
		f.apiTarget(f.connect(ConnectionAuthorizationTypeBasic, basic()))
		f.put("", `{"n":1}`)
		f.pass(25 * time.Hour)
		if len(f.queue.got) != 1 {
			t.Fatalf("%d dead letters after %d requests", len(f.queue.got), asked)
		}
		a := f.queue.got[0].Event.Attributes
		if a["ERROR_CODE"] != "UNKNOWN" || a["ERROR_MESSAGE"] != "Unable to invoke ApiDestination endpoint: Timeout calling endpoint for API Destination: socket closed." || asked < 100 {
			t.Errorf("%d requests, then %v", asked, a)
		}
	})
	got := failureOf(&url.Error{Op: "Post", URL: "https://crm.example.test", Err: errors.New("connection refused")})
	if !got.retry || got.code != "SDK_CLIENT_ERROR" || got.message != "Unable to invoke ApiDestination endpoint: API destination endpoint cannot be reached. (connection refused)" {
		t.Errorf("%+v", got)
	}
}

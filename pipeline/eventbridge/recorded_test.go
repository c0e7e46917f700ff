package eventbridge

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// The answers were recorded against AWS in LocalStack's test suite, but that to a permission for another action, which moto's tests have.
func TestEventBridge_refuses_as_AWS_was_recorded_R1_4(t *testing.T) {
	const id = "0a1b2c3d-0000-4000-8000-000000000000"
	connection := `"ConnectionArn":"arn:aws:events:us-east-1:` + account + `:connection/crm/` + id + `"`
	entry := `{"Source":"s","DetailType":"T","Detail":"{}"}`
	printed := "PutEventsRequestEntry(time=null, source=s, resources=null, detailType=T, detail={}, eventBusName=null, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)"
	bubble(t, func(t *testing.T, f *fixture) {
		f.bus("crm")
		f.archive("a", "default", "", 0)
		for _, row := range []struct{ why, operation, body, code, message string }{
			{"an archive of a bus elsewhere", "CreateArchive", `{"ArchiveName":"b","EventSourceArn":"arn:aws:events:us-east-1:123456789012:event-bus/gone"}`,
				"ResourceNotFoundException", "Event bus gone does not exist."},
			{"a replay that ends before it starts, on another bus", "StartReplay", `{"ReplayName":"r","EventSourceArn":"arn:aws:events:us-east-1:` + account +
				`:archive/a","EventStartTime":1700000000,"EventEndTime":1699999990,"Destination":{"Arn":"` + busARN(account, "crm") + `"}}`,
				"ValidationException", "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."},
			{"a method of no API destination", "CreateApiDestination", `{"Name":"d",` + connection + `,"InvocationEndpoint":"https://crm.example.test/","HttpMethod":"TRACE"}`,
				"ValidationException", "1 validation error detected: Value 'TRACE' at 'httpMethod' failed to satisfy constraint: Member must satisfy enum value set: [HEAD, POST, PATCH, DELETE, PUT, GET, OPTIONS]"},
			{"eleven entries", "PutEvents", `{"Entries":[` + strings.Repeat(entry+",", 10) + entry + `]}`, "ValidationException",
				"1 validation error detected: Value '[" + strings.Repeat(printed+", ", 10) + printed + "]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10"},
			{"a permission for another action", "PutPermission", `{"Action":"events:PutPermission","Principal":"` + other + `","StatementId":"x"}`,
				"ValidationException", "Provided value in parameter 'action' is not supported."},
			{"a statement of no policy", "RemovePermission", `{"StatementId":"x"}`, "ResourceNotFoundException", "Statement with the provided id does not exist."},
		} {
			_, err := Operations(f.svc).Operations[row.operation].Serve(f.call(), &wire.Request{Body: []byte(row.body)}, nil)
			if e, ok := err.(*wire.Error); !ok || e.Code != row.code || e.Message != row.message {
				t.Errorf("%s: got %v, want %s: %s", row.why, err, row.code, row.message)
			}
		}
	})
}

// TestConnection_with_OAuth_is_authorized_later_R1_4: LocalStack recorded against AWS that the state is AUTHORIZING at first, that API
// destinations are INACTIVE as long, that a method in lower case is taken, and which form the ARN of the secret has.
func TestConnection_with_OAuth_is_authorized_later_R1_4(t *testing.T) {
	bubble(t, func(t *testing.T, f *fixture) {
		create := `{"Name":"crm","AuthorizationType":"OAUTH_CLIENT_CREDENTIALS","AuthParameters":{"OAuthParameters":{"HttpMethod":"put",` +
			`"AuthorizationEndpoint":"https://auth.example.test/","ClientParameters":{"ClientID":"id","ClientSecret":"secret"}}}}`
		out, err := Operations(f.svc).Operations["CreateConnection"].Serve(f.call(), &wire.Request{Body: []byte(create)}, nil)
		if err != nil || !strings.Contains(string(out), `"ConnectionState":"AUTHORIZING"`) {
			t.Fatalf("%s, %v", out, err)
		}
		_, err = Operations(f.svc).Operations["CreateConnection"].Serve(f.call(), &wire.Request{Body: []byte(strings.Replace(create, `"put"`, `"delete"`, 1))}, nil)
		wantError(t, err, "ValidationException", "Value 'delete' at 'authParameters.oAuthParameters.httpMethod' failed to satisfy constraint: Member must satisfy enum value set: [GET, POST, PUT]")

		shown := func() *DescribeConnectionOutput {
			return must[*DescribeConnectionOutput](t)(f.svc.DescribeConnection(f.call(), &DescribeConnectionInput{Name: "crm"}))
		}
		made := must[*CreateApiDestinationOutput](t)(f.svc.CreateApiDestination(f.call(), &CreateApiDestinationInput{
			Name: "contacts", ConnectionArn: shown().ConnectionArn.V, HttpMethod: "POST", InvocationEndpoint: "https://crm.example.test/",
		}))
		if shown().ConnectionState.V != ConnectionStateAuthorizing || made.ApiDestinationState.V != ApiDestinationStateInactive {
			t.Errorf("%s, %s", shown().ConnectionState.V, made.ApiDestinationState.V)
		}
		secret := regexp.MustCompile(`^arn:aws:secretsmanager:us-east-1:` + account + `:secret:events!connection/crm/([0-9a-f-]{36})-[A-Za-z0-9]{6}$`)
		if m := secret.FindStringSubmatch(shown().SecretArn.V); m == nil || strings.Contains(shown().ConnectionArn.V, m[1]) {
			t.Errorf("secret %s of %s", shown().SecretArn.V, shown().ConnectionArn.V)
		}
		f.pass(time.Second)
		state := must[*DescribeApiDestinationOutput](t)(f.svc.DescribeApiDestination(f.call(), &DescribeApiDestinationInput{Name: "contacts"})).ApiDestinationState.V
		if shown().ConnectionState.V != ConnectionStateAuthorized || state != ApiDestinationStateActive {
			t.Errorf("%s, %s", shown().ConnectionState.V, state)
		}
	})
}

// TestDelivery_to_a_bus_of_another_region_gives_a_new_id_R1_4: LocalStack recorded against AWS that an event has another id there, and
// the same one at a bus of another account in its own region.
func TestDelivery_to_a_bus_of_another_region_gives_a_new_id_R1_4(t *testing.T) {
	id := regexp.MustCompile(`^\{"version":"0","id":"([0-9a-f-]{36})"`)
	for _, row := range []struct {
		account, region string
		same            bool
	}{{account, "eu-west-1", false}, {other, "eu-west-1", false}, {other, region, true}} {
		bubble(t, func(t *testing.T, f *fixture) {
			f.rule("", "forward", `{"source":["s"]}`)
			f.target("", "forward", Target{Id: "1", Arn: "arn:aws:events:" + row.region + ":" + row.account + ":event-bus/default"}, Target{Id: "2", Arn: queueARN("here")})
			f.svc = f.engine.Scope(row.account, row.region).Built().(*Service)
			f.rule("", "keep", `{"source":["s"]}`)
			f.target("", "keep", Target{Id: "1", Arn: queueARN("there")})
			f.svc = f.in(account)
			f.put("", `{"id":"mine"}`)
			here, there := f.bodies("here"), f.bodies("there")
			if len(here) != 1 || len(there) != 1 {
				t.Fatalf("%v, %v", here, there)
			}
			first, second := id.FindStringSubmatch(here[0]), id.FindStringSubmatch(there[0])
			if first == nil || second == nil || (first[1] == second[1]) != row.same {
				t.Errorf("to %s, %s:\n%s\n%s", row.account, row.region, here[0], there[0])
			}
			if rest := strings.TrimPrefix(there[0], second[0]); rest != strings.TrimPrefix(here[0], first[0]) || !strings.Contains(rest, `"detail":{"id":"mine"}`) {
				t.Errorf("the rest differs: %s", there[0])
			}
		})
	}
}

package sns

import (
	"maps"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// application is an application of a push notification service. Guarded by the scope's lock.
type application struct {
	arn, platform, name string
	attributes          map[string]string
}

// endpoint is a device of an application. Guarded by the scope's lock.
type endpoint struct {
	arn        string
	app        *application
	attributes map[string]string // with Token and Enabled, always
}

const (
	attributeCredential = "PlatformCredential"
	attributePrincipal  = "PlatformPrincipal"
	attributeEnabled    = "Enabled"
	attributeToken      = "Token"
	attributeUserData   = "CustomUserData"

	platformGCM = "GCM" // the one platform that needs a credential alone

	maxUserData = 2048 // bytes
)

// knownPlatform holds for the names of the push notification services.
//
// Source: SNS Developer Guide, "Direct message sending to mobile platforms", and the keys of platform-specific payloads.
func knownPlatform(name string) bool {
	switch name {
	case "ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", platformGCM, "MACOS", "MACOS_SANDBOX", "MPNS", "WNS":
		return true
	}
	return false
}

// checkApplication checks what an application is made of. The texts are AWS's, as LocalStack's SNS tests recorded them.
func checkApplication(name, platform string) error {
	wrong := func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.')
	}
	switch {
	case name == "":
		return invalid(" Reason: cannot be empty")
	case len(name) > 256:
		return invalid(name + " Reason: must be at most 256 characters long")
	case strings.ContainsFunc(name, wrong):
		return invalid(name + " Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'")
	case !knownPlatform(platform):
		return invalid("Platform Reason: " + platform + " is not supported")
	}
	return nil
}

// checkApplicationAttributes refuses attributes that an application does not have.
//
// Source: SNS API Reference, SetPlatformApplicationAttributes.
func checkApplicationAttributes(attributes map[string]string) error {
	for _, name := range wire.SortedKeys(attributes) {
		switch name {
		case attributeCredential, attributePrincipal, attributeEnabled, "ApplePlatformTeamID", "ApplePlatformBundleID", "SuccessFeedbackRoleArn", "FailureFeedbackRoleArn",
			"EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure":
		case "SuccessFeedbackSampleRate":
			if checkRate(attributes[name]) != nil {
				return invalid("Attributes Reason: Invalid value for attribute: " + name + ": must be a number from 0 to 100")
			}
		default:
			return invalid("Attributes Reason: Invalid attribute name: " + name)
		}
	}
	return nil
}

// checkEndpointAttributes refuses attributes that an endpoint does not have, and values that they cannot have.
func checkEndpointAttributes(attributes map[string]string) error {
	for _, name := range wire.SortedKeys(attributes) {
		value := attributes[name]
		switch name {
		case attributeToken:
			if value == "" {
				return invalid("Token Reason: cannot be empty")
			}
		case attributeEnabled:
			if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
				return invalid("Attributes Reason: Invalid value for attribute: Enabled: must be true or false")
			}
		case attributeUserData:
			if len(value) > maxUserData {
				return invalid("Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding")
			}
		default:
			return invalid("Attributes Reason: Invalid attribute name: " + name)
		}
	}
	return nil
}

func errTokenTaken(by *endpoint) *wire.Error {
	return invalid("Token Reason: Endpoint " + by.arn + " already exists with the same Token, but different attributes.")
}

// application finds an application. The scope must be locked.
func (s *Service) application(text, operation string) (*application, error) {
	if err := s.ownMobile("PlatformApplicationArn", text, operation, 2); err != nil {
		return nil, err
	}
	if app := s.applications[text]; app != nil {
		return app, nil
	}
	return nil, ErrNotFoundException("PlatformApplication does not exist")
}

// endpoint finds an endpoint. The scope must be locked.
func (s *Service) endpoint(text, operation string) (*endpoint, error) {
	if err := s.ownMobile("EndpointArn", text, operation, 3); err != nil {
		return nil, err
	}
	if e := s.endpoints[text]; e != nil {
		return e, nil
	}
	return nil, ErrNotFoundException("Endpoint does not exist")
}

// ownMobile checks the ARN of an application or endpoint, whose last part has so many slashes.
func (s *Service) ownMobile(parameter, text, operation string, slashes int) error {
	a, err := s.local(parameter, text)
	switch {
	case err != nil:
		return err
	case a.Account != s.scope.Account:
		return notAuthorized(s.scope.Account, operation, text)
	case strings.Count(a.Resource, "/") != slashes:
		return invalid(parameter + " Reason: Wrong number of slashes in relative portion of the ARN.")
	}
	return nil
}

// holder returns the endpoint of an application that has a token, nil if none has. The scope must be locked.
func (s *Service) holder(app *application, token string) *endpoint {
	for _, e := range s.endpoints {
		if e.app == app && e.attributes[attributeToken] == token {
			return e
		}
	}
	return nil
}

func (e *endpoint) enabled() bool { return strings.EqualFold(e.attributes[attributeEnabled], "true") }

// sameAs tells whether two endpoints have the same attributes, whatever the case of Enabled.
func (e *endpoint) sameAs(other *endpoint) bool {
	return e.enabled() == other.enabled() && e.attributes[attributeUserData] == other.attributes[attributeUserData]
}

func (e *endpoint) place() event.Place      { return event.At("application", e.arn) }
func (app *application) place() event.Place { return event.At("application", app.arn) }

func (app *application) set(attributes map[string]string) { maps.Copy(app.attributes, attributes) }

// shown returns the attributes that are no secrets.
func (app *application) shown() map[string]string {
	out := maps.Clone(app.attributes)
	delete(out, attributeCredential)
	delete(out, attributePrincipal)
	return out
}

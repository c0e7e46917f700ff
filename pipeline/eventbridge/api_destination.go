package eventbridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/outbound"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// connection is immutable; a change makes a new one, but for the token, which the scope's lock guards.
type connection struct {
	name, arn, secret             string
	description, key              wire.Opt[string]
	kind                          string
	auth                          CreateConnectionAuthRequestParameters
	created, modified, authorized time.Time
	ready                         time.Time // until then it is being authorized
	deauthorized                  bool
	token                         string // of OAuth, "" is none yet
}

// destination is immutable.
type destination struct {
	name, arn, connection, endpoint, method string
	description                             wire.Opt[string]
	rate                                    int32
	created, modified                       time.Time
}

// authorizing is how long the authorization of OAuth takes. AWS asks the endpoint meanwhile.
const authorizing = time.Second

// authorize begins the authorization, which only OAuth takes time for.
func (n *connection) authorize(now time.Time) {
	n.modified, n.authorized, n.ready, n.deauthorized, n.token = now, now, now, false, ""
	if n.kind == ConnectionAuthorizationTypeOauthClientCredentials {
		n.ready = now.Add(authorizing)
	}
}

func (n *connection) state(now time.Time) string {
	switch {
	case n.deauthorized:
		return ConnectionStateDeauthorized
	case now.Before(n.ready):
		return ConnectionStateAuthorizing
	}
	return ConnectionStateAuthorized
}

const destinationPrefix = "api-destination/"

func destinationPlace(name string) event.Place {
	return event.At(event.PlaceHTTP, destinationPrefix+name)
}

func destinationName(p event.Place) (string, bool) {
	if p.Kind() != event.PlaceHTTP {
		return "", false
	}
	return strings.CutPrefix(p.Name(), destinationPrefix)
}

// connectionOf finds a connection by its ARN. The scope must be locked.
func (s *Service) connectionOf(text string) *connection {
	a, ok := parseARN(text)
	if !ok {
		return nil
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(a.Resource, "connection/"), "/")
	if n := s.connections[name]; n != nil && n.arn == text {
		return n
	}
	return nil
}

func (s *Service) destinationState(d *destination) string {
	if n := s.connectionOf(d.connection); n == nil || n.state(s.scope.Engine.Now()) != ConnectionStateAuthorized {
		return ApiDestinationStateInactive
	}
	return ApiDestinationStateActive
}

// apiTimeout is how long AWS waits for an answer.
//
// Source: EventBridge User Guide, "API destinations": a request times out after 5 seconds.
const apiTimeout = 5 * time.Second

// statusError is an answer of an endpoint that does not take the event.
type statusError struct {
	status int
	body   string
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("the endpoint answered with status %d", e.status)
	if e.body != "" {
		text += ": " + e.body
	}
	return text
}

// retried reports whether AWS tries again.
//
// Source: EventBridge User Guide, "API destinations", error codes.
func (e *statusError) retried() bool {
	switch e.status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusConflict, http.StatusTooManyRequests:
		return true
	}
	return e.status >= 500
}

// sendHTTP makes one attempt at d.Due, past the interceptors.
func (o *outgoing) sendHTTP(d event.Delivery) {
	e := o.service.scope.Engine
	e.Schedule(&engine.Task{
		Due: d.Due, Scope: o.service.scope, Channel: string(d.To) + "@" + d.Account, What: "delivery to " + string(d.To), Place: d.To, Event: d.Event, Fact: d.Fact,
		Run: func() { e.Through(d, o.request) },
	})
}

// request asks the endpoint to take the event.
func (o *outgoing) request(d event.Delivery) {
	s := o.service
	a := &asking{service: s, arn: o.target.settings.Arn, parameters: o.target.settings.HttpParameters, delivery: d, until: o.accepted.Add(o.target.maxAge)}
	a.late = func() {
		o.expire(d, failure{code: "THROTTLING", message: "the API destination has no turn for the event within its maximum age", retry: true}, a.until)
	}
	a.done = func(_ []byte, err error) {
		if err != nil {
			o.failed(d, err)
		}
	}
	a.start()
}

// asking is one request to an API destination.
type asking struct {
	service    *Service
	arn        string
	parameters *HttpParameters
	delivery   event.Delivery
	until      time.Time                      // if it cannot be made before, late is called; zero is no bound
	late       func()                         // instead of done
	done       func(answer []byte, err error) // called once
}

// start makes the request when it is its turn.
func (a *asking) start() {
	s := a.service
	name, _ := destinationName(a.delivery.To)
	hold := s.scope.Hold()
	defer hold.End()
	to := s.destinations[name]
	now := s.scope.Engine.Now()
	due, inTime := now, true
	if to != nil && to.arn == a.arn {
		due, inTime = s.turn(to, now, a.until)
	}
	hold.End()
	switch {
	case !inTime:
		a.late()
	case due.After(now):
		a.wait(due, to.rate)
	default:
		a.begin()
	}
}

// begin makes the request, after it has a token where it needs one.
func (a *asking) begin() {
	s := a.service
	name, _ := destinationName(a.delivery.To)
	hold := s.scope.Hold()
	defer hold.End()
	to := s.destinations[name]
	var n *connection
	token := ""
	if to != nil && to.arn == a.arn {
		if n = s.connectionOf(to.connection); n != nil {
			token = n.token
		}
	}
	hold.End()
	switch {
	case to == nil || to.arn != a.arn:
		a.done(nil, noSuchDestination(name))
	case n == nil || n.deauthorized:
		a.done(nil, &wire.Error{Code: "AccessDeniedException", Message: "the connection of the API destination " + name + " is not authorized"})
	case n.auth.OAuthParameters != nil && token == "":
		a.authorize(to, n)
	default:
		a.post(to, n, token)
	}
}

// post sends the event.
func (a *asking) post(to *destination, n *connection, token string) {
	d := a.delivery
	r, err := invocation(to, n, a.parameters, d.Event.Body, token)
	if err != nil {
		a.done(nil, &wire.Error{Code: "InvalidArgument", Message: err.Error()})
		return
	}
	s := a.service
	s.outbound.Send(s.scope, d.To, d.Fact, r, func(answer outbound.Response, err error) {
		switch {
		case err != nil:
			a.done(nil, err)
		case answer.Status < 200 || answer.Status > 299:
			if answer.Status == http.StatusUnauthorized || answer.Status == http.StatusProxyAuthRequired {
				s.forget(n)
			}
			a.done(nil, &statusError{answer.Status, excerpt(answer.Body)})
		default:
			s.record(event.Hop{Kind: event.KindArrive, From: d.From, To: d.To, Outcome: event.Delivered, Attempt: d.Attempt, Event: d.Event}, d.Lineage)
			a.done(answer.Body, nil)
		}
	})
}

func excerpt(body []byte) string {
	return strings.ToValidUTF8(string(body[:min(len(body), 200)]), "")
}

// forget drops the token of a connection.
func (s *Service) forget(n *connection) {
	s.scope.Lock()
	defer s.scope.Unlock()
	n.token = ""
}

// authorize gets a token, then sends the event.
func (a *asking) authorize(to *destination, n *connection) {
	s := a.service
	s.outbound.Send(s.scope, a.delivery.To, a.delivery.Fact, tokenRequest(n.auth.OAuthParameters), func(answer outbound.Response, err error) {
		var grant struct {
			Token string `json:"access_token"`
		}
		switch {
		case err != nil:
			a.done(nil, err)
		case answer.Status < 200 || answer.Status > 299:
			a.done(nil, &statusError{answer.Status, "authorization: " + excerpt(answer.Body)})
		case json.Unmarshal(answer.Body, &grant) != nil || grant.Token == "":
			a.done(nil, errors.New("the authorization endpoint answered without an access_token"))
		default:
			hold := s.scope.Hold()
			defer hold.End()
			n.token = grant.Token
			hold.End()
			a.post(to, n, grant.Token)
		}
	})
}

// tokenRequest asks for a token by client credentials (RFC 6749, section 4.4), with the client's id and secret in the form.
func tokenRequest(p *CreateConnectionOAuthRequestParameters) outbound.Request {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.ClientParameters.ClientID}, "client_secret": {p.ClientParameters.ClientSecret}}
	r := outbound.Request{Method: strings.ToUpper(p.HttpMethod), URL: p.AuthorizationEndpoint, Timeout: apiTimeout, Header: http.Header{}}
	query := url.Values{}
	if h := p.OAuthHttpParameters; h != nil {
		for _, v := range h.HeaderParameters {
			r.Header.Set(v.Key.V, v.Value.V)
		}
		for _, v := range h.QueryStringParameters {
			query.Set(v.Key.V, v.Value.V)
		}
		for _, v := range h.BodyParameters {
			form.Set(v.Key.V, v.Value.V)
		}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Body = form.Encode()
	if len(query) > 0 {
		r.URL += "?" + query.Encode()
	}
	return r
}

// invocation makes the request of one event. Parameters of the connection win over those of the target.
//
// Source: EventBridge User Guide, "API destinations": headers and the precedence of parameters.
func invocation(to *destination, n *connection, p *HttpParameters, body, token string) (outbound.Request, error) {
	if p == nil {
		p = &HttpParameters{}
	}
	c := n.auth.InvocationHttpParameters
	if c == nil {
		c = &ConnectionHttpParameters{}
	}
	endpoint := to.endpoint
	for _, v := range p.PathParameterValues {
		endpoint = strings.Replace(endpoint, "*", url.PathEscape(v), 1)
	}
	at, err := url.Parse(endpoint)
	if err != nil {
		return outbound.Request{}, err
	}
	query := at.Query()
	header := http.Header{}
	header.Set("User-Agent", "Amazon/EventBridge/ApiDestinations")
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Range", "bytes=0-1048575")
	for k, v := range p.QueryStringParameters {
		query.Set(k, v)
	}
	for _, v := range c.QueryStringParameters {
		query.Set(v.Key.V, v.Value.V)
	}
	for k, v := range p.HeaderParameters {
		header.Set(k, v)
	}
	for _, v := range c.HeaderParameters {
		header.Set(v.Key.V, v.Value.V)
	}
	at.RawQuery = query.Encode()
	r := outbound.Request{Method: to.method, URL: at.String(), Header: header, Body: withBody(body, c.BodyParameters), Timeout: apiTimeout}
	switch a := n.auth; {
	case a.BasicAuthParameters != nil:
		credentials := &http.Request{Header: header}
		credentials.SetBasicAuth(a.BasicAuthParameters.Username, a.BasicAuthParameters.Password)
	case a.ApiKeyAuthParameters != nil:
		header.Set(a.ApiKeyAuthParameters.ApiKeyName, a.ApiKeyAuthParameters.ApiKeyValue)
	default:
		header.Set("Authorization", "Bearer "+token)
	}
	return r, nil
}

// withBody adds the connection's members to a body that is an object; another body stays as it is.
func withBody(body string, add []ConnectionBodyParameter) string {
	var object map[string]json.RawMessage
	if len(add) == 0 || json.Unmarshal([]byte(body), &object) != nil || object == nil {
		return body
	}
	for _, v := range add {
		object[v.Key.V] = wire.AppendString(nil, v.Value.V)
	}
	joined, err := json.Marshal(object)
	if err != nil {
		return body
	}
	return string(joined)
}

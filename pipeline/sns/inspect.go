package sns

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/arn"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// InspectPath is below which LocalStack's users look for what left SNS by SMS and mobile push.
const InspectPath = "/_aws/sns"

const maxInspectBody = 64 << 10 // bytes

// Inspector returns what answers requests below [InspectPath] in the form of LocalStack, in JSON:
//
//   - GET sms-messages?phoneNumber=… and GET platform-endpoint-messages?endpointArn=… list what was not delivered to phone numbers and
//     endpoints, as far as the history goes back; without a parameter, to all. DELETE leaves out from then on what there was.
//   - GET subscription-tokens/ARN tells the token that confirms a subscription, that of an e-mail address, say.
//   - POST phone-opt-outs with {"phoneNumber": "+15551234567"} does what answering STOP to an SMS does.
//
// The parameters accountId and region choose; they default to what the request is signed for.
//
// Source: LocalStack documentation, "SNS developer endpoints", and its tests (TestSNSRetrospectionEndpoints).
func Inspector(e *engine.Engine) func(account, region string, r *http.Request) (status int, contentType string, body []byte) {
	return func(account, region string, r *http.Request) (int, string, []byte) {
		status, answer := inspect(e, account, region, r)
		if answer == nil {
			return status, "application/json", nil
		}
		body, err := json.Marshal(answer)
		if err != nil {
			return http.StatusInternalServerError, "application/json", nil
		}
		return status, "application/json", body
	}
}

func inspect(e *engine.Engine, account, region string, r *http.Request) (int, any) {
	asked := r.URL.Query()
	choose := func(name, otherwise string) string {
		if value := asked.Get(name); value != "" {
			return value
		}
		return otherwise
	}
	account, region = choose("accountId", account), choose("region", region)
	kind, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, InspectPath), "/"), "/")
	switch {
	case kind == "sms-messages" && rest == "":
		return retrospect{"sms", "sms_messages", asked.Get("phoneNumber")}.serve(e, account, region, r.Method)
	case kind == "platform-endpoint-messages" && rest == "":
		one := asked.Get("endpointArn")
		if a, ok := arn.Parse(one); ok {
			account, region = a.Account, a.Region
		}
		return retrospect{"application", "platform_endpoint_messages", one}.serve(e, account, region, r.Method)
	case kind == "subscription-tokens" && rest != "" && r.Method == http.MethodGet:
		return token(e, rest)
	case kind == "phone-opt-outs" && rest == "" && r.Method == http.MethodPost:
		return optOut(e, account, region, r.Body)
	}
	return http.StatusNotFound, map[string]string{"error": "there are GET and DELETE sms-messages, GET and DELETE platform-endpoint-messages, GET subscription-tokens/ARN and POST phone-opt-outs"}
}

// serviceOf returns the service of an account and region, nil if nobody uses that.
func serviceOf(e *engine.Engine, account, region string) *Service {
	scope := e.Existing(account, region)
	if scope == nil {
		return nil
	}
	s, _ := scope.Receiver(event.PlaceTopic).(*Service)
	return s
}

// retrospect asks for what was not delivered to the places of one kind.
type retrospect struct {
	kind, member string // of places, and of the answer
	one          string // number or ARN; "" is all
}

func (q retrospect) serve(e *engine.Engine, account, region, method string) (int, any) {
	s := serviceOf(e, account, region)
	switch method {
	case http.MethodDelete:
		if s != nil {
			s.forget(q.kind, q.one)
		}
		return http.StatusNoContent, nil
	case http.MethodGet:
	default:
		return http.StatusMethodNotAllowed, map[string]string{"error": "GET shows them, DELETE leaves them out"}
	}
	lists := map[string][]map[string]any{}
	if q.one != "" {
		lists[q.one] = []map[string]any{}
	}
	if s != nil {
		hops, _ := e.Hops(0)
		for i := range hops {
			h := &hops[i]
			if h.Reason == nil || h.Reason.Code != notDelivered || h.Event == nil || h.To.Kind() != q.kind || h.Account != account || h.Region != region {
				continue
			}
			if to := h.To.Name(); (q.one == "" || q.one == to) && h.Seq > s.forgotten(q.kind, to) {
				lists[to] = append(lists[to], s.sent(q.kind, to, h.Event))
			}
		}
	}
	return http.StatusOK, map[string]any{q.member: lists, "region": region}
}

// sent is one message in LocalStack's form.
func (s *Service) sent(kind, to string, ev *event.Event) map[string]any {
	attributes := map[string]map[string]string{}
	for name, text := range ev.Attributes {
		dataType, field := ev.AttributeTypes[name], "StringValue"
		if dataType == "" {
			dataType = "String"
		}
		if strings.HasPrefix(dataType, "Binary") {
			field = "BinaryValue"
		}
		attributes[name] = map[string]string{"DataType": dataType, field: text}
	}
	out := map[string]any{"MessageId": ev.ID, "Message": ev.Body, "MessageAttributes": attributes, "TopicArn": nil}
	if ev.Source != "" {
		out["TopicArn"] = ev.Source
	}
	if kind == "application" {
		out["TargetArn"] = to
		return out
	}
	out["PhoneNumber"], out["SubscriptionArn"] = to, s.subscriptionTo(ev.Source, kind, to)
	return out
}

// subscriptionTo returns the ARN of a topic's subscription with that endpoint, nil if there is none.
func (s *Service) subscriptionTo(topicARN, protocol, endpoint string) any {
	s.scope.Lock()
	defer s.scope.Unlock()
	if t := s.topics[topicName(topicARN)]; t != nil {
		for _, sub := range t.subscriptions {
			if sub.protocol == protocol && sub.endpoint == endpoint {
				return sub.arn
			}
		}
	}
	return nil
}

// forget leaves out what was not delivered to places of a kind up to now; name "" is all of them.
func (s *Service) forget(kind, name string) {
	last, _ := s.engine.LastSeq()
	s.scope.Lock()
	defer s.scope.Unlock()
	s.leftOut[event.At(kind, name)] = last
}

// forgotten returns the last hop that is left out.
func (s *Service) forgotten(kind, name string) uint64 {
	s.scope.Lock()
	defer s.scope.Unlock()
	return max(s.leftOut[event.At(kind, "")], s.leftOut[event.At(kind, name)])
}

func token(e *engine.Engine, subscription string) (int, any) {
	a, ok := arn.Parse(subscription)
	if !ok {
		return http.StatusBadRequest, map[string]string{"error": "The provided SubscriptionARN is invalid", "subscription_arn": subscription}
	}
	if s := serviceOf(e, a.Account, a.Region); s != nil {
		s.scope.Lock()
		defer s.scope.Unlock()
		if sub := s.subscriptions[subscription]; sub != nil {
			return http.StatusOK, map[string]string{"subscription_token": sub.token, "subscription_arn": subscription}
		}
	}
	return http.StatusNotFound, map[string]string{"error": "The provided SubscriptionARN is not found", "subscription_arn": subscription}
}

func optOut(e *engine.Engine, account, region string, body io.Reader) (int, any) {
	var told struct {
		PhoneNumber string `json:"phoneNumber"`
		AccountID   string `json:"accountId"`
	}
	text, err := io.ReadAll(io.LimitReader(body, maxInspectBody))
	if err == nil {
		err = json.Unmarshal(text, &told)
	}
	if err != nil {
		return http.StatusBadRequest, map[string]string{"error": `the body must be JSON: {"phoneNumber": "+15551234567"}`}
	}
	if told.AccountID != "" {
		account = told.AccountID
	}
	if !event.IsAccount(account) {
		return http.StatusBadRequest, map[string]string{"error": "accountId must be 12 digits"}
	}
	s, ok := e.Scope(account, region).Receiver(event.PlaceTopic).(*Service)
	if !ok {
		return http.StatusNotFound, map[string]string{"error": "there is no SNS"}
	}
	if err := s.OptOut(told.PhoneNumber); err != nil {
		return http.StatusBadRequest, map[string]string{"error": textOf(err)}
	}
	return http.StatusOK, map[string]string{"phoneNumber": told.PhoneNumber}
}

package sns

import (
	"encoding/json"
	"math"
	"time"
)

// retryPolicy says when a delivery is tried again: first without pause, then with the shortest, then with growing pauses, then
// with the longest.
//
// Source: SNS Developer Guide, "Creating a delivery policy".
type retryPolicy struct {
	Retries   int
	Immediate int
	MinDelays int
	MaxDelays int
	MinDelay  time.Duration
	MaxDelay  time.Duration
	Backoff   string // linear, arithmetic, geometric, exponential
}

// pause returns the pause after so many attempts, and whether there is another one.
func (p retryPolicy) pause(attempts int) (time.Duration, bool) {
	n := attempts // number of the retry, from 1
	if n > p.Retries {
		return 0, false
	}
	if n -= p.Immediate; n <= 0 {
		return 0, true
	}
	if n -= p.MinDelays; n <= 0 {
		return p.MinDelay, true
	}
	growing := p.Retries - p.Immediate - p.MinDelays - p.MaxDelays
	if n > growing || growing <= 1 {
		return p.MaxDelay, true
	}
	return p.MinDelay + time.Duration(p.share(float64(n-1)/float64(growing-1))*float64(p.MaxDelay-p.MinDelay)), true
}

// share is how far from the shortest to the longest pause the backoff function is at x, both from 0 to 1.
func (p retryPolicy) share(x float64) float64 {
	switch p.Backoff {
	case "arithmetic":
		return x * x
	case "geometric":
		return math.Pow(x, 3)
	case "exponential":
		return (math.Exp2(8*x) - 1) / 255
	}
	return x
}

// healthy is the JSON form of a retry policy.
type healthy struct {
	MinDelayTarget     int    `json:"minDelayTarget"`
	MaxDelayTarget     int    `json:"maxDelayTarget"`
	NumRetries         int    `json:"numRetries"`
	NumMaxDelayRetries int    `json:"numMaxDelayRetries"`
	NumNoDelayRetries  int    `json:"numNoDelayRetries"`
	NumMinDelayRetries int    `json:"numMinDelayRetries"`
	BackoffFunction    string `json:"backoffFunction"`
}

// defaultHealthy is AWS's policy for HTTP endpoints, as GetTopicAttributes was recorded to answer it.
func defaultHealthy() *healthy {
	return &healthy{MinDelayTarget: 20, MaxDelayTarget: 20, NumRetries: 3, BackoffFunction: "linear"}
}

type requestPolicy struct {
	HeaderContentType string `json:"headerContentType,omitempty"`
}

// topicDelivery is the JSON form of a topic's delivery policy.
type topicDelivery struct {
	HTTP struct {
		Retry    *healthy        `json:"defaultHealthyRetryPolicy,omitempty"`
		Disable  bool            `json:"disableSubscriptionOverrides"`
		Throttle json.RawMessage `json:"defaultThrottlePolicy,omitempty"`
		Request  *requestPolicy  `json:"defaultRequestPolicy,omitempty"`
	} `json:"http"`
}

// subscriptionDelivery is the JSON form of a subscription's delivery policy.
type subscriptionDelivery struct {
	Retry      *healthy        `json:"healthyRetryPolicy"`
	Sickly     *healthy        `json:"sicklyRetryPolicy"`
	Throttle   json.RawMessage `json:"throttlePolicy"`
	Request    *requestPolicy  `json:"requestPolicy"`
	Guaranteed bool            `json:"guaranteed"`
}

// delivery reads the topic's policy over AWS's defaults. A part that cannot be read counts as absent.
func (t *topic) delivery() topicDelivery {
	var p topicDelivery
	if text := t.attributes[attributeDelivery]; text != "" {
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			p = topicDelivery{}
		}
	}
	if p.HTTP.Retry == nil {
		p.HTTP.Retry = defaultHealthy()
	}
	if p.HTTP.Request == nil || p.HTTP.Request.HeaderContentType == "" {
		p.HTTP.Request = &requestPolicy{HeaderContentType: defaultContentType}
	}
	return p
}

func (t *topic) effectiveDelivery() string { return asJSON(t.delivery()) }

// delivery reads the subscription's policy over its topic's.
func (sub *subscription) delivery(t *topic) subscriptionDelivery {
	var p subscriptionDelivery
	above := t.delivery()
	if text := sub.attributes[attributeDelivery]; text != "" && !above.HTTP.Disable {
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			p = subscriptionDelivery{}
		}
	}
	if p.Retry == nil {
		p.Retry = above.HTTP.Retry
	}
	if p.Request == nil {
		p.Request = above.HTTP.Request
	}
	return p
}

func (sub *subscription) effectiveDelivery(t *topic) string { return asJSON(sub.delivery(t)) }

// readDelivery takes over how deliveries over HTTP are made.
func (sub *subscription) readDelivery(t *topic) {
	p := sub.delivery(t)
	h := p.Retry
	sub.content = p.Request.HeaderContentType
	sub.retries = retryPolicy{
		Retries: h.NumRetries, Immediate: h.NumNoDelayRetries, MinDelays: h.NumMinDelayRetries, MaxDelays: h.NumMaxDelayRetries,
		MinDelay: time.Duration(h.MinDelayTarget) * time.Second, MaxDelay: time.Duration(h.MaxDelayTarget) * time.Second, Backoff: h.BackoffFunction,
	}
}

// shownTopicDelivery and shownSubscriptionDelivery are the forms in which AWS answers delivery policies that were set: a topic's has
// disableSubscriptionOverrides and what else was given, a subscription's has all members. Retry policies are as they were given.
//
// Source: recorded against AWS by LocalStack, test_subscribe_external_http_endpoint_content_type, test_topic_delivery_policy_crud.
type (
	shownTopicDelivery struct {
		HTTP struct {
			Retry    *json.RawMessage `json:"defaultHealthyRetryPolicy,omitempty"`
			Sickly   *json.RawMessage `json:"defaultSicklyRetryPolicy,omitempty"`
			Disable  bool             `json:"disableSubscriptionOverrides"`
			Throttle *json.RawMessage `json:"defaultThrottlePolicy,omitempty"`
			Request  *json.RawMessage `json:"defaultRequestPolicy,omitempty"`
		} `json:"http"`
	}
	shownSubscriptionDelivery struct {
		Retry      *json.RawMessage `json:"healthyRetryPolicy"`
		Sickly     *json.RawMessage `json:"sicklyRetryPolicy"`
		Throttle   *json.RawMessage `json:"throttlePolicy"`
		Request    *json.RawMessage `json:"requestPolicy"`
		Guaranteed bool             `json:"guaranteed"`
	}
)

// rewritten returns a delivery policy read into a form and written again.
func rewritten(text string, form any) string {
	if json.Unmarshal([]byte(text), form) != nil {
		return text
	}
	return asJSON(form)
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(text)
}

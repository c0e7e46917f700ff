package tap

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/awsapi"
)

// Swept is something that a tap left behind.
type Swept struct {
	Kind    string    `json:"kind"`           // "subscription", "rule", "queue"
	Name    string    `json:"name"`           // of the queue; bus/rule; ARN of the subscription
	Run     string    `json:"run,omitempty"`  // by its tags; a subscription has none and tells those of its queue
	Test    string    `json:"test,omitempty"` // by its tags
	Created time.Time `json:"created,omitzero"`
	Err     error     `json:"-"` // why it is still there; nil if it is gone, or was to be listed only

	// Kept says why it is left alone although nothing uses it: at AWS itself what has no tag is never removed.
	Kept string `json:"kept,omitempty"`
}

// Sweep removes what taps made more than olderThan ago and nobody removed, because their process died: subscriptions, rules with their
// targets, and queues. It knows them by name and tags, so that nothing of others is touched, and leaves younger ones, whose test may
// be running, alone. With dry it only lists.
//
// A subscription has no tags of its own. Where its queue is gone it is removed by the queue's name, but not at AWS itself (awsapi.AtAWS):
// there it is only told, with Kept.
//
// It goes on after a failure. The error joins those of all that is left, and of services that could not be asked; what was found is
// returned in any case.
func Sweep(ctx context.Context, at backend.Endpoint, olderThan time.Duration, dry bool) ([]Swept, error) {
	if olderThan < 0 {
		return nil, fmt.Errorf("sweep: olderThan is negative: %v", olderThan)
	}
	s := sweep{client: awsapi.New(at), strict: awsapi.AtAWS(at), before: time.Now().Add(-olderThan), queues: map[string]*queueState{}}
	var errs []error
	for _, find := range []func(context.Context) error{s.findQueues, s.findRules, s.findSubscriptions} {
		if err := find(ctx); err != nil {
			errs = append(errs, fmt.Errorf("sweep: %w", err))
		}
	}
	// A queue is the last to go: as long as anything is left, it tells whose that is.
	var list []Swept
	for _, o := range s.inOrder() {
		if !dry && o.Kept == "" {
			if err := o.remove(ctx); err != nil && !missing(err) {
				o.Err = &RemoveError{Kind: o.Kind, Name: o.Name, Err: err}
				errs = append(errs, o.Err)
			}
		}
		list = append(list, o.Swept)
	}
	return list, errors.Join(errs...)
}

type sweep struct {
	client  awsapi.Client
	before  time.Time
	strict  bool // nothing is removed without a tag
	orphans []orphan
	queues  map[string]*queueState // by name; those that begin with Prefix
}

type orphan struct {
	Swept
	remove func(ctx context.Context) error
}

type queueState struct {
	tags   map[string]string
	orphan bool
}

func (s *sweep) inOrder() []orphan {
	var list []orphan
	for _, kind := range []string{"subscription", "rule", "queue"} {
		for _, o := range s.orphans {
			if o.Kind == kind {
				list = append(list, o)
			}
		}
	}
	return list
}

// add files something by its tags, if it is ours and old enough.
func (s *sweep) add(kind, name string, tags map[string]string, remove func(ctx context.Context) error) bool {
	created, err := time.Parse(time.RFC3339, tags[TagCreated])
	if err != nil || tags[TagRun] == "" || created.After(s.before) {
		return false
	}
	s.orphans = append(s.orphans, orphan{Swept{Kind: kind, Name: name, Run: tags[TagRun], Test: tags[TagTest], Created: created}, remove})
	return true
}

func (s *sweep) findQueues(ctx context.Context) error {
	in := map[string]any{"QueueNamePrefix": Prefix, "MaxResults": 1000}
	var errs []error
	for {
		var page struct {
			QueueUrls []string
			NextToken string
		}
		if err := s.client.JSON(ctx, awsapi.SQS, "ListQueues", in, &page); err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, address := range page.QueueUrls {
			if err := s.lookAt(ctx, address); err != nil {
				errs = append(errs, err)
			}
		}
		if page.NextToken == "" {
			return errors.Join(errs...)
		}
		in["NextToken"] = page.NextToken
	}
}

func (s *sweep) lookAt(ctx context.Context, address string) error {
	name := address[strings.LastIndexByte(address, '/')+1:]
	if !strings.HasPrefix(name, Prefix) {
		return nil
	}
	var out struct{ Tags map[string]string }
	if err := s.client.JSON(ctx, awsapi.SQS, "ListQueueTags", map[string]any{"QueueUrl": address}, &out); err != nil {
		s.queues[name] = &queueState{} // it may be there
		if missing(err) {
			return nil
		}
		return err
	}
	q := &queueState{tags: out.Tags}
	q.orphan = s.add("queue", name, out.Tags, func(ctx context.Context) error {
		return s.client.JSON(ctx, awsapi.SQS, "DeleteQueue", map[string]any{"QueueUrl": address}, nil)
	})
	s.queues[name] = q
	return nil
}

func (s *sweep) findRules(ctx context.Context) error {
	buses, err := allBuses(ctx, s.client)
	if err != nil {
		return err
	}
	var errs []error
	for _, bus := range buses {
		rules, err := rulesOf(ctx, s.client, bus, Prefix)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, r := range rules {
			var out struct {
				Tags []struct{ Key, Value string }
			}
			if err := s.client.JSON(ctx, awsapi.EventBridge, "ListTagsForResource", map[string]any{"ResourceARN": r.Arn}, &out); err != nil {
				errs = append(errs, err)
				continue
			}
			tags := map[string]string{}
			for _, t := range out.Tags {
				tags[t.Key] = t.Value
			}
			s.add("rule", bus+"/"+r.Name, tags, func(ctx context.Context) error { return removeRule(ctx, s.client, bus, r.Name) })
		}
	}
	return errors.Join(errs...)
}

// findSubscriptions finds those of queues that are removed, too, and of queues that are gone. A subscription itself has no tags.
func (s *sweep) findSubscriptions(ctx context.Context) error {
	all, err := subscriptions(ctx, s.client, "")
	for i := range all {
		sub := &all[i]
		name := lastPart(sub.Endpoint)
		if sub.Protocol != "sqs" || !sub.confirmed() || !strings.HasPrefix(name, Prefix) {
			continue
		}
		remove := func(ctx context.Context) error {
			return s.client.Query(ctx, awsapi.SNS, "Unsubscribe", url.Values{"SubscriptionArn": {sub.SubscriptionArn}}, nil)
		}
		switch q := s.queues[name]; {
		case q != nil && q.orphan:
			s.add("subscription", sub.SubscriptionArn, q.tags, remove)
		case q == nil && sameAccount(sub.Endpoint, sub.TopicArn) && s.gone(ctx, name):
			o := orphan{Swept{Kind: "subscription", Name: sub.SubscriptionArn}, remove}
			if s.strict {
				o.Kept = "its queue " + name + " is gone, and with it the tags that would tell whose and how old it is"
			}
			s.orphans = append(s.orphans, o)
		}
	}
	return err
}

// sameAccount reports whether two ARNs (arn:aws:SERVICE:REGION:ACCOUNT:…) are of one account and region: only there can be looked.
func sameAccount(a, b string) bool {
	x, y := strings.Split(a, ":"), strings.Split(b, ":")
	return len(x) > 5 && len(y) > 5 && x[3] == y[3] && x[4] == y[4]
}

// gone reports whether a queue does not exist; a list of queues may be behind.
func (s *sweep) gone(ctx context.Context, name string) bool {
	return missing(s.client.JSON(ctx, awsapi.SQS, "GetQueueUrl", map[string]any{"QueueName": name}, nil))
}

package tap

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/backend/awsapi"
	"github.com/dyetrace/dyetrace/event"
)

// everything matches all events: each has a source, and the empty prefix begins every text.
const everything = `{"source":[{"prefix":""}]}`

func (t *Tap) attachBus(ctx context.Context, bus string) error {
	if err := t.client.JSON(ctx, awsapi.EventBridge, "DescribeEventBus", map[string]any{"Name": bus}, nil); err != nil {
		return t.absent("bus", err)
	}
	q, err := t.makeQueue(ctx, nil)
	if err != nil {
		return err
	}
	t.single = byEnvelope
	return t.addRule(ctx, q, sibling{bus: bus, name: q.name, pattern: t.o.Pattern, target: map[string]any{}})
}

// sibling is a rule to be made for the tap.
type sibling struct {
	bus, name string
	pattern   string         // "" is everything
	target    map[string]any // input and group, as of the target that it stands beside
	opaque    string         // why a fence cannot be recognised behind it
}

// addRule makes a rule on the bus with the queue as its target.
func (t *Tap) addRule(ctx context.Context, q *ownQueue, s sibling) error {
	pattern := s.pattern
	if s.opaque == "" {
		var err error
		if pattern, err = t.withFences(s.pattern); err != nil {
			return t.failed("the pattern is not a JSON object", err)
		}
	}
	var rule struct{ RuleArn string }
	in := map[string]any{
		"Name": s.name, "EventBusName": s.bus, "EventPattern": pattern, "Tags": listed(t.o.tags(time.Now())),
		"Description": "observer of dyetrace; may be deleted",
	}
	t.keep(made{"rule", s.bus + "/" + s.name, func(ctx context.Context) error { return removeRule(ctx, t.client, s.bus, s.name) }})
	if err := t.client.JSON(ctx, awsapi.EventBridge, "PutRule", in, &rule); err != nil {
		return t.failed("the rule of the tap could not be made on bus "+s.bus, err)
	}
	if err := t.admit(ctx, q, "events.amazonaws.com", rule.RuleArn); err != nil {
		return err
	}
	target := map[string]any{"Id": targetID, "Arn": q.arn}
	for name, value := range s.target {
		target[name] = value
	}
	if err := t.putTarget(ctx, s, target); err != nil {
		return err
	}
	t.feeders = append(t.feeders, feeder{
		place: event.At(event.PlaceBus, s.bus), opaque: s.opaque,
		send:   func(ctx context.Context, id string) error { return t.putFence(ctx, s.bus, id) },
		others: func(ctx context.Context) ([]event.Place, error) { return t.rulesThatMatch(ctx, s.bus) },
		check:  func(ctx context.Context) error { return t.checkRule(ctx, s.bus, s.name) },
		grade:  event.Waited,
		bound:  "EventBridge keeps no order and retries for up to 24 h: what was put on the bus before the fences may still come",
	})
	return nil
}

const targetID = "tap"

func (t *Tap) putTarget(ctx context.Context, s sibling, target map[string]any) error {
	var out failures
	in := map[string]any{"Rule": s.name, "EventBusName": s.bus, "Targets": []any{target}}
	err := t.client.JSON(ctx, awsapi.EventBridge, "PutTargets", in, &out)
	if err == nil {
		err = out.err()
	}
	if err != nil {
		return t.failed("the queue of the tap could not be made a target on bus "+s.bus, err)
	}
	return nil
}

// failures are the entries of an EventBridge batch that failed.
type failures struct {
	FailedEntryCount int
	FailedEntries    []entryError // of PutTargets and RemoveTargets
	Entries          []entryError // of PutEvents; those without a code succeeded
}

type entryError struct{ ErrorCode, ErrorMessage string }

func (f *failures) err() error {
	for _, e := range slices.Concat(f.FailedEntries, f.Entries) {
		if e.ErrorCode != "" {
			return fmt.Errorf("%s: %s", e.ErrorCode, e.ErrorMessage)
		}
	}
	if f.FailedEntryCount > 0 {
		return fmt.Errorf("%d entries failed", f.FailedEntryCount)
	}
	return nil
}

// withFences widens a pattern so that it matches this tap's fences, too: they then show that this very rule works.
func (t *Tap) withFences(pattern string) (string, error) {
	if pattern == "" {
		return everything, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(pattern), &fields); err != nil {
		return "", err
	}
	wide, err := json.Marshal(map[string]any{"$or": []any{json.RawMessage(pattern), t.fencePattern()}})
	return string(wide), err
}

func (t *Tap) fencePattern() map[string]any {
	return map[string]any{
		"source": []string{FenceSource},
		"detail": map[string]any{FenceAttribute: []any{map[string]string{"prefix": fenceMark + t.o.Run + ":"}}},
	}
}

func (t *Tap) putFence(ctx context.Context, bus, id string) error {
	detail, err := json.Marshal(map[string]string{FenceAttribute: id})
	if err != nil {
		return err
	}
	entry := map[string]string{"EventBusName": bus, "Source": FenceSource, "DetailType": FenceType, "Detail": string(detail)}
	var out failures
	if err := t.client.JSON(ctx, awsapi.EventBridge, "PutEvents", map[string]any{"Entries": []any{entry}}, &out); err != nil {
		return err
	}
	return out.err()
}

// rule is a rule as ListRules and DescribeRule describe it.
type rule struct{ Name, Arn, EventPattern, ScheduleExpression, State, ManagedBy string }

// rulesOf lists the rules of a bus whose names begin with the prefix.
func rulesOf(ctx context.Context, c awsapi.Client, bus, prefix string) ([]rule, error) {
	var all []rule
	in := map[string]any{"EventBusName": bus}
	if prefix != "" {
		in["NamePrefix"] = prefix
	}
	for {
		var page struct {
			Rules     []rule
			NextToken string
		}
		if err := c.JSON(ctx, awsapi.EventBridge, "ListRules", in, &page); err != nil {
			return all, err
		}
		all = append(all, page.Rules...)
		if page.NextToken == "" {
			return all, nil
		}
		in["NextToken"] = page.NextToken
	}
}

// rulesThatMatch returns the rules of the system under test that would match a fence. Rules that a service manages, such as that of
// an archive, hand nothing to it.
func (t *Tap) rulesThatMatch(ctx context.Context, bus string) ([]event.Place, error) {
	rules, err := rulesOf(ctx, t.client, bus, "")
	if err != nil {
		return nil, err
	}
	var places []event.Place
	for _, r := range rules {
		if strings.HasPrefix(r.Name, Prefix) || r.EventPattern == "" || r.State == "DISABLED" || r.ManagedBy != "" || otherSource(r.EventPattern) {
			continue
		}
		if t.matches(ctx, r.EventPattern) {
			places = append(places, event.At(event.PlaceRule, bus+"/"+r.Name))
		}
	}
	return places, nil
}

// otherSource reports whether a pattern asks for sources by name, and not for that of fences.
func otherSource(pattern string) bool {
	var fields struct{ Source []any }
	if json.Unmarshal([]byte(pattern), &fields) != nil || len(fields.Source) == 0 {
		return false
	}
	for _, s := range fields.Source {
		if name, ok := s.(string); !ok || name == FenceSource {
			return false
		}
	}
	return true
}

// matches asks the service whether a pattern matches a fence. An endpoint that cannot tell is taken to say yes.
func (t *Tap) matches(ctx context.Context, pattern string) bool {
	at := t.client.Endpoint()
	fence, err := json.Marshal(map[string]any{
		"version": "0", "id": "00000000-0000-0000-0000-000000000000", "source": FenceSource, "detail-type": FenceType, "account": cmp.Or(at.AccountID, "000000000000"),
		"region": at.Region, "time": time.Now().UTC().Format(time.RFC3339), "resources": []string{}, "detail": map[string]string{FenceAttribute: t.fence(0)},
	})
	if err != nil {
		return true
	}
	var out struct{ Result *bool }
	err = t.client.JSON(ctx, awsapi.EventBridge, "TestEventPattern", map[string]any{"EventPattern": pattern, "Event": string(fence)}, &out)
	return err != nil || out.Result == nil || *out.Result
}

// checkRule looks whether the rule is there and enabled, with its target.
func (t *Tap) checkRule(ctx context.Context, bus, name string) error {
	var r rule
	in := map[string]any{"Name": name, "EventBusName": bus}
	if err := t.client.JSON(ctx, awsapi.EventBridge, "DescribeRule", in, &r); err != nil {
		return err
	}
	if r.State != "" && !strings.HasPrefix(r.State, "ENABLED") {
		return fmt.Errorf("the rule %s is %s", name, r.State)
	}
	targets, err := t.targets(ctx, bus, name)
	if err == nil && len(targets) == 0 {
		err = fmt.Errorf("the rule %s has no target", name)
	}
	return err
}

func (t *Tap) targets(ctx context.Context, bus, name string) ([]map[string]json.RawMessage, error) {
	var out struct {
		Targets []map[string]json.RawMessage
	}
	err := t.client.JSON(ctx, awsapi.EventBridge, "ListTargetsByRule", map[string]any{"Rule": name, "EventBusName": bus}, &out)
	return out.Targets, err
}

// removeRule removes a rule of a tap with its target. One that is gone is fine.
func removeRule(ctx context.Context, c awsapi.Client, bus, name string) error {
	var out failures
	err := c.JSON(ctx, awsapi.EventBridge, "RemoveTargets", map[string]any{"Rule": name, "EventBusName": bus, "Ids": []string{targetID}}, &out)
	switch {
	case missing(err):
		return nil
	case err != nil:
		return err
	}
	err = c.JSON(ctx, awsapi.EventBridge, "DeleteRule", map[string]any{"Name": name, "EventBusName": bus}, nil)
	if missing(err) {
		return nil
	}
	return err
}

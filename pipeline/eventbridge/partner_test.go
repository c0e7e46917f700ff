package eventbridge

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

const crmSource = "aws.partner/crm.example.com/acme/contacts"

// partner is the SaaS company behind a partner event source; the fixture's account is its customer.
type partner struct {
	*fixture
	svc *Service
}

func (p *partner) call() *engine.Call {
	c := p.fixture.call()
	c.Scope = p.svc.scope
	return c
}

func (p *partner) offer() string {
	p.t.Helper()
	return must[*CreatePartnerEventSourceOutput](p.t)(p.svc.CreatePartnerEventSource(p.call(), &CreatePartnerEventSourceInput{
		Name: crmSource, Account: account,
	})).EventSourceArn.V
}

func (p *partner) withdraw() {
	p.t.Helper()
	must[*DeletePartnerEventSourceOutput](p.t)(p.svc.DeletePartnerEventSource(p.call(), &DeletePartnerEventSourceInput{Name: crmSource, Account: account}))
}

// supply puts an event as the partner and tells how the entry was refused.
func (p *partner) supply(source, detail string) string {
	p.t.Helper()
	out := must[*PutPartnerEventsOutput](p.t)(p.svc.PutPartnerEvents(p.call(), &PutPartnerEventsInput{Entries: []PutPartnerEventsRequestEntry{
		{Source: wire.Some(source), DetailType: wire.Some("ContactCreated"), Detail: wire.Some(detail)},
	}}))
	synctest.Wait()
	return out.Entries[0].ErrorCode.V
}

// accounts tells what the partner sees of its source in the customers' accounts.
func (p *partner) accounts() string {
	out, err := p.svc.ListPartnerEventSourceAccounts(p.call(), &ListPartnerEventSourceAccountsInput{EventSourceName: crmSource})
	if err != nil {
		return codeOf(err)
	}
	var all []string
	for _, a := range out.PartnerEventSourceAccounts {
		all = append(all, a.Account.V+" "+a.State.V)
	}
	return strings.Join(all, ", ")
}

// state tells what the customer sees of the source.
func (p *partner) state() string {
	out, err := p.fixture.svc.DescribeEventSource(p.fixture.call(), &DescribeEventSourceInput{Name: crmSource})
	if err != nil {
		return codeOf(err)
	}
	return out.State.V
}

func withPartner(t *testing.T, body func(t *testing.T, p *partner)) {
	t.Helper()
	bubble(t, func(t *testing.T, f *fixture) { body(t, &partner{fixture: f, svc: f.in(other)}) })
}

// A customer takes a partner's offer: a bus of the source's name receives what the partner puts.
func TestPartner_events_come_to_the_bus_that_matches_their_source(t *testing.T) {
	withPartner(t, func(t *testing.T, p *partner) {
		if arn := p.offer(); arn != "arn:aws:events:us-east-1::event-source/"+crmSource {
			t.Errorf("source %s", arn)
		}
		must[*CreateEventBusOutput](t)(p.fixture.svc.CreateEventBus(p.fixture.call(), &CreateEventBusInput{Name: crmSource, EventSourceName: opt(crmSource)}))
		p.rule(crmSource, "contacts", `{"source":[{"prefix":"aws.partner/crm.example.com"}]}`)
		p.target(crmSource, "contacts", Target{Id: "q", Arn: queueARN("contacts")})
		if refused := p.supply(crmSource, `{"id":"C-17"}`); refused != "" {
			t.Fatal(refused)
		}
		got := p.bodies("contacts")
		if len(got) != 1 || !strings.Contains(got[0], `"source":"`+crmSource+`","account":"`+account+`"`) || !strings.Contains(got[0], `"detail":{"id":"C-17"}`) {
			t.Errorf("the queue got %q", got)
		}
		ruleARN := "arn:aws:events:us-east-1:" + account + ":rule/" + crmSource + "/contacts"
		if _, err := p.fixture.svc.TagResource(p.fixture.call(), &TagResourceInput{ResourceARN: ruleARN, Tags: []Tag{{Key: "team", Value: "crm"}}}); err != nil {
			t.Errorf("a rule of a partner's bus takes no tags: %v", err)
		}
	})
}

func matched(t *testing.T, p *partner) {
	must[*CreateEventBusOutput](t)(p.fixture.svc.CreateEventBus(p.fixture.call(), &CreateEventBusInput{Name: crmSource}))
}

func deactivated(t *testing.T, p *partner) {
	must[*DeactivateEventSourceOutput](t)(p.fixture.svc.DeactivateEventSource(p.fixture.call(), &DeactivateEventSourceInput{Name: crmSource}))
}

func unmatched(t *testing.T, p *partner) {
	must[*DeleteEventBusOutput](t)(p.fixture.svc.DeleteEventBus(p.fixture.call(), &DeleteEventBusInput{Name: crmSource}))
}

// goneSource is what a source that is no more is answered with.
const goneSource = "ResourceNotFoundException"

// partnerStates are the states of a source that was offered, and what becomes of an event then.
var partnerStates = []struct {
	name            string
	steps           []func(*testing.T, *partner)
	state, accounts string
	fate            string // of an event put then: how its entry was refused, or the last hop
	reason          string
}{
	{
		"nobody matches it", nil, "PENDING", account + " PENDING", "lost EventSourceNotActive",
		"a customer who has not yet taken the offer must see in the history what it misses",
	},
	{"matched", []func(*testing.T, *partner){matched}, "ACTIVE", account + " ACTIVE", "filtered NoRules", "a bus of the source's name makes it active"},
	{
		"deactivated", []func(*testing.T, *partner){matched, deactivated}, "PENDING", account + " PENDING", "lost EventSourceNotActive",
		"a deactivated source's bus stays and gets nothing",
	},
	{
		"activated again",
		[]func(*testing.T, *partner){matched, deactivated, func(t *testing.T, p *partner) {
			must[*ActivateEventSourceOutput](t)(p.fixture.svc.ActivateEventSource(p.fixture.call(), &ActivateEventSourceInput{Name: crmSource}))
		}},
		"ACTIVE", account + " ACTIVE", "filtered NoRules", "the opposite of deactivated",
	},
	{
		"the bus is deleted", []func(*testing.T, *partner){matched, unmatched}, "PENDING", account + " PENDING", "lost EventSourceNotActive",
		"the offer stands, the customer can take it again",
	},
	{
		"nobody matches it for two weeks", []func(*testing.T, *partner){func(_ *testing.T, p *partner) { p.pass(maxPending) }}, goneSource, "",
		"lost EventSourceNotActive", "a source that is pending for two weeks is deleted",
	},
	{
		"deactivated for two weeks", []func(*testing.T, *partner){matched, deactivated, func(_ *testing.T, p *partner) { p.pass(maxPending) }}, "DELETED",
		account + " DELETED", "lost EventSourceNotActive", "its bus still shows that there was a source",
	},
	{
		"matched for a month", []func(*testing.T, *partner){matched, func(_ *testing.T, p *partner) { p.pass(30 * 24 * time.Hour) }}, "ACTIVE", account + " ACTIVE",
		"filtered NoRules", "only pending sources expire",
	},
	{
		"withdrawn", []func(*testing.T, *partner){func(_ *testing.T, p *partner) { p.withdraw() }}, goneSource, goneSource, "InvalidArgument",
		"without a bus nothing is left of it",
	},
	{
		"withdrawn with a bus", []func(*testing.T, *partner){matched, func(_ *testing.T, p *partner) { p.withdraw() }}, "DELETED", goneSource, "InvalidArgument",
		"the customer sees why its bus gets nothing more",
	},
	{
		"withdrawn and its bus deleted", []func(*testing.T, *partner){matched, func(_ *testing.T, p *partner) { p.withdraw() }, unmatched}, goneSource, goneSource,
		"InvalidArgument", "with the bus the last trace is gone",
	},
	{
		"withdrawn and offered again",
		[]func(*testing.T, *partner){matched, func(_ *testing.T, p *partner) { p.withdraw(); p.offer() }}, "ACTIVE", account + " ACTIVE", "filtered NoRules",
		"the bus that is left matches the new source",
	},
	{
		"the partner's account is reset and offers it again",
		[]func(*testing.T, *partner){matched, func(_ *testing.T, p *partner) { p.svc.Reset(); p.offer() }}, "ACTIVE", account + " ACTIVE", "filtered NoRules",
		"a partner that forgot its customers must be able to begin again",
	},
}

// What a source can become, as the customer and the partner see it, and what becomes of an event meanwhile.
func TestPartner_sources_change_their_state(t *testing.T) {
	for _, tt := range partnerStates {
		t.Run(tt.name, func(t *testing.T) {
			withPartner(t, func(t *testing.T, p *partner) {
				p.offer()
				for _, step := range tt.steps {
					step(t, p)
				}
				if got := p.state(); got != tt.state {
					t.Errorf("the customer sees %s, want %s\n%s", got, tt.state, tt.reason)
				}
				if got := p.accounts(); got != tt.accounts {
					t.Errorf("the partner sees %q, want %q\n%s", got, tt.accounts, tt.reason)
				}
				got := p.supply(crmSource, `{}`)
				if hops, _ := p.engine.Hops(0); got == "" {
					last := hops[len(hops)-1]
					got = string(last.Outcome) + " " + last.Reason.Code
				}
				if got != tt.fate {
					t.Errorf("an event is %s, want %s\n%s", got, tt.fate, tt.reason)
				}
			})
		})
	}
}

func TestPartner_refusals(t *testing.T) {
	withPartner(t, func(t *testing.T, p *partner) {
		p.offer()
		customer := p.fixture.svc
		tests := []struct {
			name, want, reason string
			do                 func() error
		}{
			{"offered twice", "ResourceAlreadyExistsException", "a source is one object that partner and customer share", func() error {
				_, err := p.svc.CreatePartnerEventSource(p.call(), &CreatePartnerEventSourceInput{Name: crmSource, Account: account})
				return err
			}},
			{"offered by somebody else", "ResourceAlreadyExistsException", "names of sources are unique", func() error {
				c := p.call()
				c.Scope = p.in(third).scope
				_, err := p.in(third).CreatePartnerEventSource(c, &CreatePartnerEventSourceInput{Name: crmSource, Account: account})
				return err
			}},
			{"activated without a bus", "InvalidStateException", "nothing could come to it", func() error {
				_, err := customer.ActivateEventSource(p.fixture.call(), &ActivateEventSourceInput{Name: crmSource})
				return err
			}},
			{"a bus without a source", "ResourceNotFoundException", "a partner's bus needs an offer", func() error {
				_, err := customer.CreateEventBus(p.fixture.call(), &CreateEventBusInput{Name: "aws.partner/nobody/x/y"})
				return err
			}},
			{"a bus of another name", "ValidationException", "the names must be the same", func() error {
				_, err := customer.CreateEventBus(p.fixture.call(), &CreateEventBusInput{Name: "crm", EventSourceName: opt(crmSource)})
				return err
			}},
			{"a source that is not there", "ResourceNotFoundException", "there is nothing to see", func() error {
				_, err := p.svc.DescribePartnerEventSource(p.call(), &DescribePartnerEventSourceInput{Name: crmSource + "2"})
				return err
			}},
			{"a source of somebody else", "ResourceNotFoundException", "the customer offers nothing itself", func() error {
				_, err := customer.DescribePartnerEventSource(p.fixture.call(), &DescribePartnerEventSourceInput{Name: crmSource})
				return err
			}},
		}
		for _, tt := range tests {
			var refused *wire.Error
			if err := tt.do(); !errors.As(err, &refused) || refused.Code != tt.want {
				t.Errorf("%s: %v, want %s\n%s", tt.name, err, tt.want, tt.reason)
			}
		}
		if got := p.supply("aws.partner/nobody/x/y", `{}`); got != "InvalidArgument" {
			t.Errorf("an event of a source that is not the partner's: %q", got)
		}
		if got := p.supply(crmSource, `{`); got != "MalformedDetail" {
			t.Errorf("an event that is not JSON: %q", got)
		}
		if drops := p.hops(event.KindDrop); len(drops) != 2 {
			t.Errorf("refused entries are not in the history: %+v", drops)
		}
	})
}

func TestPartner_lists(t *testing.T) {
	withPartner(t, func(t *testing.T, p *partner) {
		for _, name := range []string{"b", "a", "c"} {
			must[*CreatePartnerEventSourceOutput](t)(p.svc.CreatePartnerEventSource(p.call(), &CreatePartnerEventSourceInput{
				Name: "aws.partner/crm/" + name + "/x", Account: account,
			}))
		}
		must[*CreatePartnerEventSourceOutput](t)(p.svc.CreatePartnerEventSource(p.call(), &CreatePartnerEventSourceInput{
			Name: "aws.partner/crm/a/x", Account: third,
		}))
		var offered, seen []string
		var token wire.Opt[string]
		for {
			out := must[*ListPartnerEventSourcesOutput](t)(p.svc.ListPartnerEventSources(p.call(), &ListPartnerEventSourcesInput{
				NamePrefix: "aws.partner/crm/", NextToken: token, Limit: wire.Some(int32(2)),
			}))
			for _, src := range out.PartnerEventSources {
				offered = append(offered, src.Name.V)
			}
			if token = out.NextToken; !token.OK {
				break
			}
		}
		out := must[*ListEventSourcesOutput](t)(p.fixture.svc.ListEventSources(p.fixture.call(), &ListEventSourcesInput{NamePrefix: opt("aws.partner/crm/")}))
		for _, src := range out.EventSources {
			seen = append(seen, src.Name.V+" by "+src.CreatedBy.V)
		}
		if got := strings.Join(offered, " "); got != "aws.partner/crm/a/x aws.partner/crm/b/x aws.partner/crm/c/x" {
			t.Errorf("the partner offers %s", got)
		}
		if got := strings.Join(seen, ", "); got != "aws.partner/crm/a/x by crm, aws.partner/crm/b/x by crm, aws.partner/crm/c/x by crm" {
			t.Errorf("the customer sees %s", got)
		}
		accounts := must[*ListPartnerEventSourceAccountsOutput](t)(p.svc.ListPartnerEventSourceAccounts(p.call(), &ListPartnerEventSourceAccountsInput{
			EventSourceName: "aws.partner/crm/a/x",
		}))
		if list := accounts.PartnerEventSourceAccounts; len(list) != 2 || list[0].Account.V != account || list[1].Account.V != third || !list[0].ExpirationTime.OK {
			t.Errorf("%+v", list)
		}
	})
}

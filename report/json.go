package report

import (
	"encoding/json"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

// Version of the JSON that this package writes. It rises when a field changes its meaning or goes.
const Version = 1

type jsonVerdict struct {
	Version   int           `json:"version"`
	Kind      string        `json:"kind"` // "verdict"
	OK        bool          `json:"ok"`
	Flow      string        `json:"flow"`
	Covers    []string      `json:"covers,omitempty"`
	Again     string        `json:"again,omitempty"`
	Recording string        `json:"recording,omitempty"` // file that the flow is saved in
	Events    int           `json:"events"`
	LastHop   float64       `json:"last_hop_s"`
	Relative  string        `json:"relative,omitempty"` // what grades of absence are relative to
	Findings  []jsonFinding `json:"findings"`
}

type jsonFinding struct {
	Kind        expect.Kind     `json:"kind"`
	Expectation string          `json:"expectation"`
	OK          bool            `json:"ok"`
	Want        string          `json:"want,omitempty"`
	Got         string          `json:"got,omitempty"`
	Problem     string          `json:"problem,omitempty"`
	Grade       string          `json:"grade,omitempty"`
	Lag         *float64        `json:"lag_s,omitempty"`
	Near        []jsonNear      `json:"near,omitempty"`
	Offenders   []jsonArrival   `json:"offenders,omitempty"`
	Undecodable []jsonArrival   `json:"undecodable,omitempty"`
	Pending     []event.Pending `json:"pending,omitempty"`
	Chain       *jsonChain      `json:"chain,omitempty"`
}

type jsonNear struct {
	jsonArrival
	Differences []jsonDifference `json:"differences"`
	Stopped     []string         `json:"stopped,omitempty"`
}

type jsonDifference struct {
	Path string `json:"path"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

type jsonArrival struct {
	Seq    uint64       `json:"seq"`
	Type   string       `json:"type,omitempty"`
	Place  event.Place  `json:"place"`
	At     float64      `json:"at_s"` // since the start of the flow
	Tenant string       `json:"tenant,omitempty"`
	Event  *event.Event `json:"event,omitempty"`
}

type jsonChain struct {
	Last    string       `json:"last,omitempty"` // type of the last link
	Missing string       `json:"missing"`
	Named   string       `json:"named,omitempty"` // why an event of the missing type, which names its cause, is not tied to it
	Seen    *event.Hop   `json:"seen,omitempty"`  // the last hop that the last link led to
	Failure *event.Hop   `json:"failure,omitempty"`
	Failed  int          `json:"failed,omitempty"` // calls that failed like that
	Stopped []*event.Hop `json:"stopped,omitempty"`
	Deleted *event.Hop   `json:"deleted,omitempty"`
}

// JSON writes the facts that Text writes, as one JSON object.
func JSON(v expect.Verdict, c Context) ([]byte, error) {
	out := jsonVerdict{
		Version: Version, Kind: "verdict", OK: v.OK, Flow: v.Flow.CorrelationID, Covers: c.Covers, Again: c.Again, Recording: c.Recording,
		Events: len(v.Flow.Facts), LastHop: v.Flow.LastAt().Seconds(), Relative: v.Flow.Relative, Findings: []jsonFinding{},
	}
	for _, f := range v.Findings {
		out.Findings = append(out.Findings, toJSON(v.Flow, f))
	}
	return json.Marshal(out)
}

func toJSON(flow *observe.Flow, f expect.Finding) jsonFinding {
	j := jsonFinding{Kind: f.Kind, Expectation: f.Expectation, OK: f.OK, Want: f.Want, Got: f.Got, Problem: f.Problem, Pending: f.Pending}
	if f.Kind == expect.KindAbsence || f.Kind == expect.KindSurplus {
		j.Grade = f.Grade.String()
	}
	if f.Kind == expect.KindLag && f.Problem == "" {
		lag := f.Lag.Seconds()
		j.Lag = &lag
	}
	for _, m := range f.Near {
		near := jsonNear{jsonArrival: arrival(flow, m.Arrival)}
		for _, d := range m.Differences {
			near.Differences = append(near.Differences, jsonDifference(d))
		}
		for _, h := range m.Stopped {
			near.Stopped = append(near.Stopped, expect.Explain(h))
		}
		j.Near = append(j.Near, near)
	}
	for _, a := range f.Offenders {
		j.Offenders = append(j.Offenders, arrival(flow, a))
	}
	for _, a := range f.Undecodable {
		j.Undecodable = append(j.Undecodable, arrival(flow, a))
	}
	if b := f.Chain; b != nil {
		j.Chain = &jsonChain{Missing: b.Missing, Seen: b.Seen, Failure: b.Failure, Failed: b.Failed, Stopped: b.Stopped, Deleted: b.Deleted}
		if b.Last != nil {
			j.Chain.Last = b.Last.Type()
		}
		if b.Apart != nil && b.Apart.Causation != nil {
			j.Chain.Named = b.Apart.Causation.Problem()
		}
	}
	return j
}

func arrival(flow *observe.Flow, a *observe.Arrival) jsonArrival {
	return jsonArrival{Seq: a.Seq, Type: a.Fact.Type(), Place: a.To, At: a.At.Sub(flow.Start).Seconds(), Tenant: a.Tenant(), Event: a.Event}
}

package dyegomega

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/dyetrace/dyetrace/dye"
)

// Meet succeeds if the flow, when it has come to its end, meets all the expectations: what dye's Flow.Expect asks for, absence and
// order included. It lets time run as that does, so it is for Expect and not for Eventually.
func Meet(expectations ...dye.Expectation) types.GomegaMatcher {
	return &flowMatcher{name: "Meet", expectations: expectations}
}

// HaveArrived succeeds if, for each of the selectors, such an event has come so far. No time passes, so it is for Eventually; that
// something must not come Eventually and Consistently can only wait for, while Meet(dye.Never(…)) shows it.
func HaveArrived(selectors ...dye.Selector) types.GomegaMatcher {
	m := &flowMatcher{name: "HaveArrived", empty: len(selectors) == 0, expectations: []dye.Expectation{dye.Within(0)}}
	for _, s := range selectors {
		m.expectations = append(m.expectations, s)
	}
	return m
}

// flow is what *dye.Flow has.
type flow interface {
	Judge(expectations ...dye.Expectation) (met bool, report string)
}

type flowMatcher struct {
	name         string
	empty        bool
	expectations []dye.Expectation
	report       string
}

// Match judges the flow.
func (m *flowMatcher) Match(actual any) (success bool, err error) {
	f, ok := actual.(flow)
	if !ok || f == (*dye.Flow)(nil) {
		return false, fmt.Errorf("dyegomega.%s looks at a *dye.Flow, and was given a %T: g.Expect(d.Dye(…))", m.name, actual)
	}
	if m.empty || len(m.expectations) == 0 {
		return false, fmt.Errorf("dyegomega.%s has nothing to look for: give it at least one", m.name)
	}
	success, m.report = f.Judge(m.expectations...)
	return success, nil
}

// FailureMessage is dyetrace's report.
func (m *flowMatcher) FailureMessage(any) string { return m.report }

// NegatedFailureMessage says what met the expectations, and how absence is shown.
func (m *flowMatcher) NegatedFailureMessage(any) string {
	var list []string
	for _, e := range m.expectations {
		list = append(list, e.String())
	}
	return fmt.Sprintf("dye: not to %s: %s\n%s\nTo show that something does not come, use dyegomega.Meet(dye.Never(…)).", m.name, strings.Join(list, ", "), m.report)
}

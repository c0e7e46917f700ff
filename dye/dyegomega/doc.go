// Package dyegomega has gomega matchers over flows and events, for teams whose tests are written with gomega:
//
//	g := gomega.NewWithT(d) // d is the *dye.T of a dye.Test
//	g.Expect(flow).To(dyegomega.Meet(dye.Type("LeadConverted").On("bus:crm"), dye.Never(dye.Tenant("rival"))))
//	g.Eventually(flow).Should(dyegomega.HaveArrived(dye.On("queue:leads")))
//	g.Expect(messages).To(gomega.ContainElement(dyegomega.MatchEvent(dye.Type("LeadConverted").With("detail.amount", 900))))
//
// They judge nothing themselves: package expect does, and what they say of a failure is dyetrace's own report. A test that has the
// choice calls flow.Expect, which needs no gomega.
//
// It is a module of its own, so that gomega is required by those who use it only.
package dyegomega

// Package probe looks at what the events of a system lead to: a row of a read model, an item of a table, an answer of an API. What
// it sees is a document like an event's, judged by the same matchers (package expect):
//
//	d.Eventually(probe.SQL(db, "select name, amount from leads where id = ?", "L-17").Is(expect.At("0.name", "Ada")))
//	d.Eventually(probe.Item(d.AWS("probe"), "leads", probe.Key{"id": "L-17"}).Is(expect.Has(map[string]any{"status": "qualified"})))
//	d.Eventually(probe.HTTP("/leads/L-17", probe.HTTPOptions{Handler: api}).Is(expect.At("status", 200), expect.At("body.name", "Ada")))
//
// [Probe.Is] makes a function that returns nil when the document is as it should be, and else a *[Miss], which has what was seen and
// what is missing, field by field. dye.T has Eventually and Consistently for such functions; without dye, call them in a loop of
// your own.
//
// A look that fails, because nothing listens yet or a table is still to be made, is one that saw nothing so far, and the next may
// succeed. What no other look can mend is a [Final] error: a condition that is of no use, a key that the table refuses.
//
// In virtual time there are no sockets: give [HTTP] the handler itself, or a transport of dyetrace's. A *sql.DB that is opened in a
// bubble must be closed there (Cleanup): it has a goroutine of its own.
package probe

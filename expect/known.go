package expect

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// known is where names of one sort are known from: "it came in this flow".
type known map[string]string

func (k known) add(name, from string) {
	if _, is := k[name]; !is && name != "" {
		k[name] = from
	}
}

func (k known) addAll(names []string, from string) {
	for _, name := range names {
		k.add(name, from)
	}
}

// like returns the name that is known and that the given one, which is not, is probably meant to be: the first by the alphabet.
func (k known) like(name string) (meant, from string) {
	for candidate, where := range k {
		if (meant == "" || candidate < meant) && alike(name, candidate) {
			meant, from = candidate, where
		}
	}
	return meant, from
}

const (
	fromFlow    = "there is one in this flow"
	fromRule    = "a rule asks for it"
	fromTest    = "another expectation names it"
	fromEarlier = "the test knows it"
)

// misspelt says of an absence that holds which of its names is probably a misspelling of one that is known; "" if none is.
//
// That no event has a type is what an absence is about, so a name that nothing knows must not fail it by itself: in many tests the
// absent type is named nowhere else. But one that nothing knows (no event of the flow or of an earlier one of the test, no rule's
// pattern, no other expectation) while a name is known that differs from it by a slip is more likely to be wrong than right, and
// then the absence would hold for ever, whatever leaks. A warning would be seen by nobody, since the output of tests that pass is
// not read. So it fails, and says what to do: mend the spelling, or state that the name is right ([observe.Recording.Known],
// dye's T.Known), which is one line in the few tests that mean both of two names so near each other.
func (s Selector) misspelt(f *observe.Flow, c *coverage) string {
	if s.typ != "" {
		types := c.types(f)
		if _, is := types[s.typ]; !is {
			if meant, from := types.like(s.typ); meant != "" {
				return doubt("no event "+s.typ+" is known here", meant, from, s.typ)
			}
		}
	}
	if s.tenant != "" {
		if meant, from := c.tenantLike(f, s.tenant); meant != "" {
			return doubt(fmt.Sprintf("no event names tenant %s, and no place is called after it", s.tenant), meant, from, s.tenant)
		}
	}
	for _, condition := range s.conditions {
		if condition.source != "" {
			sources := c.sources(f)
			if _, is := sources[condition.source]; !is {
				if meant, from := sources.like(condition.source); meant != "" {
					return doubt("no source "+condition.source+" is known here", meant, from, condition.source)
				}
			}
		}
		if condition.path != "" && !slices.Contains(f.Known, condition.path) {
			if meant := s.pathLike(f, condition.path); meant != "" {
				what := "no event"
				if s.typ != "" {
					what = "no " + s.typ
				}
				return doubt(what+" here has "+condition.path, meant, "", condition.path)
			}
		}
	}
	return ""
}

func doubt(what, meant, from, name string) string {
	if from != "" {
		from = " (" + from + ")"
	}
	return fmt.Sprintf("%s; did you mean %s%s?\nAs it is, the absence would hold whatever comes. If the name is right, say so: d.Known(%q)", what, meant, from, name)
}

// types returns the types that are known.
func (c *coverage) types(f *observe.Flow) known {
	k := known{}
	last := ""
	for _, fact := range f.Facts {
		for _, a := range fact.Arrivals {
			if t := a.Type(); t != last {
				k.add(t, fromFlow)
				last = t
			}
		}
	}
	k.addAll(f.Topology.Types, fromRule)
	for _, s := range c.sought() {
		k.add(s.typ, fromTest)
	}
	k.addAll(f.Known, fromEarlier)
	return k
}

// sources returns the sources that are known; none in a flow of very many events, in which a source stands in each of the bodies.
func (c *coverage) sources(f *observe.Flow) known {
	k := known{}
	if len(f.Facts) > maxCompared {
		return k
	}
	for _, fact := range f.Facts {
		for _, a := range fact.Arrivals {
			if a.Event != nil && a.Event.Source != "" {
				k.add(a.Event.Source, fromFlow)
			} else {
				k.add(a.Document().Source, fromFlow)
			}
		}
	}
	k.addAll(f.Topology.Sources, fromRule)
	for _, s := range c.sought() {
		for _, condition := range s.conditions {
			k.add(condition.source, fromTest)
		}
	}
	k.addAll(f.Known, fromEarlier)
	return k
}

// tenantLike returns the tenant that a name is probably meant to be, of those that events name or places are called after; "" if the
// name itself is one of these.
func (c *coverage) tenantLike(f *observe.Flow, name string) (meant, from string) {
	if len(f.Facts) > maxCompared || slices.ContainsFunc(f.Topology.Places, func(p event.Place) bool { return ownedBy(p, name) }) {
		return "", "" // of very many events the last may name it
	}
	k := known{}
	for _, fact := range f.Facts {
		k.add(fact.Tenant(), fromFlow)
	}
	for _, s := range c.sought() {
		k.add(s.tenant, fromTest)
	}
	k.addAll(f.Known, fromEarlier)
	for _, p := range f.Topology.Places {
		for _, part := range strings.FieldsFunc(p.Name(), func(r rune) bool { return r < utf8.RuneSelf && isSeparator(byte(r)) }) {
			k.add(part, string(p)+" is called so")
		}
	}
	if _, is := k[name]; is {
		return "", ""
	}
	return k.like(name)
}

// sought returns the selectors of all expectations that something must meet.
func (c *coverage) sought() []Selector {
	var list []Selector
	for _, e := range c.expectations {
		list = append(list, positive(e)...)
	}
	return list
}

// positive returns the selectors of an expectation that something must meet.
func positive(e Expectation) []Selector {
	switch e := e.(type) {
	case Selector:
		if !e.exactly.is(0) {
			return []Selector{e}
		}
	case anyOrder:
		return e
	case lagBelow:
		return e.selectors
	case inOrder:
		var list []Selector
		for _, part := range e {
			list = append(list, positive(part)...)
		}
		return list
	case chain:
		list := make([]Selector, len(e))
		for i, typ := range e {
			list[i] = Type(typ)
		}
		return list
	}
	return nil
}

// pathLike returns a path that events of the selector's type have, wherever they are, and that differs from the given one by slips;
// "" if there is none, or some event has the path itself.
func (s Selector) pathLike(f *observe.Flow, path string) string {
	names := event.SplitPath(path)
	meant, left := "", maxCompared
	for _, fact := range f.Facts {
		for _, a := range fact.Arrivals {
			if a.Event == nil || !s.meetsType(a) {
				continue
			}
			if left--; left < 0 {
				return "" // the others may have it
			}
			root := a.Document().Root
			if _, has := spelt(root, names, false); has {
				return ""
			}
			if meant == "" {
				meant, _ = spelt(root, names, true)
			}
		}
	}
	return meant
}

// Meant returns the path of the document that a path at which it has nothing was probably meant to be: one that differs by slips, or
// that leads to the payload first, as detail.lead_id for lead_id; "" if there is none, or the document has the path.
func Meant(d *event.Document, path string) string {
	names := event.SplitPath(path)
	if _, has := spelt(d.Root, names, false); has {
		return ""
	}
	for _, slips := range []bool{false, true} {
		if meant, found := spelt(d.Root, names, slips); found {
			return meant
		}
		for _, payload := range []string{"detail", "data"} {
			if meant, found := spelt(d.Root, append([]string{payload}, names...), slips); found {
				return meant
			}
		}
	}
	return ""
}

// spelt returns the path at which a value is that the names lead to; with slips also where names of members are only alike.
func spelt(value any, names []string, slips bool) (path string, found bool) {
	if len(names) == 0 {
		return "", true
	}
	at := subject{value: value, found: true}
	for _, next := range at.step(names[0]) {
		if rest, found := spelt(next.value, names[1:], slips); found {
			return joinPath(event.PathName(names[0]), rest), true
		}
	}
	members, _ := value.(map[string]any)
	if !slips || members == nil {
		return "", false
	}
	for _, name := range sortedKeys(members) {
		if !alike(names[0], name) {
			continue
		}
		if rest, found := spelt(members[name], names[1:], slips); found {
			return joinPath(event.PathName(name), rest), true
		}
	}
	return "", false
}

func joinPath(name, rest string) string {
	if rest == "" {
		return name
	}
	return name + "." + rest
}

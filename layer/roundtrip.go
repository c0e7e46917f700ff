package layer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/report"
)

// RoundTrip checks that payloads of type P come back as they were: written, put into each envelope, taken out again as package
// event does it, and read. The zero value tries 100 generated values in every form.
type RoundTrip[P any] struct {
	Values  []P      // tried beside the generated ones
	Samples [][]byte // payloads as recorded: the type must drop no field of them

	Generate func(r *rand.Rand) P // makes a value; nil fills P's exported fields, the awkward values of each type among them
	Count    int                  // of generated values; 0 is 100, less is none
	Seed     uint64               // of the generated values; 0 is 1

	Forms     []Form                  // nil: all
	Marshal   func(P) ([]byte, error) // as the producer writes; nil is json.Marshal
	Unmarshal func([]byte, *P) error  // as the consumer reads; nil is json.Unmarshal
	Ignore    []string                // paths that need not come back: "lines.*.cache"
}

// RoundTripError says what does not come back.
type RoundTripError struct {
	Type   string
	Tried  int    // values
	Forms  int    // that each went through
	Seed   uint64 // of the generated ones
	Losses []RoundTripLoss
}

// RoundTripLoss is a loss, told once for all values and forms that it was seen in.
type RoundTripLoss struct {
	Loss
	Forms []Form // in which it happens; nil: the type alone shows it
	Times int    // how often it was seen
}

const mostLosses = 8 // of those that Error prints

// Error lists the losses, at most 30 lines.
func (e *RoundTripError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s does not come back as it was written (%d values, %d forms, seed %d)", report.Clean(e.Type), e.Tried, e.Forms, e.Seed)
	for i, l := range e.Losses {
		if i == mostLosses {
			fmt.Fprintf(&b, "\n    and %d more", len(e.Losses)-mostLosses)
			break
		}
		fmt.Fprintf(&b, "\n    %s: %s%s", place(l.Path), l.Kind, l.where(e.Forms))
		if l.Wrote != "" || l.Read != "" {
			fmt.Fprintf(&b, "\n        wrote %s, read %s", report.Clean(cut(l.Wrote)), report.Clean(cut(l.Read)))
		}
		if l.Why != "" {
			fmt.Fprintf(&b, "\n        %s", report.Clean(cut(l.Why)))
		}
	}
	return b.String()
}

func (l RoundTripLoss) where(forms int) string {
	if l.Forms == nil || len(l.Forms) == forms {
		return ""
	}
	names := make([]string, len(l.Forms))
	for i, f := range l.Forms {
		names[i] = string(f)
	}
	return " in " + strings.Join(names, ", ")
}

// Check tries all values in all forms. The error is a *RoundTripError.
func (r RoundTrip[P]) Check() error {
	r = r.withDefaults()
	c := &roundTrip[P]{RoundTrip: r, found: &RoundTripError{Type: nameOf[P](), Forms: len(r.Forms), Seed: r.Seed}}
	c.unwritten()
	for _, v := range r.Values {
		c.value(v)
	}
	c.generated()
	for _, s := range r.Samples {
		c.sample(s)
	}
	if c.found.Tried == 0 || len(r.Forms) == 0 {
		c.add(Loss{Kind: LossRefused, Why: "nothing was tried, which shows nothing: give values, samples or a Count, and Forms or nil"}, "")
	}
	if len(c.found.Losses) == 0 {
		return nil
	}
	return c.found
}

func (r RoundTrip[P]) withDefaults() RoundTrip[P] {
	if r.Forms == nil {
		r.Forms = Forms()
	}
	if r.Marshal == nil {
		r.Marshal = func(p P) ([]byte, error) { return json.Marshal(p) }
	}
	if r.Unmarshal == nil {
		r.Unmarshal = func(raw []byte, p *P) error { return json.Unmarshal(raw, p) }
	}
	r.Count = cmp.Or(r.Count, 100)
	r.Seed = cmp.Or(r.Seed, 1)
	return r
}

// roundTrip is a check under way.
type roundTrip[P any] struct {
	RoundTrip[P]
	found *RoundTripError
}

// unwritten reports the fields that the type itself leaves out; types with functions of their own may write them all the same.
func (c *roundTrip[P]) unwritten() {
	l := &losses{ignored: ignoring(c.Ignore)}
	unwrittenOf(reflect.TypeFor[P](), l)
	for _, loss := range l.list {
		c.add(loss, "")
	}
}

func (c *roundTrip[P]) generated() {
	refused := error(nil)
	made := 0
	for i := range max(c.Count, 0) {
		random := rand.New(rand.NewPCG(c.Seed, uint64(i)))
		v := c.make(random)
		if _, err := c.Marshal(v); err != nil && c.Generate == nil {
			refused = err // the type takes only some values, and the generator does not know which
			continue
		}
		made++
		c.value(v)
	}
	if made == 0 && refused != nil && len(c.Values) == 0 {
		c.add(Loss{Kind: LossRefused, Why: "no generated value can be written: " + refused.Error() + "; give Values or Generate"}, "")
	}
}

func (c *roundTrip[P]) make(random *rand.Rand) P {
	if c.Generate != nil {
		return c.Generate(random)
	}
	g := generator{Rand: random}
	v, _ := g.value(reflect.TypeFor[P](), 0).Interface().(P) // not a P only if P is an interface, and the value nil
	return v
}

// value sends one value through all forms.
func (c *roundTrip[P]) value(v P) {
	c.found.Tried++
	raw, err := c.Marshal(v)
	if err != nil {
		c.add(Loss{Kind: LossRefused, Why: "it cannot be written: " + err.Error()}, "")
		return
	}
	for _, form := range c.Forms {
		body, err := form.Wrap(c.found.Type, "layer", raw)
		if err != nil {
			c.add(Loss{Kind: LossRefused, Why: err.Error()}, form)
			continue
		}
		got, err := form.Unwrap(body)
		if err != nil {
			c.add(Loss{Kind: LossRefused, Why: err.Error()}, form)
			continue
		}
		var back P
		if err := c.Unmarshal(got, &back); err != nil {
			c.add(Loss{Kind: LossRefused, Why: "it cannot be read: " + err.Error() + ": " + string(got)}, form)
			continue
		}
		l := &losses{ignored: ignoring(c.Ignore)}
		l.compare(nil, reflect.ValueOf(&v).Elem(), reflect.ValueOf(&back).Elem())
		for _, loss := range l.list {
			c.add(loss, form)
		}
	}
}

// sample reads a recorded payload and writes it again: what is not there any more, the type does not know.
func (c *roundTrip[P]) sample(raw []byte) {
	c.found.Tried++
	var v P
	if err := c.Unmarshal(raw, &v); err != nil {
		c.add(Loss{Kind: LossRefused, Why: "a sample cannot be read: " + err.Error() + ": " + string(raw)}, "")
		return
	}
	again, err := c.Marshal(v)
	if err != nil {
		c.add(Loss{Kind: LossRefused, Why: "a sample cannot be written again: " + err.Error()}, "")
		return
	}
	list, err := expect.Diff(json.RawMessage(raw), json.RawMessage(again))
	if err != nil {
		c.add(Loss{Kind: LossRefused, Why: err.Error()}, "")
		return
	}
	l := &losses{ignored: ignoring(c.Ignore)}
	for _, d := range list {
		if loss, ok := ofSample(d); ok && !l.ignores(strings.Split(d.Path, ".")) {
			c.add(loss, "")
		}
	}
}

const absent = "absent" // as package expect prints it

// ofSample tells what of a difference is a loss: that an empty field is left out, or written where it was not, is none.
func ofSample(d expect.Difference) (Loss, bool) {
	loss := Loss{Path: d.Path, Wrote: d.Want, Read: d.Got}
	switch {
	case d.Want == absent, d.Got == absent && emptyJSON(d.Want), emptyJSON(d.Want) && emptyJSON(d.Got):
		return Loss{}, false
	case d.Got == absent:
		loss.Kind, loss.Why = LossUnknown, "the type has no such field: a consumer that hands the event on would drop it"
	case rounded(reflect.ValueOf(json.Number(d.Want)), reflect.ValueOf(json.Number(d.Got))):
		loss.Kind, loss.Why = LossPrecision, "it is read as a float64: give the field an integer type, or read it as json.Number"
	default:
		loss.Kind = LossChanged
	}
	return loss, true
}

// emptyJSON holds for the JSON of Go's zero values.
func emptyJSON(text string) bool {
	return slices.Contains([]string{"null", `""`, "0", "false", "[]", "{}", `"0001-01-01T00:00:00Z"`, absent}, text)
}

// add notes a loss, once for all elements of an array and all forms.
func (c *roundTrip[P]) add(loss Loss, form Form) {
	path := strings.Split(loss.Path, ".")
	for i, name := range path {
		if name != "" && strings.Trim(name, "0123456789") == "" {
			path[i] = "*"
		}
	}
	loss.Path = strings.Join(path, ".")
	i := slices.IndexFunc(c.found.Losses, func(l RoundTripLoss) bool {
		return l.Path == loss.Path && l.Kind == loss.Kind && (l.Kind != LossRefused || form == "" || slices.Contains(l.Forms, form) || l.Why == loss.Why)
	})
	if i < 0 {
		i = len(c.found.Losses)
		c.found.Losses = append(c.found.Losses, RoundTripLoss{Loss: loss})
	}
	l := &c.found.Losses[i]
	l.Times++
	if form != "" && !slices.Contains(l.Forms, form) {
		l.Forms = append(l.Forms, form)
	}
}

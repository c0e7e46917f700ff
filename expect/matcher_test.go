package expect_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/expect"
	"github.com/dyetrace/dyetrace/observe"
)

const orderBody = `{"detail-type":"OrderPlaced","source":"shop","time":"2026-01-01T00:00:01Z","detail":{
	"id":"7f3a","amount":900.4,"at":1767225601.5,"paid":null,"tags":["new","vip","new"],
	"lines":[{"sku":"A-1","n":1},{"sku":"B-2","n":3}],"buyer":{"name":"Ada","email":"ada@engines.example"}}}`

func received(body string) *observe.Received {
	r := &observe.Received{Message: observe.Message{ID: "m-1", Place: "queue:orders", Body: body, Attributes: map[string]string{"tenant": "acme", "trace": "t-1"}}}
	r.Document, r.Err = event.Decode(body)
	return r
}

type orderPlaced struct {
	ID    string
	Lines []struct{ N int }
}

func pieces(want int) func(orderPlaced) error {
	return func(o orderPlaced) error {
		n := 0
		for _, l := range o.Lines {
			n += l.N
		}
		if n != want {
			return fmt.Errorf("%d pieces, want %d", n, want)
		}
		return nil
	}
}

var matcherRows = []struct {
	reason string
	with   expect.Selector
	misses string // "": it matches; path want got of each difference
}{
	{"the value at a path", expect.Type("OrderPlaced").With("detail.id", "7f3a"), ""},
	{"another value", expect.Type("OrderPlaced").With("detail.id", "7f3b"), `detail.id "7f3b" "7f3a"`},
	{"numbers by value", expect.Type("OrderPlaced").With("detail.lines.0.n", 1.0), ""},
	{"some element of an array", expect.On("queue:*").With("detail.lines.*.sku", "B-2"), ""},
	{"no element of an array", expect.On("queue:*").With("detail.lines.*.sku", "C-3"), `detail.lines.0.sku "C-3" "A-1"`},
	{"some element, but there is none", expect.On("queue:*").With("detail.buyer.*.sku", "C-3"), `detail.buyer.*.sku "C-3" absent`},
	{"both in one element", expect.On("queue:*").With("detail.lines.*", expect.Has(map[string]any{"sku": "B-2", "n": 3})), ""},
	{"each in another element", expect.On("queue:*").With("detail.lines.*", expect.Has(map[string]any{"sku": "A-1", "n": 3})), `detail.lines.0.n 3 1`},
	{"a number near enough", expect.On("queue:*").With("detail.amount", expect.Approx(900, 0.5)), ""},
	{"a number too far off", expect.On("queue:*").With("detail.amount", expect.Approx(901, 0.5)), `detail.amount ≈ 901 ± 0.5 900.4`},
	{"a text is no number", expect.On("queue:*").With("detail.id", expect.Approx(7, 1)), `detail.id ≈ 7 ± 1 "7f3a"`},
	{"a time", expect.On("queue:*").With("time", expect.Around(start, time.Second)), ""},
	{"a time in seconds", expect.On("queue:*").With("detail.at", expect.Around(start.Add(time.Second), time.Second)), ""},
	{"a time too late", expect.On("queue:*").With("time", expect.Around(start, time.Millisecond)), `time within 1ms of 2026-01-01T00:00:00Z "2026-01-01T00:00:01Z"`},
	{"a regular expression", expect.On("queue:*").With("detail.buyer.email", expect.Regexp(`^\w+@engines\.`)), ""},
	{"a regular expression on a number", expect.On("queue:*").With("detail.amount", expect.Regexp(`9`)), `detail.amount ~ /9/ 900.4`},
	{"a set in any order", expect.On("queue:*").With("detail.tags", expect.Set("vip", "new", "new")), ""},
	{"a set counts", expect.On("queue:*").With("detail.tags", expect.Set("vip", "new")), `detail.tags.2 absent "new"`},
	{"a set lacks one", expect.On("queue:*").With("detail.tags", expect.Set("vip", "new", "new", "old")), `detail.tags.* "old" absent`},
	{"a set of matchers, the greedy choice being wrong", expect.On("queue:*").With("detail.lines", expect.Set(expect.At("n", expect.Present()), expect.At("sku", "A-1"))), ""},
	{"a part of a document", expect.On("queue:*").With("detail", expect.Has(map[string]any{"buyer": map[string]any{"name": expect.Regexp("^A")}, "tags": []any{"vip"}})), ""},
	{"a part of a document, given as a struct", expect.On("queue:*").With("detail.buyer", expect.Has(struct {
		Name string `json:"name"`
	}{"Grace"})), `detail.buyer.name "Grace" "Ada"`},
	{"each element", expect.On("queue:*").With("detail.lines", expect.Each(expect.At("n", expect.OneOf(1, 3)))), ""},
	{"not each element", expect.On("queue:*").With("detail.lines", expect.Each(expect.At("n", 1))), `detail.lines.1.n 1 3`},
	{"null is present", expect.On("queue:*").With("detail.paid", expect.Present()), ""},
	{"absent", expect.On("queue:*").With("detail.gone", expect.Absent()), ""},
	{"not absent", expect.On("queue:*").With("detail.paid", expect.Absent()), `detail.paid absent null`},
	{"not equal", expect.On("queue:*").With("detail.id", expect.Not("x")), ""},
	{"what is not there is not different", expect.On("queue:*").With("detail.gone", expect.Not("x")), `detail.gone not = "x" absent`},
	{"all of", expect.On("queue:*").With("detail.tags", expect.All(expect.Len(3), expect.Set("vip", "new", "new"))), ""},
	{"an attribute", expect.On("queue:*").Where(expect.Attribute("trace", expect.Regexp("^t-"))), ""},
	{"an attribute that is not there", expect.On("queue:*").Where(expect.Attribute("span", "1")), `attribute span "1" absent`},
	{"the tenant", expect.Tenant("acme"), ""},
	{"a typed payload", expect.On("queue:*").Where(expect.Payload(pieces(4))), ""},
	{"a typed payload that fails its check", expect.On("queue:*").Where(expect.Payload(pieces(5))), "payload expect_test.orderPlaced the check to pass 4 pieces, want 5"},
	{"a check of one's own", expect.On("queue:*").With("detail.id", expect.Satisfies("is even", func(any) error { return errors.New("odd") })), "detail.id is even odd"},
	{"two conditions", expect.Type("OrderPlaced").With("detail.id", "x").With("detail.amount", 1), `detail.id "x" "7f3a"; detail.amount 1 900.4`},
	{"a regular expression that is none", expect.Type("A").With("detail.id", expect.Regexp("(")), "expectation detail.id ~ /(/: error parsing regexp: missing closing ): `(` absent"},
	{"an empty matcher", expect.Type("A").Where(expect.Matcher{}), "expectation : an empty Matcher matches nothing: make one with a function of package expect absent"},
	{"a tolerance that is none", expect.Type("A").With("n", expect.Not(expect.Approx(1, math.NaN()))), "expectation n not ≈ 1 ± NaN: Approx needs a number and a finite tolerance of 0 or more absent"},
}

func TestMatch_says_why_not_R2_3(t *testing.T) {
	for _, c := range matcherRows {
		t.Run(strings.ReplaceAll(c.reason, " ", "_"), func(t *testing.T) {
			var got []string
			for _, m := range c.with.Match(received(orderBody)) {
				if m.Got == "" {
					m.Got = "absent"
				}
				got = append(got, m.Path+" "+m.Want+" "+m.Got)
			}
			if text := strings.Join(got, "; "); text != c.misses {
				t.Errorf("%s\ngot  %s\nwant %s", c.with, text, c.misses)
			}
		})
	}
}

func TestNear_ranks_by_the_part_that_is_missed_R2_3(t *testing.T) {
	r := &recorder{corr: "dye-1"}
	r.bus("LeadConverted", "rival", "L-1", 0)
	r.bus("LeadConverted", "acme", "L-99", 0)
	whole := expect.Has(map[string]any{"tenant_id": "acme", "lead_id": "L-17", "amount": 900})
	f := expect.Judge(r.flow(), expect.Type("LeadConverted").With("detail", whole)).Findings[0]
	if len(f.Near) != 2 || f.Near[0].Arrival.Tenant() != "acme" || len(f.Near[0].Differences) != 1 || len(f.Near[1].Differences) != 2 {
		t.Errorf("near: %+v", f.Near)
	}
}

// A set matches every order of its elements, and no longer does when one of them is changed.
func TestSet_does_not_see_the_order_R2_3(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 8).Draw(r, "values")
		shuffled := rapid.Permutation(values).Draw(r, "shuffled")
		body := func(list []int) *observe.Received {
			raw, err := json.Marshal(map[string]any{"list": list})
			if err != nil {
				r.Fatal(err)
			}
			return received(string(raw))
		}
		want := make([]any, len(values))
		for i, v := range values {
			want[i] = v
		}
		set := expect.On("queue:*").With("list", expect.Set(want...))
		if m := set.Match(body(shuffled)); len(m) > 0 {
			r.Fatalf("%v is not %v: %v", shuffled, values, m)
		}
		if m := expect.On("queue:*").With("list", expect.Has(want)).Match(body(append([]int{9}, shuffled...))); len(m) > 0 {
			r.Fatalf("one more element: %v", m)
		}
		changed := slices.Clone(shuffled)
		changed[rapid.IntRange(0, len(changed)-1).Draw(r, "index")] = 7
		if m := set.Match(body(changed)); len(m) != 2 {
			r.Fatalf("%v is %v, or says so more than once: %v", changed, values, m)
		}
	})
}

func ExampleSelector_Match() {
	r := &observe.Received{Message: observe.Message{ID: "m-1", Place: "queue:orders", Body: `{"detail-type":"OrderPlaced","detail":{"lines":[{"sku":"A-1","price":19.99}]}}`}}
	r.Document, r.Err = event.Decode(r.Body)

	placed := expect.Type("OrderPlaced").With("detail.lines.*.price", expect.Approx(25, 0.01))
	fmt.Println(placed)
	for _, m := range placed.Match(r) {
		fmt.Printf("%s: want %s, got %s\n", m.Path, m.Want, m.Got)
	}
	// Output:
	// OrderPlaced with detail.lines.*.price ≈ 25 ± 0.01
	// detail.lines.0.price: want ≈ 25 ± 0.01, got 19.99
}

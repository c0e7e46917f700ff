package layer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/layer"
)

type line struct {
	SKU   string `json:"sku"`
	Count int    `json:"count"`
}

type orderPlaced struct {
	Order  string            `json:"order"`
	Total  int64             `json:"total"`
	Rate   float64           `json:"rate"`
	At     time.Time         `json:"at"`
	Lines  []line            `json:"lines"`
	Notes  map[string]string `json:"notes"`
	Parent *orderPlaced      `json:"parent,omitempty"`
	Raw    []byte            `json:"raw"`
	Extra  any               `json:"extra"`
	Number json.Number       `json:"number"`
}

// ring leads to itself, and writes itself.
type ring struct {
	name string
	next *ring
}

func (r ring) MarshalJSON() ([]byte, error) { return json.Marshal(r.name) }
func (r *ring) UnmarshalJSON(raw []byte) error {
	r.next = r
	return json.Unmarshal(raw, &r.name)
}

func TestRoundTrip_of_values_that_write_themselves_R2_14(t *testing.T) {
	type account struct {
		Balance *big.Int
		Owner   ring
		Host    netip.Addr
		ID      [4]byte
	}
	first := account{Owner: ring{name: "Ada"}, Host: netip.MustParseAddr("192.0.2.1")}
	if err := (layer.RoundTrip[account]{Values: []account{first, {}}}).Check(); err != nil {
		t.Error(err)
	}
}

func TestRoundTrip_of_a_sound_type_R2_14(t *testing.T) {
	if err := (layer.RoundTrip[orderPlaced]{Count: 200, Ignore: []string{"number"}}).Check(); err != nil {
		t.Error(err)
	}
}

type (
	viaFloat int64
)

func (n viaFloat) MarshalJSON() ([]byte, error) { return json.Marshal(float64(n)) }
func (n *viaFloat) UnmarshalJSON(raw []byte) error {
	var f float64
	err := json.Unmarshal(raw, &f)
	*n = viaFloat(f)
	return err
}

func inUTC(v orderPlaced) ([]byte, error) { v.At = v.At.UTC(); return json.Marshal(v) }
func toSeconds(v orderPlaced) ([]byte, error) {
	v.At = v.At.Truncate(time.Second)
	return json.Marshal(v)
}

func lossesOf(err error) string {
	e, ok := errors.AsType[*layer.RoundTripError](err)
	if !ok {
		return fmt.Sprint(err)
	}
	var list []string
	for _, l := range e.Losses {
		list = append(list, fmt.Sprintf("%s %s", l.Path, l.Kind))
	}
	return strings.Join(list, ", ")
}

func TestRoundTrip_says_what_is_lost_R2_14(t *testing.T) {
	type (
		hidden struct{ Shown, hidden string }
		left   struct {
			Cache string `json:"-"`
		}
		numbers struct{ N viaFloat }
		empty   struct {
			L []int `json:"l,omitempty"`
		}
		either  struct{ Any any }
		created struct{ By string }
		changed struct{ By string }
		twice   struct {
			created
			changed
		}
		text struct{ S string }
	)
	at := time.Date(2026, 3, 1, 12, 0, 0, 5, time.FixedZone("", 3600))
	only := []layer.Form{layer.JSON}
	for _, c := range []struct {
		reason string
		err    error
		want   string
	}{
		{"a number through float64", layer.RoundTrip[numbers]{Values: []numbers{{1<<53 + 1}}, Count: -1}.Check(), "N precision"},
		{"a number through float64, generated", layer.RoundTrip[numbers]{}.Check(), "N changed, N precision"},
		{"a zone", layer.RoundTrip[orderPlaced]{Values: []orderPlaced{{At: at, Number: "1"}}, Count: -1, Marshal: inUTC}.Check(), "at zone"},
		{"nanoseconds", layer.RoundTrip[orderPlaced]{Values: []orderPlaced{{At: at, Number: "1"}}, Count: -1, Marshal: toSeconds}.Check(), "at precision"},
		{"nil and empty, by omitempty", layer.RoundTrip[empty]{Values: []empty{{[]int{}}}, Count: -1}.Check(), "l nil and empty"},
		{"nil and empty, generated", layer.RoundTrip[empty]{}.Check(), "l nil and empty"},
		{"an unexported field", layer.RoundTrip[hidden]{}.Check(), "hidden never written"},
		{"an unexported field with a value", layer.RoundTrip[hidden]{Values: []hidden{{"a", "b"}}, Ignore: []string{"Shown"}, Count: -1}.Check(), "hidden never written"},
		{"a field that its tag leaves out", layer.RoundTrip[left]{}.Check(), "Cache never written"},
		{"which may be meant", layer.RoundTrip[left]{Ignore: []string{"Cache"}}.Check(), ""},
		{"another type in a field that takes any", layer.RoundTrip[either]{Values: []either{{7}}, Count: -1}.Check(), "Any type"},
		{"two fields of one name", layer.RoundTrip[twice]{Count: 20}.Check(), "By lost"},
		{"a text that is not UTF-8", layer.RoundTrip[text]{Values: []text{{"a\xffb"}}, Count: -1}.Check(), "S text"},
		{"a number that writes itself only where it has an address", layer.RoundTrip[struct{ N big.Int }]{Count: 1}.Check(), " refused"},
		{"nothing to try", layer.RoundTrip[line]{Count: -1}.Check(), " refused"},
		{"no form to try", layer.RoundTrip[line]{Forms: []layer.Form{}}.Check(), " refused"},
		{"no such form", layer.RoundTrip[line]{Forms: []layer.Form{"avro"}}.Check(), " refused"},
		{"it cannot be written", layer.RoundTrip[chan int]{Forms: only}.Check(), " refused"},
		{"a field that the type does not know", layer.RoundTrip[line]{Samples: [][]byte{[]byte(`{"sku":"A","count":1,"colour":"red"}`)}, Count: -1}.Check(), "colour unknown field"},
		{"a sample with a number too long for a float64", layer.RoundTrip[orderPlaced]{Samples: [][]byte{[]byte(`{"rate":9007199254740993,"number":1}`)}, Count: -1}.Check(), "rate precision"},
		{"a sample that does not fit", layer.RoundTrip[line]{Samples: [][]byte{[]byte(`{"sku":1}`)}, Count: -1}.Check(), " refused"},
	} {
		got := ""
		if c.err != nil {
			got = lossesOf(c.err)
			if lines := strings.Count(c.err.Error(), "\n") + 1; lines > 30 {
				t.Errorf("%s: %d lines", c.reason, lines)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q\n%v", c.reason, got, c.want, c.err)
		}
	}
}

func TestRoundTrip_through_a_stream_R2_14(t *testing.T) {
	type item struct {
		ID    string         `json:"id"`
		Count int64          `json:"count"`
		Price json.Number    `json:"price"`
		Lines []line         `json:"lines"`
		Note  *string        `json:"note"`
		Extra map[string]any `json:"extra"`
		Open  bool           `json:"open"`
	}
	in := []layer.Form{layer.Stream}
	for _, c := range []struct {
		reason string
		err    error
		says   string
	}{
		{"an item", layer.RoundTrip[item]{Forms: in, Ignore: []string{"price"}}.Check(), ""},
		{"a number as DynamoDB keeps it", layer.RoundTrip[item]{Forms: in, Values: []item{{Price: "1.50"}}, Count: -1}.Check(), "price: precision"},
		{"a float64 beyond DynamoDB's numbers", layer.RoundTrip[struct{ F float64 }]{Forms: in, Values: []struct{ F float64 }{{1e200}}, Count: -1}.Check(),
			"F: DynamoDB refuses the number 1e+200"},
		{"no object", layer.RoundTrip[[]int]{Forms: in, Count: 1}.Check(), "an item is an object"},
	} {
		if got := fmt.Sprint(c.err); c.says == "" && c.err != nil || !strings.Contains(got, c.says) {
			t.Errorf("%s: %s, want %q", c.reason, got, c.says)
		}
	}
}

func TestRoundTrip_knows_what_envelopes_do_R2_14(t *testing.T) {
	type looksLikeCloudEvent struct {
		Version string `json:"specversion"`
		Type    string `json:"type"`
	}
	for _, c := range []struct {
		reason string
		err    error
		says   []string
	}{
		{"plain JSON that is taken for an envelope", layer.RoundTrip[looksLikeCloudEvent]{}.Check(),
			[]string{"refused in sqs body, sns", "taken for an envelope of cloudevents"}},
		{"EventBridge takes objects only", layer.RoundTrip[[]int]{Values: [][]int{{1}}, Count: -1}.Check(),
			[]string{"refused in eventbridge", "takes an object as detail, not [1]"}},
		{"too long for SNS", layer.RoundTrip[line]{Values: []line{{SKU: strings.Repeat("x", 300_000)}}, Count: -1}.Check(),
			[]string{"refused in sns", "SNS takes 262144"}},
		{"a control character as it is", layer.RoundTrip[json.RawMessage]{Values: []json.RawMessage{json.RawMessage("{\"a\":\"\u007f\"}")}, Count: -1,
			Marshal: func(v json.RawMessage) ([]byte, error) { return []byte("{\"a\":\"b\x0bc\"}"), nil }, Forms: []layer.Form{layer.SQSBody}}.Check(),
			[]string{`SQS refuses the character '\v' at offset 7`}},
	} {
		if c.err == nil {
			t.Errorf("%s: passed", c.reason)
			continue
		}
		for _, s := range c.says {
			if !strings.Contains(c.err.Error(), s) {
				t.Errorf("%s: does not say %q\n%v", c.reason, s, c.err)
			}
		}
	}
}

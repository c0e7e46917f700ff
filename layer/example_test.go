package layer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/dyetrace/dyetrace/backend"
	"github.com/dyetrace/dyetrace/backend/embedded"
	"github.com/dyetrace/dyetrace/layer"
	"github.com/dyetrace/dyetrace/observe"
)

// A payload that keeps its money in a float64 and its time in whole seconds.
type payment struct {
	Order  string
	Amount float64
	At     time.Time
	secret string
}

// MarshalJSON writes times as the legacy system reads them.
func (p payment) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"Order": p.Order, "Amount": p.Amount, "At": p.At.UTC().Truncate(time.Second)})
}

func ExampleRoundTrip() {
	at := time.Date(2026, 3, 1, 12, 30, 0, 0, time.FixedZone("", 3600))
	err := layer.RoundTrip[payment]{
		Values:  []payment{{Order: "o-1", Amount: 12.5, At: at, secret: "4242"}},
		Samples: [][]byte{[]byte(`{"Order":"o-2","Amount":9007199254740993,"Currency":"EUR"}`)},
		Count:   -1, // no generated values in this example
	}.Check()
	fmt.Println(err)
	// Output:
	// payment does not come back as it was written (2 values, 5 forms, seed 1)
	//     At: zone
	//         wrote 2026-03-01T12:30:00+01:00, read 2026-03-01T11:30:00Z
	//         the same instant in another zone: keep times in UTC, or the zone in a field of its own
	//     secret: lost
	//         wrote "4242", read ""
	//     Amount: precision
	//         wrote 9007199254740993, read 9007199254740992
	//         it is read as a float64: give the field an integer type, or read it as json.Number
	//     Currency: unknown field
	//         wrote "EUR", read absent
	//         the type has no such field: a consumer that hands the event on would drop it
}

type customerV1 struct {
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
	Score int    `json:"score"`
}

type customerV2 struct {
	Name  string `json:"name"`
	Tel   string `json:"tel,omitempty"`
	Score string `json:"score"`
	Email string `json:"email"`
}

func (c customerV2) Validate() error {
	if c.Email == "" {
		return fmt.Errorf("email is missing")
	}
	return nil
}

func ExampleEvolution() {
	err := layer.Evolution{Old: layer.VersionOf[customerV1]("v1"), New: layer.VersionOf[customerV2]("v2")}.Check()
	fmt.Println(err)
	// Output:
	// customerV2: v1 and v2 are not compatible (full)
	//   backward: v2 reads what v1 wrote
	//     email: newly required: v1 wrote without it, and v2 says: email is missing
	//     phone: lost: "text" is written, and v2 does not read it; renamed to email or tel?
	//     score: type: 7 is written, and v2 takes a string
	//   forward: v1 reads what v2 wrote
	//     phone: no longer written: v1 counts on it, and finds nothing
	//     score: type: "text" is written, and v1 takes a int
	//   keep the field beside its successor until nothing old is left, or give the event a new type; a break that is meant goes into Accept
}

// What lies in archives and dead-letter queues was written by versions whose code is gone; samples of it are kept as files.
func ExampleRecorded() {
	kept := layer.Recorded("2024", os.DirFS("testdata"), "contact.v0*.json")
	err := layer.Evolution{Old: kept, New: layer.VersionOf[contactV1]("v1"), Mode: layer.Backward}.Check()
	fmt.Println(err)
	// Output:
	// contactV1: 2024 and v1 are not compatible (backward)
	//   backward: v1 reads what 2024 wrote
	//     fax: lost: "+44 1" is written, and v1 does not read it; renamed to phone?
	//   keep the field beside its successor until nothing old is left, or give the event a new type; a break that is meant goes into Accept
}

// A table of consumer cases without package testing. The consumer adds up amounts and knows no event again.
func ExampleCases_Table() {
	cases := layer.Cases{
		Events: layer.Bodies(`{"id":"e-1","amount":10}`, `{"id":"e-2","amount":20}`),
		Skip:   map[layer.Case]string{layer.Slow: "its queue hides messages for an hour"},
	}
	open := func() (backend.Backend, error) { return embedded.New(embedded.Options{}), nil }
	results, err := cases.Table(context.Background(), open, func(*layer.Tapped) layer.Consumer {
		balance := 0
		return layer.Consumer{
			Handle: func(_ context.Context, m observe.Message) error {
				var e struct{ Amount int }
				err := json.Unmarshal([]byte(m.Body), &e)
				balance += e.Amount
				return err
			},
			State: func(context.Context) (any, error) { return map[string]int{"balance": balance}, nil },
		}
	})
	fmt.Println(err, results.OK())
	fmt.Println(results)
	// Output:
	// <nil> false
	// plain          ok
	// redelivered    FAILED: balance: want 30, got 60
	// duplicated     FAILED: each again behind the next event: balance: want 30, got 60
	// out of order   ok
	// poison         ok
	// partial batch  ok
	// crash          FAILED: before the acknowledgement: balance: want 30, got 60
	// slow           left out: its queue hides messages for an hour
	// outage         left out: the consumer has no Break, which makes what it depends on fail
}

// The steps of a replay: the orders of a recorded flow, with one of them twice and in another order, but the time between them kept.
func ExampleReplay_Steps() {
	file, err := os.Open("testdata/orders.jsonl")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	recording, err := observe.ReadRecording(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	steps, err := layer.Replay{Recording: recording, Duplicates: 1, Reorder: 2, Seed: 4}.Steps()
	for _, s := range steps {
		fmt.Println(s.After, s.Entry.Place, s.Entry.Event.Body, s.Again)
	}
	fmt.Println(err)
	// Output:
	// 0s queue:orders {"detail-type":"OrderPlaced","detail":{"order":"o-1"}} false
	// 0s queue:orders {"detail-type":"OrderPlaced","detail":{"order":"o-1"}} true
	// 1s queue:orders {"detail-type":"OrderPlaced","detail":{"order":"o-3"}} false
	// 10m1s queue:orders {"detail-type":"OrderPlaced","detail":{"order":"o-2"}} false
	// <nil>
}

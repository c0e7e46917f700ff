package observe_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/observe"
)

// A flow is written as JSON Lines: what it is a recording of, each hop, and a closing line.
func ExampleWriteRecording() {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var file bytes.Buffer
	err := observe.WriteRecording(&file, observe.Recording{
		CorrelationID: "dye-1", Start: start, Grade: event.Settled, Origin: observe.Origin{Test: "TestOrder", Covers: []string{"SHOP-7"}},
		Hops: []event.Hop{{
			Seq: 1, At: start, Account: "000000000000", Region: "us-east-1", Kind: event.KindArrive, From: "client:shop", To: "queue:orders",
			Outcome: event.Delivered, Fact: 1, CorrelationID: "dye-1", Event: &event.Event{Body: `{"order":7}`},
		}},
		Topology:   event.Topology{Places: []event.Place{"queue:orders"}},
		Quiescence: event.Quiescence{Quiet: true, At: start, Seq: 1},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(file.String())
	// Output:
	// {"recording":{"version":1,"correlationId":"dye-1","start":"2026-01-01T00:00:00Z","grade":"SETTLED","origin":{"test":"TestOrder","covers":["SHOP-7"]},"topology":{"places":["queue:orders"]}}}
	// {"hop":{"seq":1,"at":"2026-01-01T00:00:00Z","account":"000000000000","region":"us-east-1","kind":"arrive","from":"client:shop","to":"queue:orders","outcome":"delivered","fact":1,"correlationId":"dye-1","event":{"body":"{\"order\":7}"}}}
	// {"end":{"hops":1,"quiescence":{"quiet":true,"at":"2026-01-01T00:00:00Z","seq":1}}}
}

// A file that was cut is read as far as it goes; nothing can be said of what is not there.
func ExampleReadRecording() {
	const file = `{"recording":{"version":1,"correlationId":"dye-1","start":"2026-01-01T00:00:00Z","grade":"PROVED","topology":{"places":["queue:orders"]}}}
{"hop":{"seq":1,"at":"2026-01-01T00:00:00Z","kind":"arrive","to":"queue:orders","outcome":"delivered","fact":1,"correlationId":"dye-1"}}
{"hop":{"seq":2,"at":"2026-01-`
	recording, err := observe.ReadRecording(strings.NewReader(file))
	fmt.Println(err)
	fmt.Println(errors.Is(err, observe.ErrTorn), recording.Grade)
	for _, arrival := range observe.NewFlow(recording).Arrivals("queue:*") {
		fmt.Println(arrival.Seq, arrival.To)
	}
	// Output:
	// line 3: the recording is torn: it ends behind hop 1, without its closing line
	// true INCONCLUSIVE
	// 1 queue:orders
}

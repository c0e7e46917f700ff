package event

import "strings"

// Place names where an event can be, as kind and name: "bus:crm", "queue:acme-contacts". The account is told beside it.
type Place string

// The kinds of place.
const (
	PlaceClient   = "client"   // code that calls the pipeline, by the name its endpoint was made with
	PlaceTable    = "table"    // DynamoDB table
	PlaceStream   = "stream"   // DynamoDB stream of the table with that name
	PlaceIndex    = "index"    // DynamoDB global secondary index, as table/index: what a write changes there is delivered to it
	PlacePipe     = "pipe"     // EventBridge pipe
	PlaceBus      = "bus"      // EventBridge bus
	PlaceRule     = "rule"     // EventBridge rule, as bus/rule
	PlaceQueue    = "queue"    // SQS queue
	PlaceTopic    = "topic"    // SNS topic
	PlaceFunction = "function" // in-process function
	PlaceMapping  = "mapping"  // event source mapping of a function, as source/function
	PlaceSchedule = "schedule" // schedule of EventBridge Scheduler, as group/schedule
	PlaceHTTP     = "http"     // HTTP endpoint
	PlaceSocket   = "socket"   // WebSocket, by the name that its end in the test has
	PlaceArchive  = "archive"  // EventBridge archive
	PlaceReplay   = "replay"   // replay of an EventBridge archive: events come from it, none is at it
	PlaceLog      = "log"      // CloudWatch Logs group
	// PlaceDLQ is a role: it selects the queues that some redrive or dead-letter configuration names. No event is ever "at" a
	// place of this kind; it is at the queue, and [Topology] tells which queues have the role.
	PlaceDLQ = "dlq"
)

// At returns the place of that kind and name.
func At(kind, name string) Place { return Place(kind + ":" + name) }

// Kind returns the part before the colon.
func (p Place) Kind() string {
	kind, _, _ := strings.Cut(string(p), ":")
	return kind
}

// Name returns the part after the colon.
func (p Place) Name() string {
	_, name, _ := strings.Cut(string(p), ":")
	return name
}

package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// waitingFixture is a service that keeps AWS's waiting rules.
func waitingFixture(t tester) *fixture {
	f := &fixture{t: t, clock: engine.NewManualClock(start)}
	f.engine = engine.New(engine.Options{Clock: f.clock, Seed: 7})
	f.scope = f.engine.Scope("111122223333", "eu-west-1")
	f.service = f.scope.Once(func() any { return New(f.scope, Options{AWSWaits: true}) }).(*Service)
	f.tables, f.streams = Operations(f.service), StreamsOperations(f.service)
	t.Cleanup(f.engine.Close)
	return f
}

func (f *fixture) pass(d time.Duration) {
	f.t.Helper()
	if _, err := f.engine.Advance(context.Background(), d); err != nil {
		f.t.Fatal(err)
	}
}

// states writes the status of the table of a description, and those of its global indexes.
func states(t *testing.T, description string) string {
	t.Helper()
	type table struct {
		TableStatus            string
		GlobalSecondaryIndexes []struct {
			IndexName, IndexStatus string
			Backfilling            bool
		}
		AttributeDefinitions []struct{ AttributeName string }
	}
	var d struct{ Table, TableDescription table }
	if err := json.Unmarshal([]byte(description), &d); err != nil {
		t.Fatal(err)
	}
	told := d.Table
	if told.TableStatus == "" {
		told = d.TableDescription
	}
	text := told.TableStatus
	for _, x := range told.GlobalSecondaryIndexes {
		text += " " + x.IndexName + " " + x.IndexStatus
		if x.Backfilling {
			text += " backfilling"
		}
	}
	return text + fmt.Sprint(" ", len(told.AttributeDefinitions))
}

const (
	onlyHash    = `{"TableName":"hash"}`
	createIndex = `{"TableName":"hash","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"byG",` +
		`"KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`
	deleteIndex = `{"TableName":"hash","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"byG"}}]}`
	scanIndex   = `{"TableName":"hash","IndexName":"byG","Select":"COUNT"}`
	inUse       = "ResourceInUseException: Attempt to change a resource which is still in use: Table is being "
)

func TestStatus_changes_take_their_time_if_asked_for_R1_3(t *testing.T) {
	f := waitingFixture(t)
	expect := func(got, want string) {
		t.Helper()
		if told := states(t, got); told != want {
			t.Errorf("got %s, want %s", told, want)
		}
	}
	expect(f.do("CreateTable", hashTable), "CREATING 1")
	f.pass(creating - time.Second)
	expect(f.do("DescribeTable", onlyHash), "CREATING 1")
	f.refuse("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}}}`, "ResourceNotFoundException: Requested resource not found")
	f.refuse("CreateTable", hashTable, "ResourceInUseException: Table already exists: hash")
	f.refuse("DeleteTable", onlyHash, inUse+"created: hash")
	f.refuse("UpdateTable", createIndex, inUse+"created: hash")
	f.pass(time.Second)
	expect(f.do("DescribeTable", onlyHash), "ACTIVE 1")
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"g":{"S":"x"}}}`)

	expect(f.do("UpdateTable", createIndex), "UPDATING byG CREATING backfilling 2")
	f.refuse("Scan", scanIndex, "ValidationException: Cannot read from backfilling global secondary index: byG")
	f.refuse("ExecuteStatement", `{"Statement":"SELECT * FROM \"hash\".\"byG\""}`, "ValidationException: Cannot read from backfilling global secondary index: byG")
	f.refuse("DeleteTable", onlyHash, inUse+"updated: hash")
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"b"},"g":{"S":"x"}}}`) // the table itself goes on
	f.pass(indexing)
	expect(f.do("DescribeTable", onlyHash), "ACTIVE byG ACTIVE 2")
	if got := f.do("Scan", scanIndex); got != `{"Count":2,"ScannedCount":2}` {
		t.Errorf("the index has %s", got)
	}

	expect(f.do("UpdateTable", deleteIndex), "UPDATING byG DELETING 2")
	f.refuse("Scan", scanIndex, "ValidationException: The table does not have the specified index: byG")
	f.pass(indexing)
	expect(f.do("DescribeTable", onlyHash), "ACTIVE 1")

	expect(f.do("DeleteTable", onlyHash), "DELETING 0")
	expect(f.do("DeleteTable", onlyHash), "DELETING 0")
	f.refuse("GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}}}`, "ResourceNotFoundException: Requested resource not found")
	f.refuse("CreateTable", hashTable, "ResourceInUseException: Table already exists: hash")
	f.pass(deleting)
	f.refuse("DescribeTable", onlyHash, "ResourceNotFoundException: Requested resource not found: Table: hash not found")
	expect(f.do("CreateTable", hashTable), "CREATING 1")
}

func TestStatus_changes_are_done_at_once_by_default_R1_3(t *testing.T) {
	f := newFixture(t)
	for _, row := range []struct{ operation, body, want string }{
		{"CreateTable", hashTable, "ACTIVE 1"},
		{"UpdateTable", createIndex, "UPDATING byG CREATING backfilling 2"}, // as AWS answers
		{"DescribeTable", onlyHash, "ACTIVE byG ACTIVE 2"},
		{"UpdateTable", deleteIndex, "UPDATING byG DELETING 2"},
		{"DescribeTable", onlyHash, "ACTIVE 1"},
		{"DeleteTable", onlyHash, "DELETING 0"},
		{"CreateTable", hashTable, "ACTIVE 1"},
	} {
		if got := states(t, f.do(row.operation, row.body)); got != row.want {
			t.Errorf("%s: got %s, want %s", row.operation, got, row.want)
		}
	}
}

// TestStatus_forgets_what_was_reset_R1_3: a reset while a change is under way leaves nothing behind that would touch a later table.
func TestStatus_forgets_what_was_reset_R1_3(t *testing.T) {
	f := waitingFixture(t)
	f.do("CreateTable", hashTable)
	f.pass(creating)
	f.do("DeleteTable", onlyHash)
	f.engine.Reset()
	f.do("CreateTable", hashTable)
	f.pass(creating)
	if got := states(t, f.do("DescribeTable", onlyHash)); got != "ACTIVE 1" {
		t.Errorf("got %s", got)
	}
}

package e2e_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dyetrace/dyetrace/dye"
	"github.com/dyetrace/dyetrace/dye/dyeaws"
	"github.com/dyetrace/dyetrace/event"
)

// workload has 3 producers, 3 consumers, a handler that fails now and then, and a dead-letter queue.
func workload(d *dye.T) []event.Hop {
	app := sqsOf(d, "app")
	url, _ := app.redrive("tasks", 2)
	for i := range 3 {
		worker := sqsOf(d, fmt.Sprintf("worker-%d", i))
		tries := 0
		go worker.consume(d.Context(), url, func(_ context.Context, m types.Message) error {
			if tries++; tries%3 == 0 {
				return fmt.Errorf("try %d fails", tries)
			}
			return nil
		})
	}
	flow := d.Dye(func(ctx context.Context) error {
		var sent sync.WaitGroup
		for i := range 3 {
			producer := sqsOf(d, fmt.Sprintf("producer-%d", i))
			sent.Go(func() {
				for range 4 {
					// The order id is random, as a production system's would be; the schedule must not depend on it.
					if err := producer.send(ctx, url, fmt.Sprintf(`{"detail-type":"Task","detail":{"order":%q,"by":%d}}`, newUUID(), i)); err != nil {
						d.Error(err)
					}
				}
			})
		}
		sent.Wait()
		return nil
	})
	flow.Expect(dye.Type("Task").On("queue:tasks").Exactly(12))
	return flow.Hops()
}

// newUUID returns a random UUID that no seed decides.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

var randomID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// trace runs the workload with a seed and returns a hash of all its hops; random ids are numbered in order of first sight.
func trace(t *testing.T, seed uint64) string {
	t.Helper()
	var text strings.Builder
	dye.Test(t, func(d *dye.T) {
		text.Reset()
		for _, h := range workload(d) {
			body := ""
			if h.Event != nil {
				body = h.Event.ID + " " + h.Event.Body
			}
			fmt.Fprintln(&text, h.At.Format(time.RFC3339Nano), h.Kind, h.From, h.To, h.Outcome, h.Operation, h.Attempt, h.Fact, h.Cause, body)
		}
	}, dye.Seed(seed))
	ids := map[string]string{}
	normal := randomID.ReplaceAllStringFunc(text.String(), func(id string) string {
		if _, known := ids[id]; !known {
			ids[id] = fmt.Sprintf("<id-%d>", len(ids)+1)
		}
		return ids[id]
	})
	if normal == "" {
		t.Fatal("no hop was recorded")
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(normal)))
}

func times(many int) int {
	if testing.Short() {
		return many / 50
	}
	return many
}

// needsSeeds skips on a running server, which serves calls as they come.
func needsSeeds(t *testing.T) {
	t.Helper()
	if url := os.Getenv("DYETRACE_BACKEND"); url != "" && url != "embedded:" {
		t.Skipf("needs a backend with seeds, and DYETRACE_BACKEND is %s", url)
	}
}

func TestSeed_gives_the_same_trace_every_time_R1_8(t *testing.T) {
	needsSeeds(t)
	t.Parallel()
	want := trace(t, 7)
	for i := range times(1000) {
		if got := trace(t, 7); got != want {
			t.Fatalf("run %d of seed 7 has another trace", i)
		}
	}
}

func TestSeeds_give_many_traces_R1_8(t *testing.T) {
	needsSeeds(t)
	t.Parallel()
	seen := map[string]bool{}
	n := times(1000)
	for seed := range n {
		seen[trace(t, uint64(seed))] = true
	}
	if len(seen) < n*9/10 {
		t.Errorf("%d seeds gave only %d traces", n, len(seen))
	}
}

// table makes the table of a read model, with one row per id.
func table(d *dye.T, name string) {
	d.Helper()
	_, err := dynamodb.NewFromConfig(dyeaws.Config(d)).CreateTable(d.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: dbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []dbtypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: dbtypes.ScalarAttributeTypeS}},
		KeySchema:            []dbtypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: dbtypes.KeyTypeHash}},
	})
	if err != nil {
		d.Fatal(err)
	}
}

// project runs a consumer that writes the version of each event into the read model: as it comes, or only if it is newer.
func project(d *dye.T, client, url string, condition *string) {
	rows := dynamodb.NewFromConfig(dyeaws.Config(d, client))
	sqsOf(d, client).consume(d.Context(), url, func(ctx context.Context, m types.Message) error {
		version := &dbtypes.AttributeValueMemberN{Value: *m.Body}
		in := &dynamodb.PutItemInput{TableName: aws.String("contacts"), ConditionExpression: condition,
			Item: map[string]dbtypes.AttributeValue{"id": &dbtypes.AttributeValueMemberS{Value: "c-1"}, "version": version}}
		if condition != nil {
			in.ExpressionAttributeValues = map[string]dbtypes.AttributeValue{":v": version}
		}
		_, err := rows.PutItem(ctx, in)
		if _, stale := errors.AsType[*dbtypes.ConditionalCheckFailedException](err); stale {
			return nil // a newer event was there first
		}
		return err
	})
}

// contacts sends versions 1 and 2 of a contact to three consumers and looks at the read model.
func contacts(d *dye.T, condition *string) {
	app := sqsOf(d, "app")
	url := app.create("contacts", nil)
	table(d, "contacts")
	for i := range 3 {
		go project(d, fmt.Sprintf("projector-%d", i), url, condition)
	}
	d.Settle()
	flow := d.Dye(func(ctx context.Context) error {
		return errors.Join(app.send(ctx, url, "1"), app.send(ctx, url, "2"))
	})
	flow.Expect(dye.On("queue:contacts").Exactly(2))
	got, err := dynamodb.NewFromConfig(dyeaws.Config(d)).GetItem(d.Context(), &dynamodb.GetItemInput{TableName: aws.String("contacts"),
		Key: map[string]dbtypes.AttributeValue{"id": &dbtypes.AttributeValueMemberS{Value: "c-1"}}})
	if err != nil {
		d.Fatal(err)
	}
	if version, ok := got.Item["version"].(*dbtypes.AttributeValueMemberN); !ok || version.Value != "2" {
		d.Errorf("the read model has %v, not version 2", got.Item)
	}
}

// TestChildRace has consumers that write their read model without looking at the version of what is there.
func TestChildRace(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) { contacts(d, nil) })
}

func TestChildGuarded(t *testing.T) {
	onlyInChild(t)
	dye.Test(t, func(d *dye.T) { contacts(d, aws.String("attribute_not_exists(version) OR version < :v")) })
}

func TestGuarded_read_model_passes_every_seed_R1_8(t *testing.T) {
	if out, failed := child(t, "TestChildGuarded", []string{"DYETRACE_SEEDS=100"}); failed {
		t.Errorf("a read model with a version check failed:\n%s", out)
	}
}

func TestRace_of_consumers_is_found_by_seeds_and_replays_R1_8(t *testing.T) {
	out, failed := child(t, "TestChildRace", []string{"DYETRACE_SEEDS=100"})
	if !failed {
		t.Fatalf("100 seeds did not find it:\n%s", out)
	}
	found := regexp.MustCompile(`-run '\^TestChildRace\$' (-dye\.seed=(\d+))`).FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("no line says how to repeat it:\n%s", out)
	}
	if seed, err := strconv.Atoi(found[2]); err != nil || seed < 1 || seed > 100 {
		t.Errorf("seed %s", found[2])
	}
	t.Logf("found by seed %s", found[2])
	again, _ := child(t, "TestChildRace", nil, found[1], "-test.count=100")
	if n := strings.Count(again, "--- FAIL: TestChildRace"); n != 100 {
		t.Errorf("the seed failed %d of 100 times", n)
	}
}

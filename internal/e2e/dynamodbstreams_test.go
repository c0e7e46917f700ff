package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	stream "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/dyetrace/dyetrace/pipeline"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// A lease is one shard as the DynamoDB Streams adapter for the Kinesis Client Library keeps it in its own table: who is its parent,
// and how far its records are processed.
type lease struct {
	shard, parent string
	checkpoint    string // sequence number of the last record that was processed; "" before the first
	done          bool   // the shard is closed, and all its records are processed
	iterator      *string
}

// adapter reads a stream as that library does: it finds shards page by page, begins with a child when its parent is done, and takes up
// a shard behind the checkpoint.
type adapter struct {
	streams *dynamodbstreams.Client
	arn     *string
	leases  []*lease
	process func(stream.Record)
}

// sync makes leases for new shards.
func (a *adapter) sync(ctx context.Context) error {
	in := &dynamodbstreams.DescribeStreamInput{StreamArn: a.arn, Limit: aws.Int32(2)}
	for {
		page, err := a.streams.DescribeStream(ctx, in)
		if err != nil {
			return err
		}
		for _, shard := range page.StreamDescription.Shards {
			if a.lease(*shard.ShardId) == nil {
				a.leases = append(a.leases, &lease{shard: *shard.ShardId, parent: aws.ToString(shard.ParentShardId)})
			}
		}
		if in.ExclusiveStartShardId = page.StreamDescription.LastEvaluatedShardId; in.ExclusiveStartShardId == nil {
			return nil
		}
	}
}

func (a *adapter) lease(shard string) *lease {
	for _, l := range a.leases {
		if l.shard == shard {
			return l
		}
	}
	return nil
}

// poll reads once from each shard whose turn it is.
func (a *adapter) poll(ctx context.Context) error {
	if err := a.sync(ctx); err != nil {
		return err
	}
	for _, l := range a.leases {
		if parent := a.lease(l.parent); l.done || parent != nil && !parent.done {
			continue
		}
		if err := a.read(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func (a *adapter) read(ctx context.Context, l *lease) error {
	if l.iterator == nil {
		in := &dynamodbstreams.GetShardIteratorInput{StreamArn: a.arn, ShardId: &l.shard, ShardIteratorType: stream.ShardIteratorTypeTrimHorizon}
		if l.checkpoint != "" {
			in.ShardIteratorType, in.SequenceNumber = stream.ShardIteratorTypeAfterSequenceNumber, &l.checkpoint
		}
		got, err := a.streams.GetShardIterator(ctx, in)
		if err != nil {
			return err
		}
		l.iterator = got.ShardIterator
	}
	got, err := a.streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: l.iterator, Limit: aws.Int32(5)})
	if err != nil {
		return err
	}
	for _, r := range got.Records {
		a.process(r)
		l.checkpoint = *r.Dynamodb.SequenceNumber
	}
	l.iterator, l.done = got.NextShardIterator, got.NextShardIterator == nil
	return nil
}

func (s *served) split(arn string, into int) {
	s.t.Helper()
	answer := must[*http.Response](s.t)(http.Post(fmt.Sprintf("%s/_dyetrace/split?into=%d&stream=%s", s.url, into, url.QueryEscape(arn)), "", nil))
	answer.Body.Close()
	if answer.StatusCode >= 300 {
		s.t.Fatalf("a split was answered %s", answer.Status)
	}
}

func (s *served) advance(d time.Duration) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer stop()
	if q, err := s.pipeline.Advance(ctx, d); err != nil || !q.Quiet {
		s.t.Fatalf("after %v the pipeline is not quiet: %+v, %v", d, q, err)
	}
}

func (s *served) streams() *dynamodbstreams.Client {
	o := s.tables.Options()
	return dynamodbstreams.NewFromConfig(aws.Config{Region: o.Region, BaseEndpoint: o.BaseEndpoint, Credentials: o.Credentials, HTTPClient: o.HTTPClient, RetryMaxAttempts: 1})
}

// TestStreams_adapter_replays_the_table_R1_3 lets an adapter follow a table whose shards are split while it reads and which it leaves and
// takes up again; what it has applied to a copy is the table in the end, and each item's versions came one after the other.
func TestStreams_adapter_replays_the_table_R1_3(t *testing.T) {
	s := serve(t, pipeline.Options{})
	ctx := t.Context()
	table := s.contacts()
	arn := must[*dynamodb.DescribeTableOutput](t)(s.tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: table})).Table.LatestStreamArn
	copied := map[string]contact{}
	names := map[stream.OperationType]int{}
	a := &adapter{streams: s.streams(), arn: arn}
	a.process = func(r stream.Record) {
		names[r.EventName]++
		var key, before, after contact
		for _, image := range []struct {
			from map[string]stream.AttributeValue
			to   *contact
		}{{r.Dynamodb.Keys, &key}, {r.Dynamodb.OldImage, &before}, {r.Dynamodb.NewImage, &after}} {
			if err := unmarshalStream(image.from, image.to); err != nil {
				t.Error(err)
			}
		}
		id := fmt.Sprint(key.Tenant, "/", key.ID)
		if have := copied[id]; have.Age != before.Age {
			t.Errorf("%s: %s expects age %d, the copy has %d", id, r.EventName, before.Age, have.Age)
		}
		if r.EventName == stream.OperationTypeRemove {
			delete(copied, id)
			return
		}
		copied[id] = after
	}
	for round := range 12 {
		for i := range 10 {
			c := contact{Tenant: fmt.Sprint("t", i%4), ID: i, Name: "N", Age: round + 1}
			if round%5 == 4 && i%3 == 0 {
				must[*dynamodb.DeleteItemOutput](t)(s.tables.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: contactKey(c.Tenant, c.ID)}))
				continue
			}
			s.store(table, c)
			s.store(table, c) // changes nothing: no record
		}
		if round == 3 || round == 7 {
			s.split(*arn, round/4+1)
		}
		if err := a.poll(ctx); err != nil {
			t.Fatal(err)
		}
		if round == 5 { // the worker is replaced by another, which finds the leases
			for _, l := range a.leases {
				l.iterator = nil
			}
		}
	}
	for range 60 {
		if err := a.poll(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(s.scanned(table), copied, cmp.AllowUnexported(contact{})); diff != "" {
		t.Errorf("the copy differs from the table (-table +copy):\n%s", diff)
	}
	if names["INSERT"] != 18 || names["MODIFY"] != 94 || names["REMOVE"] != 8 {
		t.Errorf("records by name: %v", names)
	}
	if done := len(slices.DeleteFunc(slices.Clone(a.leases), func(l *lease) bool { return !l.done })); len(a.leases) != 4 || done != 2 {
		t.Errorf("of %d shards %d are done, want 4 and 2", len(a.leases), done)
	}
}

// scanned returns the table's contacts by key.
func (s *served) scanned(table *string) map[string]contact {
	s.t.Helper()
	scanned := must[*dynamodb.ScanOutput](s.t)(s.tables.Scan(s.t.Context(), &dynamodb.ScanInput{TableName: table}))
	var items []contact
	if err := attributevalue.UnmarshalListOfMaps(scanned.Items, &items); err != nil {
		s.t.Fatal(err)
	}
	all := map[string]contact{}
	for _, c := range items {
		all[fmt.Sprint(c.Tenant, "/", c.ID)] = c
	}
	return all
}

// unmarshalStream reads an image into out. The SDK has a type of its own for the values of streams.
func unmarshalStream(image map[string]stream.AttributeValue, out *contact) error {
	item, err := attributevalue.FromDynamoDBStreamsMap(image)
	if err != nil {
		return err
	}
	return attributevalue.UnmarshalMap(item, out)
}

// TestStreams_forget_after_a_day_R1_3 reads with an iterator that is older than a quarter of an hour, and from behind a day.
func TestStreams_forget_after_a_day_R1_3(t *testing.T) {
	s := serve(t, pipeline.Options{Clock: engine.NewManualClock(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))})
	ctx := t.Context()
	table, streams := s.contacts(), s.streams()
	arn := must[*dynamodb.DescribeTableOutput](t)(s.tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: table})).Table.LatestStreamArn
	shard := must[*dynamodbstreams.DescribeStreamOutput](t)(streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: arn})).StreamDescription.Shards[0].ShardId
	iterate := func(kind stream.ShardIteratorType, number *string) (*string, error) {
		got, err := streams.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{StreamArn: arn, ShardId: shard, ShardIteratorType: kind, SequenceNumber: number})
		if err != nil {
			return nil, err
		}
		return got.ShardIterator, nil
	}
	read := func(iterator *string) ([]stream.Record, error) {
		got, err := streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: iterator})
		if err != nil {
			return nil, err
		}
		// A client that holds records and has not asked again is at work on them: time would wait for it.
		_, err = streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: got.NextShardIterator})
		return got.Records, err
	}
	s.store(table, contact{Tenant: "acme", ID: 1, Name: "N"})
	first := must[*string](t)(iterate(stream.ShardIteratorTypeTrimHorizon, nil))
	records := must[[]stream.Record](t)(read(first))
	if len(records) != 1 {
		t.Fatalf("got %d records", len(records))
	}
	number := records[0].Dynamodb.SequenceNumber
	for _, tt := range []struct {
		reason  string
		pass    time.Duration
		do      func() error
		refusal string
	}{
		{"an iterator is good for 15 minutes", 16 * time.Minute, func() error { _, err := read(first); return err }, "ExpiredIteratorException"},
		{"a record is kept for a day", 23 * time.Hour, func() error { _, err := iterate(stream.ShardIteratorTypeAtSequenceNumber, number); return err }, ""},
		{"and not for longer", time.Hour, func() error { _, err := iterate(stream.ShardIteratorTypeAtSequenceNumber, number); return err }, "TrimmedDataAccessException"},
		{"the rest is still read", 0, func() error {
			it, err := iterate(stream.ShardIteratorTypeTrimHorizon, nil)
			if err == nil {
				_, err = read(it)
			}
			return err
		}, ""},
	} {
		s.advance(tt.pass)
		err := tt.do()
		refusal := ""
		if e, ok := errors.AsType[smithy.APIError](err); ok {
			refusal = e.ErrorCode()
		}
		if refusal != tt.refusal || err != nil && refusal == "" {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

// TestStreams_time_to_live_says_who_deleted_R1_3 checks what tells a deletion by the service from one by a client.
func TestStreams_time_to_live_says_who_deleted_R1_3(t *testing.T) {
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s := serve(t, pipeline.Options{Clock: engine.NewManualClock(began)})
	ctx := t.Context()
	table, streams := s.contacts(), s.streams()
	must[*dynamodb.UpdateTimeToLiveOutput](t)(s.tables.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: table, TimeToLiveSpecification: &ddb.TimeToLiveSpecification{AttributeName: aws.String("expires"), Enabled: aws.Bool(true)},
	}))
	s.store(table, contact{Tenant: "acme", ID: 1, Name: "N", Expires: began.Add(time.Hour)})
	s.store(table, contact{Tenant: "acme", ID: 2, Name: "N", Expires: began.Add(time.Hour)})
	must[*dynamodb.DeleteItemOutput](t)(s.tables.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: contactKey("acme", 2)}))
	s.advance(2 * time.Hour)
	s.store(table, contact{Tenant: "acme", ID: 3, Name: "N"}) // overdue by far too long: kept
	arn := must[*dynamodb.DescribeTableOutput](t)(s.tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: table})).Table.LatestStreamArn
	var told []string
	a := &adapter{streams: streams, arn: arn, process: func(r stream.Record) {
		who := "a client"
		if u := r.UserIdentity; u != nil {
			who = *u.Type + " " + *u.PrincipalId
		}
		told = append(told, fmt.Sprint(r.EventName, " ", r.Dynamodb.Keys["sk"].(*stream.AttributeValueMemberN).Value, " by ", who))
	}}
	if err := a.poll(ctx); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(told, ", "), "INSERT 1 by a client, INSERT 2 by a client, REMOVE 2 by a client, REMOVE 1 by Service dynamodb.amazonaws.com, INSERT 3 by a client"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	left := must[*dynamodb.ScanOutput](t)(s.tables.Scan(ctx, &dynamodb.ScanInput{TableName: table, Select: ddb.SelectCount}))
	if left.Count != 1 {
		t.Errorf("%d items are left", left.Count)
	}
}

// Implements: DescribeTable.
// Differs from AWS: item counts and sizes are exact and current, not refreshed every six hours.
// Not implemented: nothing known.

package dynamodb

import (
	"time"

	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// DescribeTable describes a table, its indexes and its latest stream.
//
// Source: Amazon DynamoDB API Reference, DescribeTable.
func (s *Service) DescribeTable(_ *engine.Call, in *DescribeTableInput) (*DescribeTableOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	t := s.tables[name]
	if t == nil {
		return nil, noTableNamed(name)
	}
	return &DescribeTableOutput{Table: t.describe()}, nil
}

// describe returns the description. The scope must be locked.
func (t *table) describe() *TableDescription {
	d := &TableDescription{
		AttributeDefinitions: t.attributes, TableName: wire.Some(t.name), KeySchema: t.keys.elements(), TableStatus: wire.Some(t.state()),
		CreationDateTime: wire.Some(t.created), TableSizeBytes: wire.Some(t.bytes), ItemCount: wire.Some(int64(t.items.size)),
		TableArn: wire.Some(t.arn), TableId: wire.Some(t.id), DeletionProtectionEnabled: wire.Some(t.protected), OnDemandThroughput: t.maximum,
		ProvisionedThroughput: throughput(t.reads, t.writes, t.increased, t.decreased),
	}
	d.WarmThroughput = t.warm.ofTable()
	if !t.onDemandSince.IsZero() {
		mode := BillingModeProvisioned
		if t.onDemand {
			mode = BillingModePayPerRequest
		}
		d.BillingModeSummary = &BillingModeSummary{BillingMode: wire.Some(mode), LastUpdateToPayPerRequestDateTime: wire.Some(t.onDemandSince)}
	}
	if t.class != "" {
		d.TableClassSummary = &TableClassSummary{TableClass: wire.Some(t.class)}
	}
	d.SSEDescription, d.RestoreSummary = t.encryption, t.restored
	if t.lastStreamARN != "" {
		d.LatestStreamArn, d.LatestStreamLabel = wire.Some(t.lastStreamARN), wire.Some(t.lastStreamLabel)
	}
	if t.stream != nil {
		d.StreamSpecification = &StreamSpecification{StreamEnabled: true, StreamViewType: wire.Some(t.stream.view)}
	}
	for _, x := range t.indexes {
		x.describe(d, x.state(t))
	}
	return d
}

func (x *index) describe(d *TableDescription, status string) {
	items, bytes, arn, name := wire.Some(int64(x.entries.size)), wire.Some(x.bytes), wire.Some(x.arn), wire.Some(x.name)
	if !x.global {
		d.LocalSecondaryIndexes = append(d.LocalSecondaryIndexes, LocalSecondaryIndexDescription{
			IndexName: name, KeySchema: x.keys.elements(), Projection: &x.projection, IndexSizeBytes: bytes, ItemCount: items, IndexArn: arn,
		})
		return
	}
	backfilling := wire.Opt[bool]{}
	if x.status == IndexStatusCreating {
		backfilling = wire.Some(true)
	}
	d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, GlobalSecondaryIndexDescription{
		Backfilling: backfilling,
		IndexName:   name, KeySchema: x.keys.elements(), Projection: &x.projection, IndexStatus: wire.Some(status), OnDemandThroughput: x.maximum,
		ProvisionedThroughput: throughput(x.reads, x.writes, time.Time{}, time.Time{}), IndexSizeBytes: bytes, ItemCount: items, IndexArn: arn,
		WarmThroughput: x.warm.ofIndex(),
	})
}

// describeNew returns the description of a table that was just made: what it can take at once is told only if the request did, and of
// its billing not since when.
//
// Source: answers of the service recorded in LocalStack's tests.
func (t *table) describeNew(in *CreateTableInput) *TableDescription {
	d := t.describe()
	if in.WarmThroughput == nil {
		d.WarmThroughput = nil
	}
	for i := range d.GlobalSecondaryIndexes {
		d.GlobalSecondaryIndexes[i].WarmThroughput = nil
	}
	if d.BillingModeSummary != nil {
		d.BillingModeSummary.LastUpdateToPayPerRequestDateTime = wire.Opt[time.Time]{}
	}
	return d
}

// describeGone returns the description of a table that is deleted: neither its keys and indexes nor its stream.
//
// Source: answers of the service recorded in LocalStack's and ScyllaDB's tests.
func (t *table) describeGone() *TableDescription {
	d := t.describe()
	return &TableDescription{
		TableName: d.TableName, TableStatus: d.TableStatus, TableSizeBytes: d.TableSizeBytes, ItemCount: d.ItemCount, TableArn: d.TableArn, TableId: d.TableId,
		ProvisionedThroughput: d.ProvisionedThroughput, BillingModeSummary: d.BillingModeSummary, TableClassSummary: d.TableClassSummary,
		DeletionProtectionEnabled: d.DeletionProtectionEnabled,
	}
}

func throughput(reads, writes int64, increased, decreased time.Time) *ProvisionedThroughputDescription {
	p := &ProvisionedThroughputDescription{
		NumberOfDecreasesToday: wire.Some(int64(0)), ReadCapacityUnits: wire.Some(reads), WriteCapacityUnits: wire.Some(writes),
	}
	if !increased.IsZero() {
		p.LastIncreaseDateTime = wire.Some(increased)
	}
	if !decreased.IsZero() {
		p.LastDecreaseDateTime = wire.Some(decreased)
	}
	return p
}

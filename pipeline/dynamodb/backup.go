package dynamodb

import (
	"strconv"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// backup is a table as it was, kept until it is deleted, also when the table is gone. It is never changed.
type backup struct {
	arn     string
	name    string
	created time.Time
	table   table // its description and settings, without its trees
	view    string
	records []*record // in the order of the table's tree
}

func noBackup(arn string) error { return ErrBackupNotFoundException("Backup not found: " + arn) }

func tableNotFound(name string) error { return ErrTableNotFoundException("Table not found: " + name) }

// findBackup returns the backup; the scope must be locked.
func (s *Service) findBackup(arn string) (*backup, error) {
	if b := s.backups[arn]; b != nil {
		return b, nil
	}
	return nil, noBackup(arn)
}

// newBackup copies the table, whose records nobody changes. The scope must be locked.
func (s *Service) newBackup(t *table, name string, now time.Time) *backup {
	now = now.Truncate(time.Millisecond)
	at := strconv.FormatInt(now.UnixMilli(), 10)
	b := &backup{
		arn: t.arn + "/backup/" + "00000000000000"[len(at):] + at + "-" + hex(s.scope.Uint64())[:8], name: name, created: now, table: *t,
		records: make([]*record, 0, t.items.size),
	}
	b.table.items, b.table.expiries, b.table.stream = tree{}, nil, nil
	b.table.indexes = make([]*index, len(t.indexes))
	for i, x := range t.indexes {
		copied := *x
		copied.entries, copied.lag = tree{}, nil
		b.table.indexes[i] = &copied
	}
	if t.stream != nil {
		b.view = t.stream.view
	}
	t.items.ascend("", "", func(_ string, rec *record) bool {
		b.records = append(b.records, rec)
		return true
	})
	return b
}

func (b *backup) details(status string) *BackupDetails {
	return &BackupDetails{
		BackupArn: b.arn, BackupName: b.name, BackupSizeBytes: wire.Some(b.table.bytes), BackupStatus: status, BackupType: BackupTypeUser,
		BackupCreationDateTime: b.created,
	}
}

// describe tells the backup and what the table was like.
func (b *backup) describe(status string) *BackupDescription {
	t := &b.table
	mode := BillingModeProvisioned
	if t.onDemand {
		mode = BillingModePayPerRequest
	}
	features := &SourceTableFeatureDetails{SSEDescription: t.encryption}
	for _, x := range t.indexes {
		name, projection := wire.Some(x.name), x.projection
		if !x.global {
			features.LocalSecondaryIndexes = append(features.LocalSecondaryIndexes, LocalSecondaryIndexInfo{IndexName: name, KeySchema: x.keys.elements(), Projection: &projection})
			continue
		}
		features.GlobalSecondaryIndexes = append(features.GlobalSecondaryIndexes, GlobalSecondaryIndexInfo{
			IndexName: name, KeySchema: x.keys.elements(), Projection: &projection, OnDemandThroughput: x.maximum,
			ProvisionedThroughput: &ProvisionedThroughput{ReadCapacityUnits: x.reads, WriteCapacityUnits: x.writes},
		})
	}
	if b.view != "" {
		features.StreamDescription = &StreamSpecification{StreamEnabled: true, StreamViewType: wire.Some(b.view)}
	}
	if t.timeToLive != "" {
		features.TimeToLiveDescription = &TimeToLiveDescription{TimeToLiveStatus: wire.Some(TimeToLiveStatusEnabled), AttributeName: wire.Some(t.timeToLive)}
	}
	return &BackupDescription{
		BackupDetails: b.details(status),
		SourceTableDetails: &SourceTableDetails{
			TableName: t.name, TableId: t.id, TableArn: wire.Some(t.arn), TableSizeBytes: wire.Some(t.bytes), KeySchema: t.keys.elements(),
			TableCreationDateTime: t.created, ProvisionedThroughput: ProvisionedThroughput{ReadCapacityUnits: t.reads, WriteCapacityUnits: t.writes},
			OnDemandThroughput: t.maximum, ItemCount: wire.Some(int64(len(b.records))), BillingMode: wire.Some(mode),
		},
		SourceTableFeatureDetails: features,
	}
}

// definition returns the request that would make the table as it was, under another name. Stream, time to live, tags, policy and
// deletion protection do not come back with a backup.
//
// Source: Amazon DynamoDB Developer Guide, "Restoring a DynamoDB table from a backup".
func (b *backup) definition(name string) *CreateTableInput {
	t := &b.table
	in := &CreateTableInput{TableName: name, AttributeDefinitions: t.attributes, KeySchema: t.keys.elements(), OnDemandThroughput: t.maximum}
	in.BillingMode = wire.Some(BillingModePayPerRequest)
	if !t.onDemand {
		in.BillingMode = wire.Some(BillingModeProvisioned)
		in.ProvisionedThroughput = &ProvisionedThroughput{ReadCapacityUnits: t.reads, WriteCapacityUnits: t.writes}
	}
	if t.class != "" {
		in.TableClass = wire.Some(t.class)
	}
	for _, x := range t.indexes {
		if !x.global {
			in.LocalSecondaryIndexes = append(in.LocalSecondaryIndexes, LocalSecondaryIndex{IndexName: x.name, KeySchema: x.keys.elements(), Projection: x.projection})
			continue
		}
		index := GlobalSecondaryIndex{IndexName: x.name, KeySchema: x.keys.elements(), Projection: x.projection, OnDemandThroughput: x.maximum}
		if !t.onDemand {
			index.ProvisionedThroughput = &ProvisionedThroughput{ReadCapacityUnits: x.reads, WriteCapacityUnits: x.writes}
		}
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, index)
	}
	return in
}

// nameOrARN returns the name of a table that may be given by its ARN, without checking either.
func nameOrARN(given string) string {
	if i := strings.Index(given, ":table/"); i >= 0 {
		return given[i+len(":table/"):]
	}
	return given
}

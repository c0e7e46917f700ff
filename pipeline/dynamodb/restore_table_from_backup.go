// Implements: RestoreTableFromBackup with overrides of billing mode, throughput, indexes and encryption; the table is ACTIVE at
// once.
// Differs from AWS: nothing known.
// Not implemented: vector indexes.

package dynamodb

import (
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// RestoreTableFromBackup makes a new table of a backup.
//
// Source: Amazon DynamoDB API Reference, RestoreTableFromBackup.
func (s *Service) RestoreTableFromBackup(c *engine.Call, in *RestoreTableFromBackupInput) (*RestoreTableFromBackupOutput, error) {
	if in.VectorIndexOverride != nil {
		return nil, &wire.Error{Code: "NotImplemented", Status: 501, Message: "dyetrace implements no vector indexes."}
	}
	hold := s.scope.Hold()
	defer hold.End()
	b, err := s.findBackup(in.BackupArn)
	hold.End()
	if err != nil {
		return nil, err
	}
	t, err := s.newTable(in.TargetTableName, in.definition(b))
	if err != nil {
		return nil, err
	}
	for _, rec := range b.records {
		t.store(nil, rec)
	}
	hold.Resume()
	if s.tables[t.name] != nil {
		return nil, ErrTableAlreadyExistsException("Table already exists: " + t.name)
	}
	if len(s.tables) >= maxTableCount {
		return nil, ErrLimitExceededException("Subscriber limit exceeded: There is a limit of " + itoa(maxTableCount) + " tables per subscriber")
	}
	t.id = s.scope.UUID()
	if in.SSESpecificationOverride != nil {
		t.encryption = s.encryption(in.SSESpecificationOverride)
	} else {
		t.encryption = b.table.encryption
	}
	t.restored = &RestoreSummary{SourceBackupArn: wire.Some(b.arn), SourceTableArn: wire.Some(b.table.arn), RestoreDateTime: t.created}
	s.tables[t.name] = t
	c.Lineage(t.place)
	if !s.options.AWSWaits {
		return &RestoreTableFromBackupOutput{TableDescription: t.describe()}, nil
	}
	return &RestoreTableFromBackupOutput{TableDescription: s.begin(t, TableStatusCreating, creating)}, nil
}

// definition returns the request that makes the table.
func (in *RestoreTableFromBackupInput) definition(b *backup) *CreateTableInput {
	d := b.definition(in.TargetTableName)
	if in.BillingModeOverride.OK && in.BillingModeOverride.V != d.BillingMode.V {
		d.BillingMode, d.ProvisionedThroughput = in.BillingModeOverride, nil
		for i := range d.GlobalSecondaryIndexes {
			d.GlobalSecondaryIndexes[i].ProvisionedThroughput = in.ProvisionedThroughputOverride
		}
	}
	if in.ProvisionedThroughputOverride != nil {
		d.ProvisionedThroughput = in.ProvisionedThroughputOverride
	}
	if in.OnDemandThroughputOverride != nil {
		d.OnDemandThroughput = in.OnDemandThroughputOverride
	}
	if in.GlobalSecondaryIndexOverride == nil && in.LocalSecondaryIndexOverride == nil {
		return d
	}
	if in.GlobalSecondaryIndexOverride != nil {
		d.GlobalSecondaryIndexes = in.GlobalSecondaryIndexOverride
	}
	if in.LocalSecondaryIndexOverride != nil {
		d.LocalSecondaryIndexes = in.LocalSecondaryIndexOverride
	}
	d.withoutEmptyIndexes()
	d.keepUsedAttributes()
	return d
}

// withoutEmptyIndexes makes an override by no index mean no index.
func (in *CreateTableInput) withoutEmptyIndexes() {
	if len(in.GlobalSecondaryIndexes) == 0 {
		in.GlobalSecondaryIndexes = nil
	}
	if len(in.LocalSecondaryIndexes) == 0 {
		in.LocalSecondaryIndexes = nil
	}
}

// keepUsedAttributes drops definitions of attributes that only indexes had which do not come back.
func (in *CreateTableInput) keepUsedAttributes() {
	used := map[string]bool{}
	schemas := [][]KeySchemaElement{in.KeySchema}
	for _, x := range in.GlobalSecondaryIndexes {
		schemas = append(schemas, x.KeySchema)
	}
	for _, x := range in.LocalSecondaryIndexes {
		schemas = append(schemas, x.KeySchema)
	}
	for _, schema := range schemas {
		for _, e := range schema {
			used[e.AttributeName] = true
		}
	}
	var kept []AttributeDefinition
	for _, a := range in.AttributeDefinitions {
		if used[a.AttributeName] {
			kept = append(kept, a)
		}
	}
	in.AttributeDefinitions = kept
}

// Implements: CreateTable with local and global secondary indexes, streams, tags, billing modes, deletion protection,
// resource policy and encryption (stored and told); the table is ACTIVE at once, or, if asked for, CREATING for some seconds.
// Differs from AWS: throughput is stored and told, never enforced.
// Not implemented: several attributes per index key, vector indexes, global tables.

package dynamodb

import (
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/event"
	"github.com/dyetrace/dyetrace/pipeline/engine"
)

// CreateTable makes an empty table.
//
// Source: Amazon DynamoDB API Reference, CreateTable.
func (s *Service) CreateTable(c *engine.Call, in *CreateTableInput) (*CreateTableOutput, error) {
	name, err := s.tableName(in.TableName)
	if err == nil {
		err = checkName("tableName", name, minTableName)
	}
	if err != nil {
		return nil, err
	}
	t, err := s.newTable(name, in)
	if err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	if s.tables[name] != nil {
		return nil, ErrResourceInUseException("Table already exists: " + name)
	}
	if len(s.tables) >= maxTableCount {
		return nil, ErrLimitExceededException("Subscriber limit exceeded: There is a limit of " + itoa(maxTableCount) + " tables per subscriber")
	}
	t.id = s.scope.UUID()
	t.encryption = s.encryption(in.SSESpecification)
	if in.ResourcePolicy.OK {
		s.setPolicy(t.arn, in.ResourcePolicy.V)
	}
	if spec := in.StreamSpecification; spec != nil && spec.StreamEnabled {
		s.enableStream(t, spec.StreamViewType.V, t.created)
	}
	s.tables[name] = t
	c.Lineage(t.place)
	if !s.options.AWSWaits {
		return &CreateTableOutput{TableDescription: t.describe()}, nil
	}
	return &CreateTableOutput{TableDescription: s.begin(t, TableStatusCreating, creating)}, nil
}

// newTable checks the request and makes the table, which is not in the service yet.
func (s *Service) newTable(name string, in *CreateTableInput) (*table, error) {
	t := &table{
		name: name, arn: s.tableARN(name), created: s.scope.Engine.Now().Truncate(time.Millisecond), place: event.At(event.PlaceTable, name),
		attributes: slices.Clone(in.AttributeDefinitions), class: in.TableClass.V, protected: in.DeletionProtectionEnabled.V, maximum: in.OnDemandThroughput,
	}
	if err := t.setBilling(in); err != nil {
		return nil, err
	}
	d := &definitions{list: t.attributes}
	if len(in.KeySchema) == 0 {
		return nil, invalid("1 validation error detected: Value '[]' at 'keySchema' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	if err := checkLength(in.KeySchema); err != nil {
		return nil, err
	}
	if len(in.KeySchema) > len(in.AttributeDefinitions) {
		return nil, invalid("Invalid KeySchema: Some index key attribute have no definition")
	}
	var err error
	if t.keys, err = d.schema(in.KeySchema); err != nil {
		return nil, err
	}
	if in.LocalSecondaryIndexes == nil && in.GlobalSecondaryIndexes == nil && len(in.KeySchema) != len(d.list) {
		return nil, invalid(prefixInvalid + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	if err := d.checkDuplicates(); err != nil {
		return nil, err
	}
	if err := t.addLocalIndexes(d, in.LocalSecondaryIndexes); err != nil {
		return nil, err
	}
	if err := t.addGlobalIndexes(d, in.GlobalSecondaryIndexes); err != nil {
		return nil, err
	}
	if len(d.used) != len(d.list) {
		return nil, invalid(prefixInvalid + "Some AttributeDefinitions are not used. AttributeDefinitions: [" + strings.Join(d.names(), ", ") +
			"], keys used: [" + strings.Join(d.used, ", ") + "]")
	}
	if spec := in.StreamSpecification; spec != nil {
		switch {
		case spec.StreamEnabled && !spec.StreamViewType.OK:
			return nil, invalid(prefixInvalid + "Table is being created with a stream enabled, UpdateViewType is required")
		case !spec.StreamEnabled && spec.StreamViewType.OK:
			return nil, invalid(prefixInvalid + "Table is being created with a stream disabled, UpdateViewType should not be specified")
		}
	}
	if in.ResourcePolicy.OK {
		if err := checkPolicy(in.ResourcePolicy.V); err != nil {
			return nil, err
		}
	}
	t.tags, err = mergeTags(nil, in.Tags)
	return t, err
}

func (t *table) setBilling(in *CreateTableInput) error {
	p := in.ProvisionedThroughput
	if in.BillingMode.V == BillingModePayPerRequest {
		if p != nil {
			return invalid(prefixInvalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
		}
		t.onDemand, t.onDemandSince = true, t.created
		return nil
	}
	if p == nil || p.ReadCapacityUnits == 0 || p.WriteCapacityUnits == 0 {
		return invalid(prefixInvalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	}
	t.reads, t.writes = p.ReadCapacityUnits, p.WriteCapacityUnits
	return checkThroughput(p)
}

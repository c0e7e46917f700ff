// Implements: CreateTable with local and global secondary indexes, streams, tags, billing modes, deletion protection,
// resource policy, warm throughput and encryption (stored and told); the table is ACTIVE at once, or, if asked for, CREATING for some seconds.
// Differs from AWS: throughput is stored and told, never enforced.
// Not implemented: vector indexes, global tables.

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
	if s.options.AWSWaits {
		s.begin(t, TableStatusCreating, creating)
	}
	return &CreateTableOutput{TableDescription: t.describeNew(in)}, nil
}

// newTable checks the request and makes the table, which is not in the service yet.
func (s *Service) newTable(name string, in *CreateTableInput) (*table, error) {
	t := &table{
		name: name, arn: s.tableARN(name), created: s.scope.Engine.Now().Truncate(time.Millisecond), place: event.At(event.PlaceTable, name),
		attributes: slices.Clone(in.AttributeDefinitions), class: in.TableClass.V, protected: in.DeletionProtectionEnabled.V, maximum: in.OnDemandThroughput,
	}
	if err := in.checkPresent(); err != nil {
		return nil, err
	}
	if err := t.setBilling(in); err != nil {
		return nil, err
	}
	d := &definitions{list: t.attributes}
	var err error
	if t.keys, err = d.tableSchema(in); err != nil {
		return nil, err
	}
	if err := d.checkUsed(in); err != nil {
		return nil, err
	}
	if err := t.addLocalIndexes(d, in.LocalSecondaryIndexes); err != nil {
		return nil, err
	}
	if err := t.addGlobalIndexes(d, in.GlobalSecondaryIndexes); err != nil {
		return nil, err
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
	slices.SortFunc(t.attributes, func(a, b AttributeDefinition) int { return strings.Compare(a.AttributeName, b.AttributeName) })
	t.tags, err = mergeTags(nil, in.Tags)
	return t, err
}

// checkPresent checks that the request has what the model no longer says to be required, because replicas of tables of other
// accounts do without.
func (in *CreateTableInput) checkPresent() error {
	var missing []string
	if in.AttributeDefinitions == nil {
		missing = append(missing, "attributeDefinitions")
	}
	if in.KeySchema == nil {
		missing = append(missing, "keySchema")
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return invalid("1 validation error detected: Value null at '" + missing[0] + "' failed to satisfy constraint: Member must not be null")
	}
	return invalid("2 validation errors detected: Value null at '" + missing[0] + "' failed to satisfy constraint: Member must not be null; Value null at '" +
		missing[1] + "' failed to satisfy constraint: Member must not be null")
}

func (t *table) setBilling(in *CreateTableInput) error {
	p := in.ProvisionedThroughput
	if in.BillingMode.V == BillingModePayPerRequest {
		if p != nil {
			return invalid(prefixInvalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
		}
		t.onDemand, t.onDemandSince = true, t.created
		t.warm.raise(true, 0, 0)
		return t.warm.ask(in.WarmThroughput, "table", lessThanGiven(true))
	}
	if p == nil || p.ReadCapacityUnits == 0 || p.WriteCapacityUnits == 0 {
		return invalid(prefixInvalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	}
	if in.OnDemandThroughput != nil {
		return invalid(prefixInvalid + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.")
	}
	if err := checkThroughput(p); err != nil {
		return err
	}
	t.reads, t.writes = p.ReadCapacityUnits, p.WriteCapacityUnits
	t.warm.raise(false, t.reads, t.writes)
	return t.warm.ask(in.WarmThroughput, "table", lessThanGiven(false))
}

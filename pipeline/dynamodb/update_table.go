// Implements: UpdateTable: billing mode and throughput, creating, updating and deleting global secondary indexes on a live table,
// enabling and disabling the stream, deletion protection, table class, warm throughput, encryption (stored and told). The table is ACTIVE again at once,
// or, if asked for, UPDATING for some seconds, its new index CREATING for a minute.
// Differs from AWS: nothing known.
// Not implemented: replicas, witnesses, vector indexes.

package dynamodb

import (
	"slices"
	"strings"
	"time"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/engine"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// UpdateTable changes a table, or nothing of it.
//
// Source: Amazon DynamoDB API Reference, UpdateTable; texts as observed.
func (s *Service) UpdateTable(c *engine.Call, in *UpdateTableInput) (*UpdateTableOutput, error) {
	name, err := s.tableName(in.TableName)
	if err != nil {
		return nil, err
	}
	if err := checkUpdateTable(in); err != nil {
		return nil, err
	}
	s.scope.Lock()
	defer s.scope.Unlock()
	t := s.tables[name]
	if t == nil {
		return nil, noTableNamed(name)
	}
	if err := t.checkIdle(); err != nil {
		return nil, err
	}
	// A copy takes the changes, so that a refused request leaves the table as it was, and answers that are being written of the
	// table as it is now stay right.
	before := t.encryption
	next := new(table)
	*next = *t
	next.indexes = slices.Clone(t.indexes)
	now := s.scope.Engine.Now()
	if err := next.update(in, now); err != nil {
		return nil, err
	}
	if err := t.checkStreamUpdate(in.StreamSpecification); err != nil {
		return nil, err
	}
	if in.SSESpecification != nil {
		next.encryption = s.encryption(in.SSESpecification)
	}
	t = next
	s.tables[name] = t
	switch spec := in.StreamSpecification; {
	case spec == nil:
	case spec.StreamEnabled:
		s.enableStream(t, spec.StreamViewType.V, now)
	default:
		s.disableStream(t, now)
	}
	c.Lineage(t.place)
	takes := updating
	if in.GlobalSecondaryIndexUpdates != nil {
		takes = indexing
	}
	d := s.begin(t, TableStatusUpdating, takes)
	if before != nil && t.encryption == nil { // the answer tells the key that goes, as LocalStack's tests record
		going := *before
		going.Status = wire.Some(SSEStatusUpdating)
		d.SSEDescription = &going
	}
	return &UpdateTableOutput{TableDescription: d}, nil
}

// update makes the changes that are no one's but the table's.
func (t *table) update(in *UpdateTableInput, now time.Time) error {
	if err := t.updateBilling(in, now); err != nil {
		return err
	}
	if err := t.updateIndexes(in); err != nil {
		return err
	}
	if err := t.checkIndexThroughput(); err != nil {
		return err
	}
	t.warm.raise(t.onDemand, t.reads, t.writes)
	if err := t.warm.ask(in.WarmThroughput, "table", lessThanNow); err != nil {
		return err
	}
	if in.OnDemandThroughput != nil {
		if !t.onDemand {
			return invalid(prefixInvalid + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED")
		}
		t.maximum = in.OnDemandThroughput
	}
	if in.DeletionProtectionEnabled.OK {
		t.protected = in.DeletionProtectionEnabled.V
	}
	if in.TableClass.OK {
		t.class = in.TableClass.V
	}
	return nil
}

// checkStreamUpdate checks a StreamSpecification against the table.
func (t *table) checkStreamUpdate(spec *StreamSpecification) error {
	switch {
	case spec == nil:
	case spec.StreamEnabled && !spec.StreamViewType.OK:
		return invalid(prefixInvalid + "If stream is being enabled then UpdateViewType is required")
	case !spec.StreamEnabled && spec.StreamViewType.OK:
		return invalid(prefixInvalid + "If stream is being disabled, then UpdateViewType must not be specified")
	case spec.StreamEnabled && t.stream != nil:
		return invalid("Table already has an enabled stream: TableName: " + t.name)
	case !spec.StreamEnabled && t.stream == nil:
		return invalid("Table has no stream to disable: TableName: " + t.name)
	}
	return nil
}

func (t *table) updateBilling(in *UpdateTableInput, now time.Time) error {
	p := in.ProvisionedThroughput
	switch {
	case in.BillingMode.V == BillingModePayPerRequest:
		if !t.onDemand {
			t.onDemand, t.onDemandSince, t.reads, t.writes, t.maximum = true, now.Truncate(time.Millisecond), 0, 0, nil
			for i, x := range t.indexes {
				if x.global {
					copied := *x
					copied.reads, copied.writes, copied.maximum = 0, 0, nil
					copied.warm.raise(true, 0, 0)
					t.indexes[i] = &copied
				}
			}
		}
		return nil
	case in.BillingMode.V == BillingModeProvisioned && t.onDemand && p == nil:
		return invalid(prefixInvalid + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
	case p == nil:
		return nil
	case t.onDemand && !in.BillingMode.OK:
		return invalid(prefixInvalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case !t.onDemand && t.reads == p.ReadCapacityUnits && t.writes == p.WriteCapacityUnits && in.GlobalSecondaryIndexUpdates == nil:
		reads, writes := itoa(int(t.reads)), itoa(int(t.writes))
		return invalid("The provisioned throughput for the table will not change. The requested value equals the current value. " +
			"Current ReadCapacityUnits provisioned for the table: " + reads + ". Requested ReadCapacityUnits: " + reads +
			". Current WriteCapacityUnits provisioned for the table: " + writes + ". Requested WriteCapacityUnits: " + writes +
			". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.")
	}
	if p.ReadCapacityUnits > t.reads || p.WriteCapacityUnits > t.writes {
		t.increased = now.Truncate(time.Millisecond)
	}
	if p.ReadCapacityUnits < t.reads || p.WriteCapacityUnits < t.writes {
		t.decreased = now.Truncate(time.Millisecond)
	}
	if t.onDemand {
		t.maximum = nil
		for i, x := range t.indexes {
			copied := *x
			copied.maximum = nil
			t.indexes[i] = &copied
		}
	}
	t.onDemand, t.reads, t.writes = false, p.ReadCapacityUnits, p.WriteCapacityUnits
	return nil
}

// checkIndexThroughput refuses a table with provisioned throughput and a global index without: nothing is assigned by itself.
//
// Source: answers of the service that the public notes of a project record which manages tables through the API.
func (t *table) checkIndexThroughput() error {
	for _, x := range t.indexes {
		if x.global && !t.onDemand && x.reads == 0 && x.status != IndexStatusDeleting {
			return invalid(prefixInvalid + "ProvisionedThroughput must be specified for index: " + x.name)
		}
	}
	return nil
}

// updateIndexes creates, changes and deletes global indexes. What it changes in an index it changes in a copy.
func (t *table) updateIndexes(in *UpdateTableInput) error {
	// Definitions count for the keys of new indexes only; others are passed over.
	d := &definitions{list: slices.Clone(t.attributes)}
	for _, a := range in.AttributeDefinitions {
		if d.kind(a.AttributeName) == attr.None {
			d.list = append(d.list, a)
		}
	}
	for _, u := range in.GlobalSecondaryIndexUpdates {
		var err error
		switch {
		case u.Create != nil:
			if err = t.checkDefinitions(in.AttributeDefinitions, u.Create); err == nil {
				err = t.createIndex(d, u.Create)
			}
		case u.Update != nil:
			err = t.changeIndex(u.Update)
		default:
			err = t.deleteIndex(u.Delete.IndexName)
		}
		if err != nil {
			return err
		}
	}
	if in.GlobalSecondaryIndexUpdates != nil {
		t.keepUsed(d)
	}
	return nil
}

// checkDefinitions checks that the attributes of a new index's key have the types that they have as keys already.
//
// Source: answers of the service that ScyllaDB's tests and the public notes of a project record which manages tables through the API.
func (t *table) checkDefinitions(given []AttributeDefinition, in *CreateGlobalSecondaryIndexAction) error {
	if t.index(in.IndexName) == nil && given == nil {
		return invalid(prefixInvalid + "AttributeDefinitions is not specified for index: " + in.IndexName)
	}
	for _, e := range in.KeySchema {
		for _, a := range given {
			if kind := t.kindOf(a.AttributeName); a.AttributeName == e.AttributeName && kind != attr.None && kind.String() != a.AttributeType {
				return invalid(prefixInvalid + "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. " +
					"Existing schema: Schema:[SchemaElement: key{" + a.AttributeName + ":" + kind.String() + ":" + t.roleOf(a.AttributeName) +
					"}] New schema: Schema:[SchemaElement: key{" + a.AttributeName + ":" + a.AttributeType + ":" + e.KeyType + "}]")
			}
		}
	}
	return nil
}

// roleOf returns as what some key has the attribute.
func (t *table) roleOf(attribute string) string {
	schemas := [][]KeySchemaElement{t.keys.elements()}
	for _, x := range t.indexes {
		schemas = append(schemas, x.keys.elements())
	}
	for _, e := range slices.Concat(schemas...) {
		if e.AttributeName == attribute {
			return e.KeyType
		}
	}
	return ""
}

func (t *table) createIndex(d *definitions, in *CreateGlobalSecondaryIndexAction) error {
	if t.index(in.IndexName) != nil {
		return invalid("Attempting to create an index which already exists")
	}
	keys, err := d.indexSchema(in.KeySchema)
	if err != nil {
		return err
	}
	x, err := newIndex(t, in.IndexName, keys, in.Projection)
	if err != nil {
		return err
	}
	x.global, x.maximum, x.status = true, in.OnDemandThroughput, IndexStatusCreating
	switch p := in.ProvisionedThroughput; {
	case t.onDemand && p != nil:
		return invalid(prefixInvalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: " + x.name + " when BillingMode is PAY_PER_REQUEST")
	case !t.onDemand && p == nil:
		return invalid(prefixInvalid + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " + x.name)
	case p != nil:
		x.reads, x.writes = p.ReadCapacityUnits, p.WriteCapacityUnits
	}
	x.warm.raise(t.onDemand, x.reads, x.writes)
	if err := x.warm.ask(in.WarmThroughput, "index "+x.name, lessThanGiven(t.onDemand)); err != nil {
		return err
	}
	t.indexes = append(t.indexes, x)
	n := 0
	for _, x := range t.indexes {
		if x.global {
			n++
		}
	}
	if n > maxGlobalIndexes {
		return ErrLimitExceededException("GlobalSecondaryIndex count exceeds the per-table limit of " + itoa(maxGlobalIndexes))
	}
	if err := t.checkNonKeyAttributes(); err != nil {
		return err
	}
	t.items.ascend("", "", func(_ string, rec *record) bool {
		x.store(nil, rec)
		return true
	})
	return nil
}

func (t *table) changeIndex(in *UpdateGlobalSecondaryIndexAction) error {
	i, err := t.globalIndex(in.IndexName, "update")
	if err != nil {
		return err
	}
	copied := *t.indexes[i]
	copied.status = IndexStatusUpdating
	if in.OnDemandThroughput != nil {
		copied.maximum = in.OnDemandThroughput
	}
	if p := in.ProvisionedThroughput; p != nil {
		if t.onDemand {
			return invalid(prefixInvalid + "The only Updates for index: " + copied.name + " when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput")
		}
		if p.ReadCapacityUnits == copied.reads && p.WriteCapacityUnits == copied.writes {
			return invalid("The provisioned throughput for the index " + copied.name + " will not change. The requested value equals the current value.")
		}
		copied.reads, copied.writes = p.ReadCapacityUnits, p.WriteCapacityUnits
	}
	copied.warm.raise(t.onDemand, copied.reads, copied.writes)
	if err := copied.warm.ask(in.WarmThroughput, "index "+copied.name, lessThanNow); err != nil {
		return err
	}
	t.indexes[i] = &copied
	return nil
}

func (t *table) deleteIndex(name string) error {
	i, err := t.globalIndex(name, "delete")
	if err != nil {
		return err
	}
	copied := *t.indexes[i]
	copied.status = IndexStatusDeleting
	t.indexes[i] = &copied
	return nil
}

func (t *table) globalIndex(name, verb string) (int, error) {
	i := slices.IndexFunc(t.indexes, func(x *index) bool { return x.name == name })
	switch {
	case i < 0:
		return 0, ErrResourceNotFoundException(msgNoSuchResource + ": Index: " + name + " not found")
	case !t.indexes[i].global:
		return 0, invalid("Cannot " + verb + " an index that is not a GlobalSecondaryIndex: " + name)
	}
	return i, nil
}

// keepUsed keeps the definitions of those attributes that some key has.
func (t *table) keepUsed(d *definitions) {
	t.attributes = nil
	for _, a := range d.list {
		used := t.keys.names(a.AttributeName)
		for _, x := range t.indexes {
			used = used || x.keys.names(a.AttributeName)
		}
		if used {
			t.attributes = append(t.attributes, a)
		}
	}
	slices.SortFunc(t.attributes, func(a, b AttributeDefinition) int { return strings.Compare(a.AttributeName, b.AttributeName) })
}

package dynamodb

import (
	"slices"
	"strings"

	"github.com/dyetrace/dyetrace/pipeline/dynamodb/attr"
	"github.com/dyetrace/dyetrace/pipeline/wire"
)

// Limits of tables.
//
// Source: Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB".
const (
	maxLocalIndexes     = 5
	maxGlobalIndexes    = 20
	maxNonKeyAttributes = 100 // of all indexes of a table together
	maxCapacityUnits    = 1_000_000_000_000
)

// definitions are the AttributeDefinitions of a request and which of them its keys use.
type definitions struct {
	list []AttributeDefinition
	used []string // in the order of first use
}

func (d *definitions) kind(name string) attr.Kind {
	for _, a := range d.list {
		if a.AttributeName == name {
			return attr.KindOf(a.AttributeType)
		}
	}
	return attr.None
}

func (d *definitions) checkDuplicates() error {
	seen := map[string]bool{}
	for _, a := range d.list {
		if seen[a.AttributeName] {
			return invalid("Attribute Name is duplicated: " + a.AttributeName)
		}
		seen[a.AttributeName] = true
	}
	return nil
}

func (d *definitions) names() []string {
	names := make([]string, len(d.list))
	for i, a := range d.list {
		names[i] = a.AttributeName
	}
	return names
}

// tableSchema checks the table's own KeySchema.
func (d *definitions) tableSchema(in *CreateTableInput) (keySchema, error) {
	if len(in.KeySchema) == 0 {
		return keySchema{}, invalid("1 validation error detected: Value '[]' at 'keySchema' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	if err := checkLength(in.KeySchema); err != nil {
		return keySchema{}, err
	}
	if len(in.KeySchema) > len(in.AttributeDefinitions) {
		return keySchema{}, invalid("Invalid KeySchema: Some index key attribute have no definition")
	}
	keys, err := d.schema(in.KeySchema)
	if err == nil {
		err = d.checkDuplicates()
	}
	return keys, err
}

// checkUsed checks the keys of all indexes, and that some key has each of the attributes. That is looked at before all else of indexes.
//
// Source: answers of the service that the public notes of a project record which manages tables through the API.
func (d *definitions) checkUsed(in *CreateTableInput) error {
	if in.LocalSecondaryIndexes == nil && in.GlobalSecondaryIndexes == nil {
		if len(in.KeySchema) != len(d.list) {
			return invalid(prefixInvalid + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
		}
		return nil
	}
	local, global := in.LocalSecondaryIndexes, in.GlobalSecondaryIndexes
	if local != nil && (len(local) == 0 || len(in.KeySchema) < 2) || global != nil && len(global) == 0 {
		return nil // which is said of the indexes
	}
	for _, x := range in.LocalSecondaryIndexes {
		if _, err := d.schema(x.KeySchema); err != nil {
			return err
		}
	}
	for _, x := range in.GlobalSecondaryIndexes {
		if _, err := d.indexSchema(x.KeySchema); err != nil {
			return err
		}
	}
	if len(d.used) != len(d.list) {
		return invalid(prefixInvalid + "Some AttributeDefinitions are not used. AttributeDefinitions: [" + strings.Join(d.names(), ", ") +
			"], keys used: [" + strings.Join(d.used, ", ") + "]")
	}
	return nil
}

// schema checks one KeySchema and resolves the types of its attributes.
func (d *definitions) schema(elements []KeySchemaElement) (keySchema, error) {
	if err := checkLength(elements); err != nil {
		return keySchema{}, err
	}
	names, err := d.checkDefined(elements)
	if err != nil {
		return keySchema{}, err
	}
	switch {
	case len(elements) > 1 && names[0] == names[1]:
		return keySchema{}, invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
	case elements[0].KeyType != KeyTypeHash:
		return keySchema{}, invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
	case len(elements) > 1 && elements[1].KeyType != KeyTypeRange:
		return keySchema{}, invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
	}
	return newKeySchema(d.resolve(names), 1), nil
}

// resolve notes that the attributes are used and returns them with their types.
func (d *definitions) resolve(names []string) []keyAttribute {
	all := make([]keyAttribute, len(names))
	for i, name := range names {
		all[i] = keyAttribute{name, d.kind(name)}
		if !slices.Contains(d.used, name) {
			d.used = append(d.used, name)
		}
	}
	return all
}

// checkDefined checks that the attributes of a key are defined and returns their names.
func (d *definitions) checkDefined(elements []KeySchemaElement) ([]string, error) {
	names := make([]string, len(elements))
	for i, e := range elements {
		names[i] = e.AttributeName
	}
	for _, name := range names {
		if d.kind(name) == attr.None {
			return nil, invalid(prefixInvalid + "Some index key attributes are not defined in AttributeDefinitions. Keys: [" +
				strings.Join(names, ", ") + "], AttributeDefinitions: [" + strings.Join(d.names(), ", ") + "]")
		}
	}
	return names, nil
}

// maxKeyAttributes is how many attributes of each kind the key of a global index can have.
//
// Source: Amazon DynamoDB Developer Guide, "Global secondary indexes: multi-attribute keys".
const maxKeyAttributes = 4

// indexSchema is schema for global indexes, whose keys can have several attributes.
//
// Source: answers of the service that ScyllaDB's tests and the public notes of a project record which manages tables through the API.
func (d *definitions) indexSchema(elements []KeySchemaElement) (keySchema, error) {
	hashes, ordered := 0, true
	for i, e := range elements {
		if e.KeyType == KeyTypeHash {
			ordered = ordered && hashes == i
			hashes++
		}
	}
	if len(elements) < 2 || len(elements) == 2 && (hashes < 2 || elements[0].AttributeName == elements[1].AttributeName) {
		return d.schema(elements)
	}
	names, err := d.checkDefined(elements)
	switch {
	case err != nil:
		return keySchema{}, err
	case elements[0].KeyType != KeyTypeHash:
		return keySchema{}, invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
	case hashes > maxKeyAttributes:
		return keySchema{}, invalid(prefixInvalid + "The KeySchema exceeds the maximum allowed number of HASH key attributes")
	case len(elements)-hashes > maxKeyAttributes:
		return keySchema{}, invalid(prefixInvalid + "The KeySchema exceeds the maximum allowed number of RANGE key attributes")
	case !ordered:
		return keySchema{}, invalid(prefixInvalid + "All HASH key attributes must precede RANGE key attributes in the KeySchema")
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return keySchema{}, invalid(prefixInvalid + "The KeySchema contains multiple key attributes with the same name")
		}
	}
	return newKeySchema(d.resolve(names), hashes), nil
}

// checkLength bounds a KeySchema.
func checkLength(elements []KeySchemaElement) error {
	if len(elements) <= 2 {
		return nil
	}
	return invalid("1 validation error detected: Value '" + wire.Printed(elements) +
		"' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2")
}

// newIndex checks what local and global indexes have in common, but for their keys, and returns the index.
func newIndex(t *table, name string, keys keySchema, p Projection) (*index, error) {
	if err := checkProjection(p); err != nil {
		return nil, err
	}
	p.NonKeyAttributes = slices.Clone(p.NonKeyAttributes)
	slices.Sort(p.NonKeyAttributes) // so the service tells them
	x := &index{name: name, arn: t.arn + "/index/" + name, keys: keys, projection: p}
	if p.ProjectionType.V != ProjectionTypeAll {
		x.attributes = map[string]struct{}{}
		for _, k := range [...]*keySchema{&t.keys, &keys} {
			for _, a := range k.all {
				x.attributes[a.name] = struct{}{}
			}
		}
		for _, name := range p.NonKeyAttributes {
			x.attributes[name] = struct{}{}
		}
	}
	return x, nil
}

func checkProjection(p Projection) error {
	kind := p.ProjectionType
	switch {
	case !kind.OK:
		return invalid(prefixInvalid + "Unknown ProjectionType: null")
	case p.NonKeyAttributes != nil && kind.V != ProjectionTypeInclude:
		return invalid(prefixInvalid + "ProjectionType is " + kind.V + ", but NonKeyAttributes is specified")
	case len(p.NonKeyAttributes) == 0 && kind.V == ProjectionTypeInclude:
		return invalid(prefixInvalid + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
	}
	for i, name := range p.NonKeyAttributes {
		if slices.Contains(p.NonKeyAttributes[:i], name) {
			return invalid(prefixInvalid + "Duplicate element in NonKeyAttributes: " + name)
		}
	}
	return nil
}

// addLocalIndexes checks and adds the LocalSecondaryIndexes of CreateTable.
func (t *table) addLocalIndexes(d *definitions, list []LocalSecondaryIndex) error {
	if list == nil {
		return nil
	}
	switch {
	case len(list) == 0:
		return invalid(prefixInvalid + "List of LocalSecondaryIndexes is empty")
	case !t.keys.hasSort():
		return invalid(prefixInvalid + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
	}
	for _, in := range list {
		keys, err := d.schema(in.KeySchema)
		switch {
		case err != nil:
			return err
		case !keys.hasSort():
			return invalid(prefixInvalid + "Index KeySchema does not have a range key for index: " + in.IndexName)
		case keys.hash.name != t.keys.hash.name:
			return invalid(prefixInvalid + "Index KeySchema does not have the same leading hash key as table KeySchema for index: " + in.IndexName +
				". index hash key: " + keys.hash.name + ", table hash key: " + t.keys.hash.name)
		}
		x, err := newIndex(t, in.IndexName, keys, in.Projection)
		if err != nil {
			return err
		}
		if t.index(x.name) != nil {
			return invalid(prefixInvalid + "Duplicate index name: " + x.name)
		}
		t.indexes = append(t.indexes, x)
	}
	if len(list) > maxLocalIndexes {
		return invalid(prefixInvalid + "Number of LocalSecondaryIndexes exceeds per-table limit of " + itoa(maxLocalIndexes))
	}
	return nil
}

// addGlobalIndexes checks and adds the GlobalSecondaryIndexes of CreateTable.
func (t *table) addGlobalIndexes(d *definitions, list []GlobalSecondaryIndex) error {
	if list == nil {
		return nil
	}
	if len(list) == 0 {
		return invalid(prefixInvalid + "List of GlobalSecondaryIndexes is empty")
	}
	for _, in := range list {
		keys, err := d.indexSchema(in.KeySchema)
		if err != nil {
			return err
		}
		x, err := newIndex(t, in.IndexName, keys, in.Projection)
		if err != nil {
			return err
		}
		switch {
		case t.onDemand && in.ProvisionedThroughput != nil:
			return invalid(prefixInvalid + "ProvisionedThroughput should not be specified for index: " + x.name + " when BillingMode is PAY_PER_REQUEST")
		case !t.onDemand && in.ProvisionedThroughput == nil:
			return invalid(prefixInvalid + "ProvisionedThroughput is not specified for index: " + x.name)
		case t.index(x.name) != nil:
			return invalid(prefixInvalid + "Duplicate index name: " + x.name)
		}
		x.global, x.maximum = true, in.OnDemandThroughput
		if p := in.ProvisionedThroughput; p != nil {
			x.reads, x.writes = p.ReadCapacityUnits, p.WriteCapacityUnits
		}
		x.warm.raise(t.onDemand, x.reads, x.writes)
		if err := x.warm.ask(in.WarmThroughput, "index "+x.name, lessThanGiven(t.onDemand)); err != nil {
			return err
		}
		t.indexes = append(t.indexes, x)
	}
	if len(list) > maxGlobalIndexes {
		return invalid(prefixInvalid + "GlobalSecondaryIndex count exceeds the per-table limit of " + itoa(maxGlobalIndexes))
	}
	return t.checkNonKeyAttributes()
}

// checkNonKeyAttributes bounds the projected attributes of all indexes; one projected into two indexes counts twice.
func (t *table) checkNonKeyAttributes() error {
	n := 0
	for _, x := range t.indexes {
		n += len(x.projection.NonKeyAttributes)
	}
	if n > maxNonKeyAttributes {
		return invalid(prefixInvalid + "Number of NonKeyAttributes in all indexes exceeds per-table limit of " + itoa(maxNonKeyAttributes))
	}
	return nil
}

// checkThroughput checks the numbers of a ProvisionedThroughput.
func checkThroughput(p *ProvisionedThroughput) error {
	switch {
	case p == nil:
	case p.ReadCapacityUnits > maxCapacityUnits:
		return invalid("Given value " + itoa(int(p.ReadCapacityUnits)) + " for ReadCapacityUnits is out of bounds")
	case p.WriteCapacityUnits > maxCapacityUnits:
		return invalid("Given value " + itoa(int(p.WriteCapacityUnits)) + " for WriteCapacityUnits is out of bounds")
	}
	return nil
}

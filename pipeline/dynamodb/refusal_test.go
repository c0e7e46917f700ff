package dynamodb

import (
	"strings"
	"testing"
)

// refusal is a request that must be refused, with the service's code and text.
type refusal struct {
	reason    string
	operation string
	body      string
	want      string
}

const (
	validation = "ValidationException: "
	wrongValue = "ValidationException: One or more parameter values were invalid: "
)

func refuseAll(t *testing.T, f *fixture, rows []refusal) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.reason, func(t *testing.T) {
			inner := *f
			inner.t = t
			inner.refuse(row.operation, row.body, row.want)
		})
	}
}

func TestItems_refuse_what_AWS_refuses_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.do("CreateTable", sortTable)
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"there"},"n":{"N":"1"}}}`)
	long := strings.Repeat("k", 2049)
	large := strings.Repeat("x", 400*1024)
	refuseAll(t, f, []refusal{
		{"no such table", "PutItem", `{"TableName":"none","Item":{"pk":{"S":"a"}}}`, "ResourceNotFoundException: Requested resource not found"},
		{"a table's name has no space", "PutItem", `{"TableName":"no such","Item":{}}`, validation +
			"1 validation error detected: Value 'no such' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"the name is required", "PutItem", `{"Item":{}}`, validation + "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null"},
		{"key missing", "PutItem", `{"TableName":"hash","Item":{"a":{"S":"b"}}}`, wrongValue + "Missing the key pk in the item"},
		{"sort key missing", "PutItem", `{"TableName":"sort","Item":{"pk":{"S":"b"}}}`, wrongValue + "Missing the key sk in the item"},
		{"key of another type", "PutItem", `{"TableName":"hash","Item":{"pk":{"N":"1"}}}`, wrongValue + "Type mismatch for key pk expected: S actual: N"},
		{"key empty", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":""}}}`, validation +
			"One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"},
		{"key too long", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"` + long + `"}}}`, wrongValue + "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
		{"item too large", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"v":{"S":"` + large + `"}}}`, validation + "Item size has exceeded the maximum allowed size"},
		{"index key of another type", "PutItem", `{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"g":{"N":"1"}}}`,
			wrongValue + "Type mismatch for Index Key g Expected: S Actual: N IndexName: byG"},
		{"put returns the old item or nothing", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ReturnValues":"ALL_NEW"}`, validation + "ReturnValues can only be ALL_OLD or NONE"},
		{"values without an expression", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ExpressionAttributeValues":{":v":{"S":"x"}}}`,
			validation + "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null"},
		{"names without an expression", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ExpressionAttributeNames":{"#a":"x"}}`,
			validation + "ExpressionAttributeNames can only be specified when using expressions"},
		{"legacy and expression", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"Expected":{"pk":{"Exists":false}},"ConditionExpression":"attribute_not_exists(pk)"}`,
			validation + "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"},
		{"an update reads into an index key", "UpdateItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET a = g.x"}`,
			validation + "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: g"},
		{"a filter by what the index lacks", "Query", `{"TableName":"sort","IndexName":"byL","KeyConditionExpression":"pk = :p","FilterExpression":"z = :p AND b = :p AND a = :p",` +
			`"ExpressionAttributeValues":{":p":{"S":"a"}}}`, wrongValue + "Secondary index byL does not project one or more filter attributes: [b, z]"},
		{"condition fails", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"there"}},"ConditionExpression":"attribute_not_exists(pk)"}`,
			"ConditionalCheckFailedException: The conditional request failed"},
		{"Key with one part of two", "GetItem", `{"TableName":"sort","Key":{"pk":{"S":"a"}}}`, validation + "The provided key element does not match the schema"},
		{"Key of another type", "DeleteItem", `{"TableName":"hash","Key":{"pk":{"N":"1"}}}`, validation + "The provided key element does not match the schema"},
		{"Key with more than the key", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"a"},"n":{"N":"1"}}}`, validation + "The provided key element does not match the schema"},
		{"keys do not change", "UpdateItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET sk = :v","ExpressionAttributeValues":{":v":{"N":"2"}}}`,
			wrongValue + "Cannot update attribute sk. This attribute is part of the key"},
		{"index key updated to another type", "UpdateItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET g = :v","ExpressionAttributeValues":{":v":{"N":"2"}}}`,
			wrongValue + "Type mismatch for Index Key g Expected: S Actual: N IndexName: byG"},
		{"update too large", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"there"}},"UpdateExpression":"SET v = :v","ExpressionAttributeValues":{":v":{"S":"` + large + `"}}}`,
			validation + "Item size to update has exceeded the maximum allowed size"},
		{"path into a key", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"pk.x"}`,
			validation + "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"},
		{"attribute asked for twice", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"AttributesToGet":["a","a"]}`, wrongValue + "Duplicate value in attribute name: a"},
	})
	if got := get(t, f.do("DescribeTable", `{"TableName":"hash"}`), "Table", "ItemCount"); got != 1.0 {
		t.Errorf("%v items: a refused write was applied", got)
	}
}

func TestQuery_refuses_what_AWS_refuses_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	key := func(condition, values, more string) string {
		return `{"TableName":"sort","KeyConditionExpression":"` + condition + `","ExpressionAttributeValues":{` + values + `}` + more + `}`
	}
	p := `":p":{"S":"a"}`
	refuseAll(t, f, []refusal{
		{"hash key missing", "Query", key("sk = :p", p, ""), validation + "Query condition missed key schema element: pk"},
		{"second condition on no key", "Query", key("pk = :p AND v = :p", p, ""), validation + "Query condition missed key schema element: sk"},
		{"hash key not equal", "Query", key("pk > :p", p, ""), validation + "Query key condition not supported"},
		{"value of another type", "Query", key("pk = :p AND sk = :p", p, ""), wrongValue + "Condition parameter type does not match schema type"},
		{"no such index", "Query", key("pk = :p", p, `,"IndexName":"none"`), validation + "The table does not have the specified index: none"},
		{"global index read consistently", "Query", key("g = :p", p, `,"IndexName":"byG","ConsistentRead":true`), validation + "Consistent reads are not supported on global secondary indexes"},
		{"filter on the key", "Query", key("pk = :p", p, `,"FilterExpression":"sk <> :p"`), validation + "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"},
		{"all attributes of an index that has not all", "Query", key("g = :p", p, `,"IndexName":"byG","Select":"ALL_ATTRIBUTES"`),
			wrongValue + "Select type ALL_ATTRIBUTES is not supported for global secondary index byG because its projection type is not ALL"},
		{"attribute that an index has not", "Query", key("g = :p", p, `,"IndexName":"byG","ProjectionExpression":"v"`), wrongValue + "Global secondary index byG does not project [v]"},
		{"no condition", "Query", `{"TableName":"sort"}`, validation + "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."},
		{"limit 0", "Query", key("pk = :p", p, `,"Limit":0`), validation + "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"start key of another shape", "Query", key("pk = :p", p, `,"ExclusiveStartKey":{"pk":{"S":"a"}}`), validation + "The provided starting key is invalid"},
		{"start key of another partition", "Query", key("pk = :p", p, `,"ExclusiveStartKey":{"pk":{"S":"b"},"sk":{"N":"1"}}`),
			validation + "The provided starting key is outside query boundaries based on provided conditions"},
		{"start key outside the range", "Query", key("pk = :p AND sk > :n", p+`,":n":{"N":"5"}`, `,"ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"N":"1"}}`),
			validation + "The provided starting key does not match the range key predicate"},
		{"specific attributes, but which", "Query", key("pk = :p", p, `,"Select":"SPECIFIC_ATTRIBUTES"`),
			validation + "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"},
		{"segment alone", "Scan", `{"TableName":"sort","Segment":0}`, validation + "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"},
		{"segment beyond the last", "Scan", `{"TableName":"sort","Segment":2,"TotalSegments":2}`,
			validation + "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2"},
		{"enumeration in the service's order", "Scan", `{"TableName":"sort","Select":"X"}`,
			validation + "1 validation error detected: Value 'X' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"},
	})
}

func TestTables_refuse_what_AWS_refuses_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.do("CreateTable", sortTable)
	f.do("UpdateTable", `{"TableName":"hash","DeletionProtectionEnabled":true}`)
	table := func(old, new string) string {
		return strings.Replace(strings.Replace(hashTable, `"hash"`, `"new"`, 1), old, new, 1)
	}
	pay := `"BillingMode":"PAY_PER_REQUEST"`
	definitions := `"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}`
	lsi := pay + `,"LocalSecondaryIndexes":[{"IndexName":"one","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]`
	gsi := func(projection string) string {
		return pay + `,"GlobalSecondaryIndexes":[{"IndexName":"one","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"Projection":{` + projection + `}}]`
	}
	refuseAll(t, f, []refusal{
		{"name taken", "CreateTable", hashTable, "ResourceInUseException: Table already exists: hash"},
		{"name too short", "CreateTable", table(`"new"`, `"ab"`), validation + "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"},
		{"no billing", "CreateTable", table(","+pay, ""), wrongValue + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
		{"both billings", "CreateTable", table(pay, pay+`,"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}`),
			wrongValue + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"},
		{"key not defined", "CreateTable", table(`"pk","KeyType"`, `"other","KeyType"`),
			wrongValue + "Some index key attributes are not defined in AttributeDefinitions. Keys: [other], AttributeDefinitions: [pk]"},
		{"first key not HASH", "CreateTable", table(`"HASH"`, `"RANGE"`), validation + "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
		{"definition not used", "CreateTable", table(definitions, definitions+`,{"AttributeName":"x","AttributeType":"S"}`),
			wrongValue + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"},
		{"local index needs a sort key", "CreateTable", table(pay, lsi),
			wrongValue + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"},
		{"projection unknown", "CreateTable", table(pay, gsi("")), wrongValue + "Unknown ProjectionType: null"},
		{"INCLUDE what", "CreateTable", table(pay, gsi(`"ProjectionType":"INCLUDE"`)), wrongValue + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"},
		{"ALL and more", "CreateTable", table(pay, gsi(`"ProjectionType":"ALL","NonKeyAttributes":["a"]`)), wrongValue + "ProjectionType is ALL, but NonKeyAttributes is specified"},
		{"stream without a view", "CreateTable", table(pay, pay+`,"StreamSpecification":{"StreamEnabled":true}`),
			wrongValue + "Table is being created with a stream enabled, UpdateViewType is required"},
		{"no stream with a view", "CreateTable", table(pay, pay+`,"StreamSpecification":{"StreamEnabled":false,"StreamViewType":"KEYS_ONLY"}`),
			wrongValue + "Table is being created with a stream disabled, UpdateViewType should not be specified"},
		{"describe what is not there", "DescribeTable", `{"TableName":"none"}`, "ResourceNotFoundException: Requested resource not found: Table: none not found"},
		{"protected", "DeleteTable", `{"TableName":"hash"}`, validation + "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."},
		{"second stream", "UpdateTable", `{"TableName":"sort","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}`,
			validation + "Table already has an enabled stream: TableName: sort"},
		{"no stream to disable", "UpdateTable", `{"TableName":"hash","StreamSpecification":{"StreamEnabled":false}}`, validation + "Table has no stream to disable: TableName: hash"},
		{"index exists", "UpdateTable", `{"TableName":"sort","GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"byL","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`,
			validation + "Attempting to create an index which already exists"},
		{"local index stays", "UpdateTable", `{"TableName":"sort","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"byL"}}]}`,
			validation + "Cannot delete an index that is not a GlobalSecondaryIndex: byL"},
		{"tag of AWS", "TagResource", `{"ResourceArn":"arn:aws:dynamodb:eu-west-1:111122223333:table/hash","Tags":[{"Key":"aws:x","Value":""}]}`,
			validation + "Tag Key cannot be prefixed with aws:, Key: aws:x"},
		{"time to live twice off", "UpdateTimeToLive", `{"TableName":"hash","TimeToLiveSpecification":{"Enabled":false,"AttributeName":"ttl"}}`, validation + "TimeToLive is already disabled"},
	})
}

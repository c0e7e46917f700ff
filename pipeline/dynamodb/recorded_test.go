package dynamodb

import (
	"strings"
	"testing"
)

// The tests of this file hold answers of the service that public test suites record which were run against it: ScyllaDB's tests of
// its DynamoDB interface, and the notes of a project that manages tables through the API.

func TestUpdateItem_that_only_removes_makes_no_item_R1_3(t *testing.T) {
	for _, tt := range []struct {
		reason, update string
		made           bool
	}{
		{"REMOVE", `"UpdateExpression":"REMOVE a"`, false},
		{"REMOVE of a part, whose parent is not there either", `"UpdateExpression":"REMOVE a.b, c[0]"`, false},
		{"DELETE", `"UpdateExpression":"DELETE a :s","ExpressionAttributeValues":{":s":{"SS":["x"]}}`, false},
		{"legacy DELETE", `"AttributeUpdates":{"a":{"Action":"DELETE"}}`, false},
		{"legacy DELETE of elements", `"AttributeUpdates":{"a":{"Action":"DELETE","Value":{"SS":["x"]}}}`, false},
		{"ADD", `"UpdateExpression":"REMOVE b ADD a :s","ExpressionAttributeValues":{":s":{"SS":["x"]}}`, true},
		{"SET", `"UpdateExpression":"REMOVE b SET a = :s","ExpressionAttributeValues":{":s":{"S":"x"}}`, true},
		{"nothing at all", `"AttributeUpdates":{}`, true},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			f := newFixture(t)
			f.do("CreateTable", hashTable)
			answer := f.do("UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"new"}},"ReturnValues":"ALL_NEW","ReturnConsumedCapacity":"TOTAL",`+tt.update+`}`)
			if strings.Contains(answer, "Attributes") != tt.made || !strings.Contains(answer, `"CapacityUnits":1`) {
				t.Errorf("answer %s, made is to be %v", answer, tt.made)
			}
			if item := f.do("GetItem", `{"TableName":"hash","Key":{"pk":{"S":"new"}}}`); strings.Contains(item, "Item") != tt.made {
				t.Errorf("item %s, made is to be %v", item, tt.made)
			}
		})
	}
}

func TestTransactWriteItems_tells_the_first_invalid_item_alone_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.refuse("TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"hash","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(pk)"}},`+
		`{"Put":{"TableName":"hash","Item":{"pk":{"N":"7"}}}},{"Delete":{"TableName":"hash","Key":{"pk":{"N":"8"}}}}]}`,
		"TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError, None]")
}

func TestExpressions_refuse_what_public_suites_saw_refused_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.do("CreateTable", sortTable)
	f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}}}`)
	update := func(expression string) string {
		return `{"TableName":"hash","Key":{"pk":{"S":"a"}},"UpdateExpression":"` + expression + `","ExpressionAttributeValues":{":l":{"L":[]}}}`
	}
	deep := "a" + strings.Repeat(".b", 32)
	levels := ": The document path has too many nesting levels; nesting levels: 33"
	misused := validation + "Invalid UpdateExpression: The function is not allowed to be used this way in an expression; function: list_append"
	refuseAll(t, f, []refusal{
		{"list_append in list_append", "UpdateItem", update("SET a = list_append(list_append(:l, :l), :l)"), misused},
		{"list_append in if_not_exists", "UpdateItem", update("SET a = if_not_exists(a, list_append(:l, :l))"), misused},
		{"33 levels projected", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"` + deep + `"}`, validation + "Invalid ProjectionExpression" + levels},
		{"33 levels of a list", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"a` + strings.Repeat("[0]", 32) + `"}`,
			validation + "Invalid ProjectionExpression" + levels},
		{"33 levels in an update", "UpdateItem", update("SET a = :l, c = " + deep), validation + "Invalid UpdateExpression" + levels},
		{"33 levels in a condition", "Scan", `{"TableName":"hash","FilterExpression":"attribute_exists(` + deep + `)"}`, validation + "Invalid FilterExpression" + levels},
		{"a sum of too many digits", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET a = :a + :b","ExpressionAttributeValues":{":a":{"N":"1e50"},":b":{"N":"1"}}}`,
			validation + "Number overflow. Attempting to store a number with magnitude larger than supported range"},
		{"start behind the only item", "Query", `{"TableName":"hash","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"ExclusiveStartKey":{"pk":{"S":"a"}}}`,
			validation + "The provided exclusive start key is invalid: ExclusiveStartKey: {pk=AttributeValue: {S:a}}"},
	})
	f.do("GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"a`+strings.Repeat(".b", 31)+`"}`)
	f.do("UpdateItem", update("SET a = list_append(if_not_exists(a, if_not_exists(b, :l)), :l)"))
}

func TestCapacity_is_told_as_a_number_with_a_fraction_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	if got := f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"}},"ReturnConsumedCapacity":"TOTAL"}`); got != `{"ConsumedCapacity":{"TableName":"hash","CapacityUnits":1.0}}` {
		t.Errorf("answer %s", got)
	}
}

// What tools that manage tables ask for on each refresh is answered, though there is nothing of it.
func TestNothing_is_told_of_what_cannot_be_made_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	for _, row := range []struct{ operation, body, want string }{
		{"DescribeKinesisStreamingDestination", `{"TableName":"hash"}`, `{"TableName":"hash","KinesisDataStreamDestinations":[]}`},
		{"ListExports", `{"TableArn":"arn:aws:dynamodb:eu-west-1:111122223333:table/hash"}`, `{"ExportSummaries":[]}`},
		{"ListImports", `{}`, `{"ImportSummaryList":[]}`},
		{"ListGlobalTables", `{}`, `{"GlobalTables":[]}`},
	} {
		if got := f.do(row.operation, row.body); got != row.want {
			t.Errorf("%s: %s, want %s", row.operation, got, row.want)
		}
	}
	f.refuse("DescribeKinesisStreamingDestination", `{"TableName":"none"}`, "ResourceNotFoundException: Requested resource not found: Table: none not found")
	f.refuse("DescribeTableReplicaAutoScaling", `{"TableName":"hash"}`, "ResourceNotFoundException: Global table with name: 'hash' does not exist.")
}

func TestTables_refuse_what_public_notes_saw_refused_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.do("CreateTable", sortTable)
	units := `"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}`
	f.do("CreateTable", `{"TableName":"provisioned","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],`+units+`}`)
	create := func(index string) string {
		return `{"Create":{"IndexName":"` + index + `","KeySchema":[{"AttributeName":"x","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}`
	}
	x := `"AttributeDefinitions":[{"AttributeName":"x","AttributeType":"S"}]`
	update := func(table, rest string) string { return `{"TableName":"` + table + `",` + rest + `}` }
	indexes := func(list string) string { return `"GlobalSecondaryIndexUpdates":[` + list + `]` }
	one := "LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
	alone := " modification must be the only operation in the request"
	table := func(old, new string) string {
		return strings.Replace(strings.Replace(hashTable, `"hash"`, `"new"`, 1), old, new, 1)
	}
	definitions := `"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]`
	refuseAll(t, f, []refusal{
		{"two indexes at once", "UpdateTable", update("hash", x+`,`+indexes(create("one")+`,`+create("two"))), one},
		{"one comes, one goes", "UpdateTable", update("sort", x+`,`+indexes(create("one")+`,{"Delete":{"IndexName":"byG"}}`)), one},
		{"of what type is the key", "UpdateTable", update("hash", indexes(create("one"))), wrongValue + "AttributeDefinitions is not specified for index: one"},
		{"a key of another type", "UpdateTable", update("sort", `"AttributeDefinitions":[{"AttributeName":"g","AttributeType":"N"}],`+
			indexes(`{"Create":{"IndexName":"one","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}`)),
			wrongValue + "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. " +
				"Existing schema: Schema:[SchemaElement: key{g:S:HASH}] New schema: Schema:[SchemaElement: key{g:N:HASH}]"},
		{"an index and its table's protection", "UpdateTable", update("hash", x+`,"DeletionProtectionEnabled":true,`+indexes(create("one"))), wrongValue + "DeletionProtection" + alone},
		{"protection and billing", "UpdateTable", update("hash", `"DeletionProtectionEnabled":true,"BillingMode":"PAY_PER_REQUEST"`), wrongValue + "DeletionProtection" + alone},
		{"class and stream", "UpdateTable", update("hash", `"TableClass":"STANDARD","StreamSpecification":{"StreamEnabled":false}`), wrongValue + "TableClass" + alone},
		{"encryption and billing", "UpdateTable", update("hash", `"SSESpecification":{"Enabled":true},"BillingMode":"PAY_PER_REQUEST"`), wrongValue + "Server-Side Encryption" + alone},
		{"an index and throughput", "UpdateTable", update("provisioned", x+`,`+units+`,`+indexes(create("one"))), wrongValue + "You cannot create or delete index while updating table IOPS"},
		{"an index without throughput", "UpdateTable", update("provisioned", x+`,`+indexes(create("one"))), wrongValue + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: one"},
		{"throughput of the table alone", "UpdateTable", update("sort", `"BillingMode":"PROVISIONED",`+units), wrongValue + "ProvisionedThroughput must be specified for index: byG"},
		{"no changes of indexes are no change", "UpdateTable", update("hash", `"GlobalSecondaryIndexUpdates":[]`), validation + "At least one of ProvisionedThroughput, BillingMode, " +
			"UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, " +
			"DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required"},
		{"a maximum of what is provisioned", "UpdateTable", update("provisioned", `"OnDemandThroughput":{"MaxReadRequestUnits":1}`),
			wrongValue + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"},
		{"less than it can take", "UpdateTable", update("hash", `"WarmThroughput":{"ReadUnitsPerSecond":1}`),
			wrongValue + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported"},
		{"an attribute defined twice", "CreateTable", table(definitions, `"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"pk","AttributeType":"N"}]`),
			validation + "Attribute Name is duplicated: pk"},
		{"no definitions", "CreateTable", table(definitions+`,`, ""), validation + "1 validation error detected: Value null at 'attributeDefinitions' failed to satisfy constraint: Member must not be null"},
		{"an unused definition hides a wrong index", "CreateTable", table(definitions, `"GlobalSecondaryIndexes":[{"IndexName":"one","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"Projection":{}}],`+
			`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"x","AttributeType":"S"}]`),
			wrongValue + "Some AttributeDefinitions are not used. AttributeDefinitions: [pk, x], keys used: [pk]"},
	})
	f.do("UpdateTable", update("hash", `"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"N"}],"DeletionProtectionEnabled":false`))
	if got := text(t, f.do("DescribeTable", `{"TableName":"hash"}`), "Table", "AttributeDefinitions"); got != `[{"AttributeName":"pk","AttributeType":"S"}]` {
		t.Errorf("a definition that no new index uses was taken: %s", got)
	}
}

func TestTable_that_is_gone_tells_no_keys_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	gone := f.do("DeleteTable", `{"TableName":"sort"}`)
	for _, member := range []string{"KeySchema", "AttributeDefinitions", "SecondaryIndexes", "CreationDateTime", "Warm", "Stream"} {
		if strings.Contains(gone, member) {
			t.Errorf("%s is told: %s", member, gone)
		}
	}
}

func TestTable_tells_what_it_can_take_at_once_R1_3(t *testing.T) {
	f := newFixture(t)
	if got := f.do("CreateTable", sortTable); strings.Contains(got, "WarmThroughput") {
		t.Errorf("a new table tells it: %s", got)
	}
	if got := text(t, f.do("DescribeTable", `{"TableName":"sort"}`), "Table", "WarmThroughput"); got != `{"ReadUnitsPerSecond":12000,"Status":"ACTIVE","WriteUnitsPerSecond":4000}` {
		t.Errorf("on demand: %s", got)
	}
	f.do("UpdateTable", `{"TableName":"sort","WarmThroughput":{"ReadUnitsPerSecond":15000}}`)
	f.do("UpdateTable", `{"TableName":"sort","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5},
		"GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"byG","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}}]}`)
	if got := text(t, f.do("DescribeTable", `{"TableName":"sort"}`), "Table", "WarmThroughput"); got != `{"ReadUnitsPerSecond":15000,"Status":"ACTIVE","WriteUnitsPerSecond":4000}` {
		t.Errorf("it never drops: %s", got)
	}
}

func TestIndex_passes_over_values_that_cannot_be_keys_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	for pk, x := range map[string]string{"a": "", "b": strings.Repeat("x", 1024), "c": strings.Repeat("x", 1025), "d": strings.Repeat("x", 2049)} {
		f.do("PutItem", `{"TableName":"hash","Item":{"pk":{"S":"`+pk+`"},"x":{"S":"`+x+`"},"one":{"S":"y"}}}`)
	}
	for _, row := range []struct{ name, keys, want string }{
		{"hash", `{"AttributeName":"x","KeyType":"HASH"}`, "2"},
		{"sort", `{"AttributeName":"one","KeyType":"HASH"},{"AttributeName":"x","KeyType":"RANGE"}`, "1"},
	} {
		f.do("UpdateTable", `{"TableName":"hash","AttributeDefinitions":[{"AttributeName":"x","AttributeType":"S"},{"AttributeName":"one","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[
			{"Create":{"IndexName":"by-`+row.name+`","KeySchema":[`+row.keys+`],"Projection":{"ProjectionType":"ALL"}}}]}`)
		if got := text(t, f.do("Scan", `{"TableName":"hash","IndexName":"by-`+row.name+`"}`), "Count"); got != row.want {
			t.Errorf("as %s key: %s items, want %s", row.name, got, row.want)
		}
	}
}

func TestNames_and_keys_are_refused_where_they_are_empty_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	f.do("CreateTable", sortTable)
	empty := validation + "Empty attribute name"
	key := validation + "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"
	refuseAll(t, f, []refusal{
		{"name of an attribute", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"":{"S":"b"}}}`, empty},
		{"name in a map", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"m":{"M":{"":{"S":"b"}}}}}`, empty},
		{"long name in a map", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"a"},"m":{"M":{"` + strings.Repeat("n", 65536) + `":{"S":"b"}}}}}`,
			validation + "Attribute name is too large, must be less than 65536 bytes"},
		{"name behind a placeholder", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"ProjectionExpression":"#n","ExpressionAttributeNames":{"#n":""}}`,
			validation + "ExpressionAttributeNames contains invalid value: Empty attribute name for key #n"},
		{"name to get", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"a"}},"AttributesToGet":[""]}`, empty},
		{"name in a legacy condition", "Scan", `{"TableName":"hash","ScanFilter":{"":{"ComparisonOperator":"NULL"}}}`, empty},
		{"key in a transaction", "TransactWriteItems", `{"TransactItems":[{"Update":{"TableName":"hash","Key":{"pk":{"S":""}},"UpdateExpression":"REMOVE a"}}]}`, key},
		{"key of an index in a transaction", "TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"g":{"S":""}}}}]}`,
			validation + "One or more parameter values are not valid. A value specified for a secondary index key is not supported. " +
				"The AttributeValue for a key attribute cannot contain an empty string value. IndexName: byG, IndexKey: g"},
		{"key of an index in an update", "UpdateItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET g = :v","ExpressionAttributeValues":{":v":{"S":""}}}`,
			validation + "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. " +
				"The AttributeValue for a key attribute cannot contain an empty string value."},
		{"key of an index of another type, as given", "UpdateItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET m.x = :v, g = :v",
			"ExpressionAttributeValues":{":v":{"N":"1"}}}`, wrongValue + "Type mismatch for Index Key g Expected: S Actual: N IndexName: byG"},
		{"key of an index of another type, as computed", "UpdateItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET g = if_not_exists(x, :v)",
			"ExpressionAttributeValues":{":v":{"N":"1"}}}`, validation + "The update expression attempted to update the secondary index key to unsupported type"},
		{"key of another type in a batch", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"N":"1"}}}}]}}`, validation + "The provided key element does not match the schema"},
		{"name of a table", "PutItem", `{"TableName":"xx","Item":{"pk":{"S":"a"}}}`,
			validation + "1 validation error detected: Value 'xx' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"},
	})
}

func TestSelect_is_refused_in_the_words_of_each_operation_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	query := func(rest string) string {
		return `{"TableName":"hash","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}},` + rest + `}`
	}
	detected := validation + "1 validation error detected: "
	refuseAll(t, f, []refusal{
		{"what of an index", "Query", query(`"Select":"ALL_PROJECTED_ATTRIBUTES"`), detected + "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
		{"what of an index, of a Scan", "Scan", `{"TableName":"hash","Select":"ALL_PROJECTED_ATTRIBUTES"}`, validation + "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
		{"a count of attributes", "Query", query(`"Select":"COUNT","ProjectionExpression":"a"`), detected + "Cannot specify the ProjectionExpression when choosing to get only the Count"},
		{"all and some", "Scan", `{"TableName":"hash","Select":"ALL_ATTRIBUTES","AttributesToGet":["a"]}`, validation + "Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES"},
	})
}

func TestResources_are_refused_by_what_their_names_are_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	const table = "arn:aws:dynamodb:eu-west-1:111122223333:table/sort"
	revision := text(t, f.do("PutResourcePolicy", `{"ResourceArn":"`+table+`","Policy":"{}"}`), "RevisionId")
	revision = strings.Trim(revision, `"`)
	noPolicy := "PolicyNotFoundException: Resource-based policy not found for the provided ResourceArn: "
	only := wrongValue + "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " + table + "/index/byG"
	refuseAll(t, f, []refusal{
		{"tags of an index", "TagResource", `{"ResourceArn":"` + table + `/index/byG","Tags":[{"Key":"a","Value":"b"}]}`, only},
		{"policy of an index", "GetResourcePolicy", `{"ResourceArn":"` + table + `/index/byG"}`, only},
		{"tag with other characters", "TagResource", `{"ResourceArn":"` + table + `","Tags":[{"Key":"d%g","Value":"b"}]}`, validation + "The Tag Key provided is invalid, Key: d%g"},
		{"value with other characters", "TagResource", `{"ResourceArn":"` + table + `","Tags":[{"Key":"a","Value":"hi!"}]}`, validation + "The Tag Value provided is invalid, Value: hi!"},
		{"policy of no table", "PutResourcePolicy", `{"ResourceArn":"` + table + `s","Policy":"{}"}`, "ResourceNotFoundException: Requested resource not found: Table: sorts not found"},
		{"no policy expected", "PutResourcePolicy", `{"ResourceArn":"` + table + `","Policy":"{}","ExpectedRevisionId":"NO_POLICY"}`,
			noPolicy + "Requested policy update expecting none to be present for table sort, but a policy exists with revision id " + revision + "."},
		{"another policy expected", "DeleteResourcePolicy", `{"ResourceArn":"` + table + `","ExpectedRevisionId":"1"}`,
			noPolicy + "Requested update for policy with revision id 1, but the policy associated to target table sort has revision id " + revision + "."},
		{"no stream's name", "DescribeStream", `{"StreamArn":"` + strings.Repeat("no", 20) + `"}`, validation + "Invalid StreamArn: " + strings.Repeat("no", 20)},
		{"to begin behind no stream's name", "ListStreams", `{"ExclusiveStartStreamArn":"` + strings.Repeat("no", 20) + `"}`, validation + "Invalid StreamArn: " + strings.Repeat("no", 20)},
		{"a filter by what", "DescribeStream", `{"StreamArn":"` + table + `/stream/2026-03-01T12:00:00.000","ShardFilter":{"Type":"CHILD_SHARDS"}}`,
			validation + "1 validation error detected: Value null at 'shardFilter.shardId' failed to satisfy constraint: Member must not be null"},
	})
}

// Source: dynalite's tests, which hold answers of the service.
func TestStart_keys_are_refused_in_the_order_of_AWS_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable)
	query := func(condition, start, more string) string {
		values := `":p":{"S":"a"}`
		if strings.Contains(condition, ":n") {
			values += `,":n":{"N":"5"}`
		}
		return `{"TableName":"sort","KeyConditionExpression":"` + condition + `","ExpressionAttributeValues":{` + values + `},"ExclusiveStartKey":{` + start + `}` + more + `}`
	}
	a, n := `"pk":{"S":"a"}`, `,"sk":{"N":"1"}`
	wrong, mismatch := "The provided starting key is invalid", "The provided key element does not match the schema"
	byG := `,"IndexName":"byG"`
	refuseAll(t, f, []refusal{
		{"another attribute before the condition is looked at", "Query", query("zzz = :p", `"x":{"S":"a"}`+n, ""), validation + wrong},
		{"hash key of another type before the condition", "Query", query("zzz = :p", `"pk":{"N":"1"}`+n, ""), validation + mismatch},
		{"sort key of another type behind the hash key", "Query", query("pk = :p", a+`,"sk":{"S":"x"}`, ""), validation + mismatch},
		{"hash key of the index is missing", "Query", query("zzz = :p", a+n+`,"x":{"S":"a"}`, byG), validation + wrong},
		{"table's key of another type, in an index", "Query", query("g = :p", `"pk":{"N":"1"}`+n+`,"g":{"S":"a"}`, byG), validation + wrong + ": " + mismatch},
		{"another partition outside the range", "Query", query("pk = :p AND sk > :n", `"pk":{"S":"b"}`+n, ""), validation + "The provided starting key does not match the range key predicate"},
		{"another partition in the range", "Query", query("pk = :p AND sk < :n", `"pk":{"S":"b"}`+n, ""), validation + "The query can return at most one row and cannot be restarted"},
		{"a number, said without where", "Query", query("pk = :p", `"pk":{"N":"x"}`+n, ""), validation + "The parameter cannot be converted to a numeric value: x"},
		{"an empty set, said with where", "Query", query("pk = :p", `"pk":{"SS":[]}`+n, ""), validation + wrong + ": One or more parameter values were invalid: An string set  may not be empty"},
		{"a Scan of a table", "Scan", `{"TableName":"sort","ExclusiveStartKey":{` + a + `}}`, validation + wrong + ": " + mismatch},
		{"a Scan of an index", "Scan", `{"TableName":"sort","ExclusiveStartKey":{` + a + n + `,"g":{"N":"1"}}` + byG + `}`, validation + mismatch},
		{"a filter by the key before the index's projection", "Query", `{"TableName":"sort","KeyConditionExpression":"g = :p","FilterExpression":"g <> :p",
			"ExpressionAttributeValues":{":p":{"S":"a"}},"Select":"ALL_ATTRIBUTES"` + byG + `}`, validation + "Filter Expression can only contain non-primary key attributes: Primary key attribute: g"},
	})
}

// Source: LocalStack's tests, which hold answers of the service.
func TestTables_are_told_as_AWS_tells_them_R1_3(t *testing.T) {
	f := newFixture(t)
	const since = "LastUpdateToPayPerRequestDateTime"
	if made, later := f.do("CreateTable", hashTable), f.do("DescribeTable", `{"TableName":"hash"}`); strings.Contains(made, since) || !strings.Contains(later, since) {
		t.Errorf("a new table tells since when: %s, later %s", made, later)
	}
	if got := f.do("DescribeContributorInsights", `{"TableName":"hash"}`); got != `{"TableName":"hash","ContributorInsightsStatus":"DISABLED"}` {
		t.Errorf("insights %s", got)
	}
	f.do("UpdateTable", `{"TableName":"hash","SSESpecification":{"Enabled":true}}`)
	off := f.do("UpdateTable", `{"TableName":"hash","SSESpecification":{"Enabled":false}}`)
	if got := text(t, off, "TableDescription", "SSEDescription", "Status"); got != `"UPDATING"` {
		t.Errorf("the key that goes is %s", got)
	}
}

func TestIndex_that_is_named_is_the_first_by_its_name_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", sortTable) // with byG of g and byL of l
	f.do("UpdateTable", `{"TableName":"sort","AttributeDefinitions":[{"AttributeName":"l","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[
		{"Create":{"IndexName":"a-first","KeySchema":[{"AttributeName":"l","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}}]}`)
	want := wrongValue + "Type mismatch for Index Key l Expected: S Actual: BOOL IndexName: a-first"
	f.refuse("PutItem", `{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"l":{"BOOL":true}}}`, want)
	f.refuse("UpdateItem", `{"TableName":"sort","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"UpdateExpression":"SET l = :v","ExpressionAttributeValues":{":v":{"BOOL":true}}}`, want)
}

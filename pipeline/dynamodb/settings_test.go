package dynamodb

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestBackup_restores_the_table_as_it_was_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", strings.Replace(sortTable, `"BillingMode"`, `"SSESpecification":{"Enabled":true,"KMSMasterKeyId":"k-1"},"BillingMode"`, 1))
	put := func(sk int, g string) {
		f.do("PutItem", fmt.Sprintf(`{"TableName":"sort","Item":{"pk":{"S":"a"},"sk":{"N":"%d"},"g":{"S":%q}}}`, sk, g))
	}
	put(1, "x")
	put(2, "y")
	created := f.do("CreateBackup", `{"TableName":"sort","BackupName":"before"}`)
	arn := get(t, created, "BackupDetails", "BackupArn").(string)
	if !strings.HasPrefix(arn, "arn:aws:dynamodb:eu-west-1:111122223333:table/sort/backup/01772366400000-") {
		t.Errorf("arn %s", arn)
	}
	put(1, "changed")
	put(3, "z")
	f.do("DeleteTable", `{"TableName":"sort"}`)
	described := f.do("DescribeBackup", fmt.Sprintf(`{"BackupArn":%q}`, arn))
	if got := get(t, described, "BackupDescription", "SourceTableDetails", "ItemCount"); got != 2.0 {
		t.Errorf("the backup tells %v items, want 2", got)
	}
	f.do("RestoreTableFromBackup", fmt.Sprintf(`{"TargetTableName":"again","BackupArn":%q}`, arn))
	if got := text(t, f.do("Scan", `{"TableName":"again"}`), "Items"); got != `[{"g":{"S":"x"},"pk":{"S":"a"},"sk":{"N":"1"}},{"g":{"S":"y"},"pk":{"S":"a"},"sk":{"N":"2"}}]` {
		t.Errorf("restored: %s", got)
	}
	query := `{"TableName":"again","IndexName":"byG","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"y"}},"Select":"COUNT"}`
	if got := get(t, f.do("Query", query), "Count"); got != 1.0 {
		t.Errorf("the index has %v items of y, want 1", got)
	}
	table := f.do("DescribeTable", `{"TableName":"again"}`)
	if got := get(t, table, "Table", "SSEDescription", "KMSMasterKeyArn"); got != "arn:aws:kms:eu-west-1:111122223333:key/k-1" {
		t.Errorf("key %v", got)
	}
	if get(t, table, "Table", "RestoreSummary", "SourceBackupArn") != arn || get(t, table, "Table", "StreamSpecification") != nil {
		t.Errorf("the restored table has a summary and no stream: %s", table)
	}
	plain := fmt.Sprintf(`{"TargetTableName":"plain","BackupArn":%q,"GlobalSecondaryIndexOverride":[],"LocalSecondaryIndexOverride":[]}`, arn)
	if got := text(t, f.do("RestoreTableFromBackup", plain), "TableDescription", "AttributeDefinitions"); strings.Contains(got, `"g"`) {
		t.Errorf("definitions without the indexes: %s", got)
	}
	refuseAll(t, f, []refusal{
		{"the table is there", "RestoreTableFromBackup", fmt.Sprintf(`{"TargetTableName":"again","BackupArn":%q}`, arn), "TableAlreadyExistsException: Table already exists: again"},
		{"no such table", "CreateBackup", `{"TableName":"none","BackupName":"one"}`, "TableNotFoundException: Table not found: none"},
	})
	f.do("DeleteBackup", fmt.Sprintf(`{"BackupArn":%q}`, arn))
	f.refuse("DescribeBackup", fmt.Sprintf(`{"BackupArn":%q}`, arn), "BackupNotFoundException: Backup not found: "+arn)
}

func TestListBackups_pages_by_time_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	for i, name := range []string{"one", "two", "three"} {
		f.do("CreateBackup", fmt.Sprintf(`{"TableName":"hash","BackupName":%q}`, name))
		f.clock.Set(start.Add(time.Duration(i+1) * time.Minute))
	}
	names := func(body string) (list []string, last any) {
		out := f.do("ListBackups", body)
		for _, b := range get(t, out, "BackupSummaries").([]any) {
			list = append(list, b.(map[string]any)["BackupName"].(string))
		}
		return list, get(t, out, "LastEvaluatedBackupArn")
	}
	first, last := names(`{"Limit":2}`)
	rest, end := names(fmt.Sprintf(`{"ExclusiveStartBackupArn":%q}`, last))
	if fmt.Sprint(first, rest, end) != "[one two] [three] <nil>" {
		t.Errorf("pages %v %v %v", first, rest, end)
	}
	from := start.Add(time.Minute).Unix()
	if got, _ := names(fmt.Sprintf(`{"TimeRangeLowerBound":%d,"TimeRangeUpperBound":%d}`, from, from+60)); fmt.Sprint(got) != "[two]" {
		t.Errorf("of one minute: %v", got)
	}
	if got, _ := names(`{"TableName":"other"}`); got != nil {
		t.Errorf("of another table: %v", got)
	}
}

func TestResourcePolicy_is_stored_by_revision_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	const arn = `"ResourceArn":"arn:aws:dynamodb:eu-west-1:111122223333:table/hash"`
	const missing = "PolicyNotFoundException: Resource-based policy not found for the provided ResourceArn: "
	f.refuse("GetResourcePolicy", `{`+arn+`}`, missing+"arn:aws:dynamodb:eu-west-1:111122223333:table/hash")
	revision := get(t, f.do("PutResourcePolicy", `{`+arn+`,"Policy":"{\"Version\":\"2012-10-17\"}","ExpectedRevisionId":"NO_POLICY"}`), "RevisionId")
	if got := f.do("GetResourcePolicy", `{`+arn+`}`); get(t, got, "Policy") != `{"Version":"2012-10-17"}` || get(t, got, "RevisionId") != revision {
		t.Errorf("policy %s", got)
	}
	if _, err := f.call("PutResourcePolicy", `{`+arn+`,"Policy":"{}","ExpectedRevisionId":"NO_POLICY"}`); err == nil || !strings.HasPrefix(err.Error(), missing) {
		t.Errorf("there is a policy, but it is overwritten: %v", err)
	}
	if _, err := f.call("PutResourcePolicy", `{`+arn+`,"Policy":"nonsense"}`); err == nil {
		t.Error("nonsense is taken for a policy")
	}
	if got := get(t, f.do("DeleteResourcePolicy", `{`+arn+`}`), "RevisionId"); got != revision {
		t.Errorf("deleted revision %v, want %v", got, revision)
	}
	if got := f.do("DeleteResourcePolicy", `{`+arn+`}`); got != "{}" {
		t.Errorf("deleting nothing: %s", got)
	}
}

func TestSettings_are_stored_and_told_R1_3(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTable", hashTable)
	recovery := func(answer string) string {
		return text(t, answer, "ContinuousBackupsDescription", "PointInTimeRecoveryDescription")
	}
	if got := recovery(f.do("DescribeContinuousBackups", `{"TableName":"hash"}`)); got != `{"PointInTimeRecoveryStatus":"DISABLED"}` {
		t.Errorf("before: %s", got)
	}
	f.do("UpdateContinuousBackups", `{"TableName":"hash","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":1}}`)
	f.clock.Set(start.Add(48 * time.Hour))
	want := fmt.Sprintf(`{"EarliestRestorableDateTime":%d,"LatestRestorableDateTime":%d,"PointInTimeRecoveryStatus":"ENABLED","RecoveryPeriodInDays":1}`,
		start.Add(24*time.Hour).Unix(), start.Add(48*time.Hour-5*time.Minute).Unix())
	var a, b any = get(t, `{"x":`+recovery(f.do("DescribeContinuousBackups", `{"TableName":"hash"}`))+`}`, "x"), get(t, `{"x":`+want+`}`, "x")
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("recovery %v, want %v", a, b)
	}

	if got := get(t, f.do("DescribeContributorInsights", `{"TableName":"hash"}`), "ContributorInsightsStatus"); got != "DISABLED" {
		t.Errorf("insights before: %v", got)
	}
	f.do("UpdateContributorInsights", `{"TableName":"hash","ContributorInsightsAction":"ENABLE"}`)
	if got := f.do("ListContributorInsights", `{}`); got != `{"ContributorInsightsSummaries":[{"TableName":"hash","ContributorInsightsStatus":"ENABLED"}]}` {
		t.Errorf("insights: %s", got)
	}

	sse := func() string {
		return text(t, f.do("DescribeTable", `{"TableName":"hash"}`), "Table", "SSEDescription")
	}
	if got := sse(); got != "null" {
		t.Errorf("a table with the service's own key tells nothing, got %s", got)
	}
	f.do("UpdateTable", `{"TableName":"hash","SSESpecification":{"Enabled":true}}`)
	first := sse()
	f.do("UpdateTable", `{"TableName":"hash","SSESpecification":{"Enabled":false}}`)
	f.do("UpdateTable", `{"TableName":"hash","SSESpecification":{"Enabled":true}}`)
	if got := sse(); got != first || !strings.Contains(got, `"KMSMasterKeyArn":"arn:aws:kms:eu-west-1:111122223333:key/`) {
		t.Errorf("keys %s and %s, want one key of the account", first, got)
	}

	if got := f.do("DescribeLimits", `{}`); got != `{"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,"TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000}` {
		t.Errorf("limits: %s", got)
	}
	if got := f.do("DescribeEndpoints", `{}`); got != `{"Endpoints":[{"Address":"dynamodb.eu-west-1.amazonaws.com","CachePeriodInMinutes":1440}]}` {
		t.Errorf("endpoints: %s", got)
	}
}

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dyetrace/dyetrace/pipeline"
)

// contact has every tag that attributevalue knows, and every type it turns into a DynamoDB type.
type contact struct {
	Tenant  string `dynamodbav:"pk"`
	ID      int    `dynamodbav:"sk"`
	Name    string
	Nick    string                `dynamodbav:"nick,omitempty"`
	Hidden  string                `dynamodbav:"-"`
	Age     int                   `dynamodbav:",omitempty"`
	Code    int64                 `dynamodbav:"code,string"`
	Score   float64               `dynamodbav:"score"`
	Active  bool                  `dynamodbav:"active"`
	Photo   []byte                `dynamodbav:"photo"`
	Tags    []string              `dynamodbav:"tags,stringset,omitempty"`
	Years   []int                 `dynamodbav:"years,numberset,omitempty"`
	Hashes  [][]byte              `dynamodbav:"hashes,binaryset,omitempty"`
	Phones  []string              `dynamodbav:"phones,omitemptyelem"`
	Notes   []string              `dynamodbav:"notes,nullemptyelem"`
	Blank   string                `dynamodbav:"blank,nullempty"`
	Created time.Time             `dynamodbav:"created"`
	Expires time.Time             `dynamodbav:"expires,unixtime"`
	Home    *address              `dynamodbav:"home"`
	Work    *address              `dynamodbav:"work"`
	Labels  map[string]int        `dynamodbav:"labels"`
	Any     map[string]any        `dynamodbav:"any"`
	Number  attributevalue.Number `dynamodbav:"number,omitempty"`
	Matrix  [2][]float64          `dynamodbav:"matrix"`
	version                       // embedded: its fields are the item's
}

type address struct {
	City string `dynamodbav:"city"`
	Zip  string `dynamodbav:"zip,omitempty"`
}

type version struct {
	Version uint64 `dynamodbav:"version"`
}

// contacts makes a table of contacts with a global and a local index.
func (s *served) contacts() *string {
	s.t.Helper()
	name := aws.String("contacts")
	must[*dynamodb.CreateTableOutput](s.t)(s.tables.CreateTable(s.t.Context(), &dynamodb.CreateTableInput{
		TableName: name, BillingMode: ddb.BillingModePayPerRequest,
		KeySchema: []ddb.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: ddb.KeyTypeHash}, {AttributeName: aws.String("sk"), KeyType: ddb.KeyTypeRange}},
		AttributeDefinitions: []ddb.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: "S"}, {AttributeName: aws.String("sk"), AttributeType: "N"}, {AttributeName: aws.String("Name"), AttributeType: "S"},
		},
		GlobalSecondaryIndexes: []ddb.GlobalSecondaryIndex{{
			IndexName: aws.String("by-name"), KeySchema: []ddb.KeySchemaElement{{AttributeName: aws.String("Name"), KeyType: ddb.KeyTypeHash}},
			Projection: &ddb.Projection{ProjectionType: ddb.ProjectionTypeAll},
		}},
		StreamSpecification: &ddb.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: ddb.StreamViewTypeNewAndOldImages},
	}))
	return name
}

func (s *served) store(table *string, v any) {
	s.t.Helper()
	item := must[map[string]ddb.AttributeValue](s.t)(attributevalue.MarshalMap(v))
	must[*dynamodb.PutItemOutput](s.t)(s.tables.PutItem(s.t.Context(), &dynamodb.PutItemInput{TableName: table, Item: item}))
}

func contactKey(tenant string, id int) map[string]ddb.AttributeValue {
	return map[string]ddb.AttributeValue{"pk": &ddb.AttributeValueMemberS{Value: tenant}, "sk": &ddb.AttributeValueMemberN{Value: fmt.Sprint(id)}}
}

func TestAttributevalue_structs_come_back_R1_3(t *testing.T) {
	s := serve(t, pipeline.Options{})
	table := s.contacts()
	ada := contact{
		Tenant: "acme", ID: 1, Name: "Ada", Hidden: "never sent", Code: 7, Score: 0.1, Active: true, Photo: []byte{0, 255}, Tags: []string{"a", "b"}, Years: []int{1815, 1852},
		Hashes: [][]byte{{}, {1}}, Phones: []string{"1", "", "2"}, Notes: []string{"x", ""}, Created: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC),
		Expires: time.Unix(1_800_000_000, 0), Home: &address{City: "Bonn"}, Labels: map[string]int{"vip": 1},
		Any: map[string]any{"list": []any{"x", 1.5, nil, true}, "map": map[string]any{}}, Number: "-12345678901234567890123456789.012345678",
		Matrix: [2][]float64{{1, 2}, {}}, version: version{3},
	}
	for _, c := range []contact{ada, {Tenant: "zero", Name: "Z"}} {
		s.store(table, c)
		got := must[*dynamodb.GetItemOutput](t)(s.tables.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: table, Key: contactKey(c.Tenant, c.ID), ConsistentRead: aws.Bool(true)}))
		var back contact
		if err := attributevalue.UnmarshalMap(got.Item, &back); err != nil {
			t.Fatal(err)
		}
		want := c // less what its tags say is not sent
		want.Hidden = ""
		if want.Phones != nil {
			want.Phones = []string{"1", "2"}
		}
		if diff := cmp.Diff(want, back, cmp.AllowUnexported(contact{}), cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
			t.Errorf("%s came back with differences (-want +got):\n%s", c.Tenant, diff)
		}
	}
	got := must[*dynamodb.GetItemOutput](t)(s.tables.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: table, Key: contactKey("acme", 1)}))
	for name, want := range map[string]ddb.AttributeValue{
		"code": &ddb.AttributeValueMemberS{Value: "7"}, "expires": &ddb.AttributeValueMemberN{Value: "1800000000"}, "years": &ddb.AttributeValueMemberNS{Value: []string{"1815", "1852"}},
		"blank": &ddb.AttributeValueMemberNULL{Value: true}, "photo": &ddb.AttributeValueMemberB{Value: []byte{0, 255}}, "work": &ddb.AttributeValueMemberNULL{Value: true},
		"number": &ddb.AttributeValueMemberN{Value: "-12345678901234567890123456789.012345678"}, "score": &ddb.AttributeValueMemberN{Value: "0.1"},
	} {
		if diff := cmp.Diff(want, got.Item[name], cmpopts.IgnoreUnexported(ddb.AttributeValueMemberS{}, ddb.AttributeValueMemberN{}, ddb.AttributeValueMemberNS{}, ddb.AttributeValueMemberNULL{},
			ddb.AttributeValueMemberB{}), cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
			t.Errorf("%s is stored with differences (-want +got):\n%s", name, diff)
		}
	}
	for _, name := range []string{"Hidden", "nick", "Age"} {
		if v, ok := got.Item[name]; ok {
			t.Errorf("%s is stored as %v", name, v)
		}
	}
}

func TestExpression_conditions_R1_3(t *testing.T) {
	s := serve(t, pipeline.Options{})
	table := s.contacts()
	s.store(table, contact{Tenant: "acme", ID: 1, Name: "Ada", Age: 36, Tags: []string{"vip"}, Phones: []string{"1", "2"}, Home: &address{City: "Bonn"}, Matrix: [2][]float64{{1}, {2}}})
	name, value := expression.Name, expression.Value
	for _, tt := range []struct {
		reason    string
		condition expression.ConditionBuilder
		holds     bool
	}{
		{"what is there", expression.AttributeExists(name("pk")), true},
		{"what is not", expression.AttributeNotExists(name("nobody")), true},
		{"equal", name("Name").Equal(value("Ada")), true},
		{"not equal", name("Name").NotEqual(value("Ada")), false},
		{"less", name("Age").LessThan(value(36)), false},
		{"less or equal", name("Age").LessThanEqual(value(36)), true},
		{"greater, with the value first", value(40).GreaterThan(name("Age")), true},
		{"greater or equal of two attributes", name("Age").GreaterThanEqual(name("sk")), true},
		{"between", name("Age").Between(value(30), value(36.5)), true},
		{"in", name("Age").In(value(1), value("36"), value(36)), true},
		{"a number is no text", name("Age").In(value("36")), false},
		{"begins with", name("Name").BeginsWith("Ad"), true},
		{"contains in a text", name("Name").Contains("da"), true},
		{"contains in a set", name("tags").Contains("vip"), true},
		{"contains in a list", name("phones").Contains("2"), true},
		{"size of a list", name("phones").Size().Equal(value(2)), true},
		{"size of a text", name("Name").Size().GreaterThan(value(3)), false},
		{"type", name("tags").AttributeType(expression.StringSet), true},
		{"nested", name("home.city").Equal(value("Bonn")), true},
		{"index of a list", name("phones[1]").Equal(value("2")), true},
		{"list in a list", name("matrix[1][0]").Equal(value(2)), true},
		{"a name with a dot is not a path", expression.NameNoDotSplit("home.city").AttributeExists(), false},
		{"and", name("Age").Equal(value(36)).And(name("Name").Equal(value("Ada")), name("active").Equal(value(true))), false},
		{"or", name("Age").Equal(value(0)).Or(name("Name").Equal(value("x")), name("active").Equal(value(false))), true},
		{"not", name("Age").Equal(value(36)).Not(), false},
		{"a map as a value", name("home").Equal(value(address{City: "Bonn"})), true},
		{"a set as a value, in another order", name("tags").Equal(value(&ddb.AttributeValueMemberSS{Value: []string{"vip"}})), true},
	} {
		expr := must[expression.Expression](t)(expression.NewBuilder().WithCondition(tt.condition).Build())
		_, err := s.tables.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
			TableName: table, Key: contactKey("acme", 1), ConditionExpression: aws.String("NOT (" + *expr.Condition() + ")"),
			ExpressionAttributeNames: expr.Names(), ExpressionAttributeValues: expr.Values(), ReturnValuesOnConditionCheckFailure: ddb.ReturnValuesOnConditionCheckFailureAllOld,
		})
		failed, refused := errors.AsType[*ddb.ConditionalCheckFailedException](err)
		if refused != tt.holds || err != nil && !refused {
			t.Errorf("%s: %s %v holds is not %t: %v", tt.reason, *expr.Condition(), expr.Names(), tt.holds, err)
		}
		if refused {
			var old contact
			if err := attributevalue.UnmarshalMap(failed.Item, &old); err != nil || old.Name != "Ada" {
				t.Errorf("%s: the item in the way is %+v, %v", tt.reason, old, err)
			}
			continue
		}
		s.store(table, contact{Tenant: "acme", ID: 1, Name: "Ada", Age: 36, Tags: []string{"vip"}, Phones: []string{"1", "2"}, Home: &address{City: "Bonn"}, Matrix: [2][]float64{{1}, {2}}})
	}
}

func TestExpression_updates_R1_3(t *testing.T) {
	s := serve(t, pipeline.Options{})
	table := s.contacts()
	s.store(table, contact{Tenant: "acme", ID: 1, Name: "Ada", Age: 36, Tags: []string{"a", "b"}, Years: []int{1}, Phones: []string{"1", "2"}, Home: &address{City: "Bonn", Zip: "53"}})
	name, value := expression.Name, expression.Value
	update := expression.Set(name("Age"), name("Age").Plus(value(1))).
		Set(name("score"), expression.Minus(value(1), name("sk"))).
		Set(name("nick"), expression.IfNotExists(name("nick"), value("Countess"))).
		Set(name("phones"), expression.ListAppend(value([]string{"0"}), name("phones"))).
		Set(name("home.city"), value("Köln")).
		Set(name("labels.vip"), value(1)).
		Remove(name("home.zip")).Remove(name("photo")).
		Add(name("years"), value(&ddb.AttributeValueMemberNS{Value: []string{"2", "1"}})).
		Add(name("version"), value(2)).
		Delete(name("tags"), value(&ddb.AttributeValueMemberSS{Value: []string{"a", "x"}}))
	expr := must[expression.Expression](t)(expression.NewBuilder().WithUpdate(update).WithCondition(name("version").LessThan(value(1))).Build())
	in := &dynamodb.UpdateItemInput{
		TableName: table, Key: contactKey("acme", 1), UpdateExpression: expr.Update(), ConditionExpression: expr.Condition(),
		ExpressionAttributeNames: expr.Names(), ExpressionAttributeValues: expr.Values(), ReturnValues: ddb.ReturnValueUpdatedNew,
	}
	_, err := s.tables.UpdateItem(t.Context(), in)
	if err == nil || !strings.Contains(err.Error(), "document path provided in the update expression is invalid") {
		t.Fatalf("a path into a map that is NULL: %v", err)
	}
	prepare := must[expression.Expression](t)(expression.NewBuilder().WithUpdate(expression.Set(name("labels"), value(map[string]int{}))).Build())
	must[*dynamodb.UpdateItemOutput](t)(s.tables.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: table, Key: contactKey("acme", 1), UpdateExpression: prepare.Update(), ExpressionAttributeNames: prepare.Names(), ExpressionAttributeValues: prepare.Values(),
	}))
	out := must[*dynamodb.UpdateItemOutput](t)(s.tables.UpdateItem(t.Context(), in))
	var got struct {
		contact
		Photo, Name *string // not updated: must not be told
	}
	if err := attributevalue.UnmarshalMap(out.Attributes, &got); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got.Years)
	if got.Age != 37 || got.Score != 0 || got.Nick != "Countess" || !slices.Equal(got.Phones, []string{"0", "1", "2"}) || got.Home == nil || *got.Home != (address{City: "Köln"}) ||
		got.Labels["vip"] != 1 || !slices.Equal(got.Years, []int{1, 2}) || got.Version != 2 || !slices.Equal(got.Tags, []string{"b"}) || got.Photo != nil || got.Name != nil {
		t.Errorf("UPDATED_NEW is %+v", got)
	}
	if _, err := s.tables.UpdateItem(t.Context(), in); err == nil {
		t.Error("the version had moved on, and the update was carried out again")
	}
}

func TestExpression_reads_with_filter_and_projection_R1_3(t *testing.T) {
	s := serve(t, pipeline.Options{})
	table := s.contacts()
	for i := range 40 {
		s.store(table, contact{Tenant: "acme", ID: i, Name: fmt.Sprint("N", i%4), Age: i, Home: &address{City: []string{"Bonn", "Kiel"}[i%2]}, Phones: []string{"1", fmt.Sprint(i)}})
	}
	name, value := expression.Name, expression.Value
	expr := must[expression.Expression](t)(expression.NewBuilder().
		WithKeyCondition(expression.Key("pk").Equal(expression.Value("acme")).And(expression.Key("sk").Between(expression.Value(10), expression.Value(29)))).
		WithFilter(name("home.city").Equal(value("Kiel")).And(name("Age").GreaterThan(value(14)))).
		WithProjection(expression.NamesList(name("sk"), name("home.city"), name("phones[1]"), name("nobody"))).Build())
	pages := dynamodb.NewQueryPaginator(s.tables, &dynamodb.QueryInput{
		TableName: table, KeyConditionExpression: expr.KeyCondition(), FilterExpression: expr.Filter(), ProjectionExpression: expr.Projection(),
		ExpressionAttributeNames: expr.Names(), ExpressionAttributeValues: expr.Values(), ScanIndexForward: aws.Bool(false),
	}, func(o *dynamodb.QueryPaginatorOptions) { o.Limit = 3 })
	var got []string
	requests, looked := 0, 0
	for pages.HasMorePages() {
		page := must[*dynamodb.QueryOutput](t)(pages.NextPage(t.Context()))
		requests, looked = requests+1, looked+int(page.ScannedCount)
		var items []contact
		if err := attributevalue.UnmarshalListOfMaps(page.Items, &items); err != nil {
			t.Fatal(err)
		}
		for i, c := range items {
			if len(page.Items[i]) != 3 {
				t.Errorf("an item has %v", page.Items[i])
			}
			got = append(got, fmt.Sprint(c.ID, c.Home.City, c.Phones))
		}
	}
	if want := []string{"29Kiel[29]", "27Kiel[27]", "25Kiel[25]", "23Kiel[23]", "21Kiel[21]", "19Kiel[19]", "17Kiel[17]", "15Kiel[15]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if requests != 7 || looked != 20 {
		t.Errorf("%d requests looked at %d items, want 7 and 20", requests, looked)
	}
	byName := must[expression.Expression](t)(expression.NewBuilder().WithKeyCondition(expression.KeyEqual(expression.Key("Name"), expression.Value("N3"))).Build())
	found := must[*dynamodb.QueryOutput](t)(s.tables.Query(t.Context(), &dynamodb.QueryInput{
		TableName: table, IndexName: aws.String("by-name"), KeyConditionExpression: byName.KeyCondition(), Select: ddb.SelectCount,
		ExpressionAttributeNames: byName.Names(), ExpressionAttributeValues: byName.Values(),
	}))
	if found.Count != 10 || found.Items != nil {
		t.Errorf("%d contacts are called N3, with %d items", found.Count, len(found.Items))
	}
}

// TestScan_segments_share_the_table_R1_3 scans with parallel workers, each with a paginator of its own.
func TestScan_segments_share_the_table_R1_3(t *testing.T) {
	s := serve(t, pipeline.Options{})
	table := s.contacts()
	const items, segments = 300, 7
	for i := range items {
		s.store(table, contact{Tenant: fmt.Sprint("t", i%50), ID: i, Name: "N"})
	}
	var mu sync.Mutex
	seen := map[int]int{}
	var all sync.WaitGroup
	for segment := range int32(segments) {
		all.Go(func() {
			pages := dynamodb.NewScanPaginator(s.tables, &dynamodb.ScanInput{TableName: table, Segment: &segment, TotalSegments: aws.Int32(segments)},
				func(o *dynamodb.ScanPaginatorOptions) { o.Limit = 10 })
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				var found []contact
				if err := attributevalue.UnmarshalListOfMaps(page.Items, &found); err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, c := range found {
					seen[c.ID]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for i := range items {
		if seen[i] != 1 {
			t.Errorf("item %d was seen %d times", i, seen[i])
		}
	}
}

func TestTables_waiters_and_list_R1_3(t *testing.T) {
	s := serve(t, pipeline.Options{})
	ctx := t.Context()
	soon := func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, time.Millisecond
	}
	absent := &dynamodb.DescribeTableInput{TableName: aws.String("absent")}
	if err := dynamodb.NewTableExistsWaiter(s.tables).Wait(ctx, absent, 20*time.Millisecond, soon); err == nil {
		t.Error("a table that nobody made exists")
	}
	for i := range 7 {
		must[*dynamodb.CreateTableOutput](t)(s.tables.CreateTable(ctx, &dynamodb.CreateTableInput{
			TableName: aws.String(fmt.Sprint("table-", i)), BillingMode: ddb.BillingModePayPerRequest,
			KeySchema:            []ddb.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: ddb.KeyTypeHash}},
			AttributeDefinitions: []ddb.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: "S"}},
		}))
		in := &dynamodb.DescribeTableInput{TableName: aws.String(fmt.Sprint("table-", i))}
		if err := dynamodb.NewTableExistsWaiter(s.tables).Wait(ctx, in, time.Second, soon); err != nil {
			t.Error(err)
		}
	}
	var names []string
	pages := dynamodb.NewListTablesPaginator(s.tables, &dynamodb.ListTablesInput{}, func(o *dynamodb.ListTablesPaginatorOptions) { o.Limit = 3 })
	for pages.HasMorePages() {
		names = append(names, must[*dynamodb.ListTablesOutput](t)(pages.NextPage(ctx)).TableNames...)
	}
	if len(names) != 7 || !slices.IsSorted(names) {
		t.Errorf("got %q", names)
	}
	gone := &dynamodb.DescribeTableInput{TableName: &names[0]}
	must[*dynamodb.DeleteTableOutput](t)(s.tables.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &names[0]}))
	if err := dynamodb.NewTableNotExistsWaiter(s.tables).Wait(context.WithoutCancel(ctx), gone, time.Second); err != nil {
		t.Error(err)
	}
}

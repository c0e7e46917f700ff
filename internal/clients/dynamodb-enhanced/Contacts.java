import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbTable;
import software.amazon.awssdk.enhanced.dynamodb.Expression;
import software.amazon.awssdk.enhanced.dynamodb.Key;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.extensions.annotations.DynamoDbVersionAttribute;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbBean;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSecondaryPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSortKey;
import software.amazon.awssdk.enhanced.dynamodb.model.EnhancedGlobalSecondaryIndex;
import software.amazon.awssdk.enhanced.dynamodb.model.PutItemEnhancedRequest;
import software.amazon.awssdk.enhanced.dynamodb.model.QueryConditional;
import software.amazon.awssdk.enhanced.dynamodb.model.WriteBatch;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

/** Contacts keeps beans in a table through the enhanced client: versions, indexes, batches, pages and transactions. */
public class Contacts {
    @DynamoDbBean
    public static class Contact {
        private String tenant, id, email;
        private Integer age;
        private Long version;
        private Set<String> tags;
        private Map<String, String> detail;
        private List<Integer> scores;

        @DynamoDbPartitionKey public String getTenant() { return tenant; }
        public void setTenant(String v) { tenant = v; }
        @DynamoDbSortKey public String getId() { return id; }
        public void setId(String v) { id = v; }
        @DynamoDbSecondaryPartitionKey(indexNames = "by-email") public String getEmail() { return email; }
        public void setEmail(String v) { email = v; }
        public Integer getAge() { return age; }
        public void setAge(Integer v) { age = v; }
        @DynamoDbVersionAttribute public Long getVersion() { return version; }
        public void setVersion(Long v) { version = v; }
        public Set<String> getTags() { return tags; }
        public void setTags(Set<String> v) { tags = v; }
        public Map<String, String> getDetail() { return detail; }
        public void setDetail(Map<String, String> v) { detail = v; }
        public List<Integer> getScores() { return scores; }
        public void setScores(List<Integer> v) { scores = v; }
    }

    static Contact contact(String id, int age) {
        Contact c = new Contact();
        c.setTenant("acme");
        c.setId(id);
        c.setEmail(id + "@example.com");
        c.setAge(age);
        return c;
    }

    static void equal(Object got, Object want) {
        if (!want.equals(got)) throw new AssertionError("got " + got + ", want " + want);
    }

    static <E extends Exception> E fails(Class<E> kind, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            return kind.cast(e);
        }
        throw new AssertionError("no " + kind.getSimpleName());
    }

    static Key key(String id) { return Key.builder().partitionValue("acme").sortValue(id).build(); }

    public static void main(String[] args) {
        String account = Long.toString(ThreadLocalRandom.current().nextLong(100_000_000_000L, 1_000_000_000_000L));
        try (DynamoDbClient client = DynamoDbClient.builder().endpointOverride(URI.create(System.getenv("DYETRACE_ENDPOINT"))).region(Region.EU_CENTRAL_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(account, "any"))).httpClient(UrlConnectionHttpClient.create()).build()) {
            DynamoDbEnhancedClient enhanced = DynamoDbEnhancedClient.builder().dynamoDbClient(client).build();
            DynamoDbTable<Contact> table = enhanced.table("contacts", TableSchema.fromBean(Contact.class));
            table.createTable(r -> r.globalSecondaryIndices(
                    EnhancedGlobalSecondaryIndex.builder().indexName("by-email").projection(p -> p.projectionType(ProjectionType.ALL)).build()));
            client.waiter().waitUntilTableExists(r -> r.tableName("contacts"));
            versions(table);
            DynamoDbEnhancedClient unversioned = DynamoDbEnhancedClient.builder().dynamoDbClient(client).extensions(List.of()).build();
            queries(unversioned, unversioned.table("contacts", TableSchema.fromBean(Contact.class)));
            transactions(enhanced, table);
            table.deleteTable();
        }
        System.out.println("ok");
    }

    static void versions(DynamoDbTable<Contact> table) {
        Contact first = contact("1", 40);
        first.setTags(Set.of("a", "b"));
        first.setDetail(Map.of("city", "Bonn"));
        first.setScores(List.of(1, 2));
        table.putItem(first);
        Contact got = table.getItem(key("1"));
        equal(List.of(got.getTags(), got.getDetail(), got.getScores(), got.getVersion()), List.of(Set.of("a", "b"), Map.of("city", "Bonn"), List.of(1, 2), 1L));
        Contact stale = table.getItem(key("1"));
        got.setAge(41);
        equal(table.updateItem(got).getVersion(), 2L);
        fails(ConditionalCheckFailedException.class, () -> table.updateItem(stale));
        Expression absent = Expression.builder().expression("attribute_not_exists(#i)").putExpressionName("#i", "id").build();
        fails(ConditionalCheckFailedException.class,
                () -> table.putItem(PutItemEnhancedRequest.builder(Contact.class).item(contact("1", 1)).conditionExpression(absent).build()));
        equal(table.deleteItem(key("1")).getAge(), 41);
    }

    static void queries(DynamoDbEnhancedClient enhanced, DynamoDbTable<Contact> table) {
        WriteBatch.Builder<Contact> batch = WriteBatch.builder(Contact.class).mappedTableResource(table);
        for (int i = 10; i < 30; i++) batch.addPutItem(contact(Integer.toString(i), i));
        enhanced.batchWriteItem(r -> r.writeBatches(batch.build()));
        Expression even = Expression.builder().expression("age IN (:a, :b)").putExpressionValue(":a", AttributeValue.fromN("12")).putExpressionValue(":b", AttributeValue.fromN("14")).build();
        QueryConditional tens = QueryConditional.sortBeginsWith(key("1"));
        equal(table.query(r -> r.queryConditional(tens).filterExpression(even).limit(3)).items().stream().map(Contact::getId).collect(Collectors.toList()), List.of("12", "14"));
        equal(table.query(r -> r.queryConditional(tens).limit(3).scanIndexForward(false)).stream().limit(1).findFirst().get().items().get(0).getId(), "19");
        QueryConditional mail = QueryConditional.keyEqualTo(k -> k.partitionValue("15@example.com"));
        equal(table.index("by-email").query(mail).stream().mapToInt(p -> p.items().size()).sum(), 1);
        equal(table.scan(r -> r.limit(4)).items().stream().count(), 20L);
    }

    static void transactions(DynamoDbEnhancedClient enhanced, DynamoDbTable<Contact> table) {
        enhanced.transactWriteItems(r -> r.addPutItem(table, contact("50", 1)).addDeleteItem(table, key("10")));
        equal(enhanced.transactGetItems(r -> r.addGetItem(table, key("50")).addGetItem(table, key("10"))).stream().map(d -> d.getItem(table) != null).collect(Collectors.toList()),
                List.of(true, false));
        TransactionCanceledException refused = fails(TransactionCanceledException.class,
                () -> enhanced.transactWriteItems(r -> r.addPutItem(table, contact("50", 2)).addPutItem(table, contact("51", 2))));
        equal(refused.cancellationReasons().stream().map(c -> c.code()).collect(Collectors.toList()), List.of("ConditionalCheckFailed", "None"));
    }
}

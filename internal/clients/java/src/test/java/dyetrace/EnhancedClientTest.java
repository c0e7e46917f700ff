package dyetrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.Key;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.extensions.annotations.DynamoDbVersionAttribute;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbBean;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSortKey;
import software.amazon.awssdk.enhanced.dynamodb.model.QueryConditional;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;

/** DynamoDB with the enhanced client, whose version attribute is an optimistic lock by condition expressions. */
class EnhancedClientTest {
  @DynamoDbBean
  public static class Contact {
    private String tenant;
    private String id;
    private String name;
    private Integer version;

    @DynamoDbPartitionKey
    public String getTenant() { return tenant; }
    public void setTenant(String tenant) { this.tenant = tenant; }
    @DynamoDbSortKey
    public String getId() { return id; }
    public void setId(String id) { this.id = id; }
    public String getName() { return name; }
    public void setName(String name) { this.name = name; }
    @DynamoDbVersionAttribute
    public Integer getVersion() { return version; }
    public void setVersion(Integer version) { this.version = version; }

    static Contact of(String tenant, String id, String name) {
      Contact c = new Contact();
      c.tenant = tenant;
      c.id = id;
      c.name = name;
      return c;
    }
  }

  @Test
  void itemsQueriesAndOptimisticLocks() {
    var table = DynamoDbEnhancedClient.builder().dynamoDbClient(Server.client(DynamoDbClient.builder())).build()
        .table("java-contacts", TableSchema.fromBean(Contact.class));
    table.createTable();
    IntStream.range(0, 5).forEach(i -> table.putItem(Contact.of("acme", "c" + i, "n" + i)));
    table.putItem(Contact.of("rival", "c0", "other"));

    assertThat(table.query(QueryConditional.keyEqualTo(k -> k.partitionValue("acme"))).items()).hasSize(5);
    assertThat(table.query(QueryConditional.sortBetween(
        Key.builder().partitionValue("acme").sortValue("c1").build(), Key.builder().partitionValue("acme").sortValue("c3").build())).items())
        .extracting(Contact::getId).containsExactly("c1", "c2", "c3");

    Contact first = table.getItem(Key.builder().partitionValue("acme").sortValue("c0").build());
    Contact second = table.getItem(Key.builder().partitionValue("acme").sortValue("c0").build());
    first.setName("changed");
    assertThat(table.updateItem(first).getVersion()).isEqualTo(2);
    second.setName("stale");
    assertThatThrownBy(() -> table.updateItem(second)).isInstanceOf(ConditionalCheckFailedException.class);
  }
}

package dyetrace;

import static org.assertj.core.api.Assertions.assertThat;

import io.awspring.cloud.sqs.annotation.SqsListener;
import io.awspring.cloud.sqs.operations.SqsTemplate;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Spring Cloud AWS, unchanged: a listener on a queue, and a template that sends. */
class SpringListenerTest {
  public record Order(String id, int attempt) {}

  @SpringBootApplication
  static class Shop {
    static final Queue<Order> handled = new ConcurrentLinkedQueue<>();
    static final CountDownLatch all = new CountDownLatch(21);
    static volatile boolean failed;

    @SqsListener("spring-orders")
    void handle(Order order) {
      if (order.id().equals("flaky") && !failed) {
        failed = true;
        throw new IllegalStateException("the first try fails");
      }
      handled.add(order);
      all.countDown();
    }
  }

  @Test
  void listenerHandlesEachOrderAndRetries() throws Exception {
    Map<String, Object> properties = Map.of(
        "spring.cloud.aws.endpoint", Server.ENDPOINT, "spring.cloud.aws.region.static", "us-east-1",
        "spring.cloud.aws.credentials.access-key", Server.ACCOUNT, "spring.cloud.aws.credentials.secret-key", "test",
        "spring.main.banner-mode", "off", "logging.level.root", "OFF");
    // Spring acknowledges in batches of a second: the timeout must be longer.
    var queues = Server.client(software.amazon.awssdk.services.sqs.SqsClient.builder());
    queues.createQueue(r -> r.queueName("spring-orders").attributesWithStrings(Map.of("VisibilityTimeout", "6")));
    try (ConfigurableApplicationContext shop = new SpringApplicationBuilder(Shop.class).properties(properties).run()) {
      SqsTemplate template = shop.getBean(SqsTemplate.class);
      IntStream.range(0, 20).forEach(i -> template.send("spring-orders", new Order("o-" + i, i)));
      template.send("spring-orders", new Order("flaky", 0));
      assertThat(Shop.all.await(60, TimeUnit.SECONDS)).as("handled %s", Shop.handled).isTrue();
    }
    assertThat(Shop.handled).extracting(Order::id).hasSize(21).doesNotHaveDuplicates().contains("flaky");
  }
}

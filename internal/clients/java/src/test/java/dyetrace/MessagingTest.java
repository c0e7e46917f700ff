package dyetrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** SQS and SNS with the AWS SDK for Java v2, which verifies the MD5 of every message itself. */
class MessagingTest {
  private final SqsClient sqs = Server.client(SqsClient.builder());
  private final SnsClient sns = Server.client(SnsClient.builder());

  private String queue(String name, Map<QueueAttributeName, String> attributes) {
    return sqs.createQueue(r -> r.queueName(name).attributes(attributes)).queueUrl();
  }

  private String arn(String url) {
    return sqs.getQueueAttributes(r -> r.queueUrl(url).attributeNames(QueueAttributeName.QUEUE_ARN))
        .attributes().get(QueueAttributeName.QUEUE_ARN);
  }

  private List<Message> receive(String url) {
    return sqs.receiveMessage(r -> r.queueUrl(url).maxNumberOfMessages(10).waitTimeSeconds(5)
            .messageAttributeNames("All").messageSystemAttributeNames(MessageSystemAttributeName.ALL)).messages();
  }

  @Test
  void standardQueue() {
    String url = queue("java-standard", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "30"));
    sqs.sendMessage(r -> r.queueUrl(url).messageBody("grüße").messageAttributes(Map.of(
        "kind", MessageAttributeValue.builder().dataType("String").stringValue("test").build(),
        "n", MessageAttributeValue.builder().dataType("Number.int").stringValue("7").build())));
    Message m = receive(url).get(0);
    assertThat(m.body()).isEqualTo("grüße");
    assertThat(m.messageAttributes()).containsOnlyKeys("kind", "n");
    assertThat(m.attributes()).containsEntry(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT, "1");

    sqs.changeMessageVisibility(r -> r.queueUrl(url).receiptHandle(m.receiptHandle()).visibilityTimeout(0));
    Message again = receive(url).get(0);
    assertThat(again.messageId()).isEqualTo(m.messageId());
    assertThat(again.attributes()).containsEntry(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT, "2");
    sqs.deleteMessage(r -> r.queueUrl(url).receiptHandle(again.receiptHandle()));
    assertThat(sqs.getQueueAttributes(r -> r.queueUrl(url).attributeNames(QueueAttributeName.ALL)).attributes())
        .containsEntry(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES, "0")
        .containsEntry(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE, "0");
  }

  @Test
  void batchesSucceedInPart() {
    String url = queue("java-batch", Map.of());
    var out = sqs.sendMessageBatch(r -> r.queueUrl(url).entries(
        SendMessageBatchRequestEntry.builder().id("good").messageBody("1").build(),
        SendMessageBatchRequestEntry.builder().id("bad").messageBody("2").delaySeconds(901).build()));
    assertThat(out.successful()).extracting(e -> e.id()).containsExactly("good");
    assertThat(out.failed()).extracting(e -> e.id()).containsExactly("bad");
    assertThat(out.failed().get(0).senderFault()).isTrue();
  }

  @Test
  void fifoKeepsOrderAndDropsDuplicates() {
    String url = queue("java.fifo", Map.of(QueueAttributeName.FIFO_QUEUE, "true", QueueAttributeName.CONTENT_BASED_DEDUPLICATION, "true"));
    for (String body : List.of("1", "2", "2", "3")) {
      sqs.sendMessage(r -> r.queueUrl(url).messageBody(body).messageGroupId("g"));
    }
    assertThat(receive(url)).extracting(Message::body).containsExactly("1", "2", "3");
    assertThat(receive(url)).isEmpty(); // the group is blocked while its messages are in flight
  }

  @Test
  void missingQueue() {
    assertThatThrownBy(() -> sqs.getQueueUrl(r -> r.queueName("nowhere"))).isInstanceOf(QueueDoesNotExistException.class);
  }

  @Test
  void topicFansOutByFilter() {
    String topic = sns.createTopic(r -> r.name("java-topic")).topicArn();
    String acme = queue("java-acme", Map.of());
    String rival = queue("java-rival", Map.of());
    for (var s : Map.of(acme, "acme", rival, "rival").entrySet()) {
      sns.subscribe(r -> r.topicArn(topic).protocol("sqs").endpoint(arn(s.getKey()))
          .attributes(Map.of("RawMessageDelivery", "true", "FilterPolicy", "{\"tenant\":[\"" + s.getValue() + "\"]}")));
    }
    IntStream.range(0, 3).forEach(i -> sns.publish(r -> r.topicArn(topic).message("m" + i).messageAttributes(Map.of(
        "tenant", software.amazon.awssdk.services.sns.model.MessageAttributeValue.builder().dataType("String").stringValue("acme").build()))));
    List<String> bodies = new java.util.ArrayList<>();
    while (bodies.size() < 3) {
      List<Message> some = receive(acme);
      assertThat(some).isNotEmpty();
      for (Message m : some) {
        bodies.add(m.body());
        sqs.deleteMessage(r -> r.queueUrl(acme).receiptHandle(m.receiptHandle()));
      }
    }
    assertThat(bodies).containsExactlyInAnyOrder("m0", "m1", "m2");
    assertThat(sqs.getQueueAttributes(r -> r.queueUrl(rival).attributeNames(QueueAttributeName.ALL)).attributes())
        .containsEntry(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES, "0");
  }
}

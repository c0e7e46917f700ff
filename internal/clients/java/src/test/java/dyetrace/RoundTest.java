package dyetrace;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** The round of SQS and SNS work that every SDK does. It writes what it saw to the file that DYETRACE_ROUND names. */
class RoundTest {
  private static final MessageSystemAttributeName COUNT = MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT;
  private static final MessageSystemAttributeName GROUP = MessageSystemAttributeName.MESSAGE_GROUP_ID;

  private final ObjectMapper json = new ObjectMapper();
  private final SqsClient sqs = Server.client(SqsClient.builder());
  private final SnsClient sns = Server.client(SnsClient.builder());
  private final Map<String, Object> seen = new TreeMap<>();

  private String queue(String name, Map<QueueAttributeName, String> attributes) {
    return sqs.createQueue(r -> r.queueName(name).attributes(attributes)).queueUrl();
  }

  private String attribute(String url, QueueAttributeName asked, QueueAttributeName name) {
    return sqs.getQueueAttributes(r -> r.queueUrl(url).attributeNames(asked)).attributes().get(name);
  }

  private String arn(String url) {
    return attribute(url, QueueAttributeName.QUEUE_ARN, QueueAttributeName.QUEUE_ARN);
  }

  private List<Message> receive(String url) {
    return sqs.receiveMessage(r -> r.queueUrl(url).maxNumberOfMessages(10).waitTimeSeconds(2)
        .messageAttributeNames("All").messageSystemAttributeNames(COUNT, GROUP)).messages();
  }

  private List<Message> collect(String url, int n) {
    List<Message> found = new ArrayList<>();
    for (int i = 0; i < 10 && found.size() < n; i++) {
      found.addAll(receive(url));
    }
    return found;
  }

  private static String code(Runnable call) {
    try {
      call.run();
      return "none";
    } catch (AwsServiceException e) {
      return e.awsErrorDetails().errorCode();
    }
  }

  private static MessageAttributeValue value(String type, String text) {
    return MessageAttributeValue.builder().dataType(type).stringValue(text).build();
  }

  @Test
  void round() throws Exception {
    String url = queue("round", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "30"));
    standard(url);
    String fifo = queue("round.fifo", Map.of(QueueAttributeName.FIFO_QUEUE, "true", QueueAttributeName.CONTENT_BASED_DEDUPLICATION, "true"));
    for (String body : List.of("1", "2", "2", "3")) {
      sqs.sendMessage(r -> r.queueUrl(fifo).messageBody(body).messageGroupId("g"));
    }
    seen.put("fifo", receive(fifo).stream().map(m -> List.of(m.body(), m.attributes().get(GROUP))).toList());
    seen.put("errors", List.of(
        code(() -> sqs.getQueueUrl(r -> r.queueName("nowhere"))),
        code(() -> sqs.receiveMessage(r -> r.queueUrl(url).maxNumberOfMessages(11))),
        code(() -> sqs.deleteMessage(r -> r.queueUrl(url).receiptHandle("nonsense"))),
        code(() -> sqs.sendMessage(r -> r.queueUrl(fifo).messageBody("no group"))),
        code(() -> sns.publish(r -> r.topicArn("arn:aws:sns:us-east-1:" + Server.ACCOUNT + ":nowhere").message("x")))));
    fanOut();
    assertThat(seen).hasSize(10);
    String file = System.getenv("DYETRACE_ROUND");
    if (file != null) {
      json.writeValue(new File(file), seen);
    }
  }

  private void standard(String url) {
    var sent = sqs.sendMessage(r -> r.queueUrl(url).messageBody("grüße")
        .messageAttributes(Map.of("kind", value("String", "test"), "n", value("Number", "7"))));
    seen.put("send", Map.of("md5", sent.md5OfMessageBody(), "attributes", sent.md5OfMessageAttributes()));
    Message first = receive(url).get(0);
    seen.put("receive", Map.of("body", first.body(), "md5", first.md5OfBody(), "attributes", first.md5OfMessageAttributes(),
        "count", first.attributes().get(COUNT)));
    seen.put("hidden", receive(url).size());
    sqs.changeMessageVisibility(r -> r.queueUrl(url).receiptHandle(first.receiptHandle()).visibilityTimeout(0));
    Message again = receive(url).get(0);
    seen.put("again", again.attributes().get(COUNT));
    sqs.deleteMessage(r -> r.queueUrl(url).receiptHandle(again.receiptHandle()));
    var batch = sqs.sendMessageBatch(r -> r.queueUrl(url).entries(
        SendMessageBatchRequestEntry.builder().id("a").messageBody("1").build(),
        SendMessageBatchRequestEntry.builder().id("b").messageBody("2").delaySeconds(901).build()));
    seen.put("batch", Map.of("good", batch.successful().stream().map(e -> e.id()).toList(),
        "bad", batch.failed().stream().map(e -> List.of(e.id(), e.code(), e.senderFault())).toList()));
    sqs.purgeQueue(r -> r.queueUrl(url));
    seen.put("purged", attribute(url, QueueAttributeName.ALL, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES));
  }

  private void fanOut() throws Exception {
    String topic = sns.createTopic(r -> r.name("round")).topicArn();
    String raw = queue("round-raw", Map.of());
    String whole = queue("round-whole", Map.of());
    sns.subscribe(r -> r.topicArn(topic).protocol("sqs").endpoint(arn(raw))
        .attributes(Map.of("RawMessageDelivery", "true", "FilterPolicy", "{\"tenant\":[\"acme\"]}")));
    sns.subscribe(r -> r.topicArn(topic).protocol("sqs").endpoint(arn(whole)));
    for (String tenant : List.of("acme", "rival")) {
      sns.publish(r -> r.topicArn(topic).message("to " + tenant).messageAttributes(Map.of(
          "tenant", software.amazon.awssdk.services.sns.model.MessageAttributeValue.builder().dataType("String").stringValue(tenant).build())));
    }
    seen.put("raw", collect(raw, 1).stream().map(m -> List.of(m.body(), m.messageAttributes().get("tenant").stringValue())).toList());
    List<String> texts = new ArrayList<>();
    for (Message m : collect(whole, 2)) {
      texts.add(json.readTree(m.body()).get("Message").asText());
    }
    texts.sort(Comparator.naturalOrder());
    seen.put("whole", texts);
  }
}

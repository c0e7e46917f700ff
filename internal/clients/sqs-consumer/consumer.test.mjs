// sqs-consumer and sqs-producer against dyetrace: batches are worked off, failures come again and end in the dead-letter queue.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";
import { Producer } from "sqs-producer";

const account = String(randomInt(1e11, 1e12 / 4)).padStart(12, "7");
const sqs = new SQSClient({
  endpoint: process.env.DYETRACE_ENDPOINT,
  region: "us-east-1",
  credentials: { accessKeyId: account, secretAccessKey: "test" },
});

async function queue(name, attributes) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  return { url: QueueUrl, arn: Attributes.QueueArn };
}

async function counts(url) {
  const { Attributes: a } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }));
  return { visible: Number(a.ApproximateNumberOfMessages), inFlight: Number(a.ApproximateNumberOfMessagesNotVisible) };
}

// run starts a consumer and stops it when done(…) holds; the consumer's own faults fail the test.
async function run(options, done) {
  const faults = [];
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("not within 60 s")), 60_000);
    const consumer = Consumer.create({ sqs, waitTimeSeconds: 5, ...options });
    consumer.on("error", (e) => faults.push(e));
    consumer.on("stopped", () => (clearTimeout(late), resolve()));
    for (const name of ["message_processed", "processing_error", "response_processed"]) {
      consumer.on(name, () => {
        if (done()) consumer.stop();
      });
    }
    consumer.start();
  });
  assert.deepEqual(faults, []);
}

test("every message of a batch is handled once and deleted", async () => {
  const { url } = await queue("work");
  const producer = Producer.create({ queueUrl: url, sqs });
  const ids = Array.from({ length: 25 }, (_, i) => `m-${i}`);
  await producer.send(ids.map((id) => ({ id, body: JSON.stringify({ id }), messageAttributes: { kind: { DataType: "String", StringValue: "test" } } })));
  const seen = [];
  await run(
    {
      queueUrl: url,
      batchSize: 10,
      messageAttributeNames: ["kind"],
      handleMessageBatch: async (messages) => {
        for (const m of messages) {
          assert.equal(m.MessageAttributes.kind.StringValue, "test");
          seen.push(JSON.parse(m.Body).id);
        }
        return messages;
      },
    },
    () => seen.length >= ids.length,
  );
  assert.deepEqual(seen.sort(), ids.sort());
  assert.deepEqual(await counts(url), { visible: 0, inFlight: 0 });
});

test("a message that fails comes again and ends in the dead-letter queue", async () => {
  const dlq = await queue("poison-dlq");
  const { url } = await queue("poison", {
    VisibilityTimeout: "1",
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount: 3 }),
  });
  await Producer.create({ queueUrl: url, sqs }).send(["poison"]);
  const receives = [];
  await run(
    {
      queueUrl: url,
      terminateVisibilityTimeout: true,
      messageSystemAttributeNames: ["ApproximateReceiveCount"],
      handleMessage: async (m) => {
        receives.push(Number(m.Attributes.ApproximateReceiveCount));
        throw new Error("poisoned");
      },
    },
    () => receives.length >= 3,
  );
  assert.deepEqual(receives, [1, 2, 3]);
  // The next receive would be the fourth: it gets nothing, and moves the message.
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 3 }));
  assert.equal(Messages, undefined);
  assert.deepEqual(await counts(dlq.url), { visible: 1, inFlight: 0 });
});

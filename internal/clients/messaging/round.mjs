// The round with the AWS SDK for JavaScript v3. Prints what it saw as one JSON object.
import * as q from "@aws-sdk/client-sqs";
import * as s from "@aws-sdk/client-sns";

const [endpoint, account] = process.argv.slice(2);
const options = { endpoint, region: "us-east-1", credentials: { accessKeyId: account, secretAccessKey: "test" } };
const sqs = new q.SQSClient(options);
const sns = new s.SNSClient(options);
const seen = {};

async function queue(QueueName, Attributes) {
  const { QueueUrl } = await sqs.send(new q.CreateQueueCommand({ QueueName, Attributes }));
  const out = await sqs.send(new q.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  return [QueueUrl, out.Attributes.QueueArn];
}

async function receive(QueueUrl) {
  const out = await sqs.send(new q.ReceiveMessageCommand({
    QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2, MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["ApproximateReceiveCount", "MessageGroupId"],
  }));
  return out.Messages ?? [];
}

async function collect(url, n) {
  const found = [];
  for (let i = 0; i < 10 && found.length < n; i++) found.push(...(await receive(url)));
  return found;
}

// code is what old code switches on: the query error where the service sends one.
async function code(client, command) {
  try {
    await client.send(command);
    return "none";
  } catch (e) {
    return e.Code ?? e.Error?.Code ?? e.name;
  }
}

const [url] = await queue("round", { VisibilityTimeout: "30" });
const sent = await sqs.send(new q.SendMessageCommand({
  QueueUrl: url, MessageBody: "grüße",
  MessageAttributes: { kind: { DataType: "String", StringValue: "test" }, n: { DataType: "Number", StringValue: "7" } },
}));
seen.send = { md5: sent.MD5OfMessageBody, attributes: sent.MD5OfMessageAttributes };
let [message] = await receive(url);
seen.receive = { body: message.Body, md5: message.MD5OfBody, attributes: message.MD5OfMessageAttributes, count: message.Attributes.ApproximateReceiveCount };
seen.hidden = (await receive(url)).length;
await sqs.send(new q.ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0 }));
[message] = await receive(url);
seen.again = message.Attributes.ApproximateReceiveCount;
await sqs.send(new q.DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
const batch = await sqs.send(new q.SendMessageBatchCommand({ QueueUrl: url, Entries: [{ Id: "a", MessageBody: "1" }, { Id: "b", MessageBody: "2", DelaySeconds: 901 }] }));
seen.batch = { good: batch.Successful.map((e) => e.Id), bad: batch.Failed.map((e) => [e.Id, e.Code, e.SenderFault]) };
await sqs.send(new q.PurgeQueueCommand({ QueueUrl: url }));
seen.purged = (await sqs.send(new q.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }))).Attributes.ApproximateNumberOfMessages;

const [fifo] = await queue("round.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
for (const MessageBody of ["1", "2", "2", "3"]) {
  await sqs.send(new q.SendMessageCommand({ QueueUrl: fifo, MessageBody, MessageGroupId: "g" }));
}
seen.fifo = (await receive(fifo)).map((m) => [m.Body, m.Attributes.MessageGroupId]);

seen.errors = [
  await code(sqs, new q.GetQueueUrlCommand({ QueueName: "nowhere" })),
  await code(sqs, new q.ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 11 })),
  await code(sqs, new q.DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: "nonsense" })),
  await code(sqs, new q.SendMessageCommand({ QueueUrl: fifo, MessageBody: "no group" })),
  await code(sns, new s.PublishCommand({ TopicArn: `arn:aws:sns:us-east-1:${account}:nowhere`, Message: "x" })),
];

const { TopicArn } = await sns.send(new s.CreateTopicCommand({ Name: "round" }));
const [raw, rawArn] = await queue("round-raw");
const [whole, wholeArn] = await queue("round-whole");
await sns.send(new s.SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: rawArn, Attributes: { RawMessageDelivery: "true", FilterPolicy: JSON.stringify({ tenant: ["acme"] }) } }));
await sns.send(new s.SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: wholeArn }));
for (const tenant of ["acme", "rival"]) {
  await sns.send(new s.PublishCommand({ TopicArn, Message: `to ${tenant}`, MessageAttributes: { tenant: { DataType: "String", StringValue: tenant } } }));
}
seen.raw = (await collect(raw, 1)).map((m) => [m.Body, m.MessageAttributes.tenant.StringValue]).sort();
seen.whole = (await collect(whole, 2)).map((m) => JSON.parse(m.Body).Message).sort();

const sorted = (v) => Array.isArray(v) ? v.map(sorted)
  : v && typeof v === "object" ? Object.fromEntries(Object.keys(v).sort().map((k) => [k, sorted(v[k])])) : v;
console.log(JSON.stringify(sorted(seen)));

// The main path with the AWS SDK for JavaScript v3: a contact's event flows from a table to its tenant's queue, and nowhere else.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import * as pipes from '@aws-sdk/client-pipes';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';

const endpoint = process.env.DYETRACE_ENDPOINT;
const tenants = ['acme', 'globex'];
const template = '{"tenant_id": <$.dynamodb.NewImage.tenant_id.S>, "contact_id": <$.dynamodb.NewImage.contact_id.S>, "email": <$.dynamodb.NewImage.data.M.email.S>}';

async function control(method, path) {
  const answer = await fetch(endpoint + path, { method });
  assert.equal(answer.status, 200, path);
  return answer.json();
}

// An account of one test, which so may run against a server that others use.
class World {
  constructor(t) {
    this.account = String(randomInt(100_000, 999_999)) + String(randomInt(100_000, 999_999));
    this.clients = [];
    this.db = this.client(dynamodb.DynamoDBClient);
    this.bus = this.client(eventbridge.EventBridgeClient);
    this.sqs = this.client(sqs.SQSClient);
    this.pipes = this.client(pipes.PipesClient);
    this.sts = this.client(sts.STSClient);
    t.after(async () => {
      this.clients.forEach((c) => c.destroy());
      await control('POST', `/_dyetrace/reset?account=${this.account}`);
    });
  }

  client(Client) {
    const client = new Client({ endpoint, region: 'eu-central-1', credentials: { accessKeyId: this.account, secretAccessKey: 'any' }, maxAttempts: 1 });
    client.middlewareStack.add((next) => (args) => {
      args.request.headers['x-dyetrace-client'] = 'js';
      if (this.correlation) args.request.headers['x-dyetrace-correlation'] = this.correlation;
      return next(args);
    }, { step: 'build', name: 'dyetrace' });
    this.clients.push(client);
    return client;
  }

  async queue(name, attributes = {}) {
    const { QueueUrl: url } = await this.sqs.send(new sqs.CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    const got = await this.sqs.send(new sqs.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
    assert.equal(got.Attributes.QueueArn, `arn:aws:sqs:eu-central-1:${this.account}:${name}`);
    return { url, arn: got.Attributes.QueueArn };
  }

  async provision() {
    const { TableDescription: table } = await this.db.send(new dynamodb.CreateTableCommand({
      TableName: 'contact-events', BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'entity', AttributeType: 'S' }, { AttributeName: 'version', AttributeType: 'N' }],
      KeySchema: [{ AttributeName: 'entity', KeyType: 'HASH' }, { AttributeName: 'version', KeyType: 'RANGE' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }));
    await dynamodb.waitUntilTableExists({ client: this.db, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { TableName: 'contact-events' });
    const { EventBusArn: bus } = await this.bus.send(new eventbridge.CreateEventBusCommand({ Name: 'crm' }));
    this.queues = {};
    for (const tenant of tenants) {
      const dlq = await this.queue(`${tenant}-dlq`);
      const queue = await this.queue(`${tenant}-contacts`, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount: 5 }) });
      this.queues[tenant] = queue.url;
      const pattern = { source: [{ prefix: 'crm.' }], detail: { tenant_id: [tenant] } };
      await this.bus.send(new eventbridge.PutRuleCommand({ Name: tenant, EventBusName: 'crm', EventPattern: JSON.stringify(pattern) }));
      const put = await this.bus.send(new eventbridge.PutTargetsCommand({ Rule: tenant, EventBusName: 'crm', Targets: [{ Id: 'queue', Arn: queue.arn }] }));
      assert.equal(put.FailedEntryCount, 0);
    }
    await this.pipes.send(new pipes.CreatePipeCommand({
      Name: 'contacts', RoleArn: `arn:aws:iam::${this.account}:role/pipe`, Source: table.LatestStreamArn, Target: bus,
      SourceParameters: {
        DynamoDBStreamParameters: { StartingPosition: 'TRIM_HORIZON', BatchSize: 10 },
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ eventName: ['INSERT'] }) }] },
      },
      TargetParameters: {
        InputTemplate: template,
        EventBridgeEventBusParameters: { DetailType: '$.dynamodb.NewImage.type.S', Source: '$.dynamodb.NewImage.source.S' },
      },
    }));
    for (let tries = 0; ; tries++) {
      const { CurrentState: state } = await this.pipes.send(new pipes.DescribePipeCommand({ Name: 'contacts' }));
      if (state === 'RUNNING') return;
      assert.ok(tries < 300, `the pipe does not start: ${state}`);
      await new Promise((go) => setTimeout(go, 100));
    }
  }

  put(tenant, contact) {
    return this.db.send(new dynamodb.PutItemCommand({
      TableName: 'contact-events', ConditionExpression: 'attribute_not_exists(entity)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      Item: {
        entity: { S: `${tenant}#${contact}` }, version: { N: '1' }, type: { S: 'ContactCreated' }, source: { S: 'crm.contact' },
        tenant_id: { S: tenant }, contact_id: { S: contact }, data: { M: { email: { S: `${contact}@example.test` } } },
      },
    }));
  }

  async receive(url, wait = 20) {
    const answer = await this.sqs.send(new sqs.ReceiveMessageCommand({
      QueueUrl: url, WaitTimeSeconds: wait, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'],
    }));
    return answer.Messages ?? [];
  }

  async settle() {
    const state = await control('POST', `/_dyetrace/settle?account=${this.account}&timeout=20s`);
    assert.ok(state.quiet, JSON.stringify(state));
  }

  async hops() {
    return (await control('GET', `/_dyetrace/hops?correlation=${this.correlation}&account=${this.account}`)).hops;
  }
}

test('an event flows to its tenant and to nobody else (R1.1)', async (t) => {
  const w = new World(t);
  await w.provision();
  w.correlation = `flow-${randomUUID()}`;
  const waiting = w.receive(w.queues.acme); // parked before the event is there
  await w.put('acme', 'C-1');
  const [message, ...more] = await waiting;
  assert.equal(more.length, 0);
  const envelope = JSON.parse(message.Body);
  assert.deepEqual(envelope.detail, { tenant_id: 'acme', contact_id: 'C-1', email: 'C-1@example.test' });
  assert.equal(envelope['detail-type'], 'ContactCreated');
  assert.equal(envelope.source, 'crm.contact');
  assert.equal(envelope.account, w.account);
  assert.equal(message.Attributes.ApproximateReceiveCount, '1');
  await w.sqs.send(new sqs.DeleteMessageCommand({ QueueUrl: w.queues.acme, ReceiptHandle: message.ReceiptHandle }));
  assert.deepEqual(await w.receive(w.queues.acme, 0), []); // asking again says that the work is done
  await w.settle();

  const hops = await w.hops();
  const arrived = hops.filter((h) => h.kind === 'arrive' && h.outcome === 'delivered').map((h) => h.to);
  assert.deepEqual(arrived, ['pipe:contacts', 'bus:crm', 'queue:acme-contacts']);
  const filtered = hops.filter((h) => h.outcome === 'filtered');
  assert.equal(filtered.length, 1);
  assert.equal(filtered[0].reason.mismatches[0].path, 'detail.tenant_id');
  assert.deepEqual(await w.receive(w.queues.globex, 0), []);

  w.correlation = `flow-${randomUUID()}`; // the other tenant's works as well, so that its silence meant something
  await w.put('globex', 'C-2');
  const [theirs] = await w.receive(w.queues.globex);
  assert.equal(JSON.parse(theirs.Body).detail.contact_id, 'C-2');
  assert.deepEqual(await w.receive(w.queues.acme, 0), []);
});

test('errors are the exceptions of the SDK', async (t) => {
  const w = new World(t);
  await w.provision();
  await w.put('acme', 'C-1');
  await assert.rejects(w.put('acme', 'C-1'), (e) => {
    assert.ok(e instanceof dynamodb.ConditionalCheckFailedException, String(e));
    assert.equal(e.message, 'The conditional request failed');
    assert.equal(e.Item.contact_id.S, 'C-1');
    return true;
  });
  await assert.rejects(w.db.send(new dynamodb.GetItemCommand({ TableName: 'nothing', Key: { pk: { S: '1' } } })), dynamodb.ResourceNotFoundException);
  const check = { TableName: 'contact-events', Key: { entity: { S: 'acme#C-1' }, version: { N: '9' } }, ConditionExpression: 'attribute_exists(entity)' };
  await assert.rejects(w.db.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: [{ ConditionCheck: check }] })), (e) => {
    assert.ok(e instanceof dynamodb.TransactionCanceledException, String(e));
    assert.equal(e.CancellationReasons[0].Code, 'ConditionalCheckFailed');
    return true;
  });
  await assert.rejects(w.sqs.send(new sqs.GetQueueUrlCommand({ QueueName: 'nothing' })), sqs.QueueDoesNotExist);
  await assert.rejects(w.bus.send(new eventbridge.DescribeRuleCommand({ Name: 'nothing' })), eventbridge.ResourceNotFoundException);
  await assert.rejects(w.bus.send(new eventbridge.PutRuleCommand({ Name: 'r', EventPattern: '{"source":"a"}' })), eventbridge.InvalidEventPatternException);
  await assert.rejects(w.pipes.send(new pipes.DescribePipeCommand({ Name: 'nothing' })), pipes.NotFoundException);
  await assert.rejects(w.db.send(new dynamodb.PutItemCommand({ TableName: 'contact-events', Item: { entity: { S: 'x' } } })), { name: 'ValidationException' });
});

test('queue attributes, batches that succeed in part (R1.2)', async (t) => {
  const w = new World(t);
  const { url } = await w.queue('q', { VisibilityTimeout: '7' });
  const { Attributes: got } = await w.sqs.send(new sqs.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  assert.equal(got.VisibilityTimeout, '7');
  assert.equal(got.MaximumMessageSize, '1048576');
  await assert.rejects(w.queue('q', { VisibilityTimeout: '8' }), sqs.QueueNameExists);
  const sent = await w.sqs.send(new sqs.SendMessageBatchCommand({
    QueueUrl: url,
    Entries: [
      { Id: 'good', MessageBody: 'ä€😀', MessageAttributes: { b: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) } } },
      { Id: 'bad', MessageBody: 'x', DelaySeconds: 901 },
    ],
  }));
  assert.deepEqual([sent.Successful.map((e) => e.Id), sent.Failed.map((e) => e.Id)], [['good'], ['bad']]);
  const [message] = await w.receive(url, 5); // the SDK checks MD5OfBody itself
  assert.equal(message.Body, 'ä€😀');
  assert.deepEqual([...message.MessageAttributes.b.BinaryValue], [0, 255]);
  const gone = await w.sqs.send(new sqs.DeleteMessageBatchCommand({
    QueueUrl: url, Entries: [{ Id: '1', ReceiptHandle: message.ReceiptHandle }, { Id: '2', ReceiptHandle: 'nonsense' }],
  }));
  assert.deepEqual([gone.Successful.map((e) => e.Id), gone.Failed.map((e) => e.Code)], [['1'], ['ReceiptHandleIsInvalid']]);
  await assert.rejects(w.sqs.send(new sqs.SendMessageBatchCommand({ QueueUrl: url, Entries: [] })), sqs.EmptyBatchRequest);
});

test('redrive to the dead-letter queue (R1.2)', async (t) => {
  const w = new World(t);
  const dlq = await w.queue('dlq');
  const { url } = await w.queue('q', { VisibilityTimeout: '1', RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount: 2 }) });
  await w.sqs.send(new sqs.SendMessageCommand({ QueueUrl: url, MessageBody: 'poison' }));
  for (const count of ['1', '2']) {
    const [message] = await w.receive(url, 5);
    assert.equal(message.Attributes.ApproximateReceiveCount, count);
  }
  assert.deepEqual(await w.receive(url, 2), []);
  const [dead] = await w.receive(dlq.url, 5);
  assert.equal(dead.Body, 'poison');
});

test('a client that goes away during a long poll loses no message (R1.2)', async (t) => {
  const w = new World(t);
  // The server may learn of the broken connection only after the message came; then it comes back after the visibility timeout.
  const { url } = await w.queue('q', { VisibilityTimeout: '1' });
  await assert.rejects(
    w.sqs.send(new sqs.ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), { abortSignal: AbortSignal.timeout(300) }),
    { name: 'AbortError' },
  );
  await w.sqs.send(new sqs.SendMessageCommand({ QueueUrl: url, MessageBody: 'kept' }));
  const [message] = await w.receive(url, 5);
  assert.equal(message.Body, 'kept');
});

test('the account is the 12-digit access key id', async (t) => {
  const w = new World(t);
  const identity = await w.sts.send(new sts.GetCallerIdentityCommand({}));
  assert.equal(identity.Account, w.account);
});

test('what is not implemented says so', async (t) => {
  const w = new World(t);
  for (const [client, command, name] of [
    [w.bus, new eventbridge.ListEndpointsCommand({}), 'ListEndpoints'],
    [w.sts, new sts.GetSessionTokenCommand({}), 'GetSessionToken'],
  ]) {
    await assert.rejects(client.send(command), (e) => {
      assert.match(e.name, /NotImplemented/);
      assert.match(e.message, new RegExp(name));
      return true;
    });
  }
});

// ElectroDB's entities, collections and transactions on one table, and the DocumentClient.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, paginateQuery, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { Entity, Service } from 'electrodb'

const table = 'electro'
const account = String(Math.floor(Math.random() * 9e11) + 1e11)
const client = new DynamoDBClient({
  endpoint: process.env.DYETRACE_ENDPOINT, region: 'eu-central-1', credentials: { accessKeyId: account, secretAccessKey: 'any' }, maxAttempts: 1,
})
const documents = DynamoDBDocumentClient.from(client)

const index = (n) => ({
  IndexName: `gsi${n}`, Projection: { ProjectionType: 'ALL' },
  KeySchema: [{ AttributeName: `gsi${n}pk`, KeyType: 'HASH' }, { AttributeName: `gsi${n}sk`, KeyType: 'RANGE' }],
})

before(() => client.send(new CreateTableCommand({
  TableName: table, BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
  AttributeDefinitions: ['pk', 'sk', 'gsi1pk', 'gsi1sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  GlobalSecondaryIndexes: [index(1)],
})))

after(async () => {
  await client.send(new DeleteTableCommand({ TableName: table }))
  client.destroy()
})

const primary = (composite) => ({ pk: { field: 'pk', composite: ['tenant'] }, sk: { field: 'sk', composite } })

const Contact = new Entity({
  model: { entity: 'contact', version: '1', service: 'crm' },
  attributes: {
    tenant: { type: 'string', required: true },
    id: { type: 'string', required: true },
    email: { type: 'string', required: true },
    visits: { type: 'number', default: 0 },
    tags: { type: 'set', items: 'string' },
    notes: { type: 'list', items: { type: 'string' } },
    detail: { type: 'map', properties: { city: { type: 'string' } } },
  },
  indexes: {
    contacts: { collection: 'overview', ...primary(['id']) },
    byEmail: { index: 'gsi1', pk: { field: 'gsi1pk', composite: ['email'] }, sk: { field: 'gsi1sk', composite: ['tenant', 'id'] } },
  },
}, { client: documents, table })

const Deal = new Entity({
  model: { entity: 'deal', version: '1', service: 'crm' },
  attributes: {
    tenant: { type: 'string', required: true },
    deal: { type: 'string', required: true },
    amount: { type: 'number', required: true },
  },
  indexes: { deals: { collection: 'overview', ...primary(['deal']) } },
}, { client: documents, table })

const crm = new Service({ contact: Contact, deal: Deal })

test('an entity is created once, changed and found again', async () => {
  const key = { tenant: 'acme', id: '1' }
  await Contact.create({ ...key, email: 'ada@example.com', tags: ['a'], notes: ['x'], detail: { city: 'Bonn' } }).go()
  await assert.rejects(Contact.create({ ...key, email: 'eve@example.com' }).go(), /conditional request failed/)
  const { data } = await Contact.patch(key).add({ visits: 2, tags: ['b'] }).append({ notes: ['y'] }).data((a, o) => o.set(a.detail.city, 'Kiel'))
    .where((a, o) => o.eq(a.email, 'ada@example.com')).go({ response: 'all_new' })
  assert.deepEqual({ ...data, tags: [...data.tags].sort() }, { ...key, email: 'ada@example.com', visits: 2, tags: ['a', 'b'], notes: ['x', 'y'], detail: { city: 'Kiel' } })
  await assert.rejects(Contact.patch({ tenant: 'acme', id: 'nobody' }).add({ visits: 1 }).go(), /conditional request failed/)
  const found = await Contact.query.byEmail({ email: 'ada@example.com' }).where((a, o) => o.contains(a.tags, 'b')).go()
  assert.equal(found.data.length, 1)
  assert.equal((await Contact.get(key).go()).data.id, '1')
})

test('a collection is one query over two entities', async () => {
  await Deal.put([1, 2, 3].map((n) => ({ tenant: 'globex', deal: `d${n}`, amount: n }))).go()
  await Contact.put({ tenant: 'globex', id: 'c1', email: 'bob@example.com' }).go()
  const { data } = await crm.collections.overview({ tenant: 'globex' }).go()
  assert.deepEqual([data.deal.map((d) => d.amount), data.contact.map((c) => c.id)], [[1, 2, 3], ['c1']])
  const page = await Deal.query.deals({ tenant: 'globex' }).go({ limit: 2 })
  assert.equal(page.data.length, 2)
  const rest = await Deal.query.deals({ tenant: 'globex' }).go({ cursor: page.cursor })
  assert.deepEqual(rest.data.map((d) => d.deal), ['d3'])
  const between = await Deal.query.deals({ tenant: 'globex' }).between({ deal: 'd1' }, { deal: 'd2' }).go({ order: 'desc' })
  assert.deepEqual(between.data.map((d) => d.deal), ['d2', 'd1'])
})

test('a transaction is all or nothing', async () => {
  const write = (amount) => crm.transaction.write(({ contact, deal }) => [
    deal.create({ tenant: 'tx', deal: 'd1', amount }).commit(),
    contact.upsert({ tenant: 'tx', id: 'c1', email: 'x@example.com' }).commit(),
  ]).go()
  assert.equal((await write(1)).canceled, false)
  const second = await write(2)
  assert.equal(second.canceled, true)
  assert.equal(second.data[0].code, 'ConditionalCheckFailed')
  assert.equal((await Deal.get({ tenant: 'tx', deal: 'd1' }).go()).data.amount, 1)
})

test('the DocumentClient marshals, pages and tells why a transaction was cancelled', async () => {
  const key = { pk: 'doc', sk: '1' }
  const item = { ...key, n: 1.5, list: [1, 'a', null, true], map: { deep: { er: [{}] } }, set: new Set(['a', 'b']), bytes: new Uint8Array([0, 255]) }
  await documents.send(new PutCommand({ TableName: table, Item: item }))
  const got = (await documents.send(new GetCommand({ TableName: table, Key: key }))).Item
  assert.deepEqual({ ...got, bytes: [...got.bytes] }, { ...item, bytes: [0, 255] })
  const { Attributes } = await documents.send(new UpdateCommand({
    TableName: table, Key: key, UpdateExpression: 'SET #l[0] = #l[0] + :one REMOVE #l[1]', ExpressionAttributeNames: { '#l': 'list' },
    ExpressionAttributeValues: { ':one': 1 }, ReturnValues: 'ALL_NEW',
  }))
  assert.deepEqual(Attributes.list, [2, null, true])
  for (let i = 2; i < 12; i++) await documents.send(new PutCommand({ TableName: table, Item: { pk: 'doc', sk: String(i) } }))
  let seen = 0
  const query = { TableName: table, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': 'doc' } }
  for await (const page of paginateQuery({ client: documents, pageSize: 4 }, query)) seen += page.Items.length
  assert.equal(seen, 11)
  const condition = { TableName: table, Key: key, ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }
  await assert.rejects(documents.send(new TransactWriteCommand({ TransactItems: [{ ConditionCheck: condition }] })), (e) => {
    assert.equal(e.name, 'TransactionCanceledException')
    assert.deepEqual(e.CancellationReasons[0].Item.sk, { S: '1' })
    return true
  })
})

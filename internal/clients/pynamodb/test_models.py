"""PynamoDB's models and transactions, and boto3's resource with conditions, batches and paginators, on one server."""

import os
import random
import unittest
import urllib.parse
import urllib.request
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError
from pynamodb.attributes import (
    BooleanAttribute, JSONAttribute, ListAttribute, MapAttribute, NumberAttribute, NumberSetAttribute, TTLAttribute, UnicodeAttribute,
    UnicodeSetAttribute, UTCDateTimeAttribute, VersionAttribute,
)
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError, UpdateError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection, LocalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

ENDPOINT = os.environ["DYETRACE_ENDPOINT"]
ACCOUNT = f"{random.randrange(10**11, 10**12)}"
REGION = "eu-central-1"


class Settings:
    host = ENDPOINT
    region = REGION
    aws_access_key_id = ACCOUNT
    aws_secret_access_key = "any"
    max_retry_attempts = 0


class Address(MapAttribute):
    city = UnicodeAttribute()
    zip = UnicodeAttribute(null=True)


class ByCity(GlobalSecondaryIndex):
    class Meta(Settings):
        index_name = "by-city"
        projection = AllProjection()

    city = UnicodeAttribute(hash_key=True)
    age = NumberAttribute(range_key=True)


class ByAge(LocalSecondaryIndex):
    class Meta(Settings):
        index_name = "by-age"
        projection = KeysOnlyProjection()

    tenant = UnicodeAttribute(hash_key=True)
    age = NumberAttribute(range_key=True)


class Contact(Model):
    class Meta(Settings):
        table_name = "contacts"
        billing_mode = "PAY_PER_REQUEST"

    tenant = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    age = NumberAttribute(null=True)
    city = UnicodeAttribute(null=True)
    address = Address(null=True)
    tags = UnicodeSetAttribute(null=True)
    scores = NumberSetAttribute(null=True)
    phones = ListAttribute(null=True)
    active = BooleanAttribute(default=True)
    extra = JSONAttribute(null=True)
    at = UTCDateTimeAttribute(null=True)
    ends = TTLAttribute(null=True)
    version = VersionAttribute()
    by_city = ByCity()
    by_age = ByAge()


class Models(unittest.TestCase):
    def setUp(self):
        Contact.create_table(wait=True)
        self.addCleanup(Contact.delete_table)

    def test_items_keep_their_values(self):
        contact = Contact("acme", "1", age=40, city="Bonn", address=Address(city="Bonn"), tags={"a", "b"}, scores={1, 2}, phones=["1", 2], extra={"a": [1]})
        contact.save()
        got = Contact.get("acme", "1", consistent_read=True)
        self.assertEqual((got.age, got.address.city, got.tags, got.scores, got.phones, got.extra, got.version), (40, "Bonn", {"a", "b"}, {1, 2}, ["1", 2], {"a": [1]}, 1))
        with self.assertRaises(DoesNotExist):
            Contact.get("acme", "2")

    def test_a_stale_version_is_refused(self):
        Contact("acme", "1").save()
        first, second = Contact.get("acme", "1"), Contact.get("acme", "1")
        first.age = 1
        first.save()
        second.age = 2
        with self.assertRaises(PutError) as refused:
            second.save()
        self.assertEqual(refused.exception.cause_response_code, "ConditionalCheckFailedException")

    def test_updates(self):
        contact = Contact("acme", "1", age=1, tags={"a"}, phones=["x"])
        contact.save()
        contact.update(actions=[
            Contact.age.add(2), Contact.tags.add({"b"}), Contact.phones.set(Contact.phones.append(["y"])), Contact.city.set("Bonn"),
        ], condition=Contact.age == 1)
        self.assertEqual((contact.age, contact.tags, contact.phones, contact.city), (3, {"a", "b"}, ["x", "y"], "Bonn"))
        with self.assertRaises(UpdateError):
            contact.update(actions=[Contact.city.remove()], condition=Contact.age.between(10, 20) | Contact.city.startswith("K"))

    def test_queries_by_indexes_and_pages(self):
        with Contact.batch_write() as batch:
            for i in range(30):
                batch.save(Contact("acme", f"{i:02}", age=i, city="Bonn" if i % 2 else "Kiel"))
        self.assertEqual([c.id for c in Contact.query("acme", Contact.id.startswith("1"), scan_index_forward=False, page_size=3)], [f"{i}" for i in range(19, 9, -1)])
        self.assertEqual([c.age for c in Contact.by_city.query("Bonn", Contact.age > 20)], [21, 23, 25, 27, 29])
        self.assertEqual(Contact.by_age.count("acme", Contact.age < 5), 5)
        self.assertEqual(len(list(Contact.scan(Contact.age.is_in(1, 2, 99) | Contact.id.contains("29"), segment=0, total_segments=1))), 3)
        self.assertEqual(sorted(c.id for c in Contact.batch_get([("acme", "01"), ("acme", "02"), ("acme", "99")])), ["01", "02"])
        result = Contact.query("acme", limit=7)
        self.assertEqual((len(list(result)), result.last_evaluated_key["id"]["S"]), (7, "06"))

    def test_transactions(self):
        Contact("acme", "1", age=1).save()
        connection = Connection(region=REGION, host=ENDPOINT)
        connection.session.set_credentials(ACCOUNT, "any")
        with TransactWrite(connection=connection) as transaction:
            transaction.update(Contact("acme", "1"), actions=[Contact.age.add(1)], add_version_condition=False)
            transaction.save(Contact("acme", "2"), condition=Contact.id.does_not_exist())
        with TransactGet(connection=connection) as transaction:
            one, two = transaction.get(Contact, "acme", "1"), transaction.get(Contact, "acme", "2")
        self.assertEqual((one.get().age, two.get().id), (2, "2"))
        with self.assertRaises(TransactWriteError) as refused:
            with TransactWrite(connection=connection) as transaction:
                transaction.delete(Contact("acme", "1"), condition=Contact.age > 100, add_version_condition=False)
        self.assertEqual([r.code for r in refused.exception.cancellation_reasons], ["ConditionalCheckFailed"])

    def test_time_to_live_and_description(self):
        self.assertEqual(Contact.describe_table()["TableStatus"], "ACTIVE")
        described = boto3.client(
            "dynamodb", endpoint_url=ENDPOINT, region_name=REGION, aws_access_key_id=ACCOUNT, aws_secret_access_key="any",
        )
        self.addCleanup(described.close)
        ttl = described.describe_time_to_live(TableName="contacts")["TimeToLiveDescription"]
        self.assertEqual(ttl, {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"})


class Resource(unittest.TestCase):
    def setUp(self):
        session = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="any", region_name=REGION)
        self.dynamodb = session.resource("dynamodb", endpoint_url=ENDPOINT)
        self.table = self.dynamodb.create_table(
            TableName="orders", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"}],
        )
        self.addCleanup(self.dynamodb.meta.client.close)
        self.addCleanup(self.table.delete)
        self.table.wait_until_exists()

    def test_values_come_back_as_they_were(self):
        item = {"pk": "a", "n": Decimal("1.50"), "d": {"l": [1, None, True, "x", {"y": Decimal("-1E-20")}], "s": {"a", "b"}, "b": b"\x00\xff"}}
        self.table.put_item(Item=item)
        got = self.table.get_item(Key={"pk": "a", "n": Decimal("1.5")})["Item"]
        self.assertEqual(got["d"]["b"].value, b"\x00\xff")
        got["d"]["b"] = b"\x00\xff"
        self.assertEqual(got, item)

    def test_conditions_and_pages(self):
        with self.table.batch_writer(overwrite_by_pkeys=["pk", "n"]) as batch:
            for i in range(60):
                batch.put_item(Item={"pk": "a", "n": i, "even": i % 2 == 0})
        pages = self.dynamodb.meta.client.get_paginator("query").paginate(
            TableName="orders", KeyConditionExpression=Key("pk").eq("a") & Key("n").between(10, 49), FilterExpression=Attr("even").eq(True) & Attr("none").not_exists(),
            PaginationConfig={"PageSize": 7},
        )
        self.assertEqual([item["n"] for page in pages for item in page["Items"]], list(range(10, 50, 2)))
        with self.assertRaises(ClientError) as refused:
            self.table.put_item(Item={"pk": "a", "n": 1}, ConditionExpression=Attr("pk").not_exists(), ReturnValuesOnConditionCheckFailure="ALL_OLD")
        self.assertEqual(refused.exception.response["Item"]["even"], {"BOOL": False})

    def test_legacy_parameters(self):
        self.table.put_item(Item={"pk": "a", "n": 1, "v": 1}, Expected={"pk": {"Exists": False}})
        self.table.update_item(Key={"pk": "a", "n": 1}, AttributeUpdates={"v": {"Action": "ADD", "Value": 2}, "w": {"Value": "x"}}, Expected={"v": {"Value": 1}})
        found = self.table.query(
            KeyConditions={"pk": {"ComparisonOperator": "EQ", "AttributeValueList": ["a"]}},
            QueryFilter={"v": {"ComparisonOperator": "GT", "AttributeValueList": [2]}, "w": {"ComparisonOperator": "NULL"}}, ConditionalOperator="OR",
        )
        self.assertEqual(found["Items"], [{"pk": "a", "n": 1, "v": 3, "w": "x"}])
        self.assertEqual(self.table.scan(ScanFilter={"w": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": ["y"]}})["Count"], 0)

    def test_a_poller_follows_split_shards(self):
        self.table = self.table.update(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
        arn = self.table.latest_stream_arn
        streams = boto3.client("dynamodbstreams", endpoint_url=ENDPOINT, region_name=REGION, aws_access_key_id=ACCOUNT, aws_secret_access_key="any")
        self.addCleanup(streams.close)
        self.table.put_item(Item={"pk": "before", "n": 1})
        urllib.request.urlopen(urllib.request.Request(f"{ENDPOINT}/_dyetrace/split?into=2&stream={urllib.parse.quote(arn)}", method="POST")).close()
        self.table.put_item(Item={"pk": "after", "n": 1})
        shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        self.assertEqual([s.get("ParentShardId") for s in shards], [None, shards[0]["ShardId"], shards[0]["ShardId"]])
        read = []
        for shard in shards:
            iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            read += [r["dynamodb"]["Keys"]["pk"]["S"] for r in streams.get_records(ShardIterator=iterator)["Records"]]
        self.assertEqual(read, ["before", "after"])

    def test_what_infrastructure_tools_ask(self):
        client = self.dynamodb.meta.client
        self.assertEqual(client.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"]["ContinuousBackupsStatus"], "ENABLED")
        self.assertEqual(client.describe_limits()["TableMaxReadCapacityUnits"], 40000)
        self.assertIn(client.describe_endpoints()["Endpoints"][0]["Address"], ENDPOINT)
        self.table.put_item(Item={"pk": "kept", "n": 1})
        backup = client.create_backup(TableName="orders", BackupName="one")["BackupDetails"]["BackupArn"]
        client.restore_table_from_backup(TargetTableName="again", BackupArn=backup)
        self.assertEqual(self.dynamodb.Table("again").scan()["Items"], [{"pk": "kept", "n": 1}])
        client.delete_table(TableName="again")
        client.delete_backup(BackupArn=backup)
        with self.assertRaises(client.exceptions.PolicyNotFoundException):
            client.get_resource_policy(ResourceArn=self.table.table_arn)


if __name__ == "__main__":
    unittest.main()

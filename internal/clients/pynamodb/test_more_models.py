"""PynamoDB where it leans hardest on DynamoDB: polymorphic models, versions in batches and transactions, scans with a rate limit and in
segments, expiry, and the errors it turns into its own."""

import datetime
import threading
import unittest

from pynamodb.attributes import (
    BinaryAttribute, BinarySetAttribute, DiscriminatorAttribute, DynamicMapAttribute, ListAttribute, MapAttribute, NumberAttribute, TTLAttribute,
    UnicodeAttribute, VersionAttribute,
)
from pynamodb.connection import Connection
from pynamodb.exceptions import DeleteError, DoesNotExist, PutError, TransactWriteError, UpdateError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

from test_models import ACCOUNT, ENDPOINT, REGION, Settings


class ByName(GlobalSecondaryIndex):
    class Meta(Settings):
        index_name = "by-name"
        projection = AllProjection()

    name = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)


class Event(Model):
    class Meta(Settings):
        table_name = "events"
        billing_mode = "PAY_PER_REQUEST"

    stream = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    name = UnicodeAttribute()
    by_name = ByName()


class Created(Event, discriminator="Created"):
    pass


class Renamed(Event, discriminator="Renamed"):
    before = UnicodeAttribute()


class Forced(Renamed, discriminator="Forced"):
    by = UnicodeAttribute()


class ByOwner(GlobalSecondaryIndex):
    class Meta(Settings):
        index_name = "by-owner"
        projection = IncludeProjection(["version"])
        read_capacity_units = 5
        write_capacity_units = 5

    owner = UnicodeAttribute(hash_key=True)
    balance = NumberAttribute(range_key=True)


class Limits(MapAttribute):
    daily = NumberAttribute(default=100)
    notes = ListAttribute(null=True)


class Account(Model):
    class Meta(Settings):
        table_name = "accounts"
        read_capacity_units = 5
        write_capacity_units = 5

    id = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute(null=True)
    balance = NumberAttribute(default=0)
    limits = Limits(default=Limits)
    extra = DynamicMapAttribute(default=dict)
    photo = BinaryAttribute(null=True, legacy_encoding=False)
    keys = BinarySetAttribute(null=True, legacy_encoding=False)
    until = TTLAttribute(null=True)
    version = VersionAttribute()
    by_owner = ByOwner()


def connect():
    connection = Connection(region=REGION, host=ENDPOINT)
    connection.session.set_credentials(ACCOUNT, "any")
    return connection


class Polymorphism(unittest.TestCase):
    def setUp(self):
        Event.create_table(wait=True)
        self.addCleanup(Event.delete_table)
        with Event.batch_write() as batch:
            batch.save(Created("a", 1, name="Ada"))
            batch.save(Renamed("a", 2, name="Ada L.", before="Ada"))
            batch.save(Forced("a", 3, name="A. L.", before="Ada L.", by="admin"))
            batch.save(Created("b", 1, name="Bob"))

    def test_items_come_back_as_their_classes(self):
        self.assertEqual([type(e) for e in Event.query("a")], [Created, Renamed, Forced])
        self.assertEqual([e.number for e in Renamed.query("a")], [2, 3])
        self.assertEqual(sorted(e.stream for e in Created.scan()), ["a", "b"])
        self.assertEqual([e.by for e in Forced.query("a", filter_condition=Forced.by == "admin")], ["admin"])
        self.assertEqual([(type(e), e.stream) for e in Event.by_name.query("A. L.", Event.number >= 3)], [(Forced, "a")])

    def test_batches_of_more_than_one_request(self):
        with Event.batch_write() as batch:
            for i in range(60):
                batch.save(Created("many", i, name=str(i)))
            batch.delete(Created("b", 1, name="Bob"))
        self.assertEqual(Event.count("many"), 60)
        self.assertEqual([e.number for e in Event.query("many", Event.number > 50, limit=3)], [51, 52, 53])
        self.assertEqual(len(list(Event.batch_get([("many", i) for i in range(-20, 120)]))), 60)
        self.assertEqual(Event.count("b"), 0)


class Versions(unittest.TestCase):
    def setUp(self):
        Account.create_table(wait=True)
        self.addCleanup(Account.delete_table)
        Account("1", owner="ada", balance=100, photo=b"\x00\xff", keys={b"a", b"\x00"}, extra={"plan": "pro", "seats": [1, 2]}).save()

    def test_values_and_nested_updates(self):
        account = Account.get("1")
        self.assertEqual((account.photo, account.keys, account.extra.plan, account.extra.seats), (b"\x00\xff", {b"a", b"\x00"}, "pro", [1, 2]))
        account.update(actions=[
            Account.limits.daily.set(Account.limits.daily + 50), Account.extra["plan"].set("free"), Account.limits.notes.set(["first"]),
        ])
        self.assertEqual((account.limits.daily, account.extra.plan, account.limits.notes, account.version), (150, "free", ["first"], 2))
        account.update(actions=[Account.limits.notes[0].remove(), Account.balance.set(Account.balance - 30), Account.owner.set(Account.owner | "nobody")])
        self.assertEqual((account.limits.notes, account.balance, account.owner), ([], 70, "ada"))
        self.assertEqual([(a.balance, a.photo) for a in Account.by_owner.query("ada", Account.balance >= 70)], [(70, None)])

    def test_every_write_checks_the_version(self):
        stale, fresh = Account.get("1"), Account.get("1")
        fresh.update(actions=[Account.balance.set(1)])
        for write, error in ((stale.save, PutError), (stale.delete, DeleteError), (lambda: stale.update(actions=[Account.balance.set(2)]), UpdateError)):
            with self.assertRaises(error) as refused:
                write()
            self.assertEqual(refused.exception.cause_response_code, "ConditionalCheckFailedException")
        with self.assertRaises(TransactWriteError) as refused:
            with TransactWrite(connection=connect()) as transaction:
                transaction.save(stale)
                transaction.save(Account("2"))
        self.assertEqual([r and r.code for r in refused.exception.cancellation_reasons], ["ConditionalCheckFailed", None])
        with self.assertRaises(DoesNotExist):
            Account.get("2")
        stale.refresh()
        stale.delete()

    def test_transactions_that_are_sent_again(self):
        for _ in range(2):
            with TransactWrite(connection=connect(), client_request_token="transfer-1", return_consumed_capacity="TOTAL") as transaction:
                transaction.update(Account("1"), actions=[Account.balance.add(-10)], condition=Account.balance >= 10, add_version_condition=False)
                transaction.update(Account("3"), actions=[Account.balance.add(10)], add_version_condition=False)
                transaction.condition_check(Account, "9", condition=Account.id.does_not_exist())
        with TransactGet(connection=connect()) as transaction:
            first, third = transaction.get(Account, "1"), transaction.get(Account, "3")
            nobody = transaction.get(Account, "9")
        self.assertEqual((first.get().balance, third.get().balance), (90, 10))
        with self.assertRaises(Account.DoesNotExist):
            nobody.get()

    def test_scans_in_segments_and_with_a_rate_limit(self):
        with Account.batch_write() as batch:
            for i in range(100):
                batch.save(Account(f"s{i}", owner="many", balance=i))
        found, lock = [], threading.Lock()

        def work(segment):
            for account in Account.scan(Account.owner == "many", segment=segment, total_segments=4, page_size=7):
                with lock:
                    found.append(account.id)

        workers = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(sorted(found), sorted(f"s{i}" for i in range(100)))
        self.assertEqual(len(list(Account.scan(rate_limit=1000, page_size=40))), 101)
        page = Account.scan(limit=30)
        first = [a.id for a in page]
        rest = [a.id for a in Account.scan(last_evaluated_key=page.last_evaluated_key)]
        self.assertEqual(sorted(first + rest), sorted(found + ["1"]))

    def test_expiry_is_told_in_seconds(self):
        account = Account("ttl", until=datetime.timedelta(days=1))
        account.save()
        self.assertAlmostEqual(Account.get("ttl").until.timestamp(), datetime.datetime.now().timestamp() + 86400, delta=60)

    def test_a_described_table(self):
        described = Account.describe_table()
        self.assertEqual(described["ProvisionedThroughput"]["ReadCapacityUnits"], 5)
        self.assertEqual(described["GlobalSecondaryIndexes"][0]["Projection"], {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["version"]})
        self.assertTrue(Account.exists())


if __name__ == "__main__":
    unittest.main()

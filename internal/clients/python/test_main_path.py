"""The main path with boto3: a contact's event flows from a table to its tenant's queue, and nowhere else."""

import json
import os
import random
import time
import unittest
import urllib.request
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["DYETRACE_ENDPOINT"]
TENANTS = ("acme", "globex")
TEMPLATE = (
    '{"tenant_id": <$.dynamodb.NewImage.tenant_id.S>, "contact_id": <$.dynamodb.NewImage.contact_id.S>,'
    ' "email": <$.dynamodb.NewImage.data.M.email.S>}'
)


def control(method, path):
    request = urllib.request.Request(ENDPOINT + path, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


class Pipeline(unittest.TestCase):
    """A test with an account of its own, so that it may run against a server that others use."""

    def setUp(self):
        self.account = f"{random.randrange(10**11, 10**12)}"
        self.correlation = None
        self.addCleanup(control, "POST", f"/_dyetrace/reset?account={self.account}")

    def client(self, service):
        client = boto3.client(
            service, endpoint_url=ENDPOINT, region_name="eu-central-1", aws_access_key_id=self.account, aws_secret_access_key="any",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=40),
        )
        client.meta.events.register("before-send", self.mark)
        self.addCleanup(client.close)
        return client

    def mark(self, request, **_):
        request.headers["X-Dyetrace-Client"] = "boto3"
        if self.correlation:
            request.headers["X-Dyetrace-Correlation"] = self.correlation

    def settle(self):
        state = control("POST", f"/_dyetrace/settle?account={self.account}&timeout=20s")
        self.assertTrue(state["quiet"], state)

    def hops(self):
        return control("GET", f"/_dyetrace/hops?correlation={self.correlation}&account={self.account}")["hops"]

    def refused(self, code, status=400):
        return Refusal(self, code, status)


class Refusal:
    def __init__(self, test, code, status):
        self.test, self.code, self.status = test, code, status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        self.test.assertIsInstance(error, ClientError, f"want {self.code}")
        self.test.assertEqual(self.code, error.response["Error"]["Code"], error)
        self.test.assertEqual(self.status, error.response["ResponseMetadata"]["HTTPStatusCode"], error)
        self.message = error.response["Error"]["Message"]
        self.error = error
        return True


class MainPath(Pipeline):
    def queue(self, sqs, name, **attributes):
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.assertEqual(f"arn:aws:sqs:eu-central-1:{self.account}:{name}", arn)
        return url, arn

    def provision(self):
        self.db, self.sqs, self.bus, self.pipes = (self.client(s) for s in ("dynamodb", "sqs", "events", "pipes"))
        table = self.db.create_table(
            TableName="contact-events", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "entity", "AttributeType": "S"}, {"AttributeName": "version", "AttributeType": "N"}],
            KeySchema=[{"AttributeName": "entity", "KeyType": "HASH"}, {"AttributeName": "version", "KeyType": "RANGE"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )["TableDescription"]
        self.db.get_waiter("table_exists").wait(TableName="contact-events", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
        bus = self.bus.create_event_bus(Name="crm")["EventBusArn"]
        self.queues = {}
        for tenant in TENANTS:
            _, dlq = self.queue(self.sqs, tenant + "-dlq")
            redrive = json.dumps({"deadLetterTargetArn": dlq, "maxReceiveCount": 5})
            self.queues[tenant], arn = self.queue(self.sqs, tenant + "-contacts", RedrivePolicy=redrive, VisibilityTimeout="30")
            pattern = {"source": [{"prefix": "crm."}], "detail": {"tenant_id": [tenant]}}
            self.bus.put_rule(Name=tenant, EventBusName="crm", EventPattern=json.dumps(pattern))
            put = self.bus.put_targets(Rule=tenant, EventBusName="crm", Targets=[{"Id": "queue", "Arn": arn}])
            self.assertEqual(0, put["FailedEntryCount"], put)
        self.pipes.create_pipe(
            Name="contacts", RoleArn=f"arn:aws:iam::{self.account}:role/pipe", Source=table["LatestStreamArn"], Target=bus,
            SourceParameters={
                "DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON", "BatchSize": 10},
                "FilterCriteria": {"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]},
            },
            TargetParameters={
                "InputTemplate": TEMPLATE,
                "EventBridgeEventBusParameters": {"DetailType": "$.dynamodb.NewImage.type.S", "Source": "$.dynamodb.NewImage.source.S"},
            },
        )
        deadline = time.monotonic() + 30
        while self.pipes.describe_pipe(Name="contacts")["CurrentState"] != "RUNNING":
            self.assertLess(time.monotonic(), deadline, "the pipe does not start")
            time.sleep(0.05)

    def put(self, tenant, contact, version=1, **more):
        item = {
            "entity": {"S": f"{tenant}#{contact}"}, "version": {"N": str(version)}, "type": {"S": "ContactCreated"}, "source": {"S": "crm.contact"},
            "tenant_id": {"S": tenant}, "contact_id": {"S": contact}, "data": {"M": {"email": {"S": contact + "@example.test"}}},
        }
        return self.db.put_item(TableName="contact-events", Item=item, ConditionExpression="attribute_not_exists(entity)", **more)

    def receive(self, tenant, wait=20):
        answer = self.sqs.receive_message(QueueUrl=self.queues[tenant], WaitTimeSeconds=wait, MaxNumberOfMessages=10, AttributeNames=["All"])
        return answer.get("Messages", [])

    def test_event_flows_to_its_tenant_and_to_nobody_else_R1_1(self):
        self.provision()
        self.correlation = f"flow-{uuid.uuid4()}"
        self.put("acme", "C-1")
        (message,) = self.receive("acme")
        envelope = json.loads(message["Body"])
        self.assertEqual({"tenant_id": "acme", "contact_id": "C-1", "email": "C-1@example.test"}, envelope["detail"])
        self.assertEqual(
            ("ContactCreated", "crm.contact", self.account, "eu-central-1", "0", []),
            tuple(envelope[k] for k in ("detail-type", "source", "account", "region", "version", "resources")),
        )
        self.assertEqual("1", message["Attributes"]["ApproximateReceiveCount"])
        self.sqs.delete_message(QueueUrl=self.queues["acme"], ReceiptHandle=message["ReceiptHandle"])
        self.assertEqual([], self.receive("acme", wait=0))  # asking again says that the work is done
        self.settle()

        arrived = [h["to"] for h in self.hops() if h["kind"] == "arrive" and h["outcome"] == "delivered"]
        self.assertEqual(["pipe:contacts", "bus:crm", "queue:acme-contacts"], arrived)
        filtered = [h for h in self.hops() if h["outcome"] == "filtered"]
        self.assertEqual(1, len(filtered), filtered)
        (mismatch,) = filtered[0]["reason"]["mismatches"]
        self.assertEqual(("detail.tenant_id", '"acme"'), (mismatch["path"], mismatch["got"]))
        self.assertEqual([], self.receive("globex", wait=0))

        # The other tenant's works as well, so that its silence above meant something.
        self.correlation = f"flow-{uuid.uuid4()}"
        self.put("globex", "C-2")
        (message,) = self.receive("globex")
        self.assertEqual("C-2", json.loads(message["Body"])["detail"]["contact_id"])
        self.sqs.delete_message(QueueUrl=self.queues["globex"], ReceiptHandle=message["ReceiptHandle"])
        self.assertEqual([], self.receive("globex", wait=0))
        self.assertEqual([], self.receive("acme", wait=0))

    def test_update_is_filtered_by_the_pipe_R1_4(self):
        self.provision()
        self.correlation = f"flow-{uuid.uuid4()}"
        self.put("acme", "C-1")
        self.db.update_item(
            TableName="contact-events", Key={"entity": {"S": "acme#C-1"}, "version": {"N": "1"}},
            UpdateExpression="SET #d.#p = :p", ExpressionAttributeNames={"#d": "data", "#p": "phone"}, ExpressionAttributeValues={":p": {"S": "1"}},
        )
        self.settle()
        self.assertEqual(1, len(self.receive("acme", wait=0)))
        kinds = [(h["kind"], h["outcome"]) for h in self.hops() if h.get("to") == "pipe:contacts" or h.get("from") == "pipe:contacts"]
        self.assertIn(("match", "filtered"), kinds)

    def test_errors_are_the_exceptions_of_boto3(self):
        self.provision()
        self.put("acme", "C-1")
        with self.assertRaises(self.db.exceptions.ConditionalCheckFailedException) as caught:
            self.put("acme", "C-1", ReturnValuesOnConditionCheckFailure="ALL_OLD")
        self.assertEqual("The conditional request failed", caught.exception.response["Error"]["Message"])
        self.assertEqual({"S": "C-1"}, caught.exception.response["Item"]["contact_id"])
        with self.assertRaises(self.db.exceptions.ResourceNotFoundException):
            self.db.get_item(TableName="nothing", Key={"pk": {"S": "1"}})
        with self.assertRaises(self.db.exceptions.ResourceInUseException):
            self.db.create_table(
                TableName="contact-events", BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}], KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
            )
        with self.assertRaises(self.db.exceptions.TransactionCanceledException) as caught:
            self.db.transact_write_items(TransactItems=[{"ConditionCheck": {
                "TableName": "contact-events", "Key": {"entity": {"S": "acme#C-1"}, "version": {"N": "9"}}, "ConditionExpression": "attribute_exists(entity)",
            }}])
        self.assertEqual("ConditionalCheckFailed", caught.exception.response["CancellationReasons"][0]["Code"])
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist):
            self.sqs.get_queue_url(QueueName="nothing")
        with self.assertRaises(self.bus.exceptions.ResourceNotFoundException):
            self.bus.put_rule(Name="r", EventBusName="nothing", EventPattern='{"source":["a"]}')
        with self.assertRaises(self.bus.exceptions.InvalidEventPatternException):
            self.bus.put_rule(Name="r", EventBusName="crm", EventPattern='{"source":"a"}')
        with self.assertRaises(self.pipes.exceptions.NotFoundException):
            self.pipes.describe_pipe(Name="nothing")
        with self.refused("ValidationException") as refusal:
            self.db.put_item(TableName="contact-events", Item={"entity": {"S": "x"}})
        self.assertIn("version", refusal.message)

    def test_put_events_answers_each_entry(self):
        self.provision()
        answer = self.bus.put_events(Entries=[
            {"EventBusName": "crm", "Source": "crm.contact", "DetailType": "ContactCreated", "Detail": '{"tenant_id":"acme"}'},
            {"EventBusName": "crm", "Source": "crm.contact", "DetailType": "ContactCreated", "Detail": "not JSON"},
        ])
        self.assertEqual(1, answer["FailedEntryCount"])
        self.assertIn("EventId", answer["Entries"][0])
        self.assertEqual("MalformedDetail", answer["Entries"][1]["ErrorCode"])
        self.assertEqual(1, len(self.receive("acme")))


class Queues(Pipeline):
    def setUp(self):
        super().setUp()
        self.sqs = self.client("sqs")

    def test_attributes_R1_2(self):
        url = self.sqs.create_queue(QueueName="q", Attributes={"DelaySeconds": "1", "VisibilityTimeout": "7"}, tags={"team": "crm"})["QueueUrl"]
        self.assertTrue(url.endswith(f"/{self.account}/q"), url)
        self.assertEqual(url, self.sqs.get_queue_url(QueueName="q")["QueueUrl"])
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        want = {"DelaySeconds": "0", "VisibilityTimeout": "7", "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600",
                "ApproximateNumberOfMessages": "0"}
        self.assertEqual(want, {k: got.get(k) for k in want})
        self.assertEqual([url], self.sqs.list_queues(QueueNamePrefix="q")["QueueUrls"])
        with self.refused("QueueAlreadyExists"):
            self.sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "8"})
        with self.refused("InvalidAttributeValue"):
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "-1"})
        self.sqs.delete_queue(QueueUrl=url)
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist):
            self.sqs.send_message(QueueUrl=url, MessageBody="x")

    def test_batches_succeed_in_part_R1_2(self):
        url = self.sqs.create_queue(QueueName="q")["QueueUrl"]
        sent = self.sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": "good", "MessageBody": "ä€😀", "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}},
            {"Id": "bad", "MessageBody": "x", "DelaySeconds": 901},
        ])
        self.assertEqual(["good"], [e["Id"] for e in sent["Successful"]])
        self.assertEqual([("bad", True)], [(e["Id"], e["SenderFault"]) for e in sent["Failed"]])
        # botocore checks MD5OfBody and MD5OfMessageAttributes itself.
        (message,) = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10, MessageAttributeNames=["All"])["Messages"]
        self.assertEqual("ä€😀", message["Body"])
        self.assertEqual(b"\x00\xff", message["MessageAttributes"]["b"]["BinaryValue"])
        gone = self.sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": "1", "ReceiptHandle": message["ReceiptHandle"]}, {"Id": "2", "ReceiptHandle": "nonsense"},
        ])
        self.assertEqual((["1"], ["ReceiptHandleIsInvalid"]), ([e["Id"] for e in gone["Successful"]], [e["Code"] for e in gone["Failed"]]))
        with self.assertRaises(self.sqs.exceptions.EmptyBatchRequest):
            self.sqs.send_message_batch(QueueUrl=url, Entries=[])
        same = {"Id": "1", "MessageBody": "x"}
        with self.assertRaises(self.sqs.exceptions.BatchEntryIdsNotDistinct):
            self.sqs.send_message_batch(QueueUrl=url, Entries=[same, same])

    def test_redrive_to_the_dead_letter_queue_R1_2(self):
        dlq = self.sqs.create_queue(QueueName="dlq")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=dlq, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
        url = self.sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "1", "RedrivePolicy": policy})["QueueUrl"]
        self.correlation = f"flow-{uuid.uuid4()}"
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="poison")
        self.correlation, flow = None, self.correlation
        for count in ("1", "2"):
            (message,) = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, AttributeNames=["ApproximateReceiveCount"])["Messages"]
            self.assertEqual(count, message["Attributes"]["ApproximateReceiveCount"])
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2))
        (message,) = self.sqs.receive_message(QueueUrl=dlq, WaitTimeSeconds=5, AttributeNames=["All"])["Messages"]
        self.assertEqual((sent["MessageId"], "poison"), (message["MessageId"], message["Body"]))
        self.correlation = flow
        (dead,) = [h for h in self.hops() if h["kind"] == "deadletter"]
        self.assertEqual(("queue:q", "queue:dlq"), (dead["from"], dead["to"]))
        self.assertEqual([url], self.sqs.list_dead_letter_source_queues(QueueUrl=dlq)["queueUrls"])

    def test_long_poll_is_woken_by_a_message_R1_2(self):
        url = self.sqs.create_queue(QueueName="q")["QueueUrl"]
        self.sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
        began = time.monotonic()
        (message,) = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
        self.assertTrue(0.5 < time.monotonic() - began < 10, "woken when it is due, not when the wait is over")
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        self.assertEqual("later", self.sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
        self.sqs.purge_queue(QueueUrl=url)


class Accounts(Pipeline):
    def test_twelve_digits_are_the_account(self):
        identity = self.client("sts").get_caller_identity()
        self.assertEqual(self.account, identity["Account"])
        self.assertIn(self.account, identity["Arn"])

    def test_accounts_do_not_see_each_other_R2_7(self):
        self.client("sqs").create_queue(QueueName="q")
        self.account = f"{int(self.account[:-1])}{(int(self.account[-1]) + 1) % 10}"
        other = self.client("sqs")
        self.assertNotIn("QueueUrls", other.list_queues())
        with self.assertRaises(other.exceptions.QueueDoesNotExist):
            other.get_queue_url(QueueName="q")

    def test_what_is_not_implemented_says_so(self):
        for service, call in (
            ("events", lambda c: c.list_endpoints()),
            ("sts", lambda c: c.get_session_token()),
        ):
            with self.subTest(service):
                client = self.client(service)
                try:
                    call(client)
                    self.fail("answered as if it were implemented")
                except ClientError as error:
                    self.assertIn("NotImplemented", error.response["Error"]["Code"])
                    self.assertIn(error.operation_name, error.response["Error"]["Message"])
                    self.assertNotEqual(200, error.response["ResponseMetadata"]["HTTPStatusCode"])


if __name__ == "__main__":
    unittest.main()

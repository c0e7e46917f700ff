"""The round with the AWS CLI, version 1. Prints what it saw as one JSON object."""

import json
import os
import re
import subprocess
import sys

endpoint, account, aws = sys.argv[1:4]
environment = dict(os.environ, AWS_ACCESS_KEY_ID=account, AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1",
                   AWS_PAGER="", PYTHONUTF8="1")
seen = {}


def run(*arguments):
    return subprocess.run([aws, "--endpoint-url", endpoint, *arguments, "--output", "json"], env=environment, capture_output=True, text=True, encoding="utf-8")


def cli(*arguments):
    done = run(*arguments)
    if done.returncode:
        raise AssertionError(f"aws {' '.join(arguments)}: {done.stderr}")
    return json.loads(done.stdout or "{}")


def collect(url, n):
    found = []
    for _ in range(10):
        found += receive(url)
        if len(found) >= n:
            break
    return found


def code(*arguments):
    found = re.search(r"An error occurred \(([\w.]+)\)", run(*arguments).stderr)
    return found.group(1) if found else "none"


def queue(name, attributes=None):
    extra = ["--attributes", json.dumps(attributes)] if attributes else []
    url = cli("sqs", "create-queue", "--queue-name", name, *extra)["QueueUrl"]
    return url, cli("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "QueueArn")["Attributes"]["QueueArn"]


def receive(url):
    return cli("sqs", "receive-message", "--queue-url", url, "--max-number-of-messages", "10", "--wait-time-seconds", "2",
               "--message-attribute-names", "All", "--message-system-attribute-names", "ApproximateReceiveCount", "MessageGroupId").get("Messages", [])


url, arn = queue("round", {"VisibilityTimeout": "30"})
sent = cli("sqs", "send-message", "--queue-url", url, "--message-body", "grüße", "--message-attributes", json.dumps(
    {"kind": {"DataType": "String", "StringValue": "test"}, "n": {"DataType": "Number", "StringValue": "7"}}))
seen["send"] = {"md5": sent["MD5OfMessageBody"], "attributes": sent["MD5OfMessageAttributes"]}
message = receive(url)[0]
seen["receive"] = {"body": message["Body"], "md5": message["MD5OfBody"], "attributes": message["MD5OfMessageAttributes"],
                   "count": message["Attributes"]["ApproximateReceiveCount"]}
seen["hidden"] = len(receive(url))
cli("sqs", "change-message-visibility", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"], "--visibility-timeout", "0")
message = receive(url)[0]
seen["again"] = message["Attributes"]["ApproximateReceiveCount"]
cli("sqs", "delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
batch = cli("sqs", "send-message-batch", "--queue-url", url, "--entries", json.dumps(
    [{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 901}]))
seen["batch"] = {"good": [e["Id"] for e in batch["Successful"]], "bad": [[e["Id"], e["Code"], e["SenderFault"]] for e in batch["Failed"]]}
cli("sqs", "purge-queue", "--queue-url", url)
seen["purged"] = cli("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]["ApproximateNumberOfMessages"]

fifo, _ = queue("round.fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true"})
for body in ("1", "2", "2", "3"):
    cli("sqs", "send-message", "--queue-url", fifo, "--message-body", body, "--message-group-id", "g")
seen["fifo"] = [[m["Body"], m["Attributes"]["MessageGroupId"]] for m in receive(fifo)]

seen["errors"] = [
    code("sqs", "get-queue-url", "--queue-name", "nowhere"),
    code("sqs", "receive-message", "--queue-url", url, "--max-number-of-messages", "11"),
    code("sqs", "delete-message", "--queue-url", url, "--receipt-handle", "nonsense"),
    code("sqs", "send-message", "--queue-url", fifo, "--message-body", "no group"),
    code("sns", "publish", "--topic-arn", f"arn:aws:sns:us-east-1:{account}:nowhere", "--message", "x"),
]

topic = cli("sns", "create-topic", "--name", "round")["TopicArn"]
raw, raw_arn = queue("round-raw")
whole, whole_arn = queue("round-whole")
cli("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", raw_arn, "--attributes", json.dumps(
    {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"tenant": ["acme"]})}))
cli("sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", whole_arn)
for tenant in ("acme", "rival"):
    cli("sns", "publish", "--topic-arn", topic, "--message", "to " + tenant, "--message-attributes", json.dumps(
        {"tenant": {"DataType": "String", "StringValue": tenant}}))
seen["raw"] = sorted([m["Body"], m["MessageAttributes"]["tenant"]["StringValue"]] for m in collect(raw, 1))
seen["whole"] = sorted(json.loads(m["Body"])["Message"] for m in collect(whole, 2))
print(json.dumps(seen, sort_keys=True, ensure_ascii=False, indent=1))

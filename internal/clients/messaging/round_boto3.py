"""The round with boto3. Prints what it saw as one JSON object."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

endpoint, account = sys.argv[1:3]
options = dict(endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=account, aws_secret_access_key="test")
sqs, sns = boto3.client("sqs", **options), boto3.client("sns", **options)
seen = {}


def queue(name, attributes=None):
    url = sqs.create_queue(QueueName=name, Attributes=attributes or {})["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(url):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2, MessageAttributeNames=["All"],
                               MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"]).get("Messages", [])


def collect(url, n):
    found = []
    for _ in range(10):
        found += receive(url)
        if len(found) >= n:
            break
    return found


def code(call, **arguments):
    try:
        call(**arguments)
        return "none"
    except ClientError as e:
        return e.response["Error"]["Code"]


url, arn = queue("round", {"VisibilityTimeout": "30"})
sent = sqs.send_message(QueueUrl=url, MessageBody="grüße", MessageAttributes={
    "kind": {"DataType": "String", "StringValue": "test"}, "n": {"DataType": "Number", "StringValue": "7"}})
seen["send"] = {"md5": sent["MD5OfMessageBody"], "attributes": sent["MD5OfMessageAttributes"]}
message = receive(url)[0]
seen["receive"] = {"body": message["Body"], "md5": message["MD5OfBody"], "attributes": message["MD5OfMessageAttributes"],
                   "count": message["Attributes"]["ApproximateReceiveCount"]}
seen["hidden"] = len(receive(url))
sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
message = receive(url)[0]
seen["again"] = message["Attributes"]["ApproximateReceiveCount"]
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
batch = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 901}])
seen["batch"] = {"good": [e["Id"] for e in batch["Successful"]], "bad": [[e["Id"], e["Code"], e["SenderFault"]] for e in batch["Failed"]]}
sqs.purge_queue(QueueUrl=url)
seen["purged"] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"]

fifo, _ = queue("round.fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true"})
for body, group in (("1", "g"), ("2", "g"), ("2", "g"), ("3", "g")):
    sqs.send_message(QueueUrl=fifo, MessageBody=body, MessageGroupId=group)
seen["fifo"] = [[m["Body"], m["Attributes"]["MessageGroupId"]] for m in receive(fifo)]

seen["errors"] = [
    code(sqs.get_queue_url, QueueName="nowhere"),
    code(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11),
    code(sqs.delete_message, QueueUrl=url, ReceiptHandle="nonsense"),
    code(sqs.send_message, QueueUrl=fifo, MessageBody="no group"),
    code(sns.publish, TopicArn=f"arn:aws:sns:us-east-1:{account}:nowhere", Message="x"),
]

topic = sns.create_topic(Name="round")["TopicArn"]
raw, raw_arn = queue("round-raw")
whole, whole_arn = queue("round-whole")
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=raw_arn,
              Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"tenant": ["acme"]})})
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=whole_arn)
for tenant in ("acme", "rival"):
    sns.publish(TopicArn=topic, Message="to " + tenant, MessageAttributes={"tenant": {"DataType": "String", "StringValue": tenant}})
seen["raw"] = sorted([m["Body"], m["MessageAttributes"]["tenant"]["StringValue"]] for m in collect(raw, 1))
seen["whole"] = sorted(json.loads(m["Body"])["Message"] for m in collect(whole, 2))
print(json.dumps(seen, sort_keys=True, ensure_ascii=False, indent=1))

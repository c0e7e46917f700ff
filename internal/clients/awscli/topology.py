"""The event routing of the CRM as an infrastructure tool handles it: create, describe, list, change, destroy. Every step is done with
boto3 and with the AWS CLI; what both answer is compared, and then held against what the step must have done."""

import json
import os
import random
import re
import subprocess
import sys

import boto3
from botocore.exceptions import ClientError

ENDPOINT, AWS = sys.argv[1:3]
REGION = "us-east-1"


def kebab(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Boto3:
    def __init__(self, account):
        self.account = account
        self.clients = {}

    def call(self, service, operation, **arguments):
        if service not in self.clients:
            self.clients[service] = boto3.client(service, endpoint_url=ENDPOINT, region_name=REGION, aws_access_key_id=self.account, aws_secret_access_key="test")
        method = getattr(self.clients[service], kebab(operation).replace("-", "_"))
        try:
            answer = method(**arguments)
        except ClientError as error:
            return {"error": error.response["Error"]["Code"]}
        answer.pop("ResponseMetadata")
        return answer


class CLI:
    def __init__(self, account):
        self.account = account
        self.environment = dict(os.environ, AWS_ACCESS_KEY_ID=account, AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION, AWS_PAGER="")

    def call(self, service, operation, **arguments):
        done = subprocess.run([AWS, "--endpoint-url", ENDPOINT, "--output", "json", service, kebab(operation), "--cli-input-json", json.dumps(arguments)],
                              env=self.environment, capture_output=True, text=True, encoding="utf-8")
        if done.returncode:
            refused = re.search(r"An error occurred \(([\w.]+)\)", done.stderr)
            if not refused:
                raise AssertionError(f"aws {service} {kebab(operation)}: {done.stderr}")
            return {"error": refused.group(1)}
        return json.loads(done.stdout or "{}")


def comparable(answer, account):
    """The answer without what must differ: account, ids, times."""
    text = json.dumps(answer, default=str, sort_keys=True).replace(account, "ACCOUNT")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "UUID", text)
    text = re.sub(r"(:secret:[^\"]*UUID)-\w{6}", r"\1-SUFFIX", text)
    text = re.sub(r"/stream/[0-9T:.-]+", "/stream/TIME", text)
    return re.sub(r'"(\w*(?:Time|Date)|NextToken)": ("[^"]*"|[0-9.]+)', r'"\1": "?"', text)


def topology(client):
    """Runs all steps and yields (what, answer)."""
    base = f"{REGION}:{client.account}"
    queue, bus = f"arn:aws:sqs:{base}:acme-contacts", f"arn:aws:events:{base}:event-bus/crm"
    pattern = {"source": ["crm.contact"], "detail": {"tenant_id": ["acme"]}}

    def events(operation, **arguments):
        answer = client.call("events", operation, **arguments)
        return operation, answer

    for name in ("acme-contacts", "acme-contacts-dlq"):
        yield "CreateQueue", bool(client.call("sqs", "CreateQueue", QueueName=name))
    yield events("CreateEventBus", Name="crm", Description="all of the CRM", Tags=[{"Key": "team", "Value": "crm"}])
    yield events("CreateEventBus", Name="crm")
    yield events("PutPermission", EventBusName="crm", Action="events:PutEvents", Principal="222222222222", StatementId="partner")
    yield events("DescribeEventBus", Name="crm")
    yield events("PutRule", Name="contacts", EventBusName="crm", EventPattern=json.dumps(pattern), Description="contacts of acme")
    yield events("PutRule", Name="broken", EventBusName="crm", EventPattern='{"source":"crm"}')
    yield events("PutTargets", Rule="contacts", EventBusName="crm", Targets=[
        {"Id": "queue", "Arn": queue, "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600}, "DeadLetterConfig": {"Arn": queue + "-dlq"},
         "InputTransformer": {"InputPathsMap": {"id": "$.detail.contact_id"}, "InputTemplate": '{"contact": <id>}'}},
        {"Id": "log", "Arn": f"arn:aws:logs:{base}:log-group:/aws/events/crm"}])
    yield events("ListTargetsByRule", Rule="contacts", EventBusName="crm")
    yield events("ListRuleNamesByTarget", TargetArn=queue, EventBusName="crm")
    yield events("DescribeRule", Name="contacts", EventBusName="crm")
    yield events("PutRule", Name="nightly", ScheduleExpression="cron(0 2 * * ? *)", State="DISABLED")
    yield events("DescribeRule", Name="nightly")
    yield events("TestEventPattern", EventPattern=json.dumps(pattern), Event=json.dumps({
        "id": "1", "detail-type": "ContactCreated", "source": "crm.contact", "account": "1", "time": "2026-01-01T00:00:00Z", "region": REGION,
        "resources": [], "detail": {"tenant_id": "acme"}}))
    yield events("CreateArchive", ArchiveName="all", EventSourceArn=bus, RetentionDays=7, EventPattern=json.dumps(pattern))
    yield events("PutEvents", Entries=[{"EventBusName": "crm", "Source": "crm.contact", "DetailType": "ContactCreated",
                                         "Detail": json.dumps({"tenant_id": "acme", "contact_id": "C-17"})}])
    yield events("UpdateArchive", ArchiveName="all", RetentionDays=30)
    yield events("DescribeArchive", ArchiveName="all")
    yield events("ListArchives", EventSourceArn=bus)
    yield events("StartReplay", ReplayName="again", EventSourceArn=f"arn:aws:events:{base}:archive/all", EventStartTime="2026-01-01T00:00:00Z",
                 EventEndTime="2026-01-01T01:00:00Z", Destination={"Arn": bus, "FilterArns": [f"arn:aws:events:{base}:rule/crm/contacts"]})
    connection = client.call("events", "CreateConnection", Name="mail", AuthorizationType="API_KEY",
                             AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "x-api-key", "ApiKeyValue": "secret"}})
    yield "CreateConnection", connection
    yield events("DescribeConnection", Name="mail")
    yield events("CreateApiDestination", Name="mail", ConnectionArn=connection["ConnectionArn"], InvocationEndpoint="https://mail.example.test/*", HttpMethod="POST")
    yield events("UpdateApiDestination", Name="mail", HttpMethod="PUT", InvocationRateLimitPerSecond=10)
    yield events("DescribeApiDestination", Name="mail")
    yield events("ListApiDestinations")
    yield events("ListConnections")
    yield events("DisableRule", Name="contacts", EventBusName="crm")
    yield events("ListRules", EventBusName="crm")
    yield events("TagResource", ResourceARN=bus, Tags=[{"Key": "stage", "Value": "test"}])
    yield events("UntagResource", ResourceARN=bus, TagKeys=["team"])
    yield events("ListTagsForResource", ResourceARN=bus)
    yield events("UpdateEventBus", Name="crm", Description="the CRM")
    yield events("ListEndpoints")
    # destroyed in the order in which a tool finds that it must
    yield events("DeleteRule", Name="contacts", EventBusName="crm")
    yield events("RemoveTargets", Rule="contacts", EventBusName="crm", Ids=["queue", "log"])
    yield events("DeleteRule", Name="contacts", EventBusName="crm")
    yield events("DeleteRule", Name="nightly")
    yield events("DeleteArchive", ArchiveName="all")
    yield events("DeleteApiDestination", Name="mail")
    yield events("DeleteConnection", Name="mail")
    yield events("RemovePermission", EventBusName="crm", StatementId="partner")
    yield events("DeleteEventBus", Name="crm")
    yield events("ListEventBuses")
    yield events("DescribeEventBus", Name="crm")
    yield from pipe(client, base)
    yield from schedule(client, base)
    yield from partner(client)


def pipe(client, base):
    """A pipe from a table to the default bus."""

    def pipes(operation, **arguments):
        return operation, client.call("pipes", operation, **arguments)

    role, bus = f"arn:aws:iam::{client.account}:role/pipe", f"arn:aws:events:{base}:event-bus/default"
    table = client.call("dynamodb", "CreateTable", TableName="contacts", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    stream = table["TableDescription"]["LatestStreamArn"]
    new = {"Name": "contacts", "Source": stream, "Target": bus, "RoleArn": role, "Description": "contacts to the bus",
           "SourceParameters": {"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON", "BatchSize": 10},
                                "FilterCriteria": {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]}}}
    yield pipes("CreatePipe", **new)
    yield pipes("CreatePipe", **new)
    yield pipes("DescribePipe", Name="contacts")
    yield pipes("ListPipes", NamePrefix="con")
    yield pipes("UpdatePipe", Name="contacts", RoleArn=role, TargetParameters={"EventBridgeEventBusParameters": {"Source": "crm.contact", "DetailType": "ContactCreated"}})
    yield pipes("StopPipe", Name="contacts")
    yield pipes("StartPipe", Name="contacts")
    yield pipes("DescribePipe", Name="contacts")
    yield pipes("TagResource", resourceArn=f"arn:aws:pipes:{base}:pipe/contacts", tags={"stage": "test"})
    yield pipes("ListTagsForResource", resourceArn=f"arn:aws:pipes:{base}:pipe/contacts")
    yield pipes("UntagResource", resourceArn=f"arn:aws:pipes:{base}:pipe/contacts", tagKeys=["stage"])
    yield pipes("DeletePipe", Name="contacts")
    yield pipes("DescribePipe", Name="contacts")


def schedule(client, base):
    """Reminders that a schedule sends to a queue."""

    def scheduler(operation, **arguments):
        return operation, client.call("scheduler", operation, **arguments)

    target = {"Arn": f"arn:aws:sqs:{base}:acme-contacts", "RoleArn": f"arn:aws:iam::{client.account}:role/schedule", "Input": "remind"}
    timing = {"ScheduleExpression": "cron(0 9 ? * MON-FRI *)", "ScheduleExpressionTimezone": "Europe/Berlin", "FlexibleTimeWindow": {"Mode": "OFF"}}
    yield scheduler("CreateScheduleGroup", Name="reminders", Tags=[{"Key": "team", "Value": "crm"}])
    yield scheduler("CreateSchedule", Name="daily", GroupName="reminders", Target=target, **timing)
    yield scheduler("CreateSchedule", Name="daily", GroupName="reminders", Target=target, **timing)
    yield scheduler("GetSchedule", Name="daily", GroupName="reminders")
    target["Arn"], target["Input"] = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", json.dumps({"QueueUrl": "https://sqs/1/acme-contacts", "MessageBody": "remind"})
    yield scheduler("UpdateSchedule", Name="daily", GroupName="reminders", Target=target, State="DISABLED", **timing)
    yield scheduler("GetSchedule", Name="daily", GroupName="reminders")
    yield scheduler("ListSchedules", GroupName="reminders")
    yield scheduler("ListScheduleGroups", NamePrefix="rem")
    yield scheduler("ListTagsForResource", ResourceArn=f"arn:aws:scheduler:{base}:schedule-group/reminders")
    yield scheduler("DeleteSchedule", Name="daily", GroupName="reminders")
    yield scheduler("GetSchedule", Name="daily", GroupName="reminders")
    yield scheduler("DeleteScheduleGroup", Name="reminders")


def partner(client):
    def events(operation, **arguments):
        return operation, client.call("events", operation, **arguments)

    source = "aws.partner/crm.example.test/acme/1"  # the account is its own partner
    yield events("CreatePartnerEventSource", Name=source, Account=client.account)
    yield events("ListEventSources", NamePrefix="aws.partner/crm")
    yield events("CreateEventBus", Name=source, EventSourceName=source)
    yield events("PutPartnerEvents", Entries=[{"Source": source, "DetailType": "ContactCreated", "Detail": "{}"}, {"Source": "aws.partner/nobody/x/y", "DetailType": "T", "Detail": "{}"}])
    yield events("DeactivateEventSource", Name=source)
    yield events("ListPartnerEventSourceAccounts", EventSourceName=source)
    yield events("DeletePartnerEventSource", Name=source, Account=client.account)
    yield events("DescribeEventSource", Name=source)


WANT = {  # by number of the step: a part of what both must see
    3: '"error": "ResourceAlreadyExistsException"', 5: '\\"Sid\\":\\"partner\\"', 7: '"error": "InvalidEventPatternException"', 8: '"FailedEntryCount": 0',
    9: '"MaximumRetryAttempts": 3', 10: '"RuleNames": ["contacts"]', 13: '"ScheduleExpression": "cron(0 2 * * ? *)"', 14: '"Result": true',
    16: '"FailedEntryCount": 0', 18: '"EventCount": 1', 20: '"State": "STARTING"', 22: '"ApiKeyName": "x-api-key"', 25: '"HttpMethod": "PUT"',
    29: '"State": "DISABLED"', 32: '{"Key": "stage", "Value": "test"}', 34: '"error": "NotImplemented"', 35: '"error": "ValidationException"',
    36: '"FailedEntryCount": 0', 44: '"EventBuses": [{"Arn": "arn:aws:events:us-east-1:ACCOUNT:event-bus/default"', 45: '"error": "ResourceNotFoundException"',
    47: '"error": "ConflictException"', 48: '"BatchSize": 10', 49: '"CurrentState": "RUNNING"', 51: '"DesiredState": "STOPPED"', 53: '"DetailType": "ContactCreated"',
    55: '"tags": {"stage": "test"}', 57: '"DesiredState": "DELETED"', 58: '"error": "NotFoundException"',
    61: '"error": "ConflictException"', 62: '"ScheduleExpressionTimezone": "Europe/Berlin"', 64: '"State": "DISABLED"', 65: '"Name": "daily"',
    66: '"Name": "reminders"', 67: '{"Key": "team", "Value": "crm"}', 69: '"error": "ResourceNotFoundException"',
    72: '"State": "PENDING"', 73: ':event-bus/aws.partner/crm.example.test/acme/1"', 74: '"FailedEntryCount": 1', 76: '"State": "PENDING"', 78: '"State": "DELETED"',
}


def main():
    accounts = ["%012d" % random.randrange(10**12) for _ in range(2)]
    failed = steps = 0
    for step, seen in enumerate(zip(topology(Boto3(accounts[0])), topology(CLI(accounts[1])), strict=True)):
        steps += 1
        (what, left), (_, right) = seen
        left, right = comparable(left, accounts[0]), comparable(right, accounts[1])
        if left != right or WANT.get(step, "") not in left or '"error"' in left and '"error"' not in WANT.get(step, ""):
            failed += 1
            print(f"{step} {what}\n  boto3 {left}\n  aws   {right}\n  want  {WANT.get(step, 'success')}")
    print(f"{steps} steps with boto3 and the AWS CLI; {failed} failed")
    sys.exit(1 if failed else 0)


main()

"""keys.py ENDPOINT: empties moto, makes a user with keys there, lets moto check signatures from now on, and prints KEY:SECRET."""

import json
import sys
from urllib.request import Request, urlopen

import boto3

endpoint = sys.argv[1]
urlopen(Request(endpoint + "/moto-api/reset", method="POST")).close()
iam = boto3.client("iam", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any")
iam.create_user(UserName="observer")
actions = [service + ":*" for service in ("sqs", "sns", "events", "dynamodb", "sts")]
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
iam.put_user_policy(UserName="observer", PolicyName="all", PolicyDocument=json.dumps(policy))
key = iam.create_access_key(UserName="observer")["AccessKey"]
urlopen(Request(endpoint + "/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}, method="POST")).close()
print(key["AccessKeyId"] + ":" + key["SecretAccessKey"])

#!/usr/bin/env bash
# run.sh ENDPOINT: PynamoDB, and the boto3 resource, against a running server.
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
unittest -W error::ResourceWarning

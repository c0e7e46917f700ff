#!/usr/bin/env bash
# run.sh ENDPOINT: the own tests of guregu/dynamo, a DynamoDB library for Go, against a running server.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
cd "$(dirname "${BASH_SOURCE[0]}")"
export GOWORK=off AWS_ACCESS_KEY_ID=$(printf '%012d' $$) AWS_SECRET_ACCESS_KEY=any
export DYNAMO_TEST_ENDPOINT=$1 DYNAMO_TEST_REGION=eu-west-1 DYNAMO_TEST_CREATE_TABLE=true
out=$(go test -count=1 -v github.com/guregu/dynamo/v2 2>&1) || { echo "$out" | tail -100; exit 1; }
# Without an endpoint its tests skip themselves: that they did not is part of the result.
if echo "$out" | grep -q -- '^--- SKIP'; then echo "$out" | grep -A1 -- '^--- SKIP'; exit 1; fi
echo "$(echo "$out" | grep -c -- '^--- PASS') of its tests passed"

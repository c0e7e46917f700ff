#!/usr/bin/env bash
# run.sh ENDPOINT: Watermill's own conformance suite for Pub/Subs, on its SQS and SNS Pub/Subs, against a running server.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
cd "$(dirname "${BASH_SOURCE[0]}")"
export DYETRACE_ENDPOINT=$1 GOWORK=off
if ! out=$(go test -count=1 ./... 2>&1); then echo "$out" | grep -v '^\[watermill\]' | tail -100; exit 1; fi
echo "$out" | grep -v '^\[watermill\]' | tail -3

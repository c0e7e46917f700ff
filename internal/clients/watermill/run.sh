#!/usr/bin/env bash
# run.sh ENDPOINT: Watermill's own conformance suite for Pub/Subs, on its SQS and SNS Pub/Subs, against a running server. It takes half
# a minute; what hangs for five ends with the stacks.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
cd "$(dirname "${BASH_SOURCE[0]}")"
export DYETRACE_ENDPOINT=$1 GOWORK=off
if out=$(go test -count=1 -timeout 5m ./... 2>&1); then
	grep -v '^\[watermill\]' <<<"$out" | tail -3
	exit 0
fi
said=$(grep -v '^\[watermill\]' <<<"$out")
tail -150 <<<"$said"
grep -E '^ *--- FAIL|^panic: ' <<<"$said" || true
exit 1

#!/usr/bin/env bash
# run.sh ENDPOINT: the AWS SDK for Java v2, its enhanced DynamoDB client and Spring Cloud AWS against a running server; and the round
# of ../messaging, whose round.json says what it must see.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
if ! command -v mvn >/dev/null; then
	echo "Maven is needed: apt-get install maven" >&2
	if [ "${CI:-}" = true ]; then exit 1; fi
	exit 0
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cp -r "$here/pom.xml" "$here/src" "$build"
DYETRACE_ENDPOINT=$1 DYETRACE_ROUND=$build/java.json mvn --batch-mode --no-transfer-progress --file "$build/pom.xml" -Dstyle.color=never test
python3 "$here/../messaging/compare.py" "$here/../messaging/round.json" "$build/java.json"

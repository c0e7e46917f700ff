#!/usr/bin/env bash
# run.sh ENDPOINT: the AWS SDK for Java v2, its enhanced DynamoDB client and Spring Cloud AWS against a running server; and the round
# of ../messaging, whose round.json says what it must see.
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
needs java mvn
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cp -r "$here/pom.xml" "$here/src" "$build"
DYETRACE_ROUND=$build/java.json mvn --batch-mode --no-transfer-progress --file "$build/pom.xml" -Dstyle.color=never test
python3 "$here/../messaging/compare.py" "$here/../messaging/round.json" "$build/java.json"

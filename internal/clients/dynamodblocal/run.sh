#!/usr/bin/env bash
# run.sh ENDPOINT: compares a running server with DynamoDB Local on generated sequences of operations. It needs java and mvn, fetches
# DynamoDB Local into a cache folder of its own and starts it. Without java or mvn it says so and, outside CI, passes.
# DYETRACE_SEED chooses other sequences than those of seed 1.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for tool in java mvn; do
	if ! command -v "$tool" >/dev/null; then
		echo "no $tool, and DynamoDB Local needs one"
		if [ "${CI:-}" = true ]; then exit 1; fi
		exit 0
	fi
done
cache=${DYETRACE_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dyetrace-clients}/dynamodblocal
mkdir -p "$cache"
if ! cmp -s "$here/pom.xml" "$cache/installed.xml"; then
	rm -rf "$cache/lib"
	mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$cache/lib"
	cp "$here/pom.xml" "$cache/installed.xml"
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
java -Xmx512m -Dsqlite4java.library.path="$cache/lib" -cp "$cache/lib/*" com.amazonaws.services.dynamodbv2.local.main.ServerRunner \
	-inMemory -sharedDb -port "$port" >"$cache/log" 2>&1 &
java=$!
trap 'kill $java 2>/dev/null || true' EXIT
for _ in $(seq 300); do
	if python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$port" 2>/dev/null; then break; fi
	kill -0 "$java" 2>/dev/null || { cat "$cache/log"; exit 1; }
	sleep 0.1
done
cd "$here"
DYETRACE_ENDPOINT=$1 DYNAMODBLOCAL_ENDPOINT=http://127.0.0.1:$port go test -count=1 -timeout 170s -v . -rapid.nofailfile -rapid.checks=400 -rapid.seed="${DYETRACE_SEED:-1}"

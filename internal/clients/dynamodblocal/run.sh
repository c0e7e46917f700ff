#!/usr/bin/env bash
# run.sh ENDPOINT: compares a running server with DynamoDB Local on generated sequences of operations. It needs java and mvn, fetches
# DynamoDB Local and starts it.
# DYETRACE_SEED chooses other sequences than those of seed 1.
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
needs java mvn
java_packages
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
DYNAMODBLOCAL_ENDPOINT=http://127.0.0.1:$port go test -count=1 -timeout 170s -v . -rapid.nofailfile -rapid.checks=400 -rapid.seed="${DYETRACE_SEED:-1}"

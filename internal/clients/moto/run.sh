#!/usr/bin/env bash
# run.sh ENDPOINT: observes a system at moto, an endpoint that is not ours (the ENDPOINT given, of a dyetrace server, is not used): first
# as it comes, then with moto checking signatures, which it does by the AWS SDK for Python.
# Installs moto into a cache folder of its own and starts it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
if ! fresh "$here/requirements.txt"; then python_packages && installed "$here/requirements.txt"; fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$cache/venv/bin/moto_server" -H 127.0.0.1 -p "$port" >"$cache/log" 2>&1 &
moto=$!
trap 'kill $moto 2>/dev/null || true' EXIT
for _ in $(seq 300); do
	if python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$port" 2>/dev/null; then break; fi
	kill -0 "$moto" 2>/dev/null || { cat "$cache/log"; exit 1; }
	sleep 0.1
done
cd "$here/../../../observe/tap"
export DYETRACE_TEST_MOTO=http://127.0.0.1:$port
go test -count=1 -timeout 170s -v -run 'foreign_endpoint' .
DYETRACE_TEST_MOTO_KEYS=$("$cache/venv/bin/python" "$here/keys.py" "$DYETRACE_TEST_MOTO")
export DYETRACE_TEST_MOTO_KEYS
go test -count=1 -timeout 170s -v -run 'foreign_endpoint' .

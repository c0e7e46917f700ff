#!/usr/bin/env bash
# run.sh ENDPOINT: PynamoDB, and the boto3 resource, against a running server. It installs what it needs into a cache folder of its own.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${DYETRACE_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dyetrace-clients}/pynamodb
wanted=$(cat "$here/requirements.txt")
if [ "$(cat "$cache/installed" 2>/dev/null)" != "$wanted" ]; then
	rm -rf "$cache"
	mkdir -p "$cache"
	python3 -m venv "$cache/venv"
	"$cache/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
	echo "$wanted" >"$cache/installed"
fi
cd "$here"
DYETRACE_ENDPOINT=$1 PYTHONDONTWRITEBYTECODE=1 exec "$cache/venv/bin/python" -W error::ResourceWarning -m unittest -v

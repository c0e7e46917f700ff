#!/usr/bin/env bash
# run.sh ENDPOINT: creates, describes, lists, changes and destroys the CRM's event routing with boto3 and with the AWS CLI (version 1),
# as an infrastructure tool would, each in an account of its own. Both must see the same.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${DYETRACE_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dyetrace-clients}/awscli
wanted=$(cat "$here/requirements.txt")
if [ "$(cat "$cache/installed" 2>/dev/null)" != "$wanted" ]; then
	rm -rf "$cache"
	mkdir -p "$cache"
	python3 -m venv "$cache/venv"
	"$cache/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
	echo "$wanted" >"$cache/installed"
fi
export PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1
exec "$cache/venv/bin/python" "$here/topology.py" "$1" "$cache/venv/bin/aws"

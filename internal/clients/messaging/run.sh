#!/usr/bin/env bash
# run.sh ENDPOINT: the same round of SQS and SNS work with boto3, the AWS CLI (version 1) and the AWS SDKs for JavaScript v3 and Go v2,
# each in an account of its own. What they see must be what round.json says, member by member; ../java does the same with the SDK for
# Java v2.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${DYETRACE_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dyetrace-clients}/messaging
wanted=$(cat "$here/requirements.txt" "$here/package.json")
if [ "$(cat "$cache/installed" 2>/dev/null)" != "$wanted" ]; then
	rm -rf "$cache"
	mkdir -p "$cache"
	python3 -m venv "$cache/venv"
	"$cache/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
	cp "$here/package.json" "$cache/"
	(cd "$cache" && npm install --silent --no-package-lock --no-audit --no-fund)
	echo "$wanted" >"$cache/installed"
fi
cp "$here/round.mjs" "$cache/" # modules are looked for beside the file that imports them
account() { python3 -c 'import random; print("%012d" % random.randrange(10**12))'; }
export PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1 NODE_NO_WARNINGS=1
"$cache/venv/bin/python" "$here/round_boto3.py" "$1" "$(account)" >"$cache/boto3.json"
"$cache/venv/bin/python" "$here/round_cli.py" "$1" "$(account)" "$cache/venv/bin/aws" >"$cache/awscli.json"
node "$cache/round.mjs" "$1" "$(account)" >"$cache/javascript.json"
(cd "$here/../../e2e" && GOWORK=off go run ./round "$1" "$(account)") >"$cache/go.json"
python3 "$here/compare.py" "$here/round.json" "$cache"/{boto3,awscli,javascript,go}.json

#!/usr/bin/env bash
# run.sh ENDPOINT: the same round of SQS and SNS work with boto3, the AWS CLI (version 1) and the AWS SDKs for JavaScript v3 and Go v2,
# each in an account of its own. What they see must be what round.json says, member by member; ../java does the same with the SDK for
# Java v2.
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
requirements=("$here/requirements.txt" "$here/package.json")
if ! fresh "${requirements[@]}"; then
	python_packages
	node_packages
	installed "${requirements[@]}"
fi
cp "$here/round.mjs" "$cache/" # modules are looked for beside the file that imports them
account() { python3 -c 'import random; print("%012d" % random.randrange(10**12))'; }
export NODE_NO_WARNINGS=1
"$cache/venv/bin/python" "$here/round_boto3.py" "$1" "$(account)" >"$cache/boto3.json"
"$cache/venv/bin/python" "$here/round_cli.py" "$1" "$(account)" "$cache/venv/bin/aws" >"$cache/awscli.json"
node "$cache/round.mjs" "$1" "$(account)" >"$cache/javascript.json"
(cd "$here/../../e2e" && GOWORK=off go run ./round "$1" "$(account)") >"$cache/go.json"
python3 "$here/compare.py" "$here/round.json" "$cache"/{boto3,awscli,javascript,go}.json

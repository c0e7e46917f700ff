#!/usr/bin/env bash
# run.sh ENDPOINT: the enhanced client of the AWS SDK for Java v2 against a running server. It needs java 17 or later and mvn, and
# installs what it needs into a cache folder of its own. Without java or mvn it says so and, outside CI, passes.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for tool in java javac mvn; do
	if ! command -v "$tool" >/dev/null; then
		echo "no $tool, and the SDK for Java needs one"
		if [ "${CI:-}" = true ]; then exit 1; fi
		exit 0
	fi
done
cache=${DYETRACE_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dyetrace-clients}/dynamodb-enhanced
mkdir -p "$cache"
if ! cmp -s "$here/pom.xml" "$cache/installed.xml"; then
	rm -rf "$cache/lib"
	mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$cache/lib"
	cp "$here/pom.xml" "$cache/installed.xml"
fi
javac -cp "$cache/lib/*" -d "$cache/classes" "$here/Contacts.java"
DYETRACE_ENDPOINT=$1 exec java -cp "$cache/classes:$cache/lib/*" Contacts

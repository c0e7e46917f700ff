#!/usr/bin/env bash
# run.sh [ENDPOINT]: compares the pattern language with AWS's event-ruler on 100,000 generated pairs; it needs no server, ENDPOINT is
# ignored. It needs java, javac and mvn, and fetches event-ruler into a cache folder of its own. DYETRACE_SEED chooses other pairs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for tool in java javac mvn; do
	if ! command -v "$tool" >/dev/null; then
		echo "no $tool, and event-ruler needs one"
		if [ "${CI:-}" = true ]; then exit 1; fi
		exit 0
	fi
done
cache=${DYETRACE_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dyetrace-clients}/event-ruler
mkdir -p "$cache"
if ! cmp -s "$here/pom.xml" "$cache/installed.xml"; then
	rm -rf "$cache/lib"
	mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$cache/lib"
	cp "$here/pom.xml" "$cache/installed.xml"
fi
javac -cp "$cache/lib/*" -d "$cache/classes" "$here/Judge.java"
cd "$here"
DYETRACE_EVENT_RULER="$cache/lib/*:$cache/classes" go test -count=1 -timeout 170s -v .

#!/usr/bin/env bash
# run.sh [ENDPOINT]: compares the pattern language with AWS's event-ruler on 100,000 generated pairs; it needs no server, ENDPOINT is
# ignored. It needs java, javac and mvn. DYETRACE_SEED chooses other pairs.
set -- "${1:-none}"
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
needs java javac mvn
java_packages
javac -cp "$cache/lib/*" -d "$cache/classes" "$here/Judge.java"
cd "$here"
DYETRACE_EVENT_RULER="$cache/lib/*:$cache/classes" go test -count=1 -timeout 170s -v .

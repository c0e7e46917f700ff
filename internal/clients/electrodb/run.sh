#!/usr/bin/env bash
# run.sh ENDPOINT: ElectroDB and the DocumentClient of the AWS SDK for JavaScript v3 against a running server. It installs what it
# needs into a cache folder of its own.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${DYETRACE_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dyetrace-clients}/electrodb
mkdir -p "$cache"
if ! cmp -s "$here/package.json" "$cache/package.json"; then
	rm -rf "$cache/node_modules" "$cache/package.json"
	cp "$here/package.json" "$cache/wanted.json"
	mkdir -p "$cache/install"
	cp "$here/package.json" "$cache/install/package.json"
	(cd "$cache/install" && npm install --silent --no-package-lock --no-audit --no-fund)
	mv "$cache/install/node_modules" "$cache/node_modules"
	mv "$cache/wanted.json" "$cache/package.json"
fi
cp "$here"/*.test.mjs "$cache/" # modules are looked for beside the file that imports them
cd "$cache"
DYETRACE_ENDPOINT=$1 exec node --test --test-reporter=spec *.test.mjs

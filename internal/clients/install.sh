# Sourced by the run.sh of each client, from its own folder: installs what the client needs into a cache folder of its own, once for
# each version of its requirements, and leaves the folder in $cache, the client's in $here, the server's endpoint in $DYETRACE_ENDPOINT.
set -euo pipefail
if [ $# -ne 1 ]; then echo "usage: $0 ENDPOINT, e.g. http://127.0.0.1:4566" >&2; exit 2; fi
here=$(cd "$(dirname "$0")" && pwd)
cache=${DYETRACE_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dyetrace-clients}/$(basename "$here")
export DYETRACE_ENDPOINT=$1 PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1

# needs TOOL...: without one of the tools the script ends here: as a failure in CI, else not.
needs() {
	local tool
	for tool in "$@"; do
		if command -v "$tool" >/dev/null; then continue; fi
		echo "no $tool, which $(basename "$here") needs" >&2
		if [ "${CI:-}" = true ]; then exit 1; fi
		exit 0
	done
}

# fresh FILE...: reports whether the cache was made for these requirements; if not, it is emptied.
fresh() {
	if [ "$(cat "$cache/installed" 2>/dev/null)" = "$(cat "$@")" ]; then return 0; fi
	rm -rf "$cache"
	mkdir -p "$cache"
	return 1
}

# python_packages: those of requirements.txt, in the virtual environment $cache/venv.
python_packages() {
	python3 -m venv "$cache/venv"
	"$cache/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
}

# node_packages: those of package.json, beside which modules are then looked for.
node_packages() {
	cp "$here/package.json" "$cache/"
	(cd "$cache" && npm install --silent --no-package-lock --no-audit --no-fund)
}

# java_packages: those of pom.xml, in $cache/lib, unless they are there already.
java_packages() {
	if fresh "$here/pom.xml"; then return 0; fi
	mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$cache/lib"
	installed "$here/pom.xml"
}

# installed FILE...: from now on the cache counts as made for these.
installed() { cat "$@" >"$cache/installed"; }

# unittest [OPTION...]: runs the folder's Python tests.
unittest() {
	if ! fresh "$here/requirements.txt"; then python_packages && installed "$here/requirements.txt"; fi
	cd "$here"
	exec "$cache/venv/bin/python" "$@" -m unittest -v
}

# node_test: runs the folder's JavaScript tests.
node_test() {
	if ! fresh "$here/package.json"; then node_packages && installed "$here/package.json"; fi
	cp "$here"/*.test.mjs "$cache/" # modules are looked for beside the file that imports them
	cd "$cache"
	exec node --test --test-reporter=spec *.test.mjs
}

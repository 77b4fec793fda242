#!/bin/sh
# Brings node_modules in line with package-lock.json. Two builds that start at once take turns, and the second one finds
# the work done. The stamp lies inside node_modules, so that whoever deletes that folder gets it back.
set -eu
cd "$(dirname "$0")"
stamp=node_modules/.edgeface-lock
mkdir -p obj
exec 9> obj/npm.lock
if command -v flock > /dev/null; then flock 9; fi
wanted=$(sha256sum package.json package-lock.json .npmrc)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    touch "$stamp"
    exit 0
fi
if ! command -v npm > /dev/null; then
    echo "error : npm is not installed, and ONNX Runtime comes from npm packages: install npm, or build with -p:EdgeFaceOnnxRuntimeFromNuGet=true" >&2
    exit 1
fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
printf '%s\n' "$wanted" > "$stamp"

#!/usr/bin/env bash
# FAISS (Debian python3-faiss) on the vectors of `edgeface bench search`, beside its table: flat, int8 and binary, one query at a
# time, all cores. Where FAISS cannot be installed, it says so and is skipped.
# usage: tests/EdgeFace.Benchmarks/faiss.sh [COUNT [DIM]]   (default 200000 512; COUNT x DIM x 4 bytes of disk are needed)
set -euo pipefail
cd "$(dirname "$0")/../.."
count=${1:-200000} dim=${2:-512}

if ! deploy/install-packages.sh python3-faiss libopenblas0-pthread; then
  echo "skipped: faiss.sh: python3-faiss is not to be had here" >&2
  exit 0
fi
agent=src/EdgeFace.Agent/bin/Release/net10.0/edgeface.dll
[ -f "$agent" ] || dotnet build src/EdgeFace.Agent -c Release -v q -nologo
folder=$(mktemp -d "${TMPDIR:-/tmp}/edgeface-faiss.XXXXXX")
trap 'rm -rf "$folder"' EXIT
dotnet "$agent" bench search --count "$count" --dim "$dim" --probes 300 --rounds 3 --export "$folder/run" --json 2>/dev/null >"$folder/edgeface.json"
env -u PYTHONPATH /usr/bin/python3 tests/EdgeFace.Benchmarks/faiss_search.py "$folder" "$agent" "$count" "$dim"

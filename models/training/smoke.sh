#!/usr/bin/env bash
# A minute or two, no data needed: drawn heads -> training with L1 -> slimming -> fine-tuning -> AP -> ONNX -> plot.
# The test SmokeTrainingTests goes on from there to an int8 file that the agent loads.
# Use: smoke.sh OUT_FOLDER [seconds of the first training, default 60]
set -euo pipefail
out=$(mkdir -p "${1:?Name a folder for the results.}" && cd "$1" && pwd)
seconds=${2:-60}
cd "$(dirname "$0")"
unset PYTHONPATH
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=20000000000 PYTHONDONTWRITEBYTECODE=1
python=${PYTHON:-/usr/bin/python3}
minutes() { awk "BEGIN { print $1 / 60 }"; }
common=(--data "$out/data" --size 160 --batch 8 --warmup 20 --steps 100000 --workers 1)

rm -rf "$out/wide" "$out/narrow" "$out/data"
"$python" -m facetrain.synthetic "$out/data"
"$python" -m facetrain.train "${common[@]}" --out "$out/wide" --l1 1e-3 --minutes "$(minutes "$seconds")"
"$python" -m facetrain.slim "$out/wide/checkpoint.pt" "$out/slimmed.pt" --ratio 0.4
"$python" -m facetrain.train "${common[@]}" --out "$out/narrow" --start "$out/slimmed.pt" --rate 1e-3 --minutes "$(minutes $((seconds / 2)))"
"$python" -m facetrain.evaluate "$out/narrow/checkpoint.pt" --val "$out/data/wider/val" --sides 320 | tee "$out/ap.json"
"$python" -m facetrain.export "$out/narrow/checkpoint.pt" "$out/detector.onnx"
"$python" -m facetrain.plot "$out/narrow"
"$python" - "$out" <<'PY'
import json, sys
out = sys.argv[1]
ap = json.load(open(out + "/ap.json"))["easy"]
if ap < 30:
    sys.exit(f"AP on drawn heads is {ap} %; at least 30 % expected.")
print(f"smoke: AP {ap} % on drawn heads, {out}/detector.onnx")
PY

#!/usr/bin/env bash
# From a checkpoint to the shipped package: ONNX, int8 on the frame's bytes, models/detector-slim-int8 with free sizes, the golden data and the
# device's self-check that follow from it, and the figures of its card. Weights are only rounded, never trained. The threshold is the lowest
# of the evaluator's at which the face-free scenes give at most two false positives and 99.9 % of the portraits a face, at the default input.
# Use: DATA=... [VERSION=n] [INPUT=416x320] [SCORE=s] [COMMIT=hash] ship.sh CHECKPOINT
set -euo pipefail
: "${DATA:?Name the data folder.}"
checkpoint=$(realpath "${1:?Name a checkpoint.}")
cd "$(dirname "$0")"
root=$(realpath ../..)
package=$root/models/detector-slim-int8
input=${INPUT:-416x320}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
python=${PYTHON:-/usr/bin/python3}
tool() { dotnet "$root/src/EdgeFace.ModelTools/bin/Release/net10.0/edgeface-models.dll" "$@"; }
put() { tool package "$1" "$package" --template "$package/manifest.json" --size-multiple 32 --input "$input" --replace "${@:2}"; }

dotnet build "$root/src/EdgeFace.ModelTools" -c Release -v q -nologo
"$python" -m facetrain.export "$checkpoint" "$work/float.onnx"
tool package "$work/float.onnx" "$work/float" --template manifest.template.json --input "$input"
tool quantize "$work/float.onnx" "$work/int8.onnx" --manifest "$work/float" --byte-input --calibration "$DATA/wider/train/images" | tail -n 3
put "$work/int8.onnx" ${VERSION:+--version "$VERSION"} ${COMMIT:+--training-commit "$COMMIT"} >/dev/null

tool evaluate detector --model "$package" --data "$DATA" --only faceFree portraits --json >"$work/scores.json" 2>/dev/null
score=${SCORE:-$("$python" - "$work/scores.json" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1]))["thresholds"]
fit = [r["threshold"] for r in rows if r["false_positives"] <= 2 and r["share_with_face"] >= 0.999]
if not fit:
    sys.exit("No threshold gives at most 2 false positives and a face in 99.9 % of the portraits; say SCORE=...: "
             + ", ".join(f"{r['threshold']}: {r['false_positives']} and {r['share_with_face']:.4f}" for r in rows))
print(min(fit))
PY
)}
put "$package/detector-slim-int8.onnx" --score "$score"
"$python" "$root/tests/golden/inference/generate.py"
for size in 320x256 "$input" 640x480; do
  tool package "$package/detector-slim-int8.onnx" "$work/sized" --template "$package/manifest.json" --input "$size" --replace >/dev/null
  tool evaluate detector --model "$work/sized" --data "$DATA" --json >"$work/sized.json" 2>/dev/null
  "$python" - "$size" "$work/sized.json" <<'PY'
import json, sys
e = json.load(open(sys.argv[2]))
print(f"{sys.argv[1]}: AP", " / ".join("%.2f" % (100 * e["wider"][k]["average_precision"]) for k in ("easy", "medium", "hard")) + ";",
      f"at {e['face_free']['threshold']} {e['face_free']['false_positives']} false positives in {e['face_free']['pictures']} scenes,",
      f"a face in {e['portraits']['with_face']} of {e['portraits']['pictures']} portraits")
PY
  tool compare "$work/sized" "$root/models/detector-rfb320" --pairs 500 | tail -n 1
done
echo "Write these figures into the cards (models/detector-slim-int8/README.md, README.md), then build and test anew."

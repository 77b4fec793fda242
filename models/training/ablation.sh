#!/usr/bin/env bash
# The rows of README.md's table: what each step from YuNet-n to the shipped model gives. Every run is short and says how long;
# use the same MINUTES to compare. Needs the data, the teacher, ONNX Runtime's library and a built edgeface-models.
# Use: DATA=... TEACHER=yunet_n_dynamic.onnx ORT=libonnxruntime.so.1 [MINUTES=5] [SIDES="640 320"] ablation.sh OUT
set -euo pipefail
: "${DATA:?Name the data folder.}" "${TEACHER:?Name YuNet-n.}" "${ORT:?Name libonnxruntime.so.1.}"
out=$(mkdir -p "${1:?Name a folder for the results.}" && cd "$1" && pwd)
minutes=${MINUTES:-5}
cd "$(dirname "$0")"
unset PYTHONPATH
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=20000000000
python=${PYTHON:-/usr/bin/python3}
tool=${TOOL:-../../src/EdgeFace.ModelTools/bin/Release/net10.0/edgeface-models.dll}
pool=${POOL:-/dev/shm/facetrain}

# Average precision by the product's evaluator: row NAME MODEL (an ONNX file, or a package's folder)
row() {
  local manifest=()
  [ -d "$2" ] || manifest=(--manifest manifest.template.json)
  for side in ${SIDES:-640 320}; do
    dotnet "$tool" evaluate detector --model "$2" "${manifest[@]}" --data "$DATA" --only wider --input-long-side "$side" --json 2>/dev/null |
      "$python" -c 'import json, sys
w = json.load(sys.stdin)["wider"]
print("|", sys.argv[1], "|", sys.argv[2], "|", " / ".join("%.2f" % (100 * w[k]["average_precision"]) for k in ("easy", "medium", "hard")), "|")' "$1" "$side" | tee -a "$out/table.md"
  done
}
onnx() { "$python" -m facetrain.export "$1" "$2" --size 256 320; }
tune() { local name=$1; shift; rm -rf "$out/$name"; nice -n -5 "$python" -m facetrain.finetune --pool "$pool" --out "$out/$name" --minutes "$minutes" --average 0.998 "$@"; }

rm -f "$out/table.md"
dotnet "$tool" evaluate detector --model "$TEACHER" --data "$DATA" --only wider --input-long-side 320
"$python" -m facetrain.pool "$pool" --data "$DATA" --teacher "$TEACHER" --ort "$ORT" --far --until-full
"$python" -m facetrain.evaluate "$TEACHER" --twin --val "$DATA/wider/val" | tee "$out/twin.json"
for keep in 0.8 0.6 0.4; do
  "$python" -m facetrain.reconstruct "$pool" "$TEACHER" "$out/keep$keep.pt" --keep "$keep"
  onnx "$out/keep$keep.pt" "$out/keep$keep.onnx"; row "twin, share $keep of the channels kept, solved anew, not trained" "$out/keep$keep.onnx"
done
"$python" -m facetrain.reconstruct "$pool" "$TEACHER" "$out/narrow.pt"
onnx "$out/narrow.pt" "$out/narrow.onnx"; row "narrow, not trained" "$out/narrow.onnx"
"$python" -m facetrain.reconstruct "$pool" "$TEACHER" "$out/normed.pt" --norm
for run in "near 0 0 narrow" "far 0 0 narrow" "near 0.4 1 narrow" "near 0.4 1 normed"; do
  read -r view first last start <<< "$run"
  tune "$view-$first-$start" --start "$out/$start.pt" --view "$view" --labels "$first" "$last" --rate 2e-3
  onnx "$out/$view-$first-$start/checkpoint.pt" "$out/$view-$first-$start.onnx"
  row "$start, teacher $view, boxes $first..$last, $minutes min" "$out/$view-$first-$start.onnx"
done
for seed in 1 2 3; do # slimming: 40 % of the channels of the net that the last run made
  tune "l1-$seed" --start "$out/near-0.4-normed/checkpoint.pt" --view near --labels 1 1 --l1 1e-4 --seed "$seed"
  "$python" -m facetrain.slim "$out/l1-$seed/checkpoint.pt" "$out/slim-$seed.pt" --ratio 0.4
  onnx "$out/slim-$seed.pt" "$out/slim-$seed.onnx"; row "40 % of the channels gone, seed $seed, not fine-tuned" "$out/slim-$seed.onnx"
  tune "slim-$seed" --start "$out/slim-$seed.pt" --view near --labels 1 1 --seed "$seed"
  onnx "$out/slim-$seed/checkpoint.pt" "$out/slimmed-$seed.onnx"; row "the same, fine-tuned $minutes min" "$out/slimmed-$seed.onnx"
done
cat "$out/table.md"

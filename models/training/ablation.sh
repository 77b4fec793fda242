#!/usr/bin/env bash
# The table of results in README.md, all of it in one run: the small net solved from YuNet-n's twin, trained with boxes alone, slimmed by
# 40, 60 and 80 %, fine-tuned, with the teacher's maps, with a booster, in integers; and the yardsticks. Each training sees PASSES crops.
# What OUT holds is not made again: a run that was cut off goes on where it was. OUT/table.md is written anew after each row.
# Use: DATA=... TEACHER=yunet_n_dynamic.onnx ORT=libonnxruntime.so.1 ablation.sh OUT
#   PASSES=48000  crops of each training      SEEDS="1 2 3"        of the rows with a spread
#   TIME=no       leave out the time column; run again without it when the machine is quiet
#   STAGE=train, STAGE=rows  only the nets, or only the rows of nets that are there: two shells may share the work
#   HOLD=FILE     no step begins while there is such a file
#   RATE=2e-3     learning rate               BATCH=32
#   SHRINK=0.3    the gammas' step towards 0, times the rate
set -euo pipefail
fail() { echo "ablation.sh: $*" >&2; exit 2; }
(( $# == 1 )) || fail "name one folder for the results."
for name in DATA TEACHER ORT; do [ -e "${!name:-}" ] || fail "$name='${!name:-}' does not exist; set it as the first lines of this file say."; done
[ -e "$DATA/wider/val" ] || fail "$DATA holds no wider/val."
DATA=$(realpath "$DATA") TEACHER=$(realpath "$TEACHER") ORT=$(realpath "$ORT")
[ -z "${HOLD:-}" ] || HOLD=$(realpath -m "$HOLD")
mkdir -p "$1" || fail "$1 cannot be made."
out=$(realpath "$1")
cd "$(dirname "$0")"
unset PYTHONPATH
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=20000000000
python=${PYTHON:-/usr/bin/python3}
tool=${TOOL:-../../src/EdgeFace.ModelTools/bin/Release/net10.0/edgeface-models.dll}
pool=${POOL:-/dev/shm/facetrain}
passes=${PASSES:-48000} seeds=${SEEDS:-1 2 3} rate=${RATE:-2e-3} batch=${BATCH:-32} shrink=${SHRINK:-0.3}
[ -e "$tool" ] || fail "$tool does not exist; build src/EdgeFace.ModelTools in Release, or set TOOL."
"$python" -c 'import torch, onnx, cv2' 2>/dev/null || fail "$python lacks torch, onnx or cv2; README.md says what to install."
level=$(awk "BEGIN { print $shrink * $rate * $passes / $batch / 2 }") # as far as they are pulled in one training
first=${seeds%% *}
mkdir -p "$out/runs" "$out/nets" "$out/rows"
settings="PASSES=$passes BATCH=$batch RATE=$rate SHRINK=$shrink"
[ -e "$out/settings" ] || echo "$settings" > "$out/settings"
[ "$settings" = "$(cat "$out/settings")" ] || fail "$out was made with $(cat "$out/settings"), not $settings; name another folder."

# make FILE COMMAND...: runs the command, which writes $part, unless FILE is there
make() {
  local file=$1; shift
  [ -e "$file" ] && return
  while [ -n "${HOLD:-}" ] && [ -e "$HOLD" ]; do sleep 5; done
  part=$(dirname "$file")/part/$(basename "$file") # a model's folder bears the model's name
  rm -rf "$part"
  mkdir -p "$(dirname "$part")"
  "$@" >> "$out/log.txt" 2>&1 || fail "$file could not be made; $out/log.txt says why ($(tail -1 "$out/log.txt"))."
  mv "$part" "$file"
}
facetrain() { "$python" -m "facetrain.$1" "${@:2}"; }
models() { dotnet "$tool" "$@"; }
json() { models "$@" --json > "$part"; }

solve() { facetrain reconstruct "$pool" "$TEACHER" "$part" --norm --level "$level"; }
# NAME START SEED OPTIONS...: PASSES crops, by boxes alone unless the options say otherwise; the result is nets/NAME.pt
train() { [ "${STAGE:-}" = rows ] || make "$out/nets/$1.pt" trained "$@"; }
trained() {
  facetrain finetune --pool "$pool" --out "$out/runs/$1" --start "$out/nets/$2.pt" --seed "$3" --passes "$passes" --batch "$batch" --rate "$rate" \
    --warmup "$((passes / batch / 20))" --average 0.998 --labels 1 1 --teacher-weight 0 "${@:4}" &&
    cp "$out/runs/$1/checkpoint.pt" "$part"
}
slim() { [ "${STAGE:-}" = rows ] || make "$out/nets/$1.pt" slimmed "$@"; } # NAME START RATIO OPTIONS...
slimmed() { facetrain slim "$out/nets/$2.pt" "$part" --ratio "${@:3}"; }
float() { # NAME: nets/NAME.pt as ONNX and package, and its row
  [ "${STAGE:-}" != rows ] || [ -e "$out/nets/$1.pt" ] || return 0
  make "$out/nets/$1.onnx" exported "$1"
  make "$out/nets/$1" packaged "$out/nets/$1.onnx" manifest.template.json
  row "$1" "$out/nets/$1" "$out/nets/$1.onnx"
}
exported() { facetrain export "$out/nets/$1.pt" "$part" --size 256 320; }
unnamed() { "$python" - "$part" <<'PY'
# YuNet's input and outputs have names of their own, which the file tells.
import json, sys
template = json.load(open("manifest.template.json"))
del template["outputs"], template["input"]["name"]
json.dump(template, open(sys.argv[1], "w"))
PY
}
copied() { cp "$1" "$part"; }
packaged() { models package "$1" "$part" --template "$2" --input 320x256; }
integers() { # NAME FLOAT TEMPLATE OPTIONS...: package FLOAT in integers, and its row
  [ -e "$out/nets/$2" ] || return 0
  make "$out/nets/$1.onnx" quantized "$2" "${@:4}"
  make "$out/nets/$1" packaged "$out/nets/$1.onnx" "$3"
  row "$1" "$out/nets/$1" "$out/nets/$1.onnx"
}
quantized() { models quantize "$out/nets/$1.onnx" "$part" --manifest "$out/nets/$1" --calibration "$DATA/wider/train/images" "${@:2}"; }
row() { # NAME MODEL ONNX [SHAPE to count at]
  [ "${STAGE:-}" != train ] || return 0
  mkdir -p "$out/rows/$1"
  local shape=${4:-1x3x320x320}
  for side in 640 320; do make "$out/rows/$1/$side.json" json evaluate detector --model "$2" --data "$DATA" --only wider --input-long-side "$side"; done
  grep -q '"NHWC"' "$2/manifest.json" 2>/dev/null && shape=1x320x320x3
  make "$out/rows/$1/cost.json" json cost "$3" --input "$shape"
  [ "${TIME:-}" = no ] || make "$out/rows/$1/time.json" json compare "$2" "$TEACHER" --input 320x256 --pairs 300
  table
}
each() { local s; for s in $seeds; do printf ' %s' "${@//%/$s}"; done; }
table() {
  "$python" -m facetrain.table "$out" $([ "${TIME:-}" = no ] || echo --time) > "$out/table.md" <<ROWS
YuNet-n, fp32 | yunet
YuNet-n, quantised by our tool | yunet_int8
RFB-320, fp32 | rfb
dense baseline: the small net, X crops | $(each base%)
dense baseline, X more | $(each longer%)
trained with L1, X crops | l1$first
slimmed 40 % | $(each slim40_%)
slimmed 40 % + fine-tuned, X crops | $(each tuned40_%)
- the same, less the baseline after X | $(each tuned40_%-base%)
- the same, less the baseline after 2X | $(each tuned40_%-longer%)
slimmed 40 %, what stays solved anew | $(each mend40_%)
slimmed 40 %, solved anew + fine-tuned, X crops | $(each mended40_%)
- the same, less the baseline after X | $(each mended40_%-base%)
- the same, less the baseline after 2X | $(each mended40_%-longer%)
slimmed 40 %, solved anew + fine-tuned, 3X crops | $(each long40_%)
- the same, less the baseline after X | $(each long40_%-base%)
- the same, less the baseline after 2X | $(each long40_%-longer%)
slimmed 40 % after a stronger L1 | slimS_$first
slimmed 40 % after a stronger L1 + fine-tuned | tunedS_$first
slimmed 60 % | slim60
slimmed 60 % + fine-tuned | tuned60
slimmed 80 % | slim80
slimmed 80 % + fine-tuned | tuned80
slimmed 40 % + fine-tuned with the teacher's maps (distillation) | distilled
the same + rocket launching | rocket
the distilled one in int8 | int8
shipped: detector-slim-int8 | shipped
ROWS
}

"$python" -m facetrain.pool "$pool" --data "$DATA" --teacher "$TEACHER" --ort "$ORT" --until-full
if [ "${STAGE:-}" != train ]; then
  row yunet "$TEACHER" "$TEACHER"
  row rfb ../detector-rfb320 ../detector-rfb320/detector-rfb320.onnx 1x3x240x320
  row shipped ../detector-slim-int8 ../detector-slim-int8/detector-slim-int8.onnx
  make "$out/nets/yunet.json" unnamed
  make "$out/nets/yunet.onnx" copied "$TEACHER"
  make "$out/nets/yunet" packaged "$out/nets/yunet.onnx" "$out/nets/yunet.json"
  integers yunet_int8 yunet "$out/nets/yunet.json"
fi

make "$out/nets/start.pt" solve
for s in $seeds; do
  train "base$s" start "$s";                                   float "base$s"
  train "l1$s" start "$s" --shrink "$shrink"
  slim "slim40_$s" "l1$s" 0.4;                                 float "slim40_$s"
  train "tuned40_$s" "slim40_$s" "$((s + 10))";                float "tuned40_$s"
  slim "mend40_$s" "l1$s" 0.4 --pool "$pool";                  float "mend40_$s"
  train "mended40_$s" "mend40_$s" "$((s + 10))";               float "mended40_$s"
  train "long40_$s" "mend40_$s" "$((s + 10))" --passes "$((3 * passes))"; float "long40_$s"
  [ "$s" = "$first" ] || continue
  float "l1$s"
  train distilled "slim40_$s" "$((s + 10))" --teacher-weight 1; float distilled
  integers int8 distilled manifest.template.json --byte-input
done
for share in 60 80; do
  slim "slim$share" "l1$first" "0.$share";                     float "slim$share"
  train "tuned$share" "slim$share" "$((first + 10))";          float "tuned$share"
done
train rocket "slim40_$first" "$((first + 10))" --teacher-weight 1 --booster 1.6
float rocket
slim low start 0 --level "$(awk "BEGIN { print $level / 1.5 }")" # gammas that could reach 0 after two thirds of the training
train "strong$first" low "$first" --shrink "$shrink"
slim "slimS_$first" "strong$first" 0.4;                        float "slimS_$first"
train "tunedS_$first" "slimS_$first" "$((first + 10))";        float "tunedS_$first"
for s in $seeds; do train "longer$s" "base$s" "$((s + 10))";   float "longer$s"; done
cat "$out/table.md"

#!/usr/bin/env bash
# Runs the SIMD kernels' equality tests on emulated ARM64, on a Cortex-A72 (no dot product) and a Cortex-A76 (dot product), and
# looks for the instructions that each kernel is written for in the compiler's listing, and counts the instructions of a query
# and of a detector's run (emulation proves results and counts, never speed).
# Needs shared/tools/arm64 beside the checkout (or EDGEFACE_SHARED); without it, it says so and is skipped.
# EDGEFACE_ARM64 names a runtime that was assembled before; the default is artifacts/arm64, assembled when missing.
# usage: tests/arm64.sh
set -uo pipefail
cd "$(dirname "$0")/.."

tools=${EDGEFACE_SHARED:-../shared}/tools/arm64
if [ ! -x "$tools/setup.sh" ]; then
  echo "skipped: tests/arm64.sh: there is no tools/arm64 in a folder 'shared' beside the checkout (or EDGEFACE_SHARED)"
  exit 0
fi
runtime=${EDGEFACE_ARM64:-artifacts/arm64}
[ -x "$runtime/arm64" ] || "$tools/setup.sh" "$runtime" || { echo "arm64: the runtime could not be assembled" >&2; exit 1; }

code=0
listing=$(mktemp)
trap 'rm -f "$listing"' EXIT

# equal CPU PROJECT EXPECTED: every kernel of the project equals its scalar twin, and the kernels are the expected ones.
equal() {
  local bin=$PWD/tests/EdgeFace.$2.Tests/bin/Release/net10.0 output
  [ -f "$bin/EdgeFace.TestKit.dll" ] || dotnet build "tests/EdgeFace.$2.Tests" -c Release -v q -nologo || return 1
  if output=$("$runtime/arm64" "$1" "$bin/EdgeFace.TestKit.dll" "$bin/EdgeFace.$2.Tests.dll" "EdgeFace.$2.Tests.KernelEquality" All 2>&1) \
    && grep -q "$3" <<<"$output"; then
    echo "passed: $2 on $1: $(grep -E '^kernels? ' <<<"$output")"
  else
    printf '%s\n' "FAILED: $2 on $1 (expected: $3)" "$output"
    code=1
  fi
}

# emits CPU METHOD INSTRUCTION...: the compiler's listing of a kernel holds the instructions.
emits() {
  local cpu=$1 method=$2 bin=$PWD/tests/EdgeFace.Gallery.Tests/bin/Release/net10.0 instruction
  shift 2
  : >"$listing"
  DOTNET_TieredCompilation=0 DOTNET_JitStdOutFile=$listing DOTNET_JitDisasm=$method \
    "$runtime/arm64" "$cpu" "$bin/EdgeFace.TestKit.dll" "$bin/EdgeFace.Gallery.Tests.dll" EdgeFace.Gallery.Tests.KernelEquality All >/dev/null 2>&1
  for instruction in "$@"; do
    if grep -qwE "$instruction" "$listing"; then
      echo "passed: $method on $cpu has $instruction, $(grep -cwE "$instruction" "$listing") times"
    else
      echo "FAILED: $method on $cpu has no $instruction"
      code=1
    fi
  done
}

# count CPU: instructions of one query a template of 512 values, by each way to search.
count() {
  local bin=$PWD/tests/EdgeFace.Gallery.Tests/bin/Release/net10.0 method all base=0
  for method in Nothing Float32 Int8 Signs Cascade; do
    DOTNET_TieredCompilation=0 ICOUNT=$listing "$runtime/arm64" "$1" "$bin/EdgeFace.TestKit.dll" "$bin/EdgeFace.Gallery.Tests.dll" \
      EdgeFace.Gallery.Tests.KernelCost "$method" >/dev/null || { echo "FAILED: counting $method on $1"; code=1; return; }
    all=$(awk '/^total/ {print $2; exit}' "$listing")
    [ "$method" = Nothing ] && base=$all && continue
    awk -v n=$((all - base)) -v m="$method" -v c="$1" 'BEGIN {printf "counted: %s on %s, %.1f instructions a template and query\n", m, c, n / 200 / 4096}'
  done
}

# detect CPU MODEL: instructions of one run of a detector at its own input.
detect() {
  local tool=src/EdgeFace.ModelTools pairs all few=0
  local bin=$PWD/$tool/bin/Release/net10.0/edgeface-models.dll
  [ -f "$bin" ] || dotnet build "$tool" -c Release -v q -nologo || { code=1; return; }
  for pairs in 2 12; do  # ten pairs are twenty runs; what is done once cancels out
    DOTNET_TieredCompilation=0 ICOUNT=$listing "$runtime/arm64" "$1" "$bin" compare "$PWD/models/$2" "$PWD/models/$2" --pairs "$pairs" \
      >/dev/null || { echo "FAILED: counting $2 on $1"; code=1; return; }
    all=$(awk '/^total/ {print $2; exit}' "$listing")
    [ "$pairs" = 2 ] && few=$all
  done
  awk -v n=$((all - few)) -v m="$2" -v c="$1" 'BEGIN {printf "counted: %s on %s, %.1f million instructions a run\n", m, c, n / 20 / 1e6}'
}

for cpu in a72 a76; do
  equal "$cpu" Vision 'kernel AdvSimd'
done
equal a72 Gallery 'int8 AdvSimd, bits AdvSimd, codes AdvSimd'
equal a76 Gallery 'int8 AdvSimd+Dp, bits AdvSimd, codes AdvSimd'
emits a76 EdgeFace.Gallery.Int8Kernel:DotProduct sdot
emits a72 EdgeFace.Gallery.Int8Kernel:Neon smull smull2 sadalp
emits a76 EdgeFace.Gallery.SignKernel:Neon cnt uadalp
emits a76 EdgeFace.Gallery.CodeKernel:Portable tbl
emits a76 EdgeFace.Gallery.FloatKernel:Dot128 fmla
for cpu in a72 a76; do
  count "$cpu"
  detect "$cpu" detector-slim-int8
  detect "$cpu" detector-rfb320
done
exit $code

#!/usr/bin/env bash
# Installs what the tests need, builds, and runs them; the last line is `N passed, N failed, N skipped`.
# usage: tests/run.sh [--full NAME] [-- FILTER]
#   --full NAME   also runs the slow form of a test group (list: tests/run.sh --full help)
#   FILTER        an expression of `dotnet test --filter`
set -uo pipefail
cd "$(dirname "$0")/.."

full= filter=
while [ $# -gt 0 ]; do
  case "$1" in
    --full) full=${2:?--full needs a NAME; see tests/run.sh --full help}; shift 2 ;;
    --) shift; filter=${1:-}; break ;;
    *) echo "tests/run.sh: '$1' is not known; usage: tests/run.sh [--full NAME] [-- FILTER]" >&2; exit 2 ;;
  esac
done
if [ "$full" = help ]; then
  sed -n 's/^# full: /  /p' "$0"
  exit 0
fi
# full: arm64    vision, gallery and inference tests of SIMD kernels on emulated ARM64 (needs shared/tools/arm64)
# full: soak     the agent watches a film as fast as it can for 30 minutes; its memory must not grow
# full: accuracy the evaluator of detectors against known figures on research pictures (needs shared/data)
# full: faults   60 faults in ten minutes (and what they hold up) between outbox and subscriber; EDGEFACE_FAULT_SEED repeats a run
# full: sync     a board and the real server with 100,000 people; boards killed and connections cut 200 times; EDGEFACE_SYNC_SEED repeats a run
# full: fuzz     a million mutated documents and requests, 20,000 malformed packets, 10,000 random configurations, 500 power cuts, the agent killed 60 times
case "$full" in
  ''|accuracy|arm64|faults|fuzz|soak|sync) ;;
  *) echo "tests/run.sh: there is no slow form '$full'; see tests/run.sh --full help" >&2; exit 2 ;;
esac
[ "$full" = accuracy ] && export EDGEFACE_FULL_ACCURACY=1
[ "$full" = faults ] && export EDGEFACE_FULL_FAULTS=1
[ "$full" = sync ] && export EDGEFACE_SYNC_PEOPLE=100000 EDGEFACE_SYNC_KILLS=200 EDGEFACE_SYNC_CUTS=200
[ "$full" = fuzz ] && export EDGEFACE_FULL_FUZZ=1 EDGEFACE_FUZZ_FACTOR=25
[ "$full" = soak ] && export EDGEFACE_SOAK_MINUTES="${EDGEFACE_SOAK_MINUTES:-30}"

for tool in dotnet node npm; do
  command -v "$tool" >/dev/null || { echo "tests/run.sh needs $tool: install the .NET 10 SDK and Node 20 or newer first." >&2; exit 2; }
done
deploy/install-packages.sh ffmpeg mosquitto mosquitto-clients libmosquitto1 libturbojpeg0 libpng16-16 strace python3 python3-jinja2 postgresql chromium || exit 1
# The smoke training (a minute) needs these, 300 MB to download; where they cannot be had it is skipped aloud.
deploy/install-packages.sh python3-torch python3-onnx python3-opencv python3-matplotlib python3-pytest || echo "The smoke training will be skipped."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
(cd tests/schema && npm ci --ignore-scripts --no-audit --no-fund --silent) || { echo "npm could not install the schema validator (tests/schema)." >&2; exit 1; }
(cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --silent) || { echo "npm could not install what drives the browser (tests/browser)." >&2; exit 1; }
(cd tests/nodered && npm ci --ignore-scripts --omit=optional --no-audit --no-fund --silent) || { echo "npm could not install Node-RED (tests/nodered)." >&2; exit 1; }
dotnet build EdgeFace.sln -c Release -v q -nologo || exit 1

results=artifacts/test-results
rm -rf "$results"
code=0
for project in tests/*.Tests; do
  name=$(basename "$project")
  dotnet test "$project" -c Release --no-build --nologo -v q --results-directory "$results" --logger "trx;LogFileName=$name.trx" ${filter:+--filter "$filter"} || code=1
done
[ "$full" = arm64 ] && { tests/arm64.sh || code=1; }

# Counted from the result files: what was executed, not what a console line says. A project whose run left no file has crashed.
for project in tests/*.Tests; do
  [ -f "$results/$(basename "$project").trx" ] || [ -n "$filter" ] || { echo "$(basename "$project") left no results"; code=1; }
done
node tests/count.mjs "$results" || code=1
exit $code

#!/usr/bin/env bash
# The pipeline's benchmark on one core, with a film of the demo. Exit code 1 if a budget is broken.
# usage: deploy/bench.sh [OPTIONS of `edgeface bench pipeline`]
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in dotnet node npm; do
  command -v "$tool" >/dev/null || { echo "deploy/bench.sh needs $tool: install the .NET 10 SDK and Node 20 or newer first." >&2; exit 2; }
done
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
# On standard error: with --json the standard output is the result and nothing else.
{
  deploy/install-packages.sh ffmpeg libturbojpeg0 libpng16-16
  deploy/demo/fetch-clips.sh artifacts/clips
  dotnet build src/EdgeFace.Agent -c Release -v q -nologo
} >&2
exec taskset -c 0 dotnet src/EdgeFace.Agent/bin/Release/net10.0/edgeface.dll bench pipeline --source artifacts/clips/cap13_edit2.mp4 "$@"

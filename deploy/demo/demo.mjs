// The demo's audience: node demo.mjs watch EVENTS | node demo.mjs summary EVENTS METRICS EXPECTED
// watch prints visits as they arrive over MQTT (lines of `topic payload` on the standard input) and keeps them in EVENTS;
// summary compares them with what was expected: exit code 0 if every visit was reported and nothing else was.
import { appendFileSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [mode, eventsFile, metricsFile, expectedFile] = process.argv.slice(2);
const who = (event) => event.person?.name ?? event.decision;

if (mode === "watch") {
  for await (const line of createInterface({ input: process.stdin })) {
    const space = line.indexOf(" ");
    const [topic, payload] = [line.slice(0, space), line.slice(space + 1)];
    if (!topic.endsWith("/visit")) {
      // Figures and health are long documents for dashboards.
      console.log(`  ${topic}: ${payload.length > 100 ? `${payload.length} bytes` : payload}`);
      continue;
    }
    const event = JSON.parse(payload);
    appendFileSync(eventsFile, payload + "\n");
    const similarity = event.similarity === null ? "   -" : event.similarity.toFixed(2);
    console.log(`  ${event.time.slice(11, 23)}  ${event.camera.padEnd(9)} ${event.type.padEnd(6)} ${who(event).padEnd(10)} similarity ${similarity}  after ${event.latency_ms.toFixed(0)} ms`);
  }
  process.exit(0);
}

const seen = new Set();
const events = readFileSync(eventsFile, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line))
  .filter((event) => !seen.has(event.id) && seen.add(event.id));
const metrics = JSON.parse(readFileSync(metricsFile, "utf8"));
const expected = JSON.parse(readFileSync(expectedFile, "utf8")).cameras;
const visits = new Map();
for (const event of events) {
  const visit = visits.get(event.visit) ?? { camera: event.camera, names: new Set(), types: [] };
  visit.names.add(who(event));
  visit.types.push(event.type);
  visit.last = who(event);
  if (event.type === "begin") visit.latency = event.latency_ms;
  visits.set(event.visit, visit);
}

const faults = [];
for (const [id, visit] of visits) {
  if (visit.types[0] !== "begin" || visit.types.at(-1) !== "end") faults.push(`visit ${id}: events ${visit.types.join(", ")}`);
  for (const name of visit.names)
    if (name !== "undecided" && !(name in (expected[visit.camera] ?? {}))) faults.push(`${visit.camera}: '${name}' was reported and is not there`);
}

console.log("\nCamera     Frames  Faces  Visits");
for (const camera of metrics.cameras) {
  const counts = {};
  for (const visit of visits.values()) if (visit.camera === camera.camera) counts[visit.last] = (counts[visit.last] ?? 0) + 1;
  const text = Object.entries(counts).map(([name, count]) => `${count} x ${name}`).join(", ") || "none";
  console.log(`${camera.camera.padEnd(9)} ${String(camera.frames).padStart(7)} ${String(camera.faces).padStart(6)}  ${text}`);
  const wanted = expected[camera.camera] ?? {};
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(counts)]))
    if ((wanted[name] ?? 0) !== (counts[name] ?? 0)) faults.push(`${camera.camera}: ${counts[name] ?? 0} visits of ${name}, expected ${wanted[name] ?? 0}`);
}
const known = [...visits.values()].filter((visit) => !["unknown", "undecided"].includes(visit.last)).map((visit) => visit.latency).sort((a, b) => a - b);
const median = known.length ? known[Math.floor(known.length / 2)].toFixed(0) : "-";
console.log(`\n${events.length} events of ${visits.size} visits; name after ${median} ms (median) from the first frame; peak memory ${(metrics.peak_memory_bytes / 1e6).toFixed(0)} MB`);
for (const fault of faults) console.log(`NOT AS EXPECTED: ${fault}`);
console.log(faults.length === 0 ? "Every expected visit was reported, and nothing else." : `${faults.length} things were not as expected.`);
process.exit(faults.length === 0 ? 0 : 1);

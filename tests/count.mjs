// Counts what `dotnet test` executed from its result files: node tests/count.mjs FOLDER
// Prints why tests were skipped or failed, and last `N passed, N failed, N skipped`.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
let passed = 0, failed = 0, skipped = 0;
const reasons = new Set();
const text = (xml) => xml.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&apos;/g, "'").replace(/&amp;/g, "&").trim();

for (const file of readdirSync(folder).filter((name) => name.endsWith(".trx"))) {
  const xml = readFileSync(join(folder, file), "utf8");
  for (const [, attributes, body] of xml.matchAll(/<UnitTestResult\s([^>]*?)(?:\/>|>([\s\S]*?)<\/UnitTestResult>)/g)) {
    const outcome = /outcome="([^"]*)"/.exec(attributes)?.[1];
    const name = text(/testName="([^"]*)"/.exec(attributes)?.[1] ?? "?");
    const part = (tag) => text(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(body ?? "")?.[1] ?? "");
    if (outcome === "Passed") passed++;
    else if (outcome === "NotExecuted") {
      skipped++;
      reasons.add(`skipped: ${name}: ${part("Message") || "no reason given"}`);
    } else {
      failed++;
      reasons.add(`failed: ${name}: ${part("Message") || outcome}\n${part("StackTrace")}`.trimEnd());
    }
  }
  const summary = /<ResultSummary outcome="([^"]*)"/.exec(xml)?.[1];
  if (summary !== "Completed" && summary !== "Failed") {
    failed++;
    console.log(`${file}: the run did not complete (${summary ?? "no summary"})`);
  }
}

for (const reason of [...reasons].sort()) console.log(reason);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

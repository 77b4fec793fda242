// Validates JSON lines against a JSON Schema (2020-12): node validate.mjs SCHEMA.json [DEFINITION] < events.jsonl
// Prints one line an error and exits with 1 if there is any.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
// Marks of the configuration schema that say what a change means; they constrain nothing.
ajv.addVocabulary(["x-remote", "x-restart-required"]);
addFormats(ajv);
const schema = JSON.parse(readFileSync(process.argv[2], "utf8"));
const definition = process.argv[3];
if (definition) ajv.addSchema(schema);
const validate = definition ? ajv.getSchema(`${schema.$id}#/$defs/${definition}`) : ajv.compile(schema);
const lines = readFileSync(0, "utf8").split("\n").filter((line) => line.length > 0);
let bad = 0;
lines.forEach((line, index) => {
  if (!validate(JSON.parse(line))) {
    bad++;
    for (const error of validate.errors) console.log(`document ${index + 1}: ${error.instancePath || "/"} ${error.message}`);
  }
});
console.log(`${lines.length - bad} of ${lines.length} documents are valid`);
process.exit(bad === 0 && lines.length > 0 ? 0 : 1);

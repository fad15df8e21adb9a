// Writes src/messages.ts from the kernel's types, so that there is one description of both sides.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const python = spawnSync(process.env.PYTHON ?? "python", [here("generate_messages.py")], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
if (python.error) throw python.error;
if (python.status !== 0) process.exit(python.status ?? 1);

const source = await compile(JSON.parse(python.stdout), "Message", {
  additionalProperties: false,
  bannerComment: "// Generated from hitl_nb/messages by `npm run types`; do not edit.",
  format: true,
  style: { printWidth: 100 },
});
writeFileSync(process.argv[2] ?? here("src/messages.ts"), source);

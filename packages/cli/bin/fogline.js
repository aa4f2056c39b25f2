#!/usr/bin/env node
// Plain JavaScript: runs on the Node that the system has, finds Node 24 and hands over to it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
// By its default export: an older Node has no such name, and refuses a file that imports one it does not have.
import module from "node:module";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const bundled = join(here, "..", "dist", "main.js");
const main = existsSync(bundled) ? bundled : join(here, "..", "src", "main.ts");

if (Number(process.versions.node.split(".")[0]) >= 24) {
  module.enableCompileCache?.();
  await import(pathToFileURL(main).href);
} else {
  const node = findNode24();
  if (node === undefined) {
    console.error(`Fogline needs Node 24; this is Node ${process.versions.node} and npm has no Node 24 for this platform.`);
    console.error("fix: install Node 24 from your package manager or nodejs.org, then run the command again");
    process.exit(3);
  }
  const env = { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"), ...process.env, FOGLINE_PARENT: String(process.pid) };
  const child = spawn(node, ["--max-semi-space-size=16", main, ...process.argv.slice(2)], { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 3) : 128 + constants.signals[signal]));
}

/** The Node 24 that npm installed for this platform, in the nearest node_modules upwards. */
function findNode24() {
  const name = `node-linux-${process.arch}`;
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name, "bin", "node");
    if (existsSync(candidate)) return candidate;
  }
  return undefined;
}

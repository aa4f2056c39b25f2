/**
 * Builds Pebble, the small ACME server that certificate clients are tried against, into `.cache/pebble`; needs Go 1.24 or newer. The tests that use
 * it say when they did not run.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

const version = "v2.10.1";
const folder = join(root, ".cache/pebble");
mkdirSync(folder, { recursive: true });
execFileSync("go", ["install", `github.com/letsencrypt/pebble/v2/cmd/pebble@${version}`], {
  env: { ...process.env, GOBIN: folder },
  stdio: "inherit",
});
console.log(join(folder, "pebble"));

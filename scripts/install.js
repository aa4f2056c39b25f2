// Plain JavaScript so that any Node from 20 on can run it. Installs the locked packages when they are missing or older than the
// lockfile, and returns at once when they are not.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".fogline-lock");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const have = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";

if (have !== wanted) {
  console.error("installing the locked npm packages (once; a minute or two)");
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) {
    console.error("npm ci failed. fix: check the network and the registry that `npm config get registry` names, then run this again");
    process.exit(3);
  }
  writeFileSync(stamp, wanted);
}

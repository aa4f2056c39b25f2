// Plain JavaScript so that any Node from 20 on can run it. Installs the locked packages when they are missing or older than the
// lockfile, and returns at once when they are not. Two at once: the second waits for the first and then has nothing to do.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".fogline-lock");
const lock = join(root, ".cache", "install.lock");
const waitMsMax = 900_000;

const wanted = createHash("sha256")
  .update(`${process.platform} ${process.arch}\n`)
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const isInstalled = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;

const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** The process that holds the lock in `folder`; undefined while it is being taken. */
const holderOf = (folder) => {
  try {
    return Number(readFileSync(join(folder, "pid"), "utf8")) || undefined;
  } catch {
    return undefined;
  }
};

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
};

/** Takes the lock unless another process has it. `mkdir` is what only one of two can do. */
const takeLock = () => {
  try {
    mkdirSync(dirname(lock), { recursive: true });
    mkdirSync(lock);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(lock, "pid"), String(process.pid));
  return true;
};

/** Removes the lock of a process that was killed. It is moved first and looked at again, so that a lock just taken is given back. */
const breakLock = (pid) => {
  const moved = `${lock}.${process.pid}`;
  try {
    renameSync(lock, moved);
    if (holderOf(moved) === pid) rmSync(moved, { recursive: true, force: true });
    else renameSync(moved, lock);
  } catch {
    // Another process was first.
  }
};

/** Waits for the lock; false when the packages are there before it is free. */
const waitForLock = () => {
  for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += 200) {
    if (takeLock()) return true;
    if (isInstalled()) return false;
    const pid = holderOf(lock);
    if (waitedMs === 0) console.error("another install is running here; waiting for it");
    if (pid !== undefined && !isAlive(pid)) breakLock(pid);
    else sleep(200);
  }
  console.error(`another install has held ${lock} for 15 minutes. fix: end it, or remove that folder, then run this again`);
  process.exit(3);
};

/** Runs `npm ci`; whether it installed everything. When this process is told to end, npm is told too. */
const install = async () => {
  console.error("installing the locked npm packages (once; a minute or two)");
  const asked = ["ci", "--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = spawn("npm", asked, { cwd: root, stdio: ["ignore", 2, 2] });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => npm.kill(signal));
  try {
    const [code] = await once(npm, "close");
    if (code === 0) writeFileSync(stamp, wanted);
    return code === 0;
  } catch (error) {
    console.error(`npm did not start: ${error.message}`);
    return false;
  }
};

if (!isInstalled() && waitForLock()) {
  const done = isInstalled() || (await install());
  rmSync(lock, { recursive: true, force: true });
  if (!done) {
    console.error("npm ci failed. fix: check the network and the registry that `npm config get registry` names, then run this again");
    process.exit(3);
  }
}
